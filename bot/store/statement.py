"""Statements of the turn, compiled once for each database: for these, compiling and binding would cost more than running."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Value = Callable[[Mapping[str, object]], object]


class Statement:
    """A statement with named parameters; `others` are its wordings for other dialects, by their names. Its rows come as the
    driver gives them, so it selects text and numbers only."""

    def __init__(self, statement: ClauseElement, **others: ClauseElement) -> None:
        self._statement = statement
        self._others = others
        self._ready: dict[str, tuple[str, list[Value]]] = {}

    def __call__(self, connection: Connection, parameters: Mapping[str, object]) -> Found:
        """Run it, inside the connection's transaction."""
        dialect = connection.dialect
        sql, values = self._ready.get(dialect.name) or self._prepare(dialect)
        bound = tuple([value(parameters) for value in values])
        if dialect.name == "sqlite":
            # What SQLAlchemy does around a statement takes longer than these take in a file of our own.
            cursor = driver_of(connection).execute(sql, bound)
            return Found(cursor.fetchall() if cursor.description else [], cursor.rowcount)
        result = connection.exec_driver_sql(sql, bound)
        return Found(result.fetchall() if result.returns_rows else [], result.rowcount)

    def _prepare(self, dialect: Dialect) -> tuple[str, list[Value]]:
        compiled = self._others.get(dialect.name, self._statement).compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        values: list[Value] = []
        for name in compiled.positiontup or ():
            bound = compiled.binds[name]
            write = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if not bound.required:
                values.append(partial(_constant, bound.value))
            elif write:
                values.append(partial(_written, name, write))
            else:
                values.append(partial(_plain, name))
        self._ready[dialect.name] = str(compiled), values
        return self._ready[dialect.name]


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement found, and how many rows it changed."""

    rows: Sequence[Sequence[Any]]
    rowcount: int

    def first(self) -> Sequence[Any] | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None

    def scalar(self) -> Any:
        """The first row's first value; None without a row."""
        return self.rows[0][0] if self.rows else None

    def scalar_one(self) -> Any:
        """The only row's first value. Raises ValueError when there is none or several."""
        ((value, *_),) = self.rows
        return value


def driver_of(connection: Connection) -> Any:
    """SQLite's own connection."""
    return connection.connection.driver_connection


def _constant(value: object, parameters: Mapping[str, object]) -> object:
    return value


def _written(name: str, write: Callable[[Any], Any], parameters: Mapping[str, object]) -> object:
    return write(parameters[name])


def _plain(name: str, parameters: Mapping[str, object]) -> object:
    return parameters[name]
