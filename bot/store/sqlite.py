"""The embedded database: SQLite in WAL mode, one thread that writes, a few that read."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.pool import QueuePool

from bot.store.database import Transaction, Work, kindly

T = TypeVar("T")

# How long a transaction waits for another process's; beyond it the customer has given up.
BUSY_MS = 15_000
READERS = 2


def sqlite_engine(file: str) -> Engine:
    """Connections to the file: durable at commit (WAL, synchronous=FULL), foreign keys checked, transactions as we say."""
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(file), poolclass=QueuePool, pool_size=READERS + 1, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer says so at once: a reader that turns into one is refused where a writer would have waited.
        kind = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
        connection.exec_driver_sql(kind)

    return engine


def _connect(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        _use_wal(connection)
        # FULL: what was acknowledged survives a power cut too; NORMAL would only survive the end of the process.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")  # what a customer has erased is overwritten
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. Unlike everything else this does not wait for other processes by itself."""
    last = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > last:
                raise
            time.sleep(0.01)


class Sqlite:
    """A Database in one file. Its transactions run one after another, each in few hops to the thread that writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(READERS, "store-reader")
        self._free = asyncio.Lock()
        self._writer: Connection | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction; other writers of this process wait in the order they came."""
        async with self._free:
            transaction = _Transaction(self._submit, self._connection)
            try:
                yield transaction
            finally:
                if not transaction.finished:
                    # The thread does one thing after another: this comes after what was begun, and before what begins next.
                    self._writing.submit(transaction.abandon)

    async def write(self, work: Work[T]) -> T:
        """Work in a transaction of its own."""
        async with self.transaction() as transaction:
            return await transaction.finish(work)

    async def read(self, work: Work[T]) -> T:
        """Work that only reads, from a snapshot; writers go on meanwhile."""

        def reading() -> T:
            with kindly(), self._engine.connect() as connection, connection.begin():
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._reading, reading)

    async def close(self) -> None:
        """Finish what was begun, then close the file."""

        def close() -> None:
            if self._writer is not None:
                self._writer.close()
            self._engine.dispose()

        await asyncio.to_thread(self._reading.shutdown)
        await self._submit(close)
        self._writing.shutdown()

    def _connection(self) -> Connection:
        if self._writer is None or self._writer.invalidated:
            self._writer = self._engine.connect().execution_options(writes=True)
        return self._writer

    async def _submit(self, call: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._writing, call)
        future.add_done_callback(_looked_at)
        return await asyncio.shield(future)


class _Transaction:
    """A transaction in the writer's thread; it begins with its first piece of work."""

    def __init__(self, submit: Callable[[Callable[[], Any]], Any], connection: Callable[[], Connection]) -> None:
        self._submit = submit
        self._connection = connection
        self._begun: RootTransaction | None = None
        self.finished = False

    async def run(self, work: Work[T]) -> T:
        result: T = await self._submit(lambda: self._work(work, last=False))
        return result

    async def finish(self, work: Work[T]) -> T:
        result: T = await self._submit(lambda: self._work(work, last=True))
        self.finished = True
        return result

    def _work(self, work: Work[T], *, last: bool) -> T:
        with kindly():
            connection = self._connection()
            if self._begun is None:
                self._begun = connection.begin()
            try:
                result = work(connection)
                if last:
                    self._begun.commit()
                return result
            except BaseException:
                self.abandon()
                raise

    def abandon(self) -> None:
        """Roll back what is not committed."""
        if self._begun is not None and self._begun.is_active:
            self._begun.rollback()


def _looked_at(future: asyncio.Future[Any]) -> None:
    """A caller that was cancelled does not look at the outcome; asyncio would complain."""
    if not future.cancelled():
        future.exception()
