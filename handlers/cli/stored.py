"""What the commands on the store share: opening it, the time, and customers' words that are safe to print."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from bot.settings import Settings
from bot.store import Store, StoreError, open_store
from bot.store.urls import Embedded, place_of

T = TypeVar("T")


def with_store(url: str | None, work: Callable[[Store], Awaitable[T]], *, new: bool = False) -> T:
    """What the work gives on the store at `url` (None: the one set). A file that is not there is only made when `new`.

    Raises StoreError when it cannot be opened."""
    address = url or Settings().database
    place = place_of(address)
    if not new and isinstance(place, Embedded) and not place.path.exists():
        raise StoreError(f"没有数据库文件 {place.path}。请在服务运行的文件夹里运行这个命令,或用 --database 指出它在哪里")

    async def run() -> T:
        store = await open_store(address)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def now() -> datetime:
    """This moment, where the shop is."""
    return datetime.now(Settings().zone)


def local(moment: datetime) -> str:
    """A moment as people read it, to the minute."""
    return f"{moment.astimezone(Settings().zone):%Y-%m-%d %H:%M}"


def safe(text: str, *, lines: bool = False) -> str:
    """What somebody wrote, without what a terminal would obey; on one line unless `lines`."""
    printable = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return printable if lines else " ".join(printable.split())
