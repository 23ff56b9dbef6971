"""A whole store as one file, gzipped JSON lines: the same for every database, so it also moves a store from one to another."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, delete, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError

from bot.store.records import StoreError
from bot.store.tables import METADATA
from bot.store.upgrade import HEAD

FORMAT = "dianxiaoer-backup"
VERSION = 1
# Rows written to a database at a time.
BATCH = 500
_DAMAGES = (EOFError, gzip.BadGzipFile, zlib.error, ValueError, TypeError, LookupError, RecursionError, IntegrityError, DataError)


def backup(connection: Connection, file: Path) -> int:
    """Write every row to the file, which appears only when it is whole; how many rows.

    The connection's transaction is a snapshot. Raises StoreError when the file cannot be written."""
    part = file.with_name(file.name + ".part")
    try:
        # What customers wrote is in it: for the owner's eyes only.
        part.touch(0o600)
        with part.open("wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8") as out:
                rows = 0
                print(json.dumps({"format": FORMAT, "version": VERSION, "revision": HEAD}), file=out)
                for table in METADATA.sorted_tables:
                    for row in connection.execute(select(table).execution_options(yield_per=BATCH)):
                        print(json.dumps([table.name, *map(_plain, row)], ensure_ascii=False), file=out)
                        rows += 1
                # The end says that it is one.
                print(json.dumps({"rows": rows, "numbers": _numbers(connection)}), file=out)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(file)
        return rows
    except OSError as error:
        raise StoreError(f"写不了备份文件 {file}:{error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(connection: Connection, file: Path) -> int:
    """Put what the file holds in the place of every row there is; how many rows. A transaction around it makes that all or nothing.

    Raises StoreError when the file cannot be read, is damaged or is of another version."""
    read = _Reader(file)
    try:
        if connection.dialect.name == "postgresql":
            names = ", ".join(table.name for table in METADATA.sorted_tables)
            connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table))
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for table, rows in groupby(read.rows(lines), key=lambda found: found[0]):
                while batch := [row for _, row in islice(rows, BATCH)]:
                    connection.execute(insert(table), batch)
        _set_numbers(connection, read.numbers)
        return read.count
    except _DAMAGES as error:
        raise StoreError(f"备份文件 {file} 已损坏(第 {read.line} 行附近),什么也没有恢复") from error
    except OSError as error:
        raise StoreError(f"读不了备份文件 {file}:{error.strerror}") from error


class _Reader:
    """A backup being read: `line` is where, `numbers` what its last line says."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.line = 1
        self.count = 0
        self.numbers: dict[str, int] = {}

    def rows(self, lines: Iterator[str]) -> Iterator[tuple[Table, dict[str, object]]]:
        """Its rows. Raises one of the damages when it is not a whole backup, StoreError when it is of another version."""
        header = json.loads(next(lines, ""))
        if header["format"] != FORMAT:
            raise ValueError("another format")
        if (header["version"], header["revision"]) != (VERSION, HEAD):
            raise StoreError(
                f"备份文件 {self._file} 的版本是 {header['revision']},数据库是 {HEAD}:请用写它的那个版本的程序恢复,再升级"
            )
        for line in lines:
            self.line += 1
            found = json.loads(line)
            if isinstance(found, dict):
                self.numbers = {name: int(number) for name, number in found["numbers"].items()}
                if found["rows"] != self.count or next(lines, None) is not None:
                    raise ValueError("not its own end")
                return
            table = METADATA.tables[found[0]]
            yield table, {c.name: _typed(c, value) for c, value in zip(table.c, found[1:], strict=True)}
            self.count += 1
        raise EOFError


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(column: Column[Any], value: object) -> object:
    """The value as its column has it. SQLite would take any other too."""
    kind = column.type.python_type
    if value is None and column.nullable:
        return None
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    elif (kind is float and type(value) in (int, float)) or type(value) is kind:
        return value
    raise TypeError(f"no {kind.__name__}")


def _counted() -> list[Table]:
    """The tables that number their rows."""
    return [t for t in METADATA.sorted_tables if "id" in t.c and isinstance(t.c.id.type, Integer)]


def _numbers(connection: Connection) -> dict[str, int]:
    """The last number that each table has given: those of rows that are gone are not given again either."""
    if connection.dialect.name == "postgresql":
        last = {t.name: select(func.pg_sequence_last_value(_sequence(t))) for t in _counted()}
        return {name: connection.execute(asked).scalar() or 0 for name, asked in last.items()}
    kept = {str(row[0]): int(row[1]) for row in connection.execute(text("SELECT name, seq FROM sqlite_sequence"))}
    return {t.name: max(kept.get(t.name, 0), _greatest(connection, t)) for t in _counted()}


def _set_numbers(connection: Connection, numbers: dict[str, int]) -> None:
    now = _numbers(connection)
    for table in _counted():
        last = max(numbers.get(table.name, 0), now[table.name], _greatest(connection, table))
        if last and connection.dialect.name == "postgresql":
            connection.execute(select(func.setval(_sequence(table), last)))
        elif last and table.dialect_options["sqlite"]["autoincrement"]:
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), {"name": table.name, "last": last})


def _sequence(table: Table) -> Any:
    return func.pg_get_serial_sequence(table.name, "id").op("::")(text("regclass"))


def _greatest(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())
