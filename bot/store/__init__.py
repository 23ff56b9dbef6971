"""Where conversations are kept: SQLite in a file of our own, or PostgreSQL on a server."""

from __future__ import annotations

from bot.store.records import Customer, Handoff, HandoffState, History, OperatorMessage, PastTurn, Purged, StoreError, Unanswered
from bot.store.store import Store
from bot.store.upgrade import is_newest, to_newest, upgrade
from bot.store.urls import Embedded, place_of

__all__ = [
    "Customer",
    "Handoff",
    "HandoffState",
    "History",
    "OperatorMessage",
    "PastTurn",
    "Purged",
    "Store",
    "StoreError",
    "Unanswered",
    "open_store",
    "upgrade",
]


async def open_store(url: str) -> Store:
    """The store in the database at `url`: sqlite:///file or postgresql://…

    The file is created and brought to the newest revision here; a server's database only by `upgrade`. Raises StoreError when it
    cannot be opened, or when a server's database is not at the newest revision."""
    place = place_of(url)
    if isinstance(place, Embedded):
        from bot.store.sqlite import Sqlite, sqlite_engine

        file = Sqlite(sqlite_engine(str(place.path)))
        try:
            if not await file.read(is_newest):
                await file.write(to_newest)
        except StoreError as error:
            await file.close()
            raise StoreError(f"打不开数据库文件 {place.path}:{error}") from error
        return Store(file)

    from bot.store.postgres import Postgres, postgres_engine

    server = Postgres(postgres_engine(place.url))
    try:
        newest = await server.read(is_newest)
    except BaseException:
        await server.close()
        raise
    if not newest:
        await server.close()
        raise StoreError("数据库还没有升级到这个版本,请先运行 xiaoer db upgrade")
    return Store(server)
