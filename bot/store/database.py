"""What the store needs of a database: work in transactions. The work itself is plain synchronous SQL, one text for both kinds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.store.records import StoreError

T = TypeVar("T")
Work: TypeAlias = Callable[[Connection], T]


class Transaction(Protocol):
    """A transaction that spans several pieces of work. A caller that is cancelled leaves a piece that has begun to its end."""

    async def run(self, work: Work[T]) -> T:
        """The work's result, uncommitted. Whatever it raises ends the transaction without a trace."""
        ...

    async def finish(self, work: Work[T]) -> T:
        """The work's result, committed: when this returns it is on disk, when it raises nothing of the transaction is."""
        ...


class Database(Protocol):
    """Where transactions run. Everything raises StoreError when the database cannot be reached or refuses."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that writes; what is not finished at the end is rolled back."""
        ...

    async def write(self, work: Work[T]) -> T:
        """Work in a transaction of its own."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Work that only reads, all of it from one moment's state."""
        ...

    async def close(self) -> None:
        """Finish what was begun, then let go."""
        ...


@contextmanager
def kindly() -> Iterator[None]:
    """Errors of the driver as StoreError; what they say is for the log, as their cause."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeError) as error:
        reason = getattr(error, "orig", None) or error
        raise StoreError(f"数据库没能完成这一步({type(reason).__name__})") from error
