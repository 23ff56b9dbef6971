"""How a database gets its tables: step by step, to what the code says they are, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import CreateTable

from bot.store import StoreError, open_store, upgrade
from bot.store.tables import METADATA
from bot.store.upgrade import HEAD, MIGRATIONS
from tests.stores import KINDS, NOON, fresh_database, say

T = TypeVar("T")


async def looked_at(url: str, look: Callable[[Connection], T]) -> T:
    """What a function sees, or does, on a connection to the database."""
    if url.startswith("sqlite"):
        file = create_engine(url)
        with file.begin() as connection:
            seen = look(connection)
        file.dispose()
        return seen
    server = create_async_engine(url)
    async with server.begin() as open_connection:
        seen = await open_connection.run_sync(look)
    await server.dispose()
    return seen


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, METADATA))


def constraints(connection: Connection) -> dict[str, object]:
    """What alembic does not compare: primary keys, and what goes with a deleted row."""
    there = inspect(connection)
    return {
        name: (
            there.get_pk_constraint(name)["constrained_columns"],
            sorted(
                (tuple(k["constrained_columns"]), k["referred_table"], k["options"].get("ondelete"))
                for k in there.get_foreign_keys(name)
            ),
            sorted((i["name"] or "", tuple(i["column_names"]), bool(i["unique"])) for i in there.get_indexes(name)),
        )
        for name in METADATA.tables
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_the_steps_lead_to_the_tables_of_the_code(kind: str, tmp_path: Path) -> None:
    async with fresh_database(kind, tmp_path) as stepped, fresh_database(kind, tmp_path, newest=False) as created:
        upgrade(stepped)
        assert await looked_at(stepped, differences) == []
        await looked_at(created, METADATA.create_all)
        assert await looked_at(stepped, constraints) == await looked_at(created, constraints)


def test_ids_of_messages_are_never_given_twice_on_sqlite(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path}/x.db")
    with sqlite3.connect(tmp_path / "x.db") as connection:
        kept = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    connection.close()
    engine = create_engine("sqlite://")
    for table in METADATA.sorted_tables:
        declared = str(CreateTable(table).compile(engine))
        assert ("AUTOINCREMENT" in kept[table.name]) == ("AUTOINCREMENT" in declared), table.name
    assert "AUTOINCREMENT" in kept["operator_messages"]


def test_the_newest_step_is_the_one_that_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    steps = ScriptDirectory.from_config(config)
    assert steps.get_heads() == [HEAD]
    names = [step.revision for step in steps.walk_revisions()]
    assert names == sorted(names, reverse=True)  # "newer" is told by comparing names


@pytest.mark.parametrize("kind", KINDS)
async def test_upgrading_again_changes_nothing(kind: str, tmp_path: Path) -> None:
    async with fresh_database(kind, tmp_path) as url:
        upgrade(url)
        store = await open_store(url)
        await say(store, "一")
        upgrade(url)
        assert len((await store.history("web-1")).turns) == 1
        await store.close()


async def test_a_server_is_upgraded_only_by_command(tmp_path: Path) -> None:
    async with fresh_database("postgresql", tmp_path, newest=False) as url:
        with pytest.raises(StoreError, match="xiaoer db upgrade"):
            await open_store(url)
        upgrade(url)
        store = await open_store(url)
        await store.ready()
        await store.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_database_of_a_newer_program_is_left_alone(kind: str, tmp_path: Path) -> None:
    async with fresh_database(kind, tmp_path) as url:
        upgrade(url)
        await looked_at(url, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        with pytest.raises(StoreError, match="9999"):
            await open_store(url)
        with pytest.raises(StoreError, match="9999"):
            upgrade(url)


OPENING = "import asyncio, sys; from bot.store import open_store\nasync def main():\n await (await open_store(sys.argv[1])).close()\nasyncio.run(main())"


async def test_several_processes_may_create_the_embedded_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-W", "error", "-c", OPENING, url) for _ in range(4)]
    assert [await process.wait() for process in processes] == [0] * 4
    store = await open_store(url)
    assert (await say(store, "一", now=NOON)).number == 1
    await store.close()


async def test_several_may_upgrade_a_server_at_once(tmp_path: Path) -> None:
    async with fresh_database("postgresql", tmp_path, newest=False) as url:
        await asyncio.gather(*(asyncio.to_thread(upgrade, url) for _ in range(4)))
        assert await looked_at(url, differences) == []
