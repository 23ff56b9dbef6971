"""The embedded database: a SQLite file in WAL mode. Turns that come together are committed together."""

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
from bot.store.records import StoreError
from bot.store.statement import driver_of

T = TypeVar("T")

# How long a transaction waits for another process's; beyond it the customer has given up.
BUSY_MS = 15_000
READERS = 2
# How many turns share a commit at most. While they are answered, other processes wait: some 30 ms.
TOGETHER = 32

CLOSED = "数据库已经关闭"
BROKEN = "数据库中断了这次写入,什么也没有保存"


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
    """A Database in one file.

    What waits (for other processes, for the disk) happens in a thread: BEGIN IMMEDIATE, COMMIT, and whole pieces of work given
    to `write` and `read`. The few statements of a turn run on the event loop, between the two: in WAL mode a writer that has
    begun waits for nobody, and a hop to a thread and back would cost more than they do. Turns that are there when a transaction
    begins, or come while it is open, share it; each is undone alone if it fails, and none returns before the commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(READERS, "store-reader")
        self._free = asyncio.Lock()  # who holds it has the writing connection
        self._writer: Connection | None = None
        self._begun: RootTransaction | None = None
        self._group: _Group | None = None
        self._leading: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A turn's part of a transaction that may be shared; it begins at once."""
        if self._closed:
            raise StoreError(CLOSED)
        group = self._group
        if group is None or not group.takes_more():
            group = self._group = _Group()
            task = asyncio.create_task(self._lead(group))
            self._leading.add(task)
            task.add_done_callback(self._leading.discard)
        part = _Part(group)
        try:
            _raise(await asyncio.shield(group.begun))
            yield part
        finally:
            part.leave()

    async def _lead(self, group: _Group) -> None:
        """The life of a transaction: begin, let everybody say their part, commit."""
        async with self._free:
            group.connection, error = await self._in_thread(self._begin)
            group.begin(error)
            await group.quiet
            group.done.set_result(error or await self._in_thread(self._commit))

    def _begin(self) -> tuple[Connection | None, StoreError | None]:
        try:
            with kindly():
                if self._writer is None or self._writer.invalidated:
                    self._writer = self._engine.connect().execution_options(writes=True)
                self._begun = self._writer.begin()
                return self._writer, None
        except StoreError as error:
            return None, error

    def _commit(self) -> StoreError | None:
        assert self._writer is not None
        assert self._begun is not None
        begun, self._begun = self._begun, None
        try:
            with kindly():
                try:
                    if not in_transaction(self._writer):
                        raise StoreError(BROKEN)
                    begun.commit()
                finally:
                    begun.close()  # rolls back what is not committed
        except StoreError as error:
            return error
        return None

    async def write(self, work: Work[T]) -> T:
        """Work in a transaction of its own, in the thread; turns wait meanwhile."""

        def writing() -> T:
            connection, error = self._begin()
            _raise(error)
            assert connection is not None
            assert self._begun is not None
            with kindly(), self._begun:
                return work(connection)

        # Cancelled, this lets go at once, but the thread does one thing after another: the work still goes to its end.
        async with self._free:
            return await self._in_thread(writing)

    async def read(self, work: Work[T]) -> T:
        """Work that only reads, from a snapshot, in a thread; writers go on meanwhile."""

        def reading() -> T:
            with kindly(), self._engine.connect() as connection, connection.begin():
                return work(connection)

        return await self._in_thread(reading, self._readers)

    async def close(self) -> None:
        """Finish what was begun, then close the file."""

        def close() -> None:
            if self._writer is not None:
                self._writer.close()
            self._engine.dispose()

        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*self._leading)
        await asyncio.to_thread(self._readers.shutdown)
        async with self._free:
            await self._in_thread(close)
        self._thread.shutdown()

    async def _in_thread(self, call: Callable[[], T], threads: ThreadPoolExecutor | None = None) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(threads or self._thread, call)
        except RuntimeError:  # its threads have been shut down
            raise StoreError(CLOSED) from None
        future.add_done_callback(_looked_at)
        return await asyncio.shield(future)


class _Group:
    """Turns that share a transaction. The futures carry an error rather than raise it: many may look, or nobody."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.connection: Connection | None = None
        self.begun: asyncio.Future[StoreError | None] = self._loop.create_future()
        self.quiet: asyncio.Future[None] = self._loop.create_future()  # all have said their part, nobody may join any more
        self.done: asyncio.Future[StoreError | None] = self._loop.create_future()
        self._joined = 0
        self._speaking = 0

    def takes_more(self) -> bool:
        return self._joined < TOGETHER and not self.quiet.done()

    def join(self) -> None:
        self._joined += 1
        self._speaking += 1

    def leave(self) -> None:
        self._speaking -= 1
        if self.begun.done() and not self._speaking:
            # Not at once: what is ready to run in this round of the loop may join.
            self._loop.call_soon(self._close)

    def begin(self, error: StoreError | None) -> None:
        self.begun.set_result(error)
        if error or not self._speaking:
            self.quiet.set_result(None)

    def _close(self) -> None:
        if not self._speaking and not self.quiet.done():
            self.quiet.set_result(None)


class _Part:
    """One turn's part of a group's transaction."""

    def __init__(self, group: _Group) -> None:
        self._group = group
        self._speaks = True
        group.join()

    def leave(self) -> None:
        """Say no more. Nothing that was not finished has been written."""
        if self._speaks:
            self._speaks = False
            self._group.leave()

    async def run(self, work: Work[T]) -> T:
        with kindly():
            return work(self._connection())

    async def finish(self, work: Work[T]) -> T:
        with kindly():
            connection = self._connection()
            driver = driver_of(connection)
            driver.execute("SAVEPOINT turn")
            try:
                result = work(connection)
            except BaseException:
                if in_transaction(connection):
                    driver.execute("ROLLBACK TO turn")
                    driver.execute("RELEASE turn")
                raise
            driver.execute("RELEASE turn")
        self.leave()
        _raise(await asyncio.shield(self._group.done))
        return result

    def _connection(self) -> Connection:
        connection = self._group.connection
        # SQLite ends a transaction by itself when the disk is full or fails: nothing more may run, it would stand alone.
        if not self._speaks or connection is None or not in_transaction(connection):
            raise StoreError(BROKEN)
        return connection


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite itself still has the transaction open."""
    return bool(driver_of(connection).in_transaction)


def _raise(error: StoreError | None) -> None:
    """Raise an error that others may raise too, each with a traceback of its own."""
    if error is not None:
        raise StoreError(str(error)) from error


def _looked_at(future: asyncio.Future[Any]) -> None:
    """A caller that was cancelled does not look at the outcome; asyncio would complain."""
    if not future.cancelled():
        future.exception()
