"""Bringing a database to the newest revision; the steps are in migrations/."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Thread

from sqlalchemy import Connection, func, inspect, select, text

from bot.store.database import kindly
from bot.store.records import StoreError
from bot.store.urls import Server, place_of

HEAD = "0002"  # the newest revision; known here so that opening a database that has it costs no import of alembic
MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Bring the database to the newest revision, creating what is missing; several may do so at once.

    Raises StoreError when it cannot be reached, or was made by a newer version of this program."""
    # In a thread of its own, so that it can also be called where an event loop runs.
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_upgrade(url))
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=run, name="store-upgrade")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


async def _upgrade(url: str) -> None:
    place = place_of(url)
    with kindly():
        if isinstance(place, Server):
            from bot.store.postgres import postgres_engine

            server = postgres_engine(place.url)
            try:
                async with server.begin() as connection:
                    await connection.run_sync(to_newest)
            finally:
                await server.dispose()
        else:
            from bot.store.sqlite import sqlite_engine

            engine = sqlite_engine(str(place.path))
            try:
                with engine.connect().execution_options(writes=True) as held, held.begin():
                    to_newest(held)
            finally:
                engine.dispose()


def to_newest(connection: Connection) -> None:
    """Run what is missing, inside the connection's transaction: all of it or nothing, and nobody else meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("xiaoer upgrade"))))
    if not is_newest(connection):
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_newest(connection: Connection) -> bool:
    """Whether there is nothing to run. Raises StoreError when a newer version of this program was here."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision > HEAD:
        raise StoreError(f"数据库的版本 {revision} 比这个程序认识的 {HEAD} 新,请先升级程序")
    return revision == HEAD
