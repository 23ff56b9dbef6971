"""The server database: PostgreSQL through asyncpg; the same synchronous work runs on a greenlet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.database import Transaction, Work, kindly

T = TypeVar("T")

POOL = 10


def postgres_engine(url: str) -> AsyncEngine:
    """Connections to the server. A turn that never ends (a process that hangs) gives its conversation back after a minute."""
    settings = {"application_name": "xiaoer", "lock_timeout": "20s", "idle_in_transaction_session_timeout": "60s"}
    return create_async_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"timeout": 10, "server_settings": settings},
    )


class Postgres:
    """A Database on a server; several processes may share it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction; its connection is taken with its first piece of work."""
        transaction = _Transaction(self)
        try:
            yield transaction
        finally:
            if not transaction.finished:
                await self.to_its_end(transaction.abandon())

    async def write(self, work: Work[T]) -> T:
        """Work in a transaction of its own."""
        async with self.transaction() as transaction:
            return await transaction.finish(work)

    async def read(self, work: Work[T]) -> T:
        """Work that only reads, from a snapshot."""
        with kindly():
            async with self._reading.connect() as connection:
                return await connection.run_sync(work)

    async def close(self) -> None:
        """Finish what was begun, then close the connections."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._engine.dispose()

    async def connect(self) -> AsyncConnection:
        """A connection; an old one that the server has dropped meanwhile is replaced."""
        return await self._engine.connect()

    async def to_its_end(self, step: Coroutine[Any, Any, T]) -> T:
        """The step's result; a caller that is cancelled does not take the step with it."""
        task = asyncio.create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a caller that was cancelled does not look at it; asyncio would complain


class _Transaction:
    """A transaction on a connection of its own. Its steps follow each other, the last one also after a cancelled caller."""

    def __init__(self, database: Postgres) -> None:
        self._database = database
        self._connection: AsyncConnection | None = None
        self._busy = asyncio.Lock()
        self.finished = False

    async def run(self, work: Work[T]) -> T:
        return await self._database.to_its_end(self._work(work, last=False))

    async def finish(self, work: Work[T]) -> T:
        result = await self._database.to_its_end(self._work(work, last=True))
        self.finished = True
        return result

    async def _work(self, work: Work[T], *, last: bool) -> T:
        async with self._busy:
            with kindly():
                if self._connection is None:
                    self._connection = await self._database.connect()
                result = await self._connection.run_sync(work)
                if last:
                    await self._connection.commit()
                    connection, self._connection = self._connection, None
                    await connection.close()
                return result

    async def abandon(self) -> None:
        """Roll back what is not committed and give the connection back."""
        async with self._busy:
            if self._connection is not None:
                connection, self._connection = self._connection, None
                with kindly():
                    await connection.close()
