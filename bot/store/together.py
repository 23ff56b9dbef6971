"""Small writes of many callers in one transaction, perhaps a turn's: a commit costs the disk the same, whatever is in it."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.store.database import Database, Work
from bot.store.records import StoreError

T = TypeVar("T")

MOST = 200


class Together:
    """While one transaction is being committed, the writes that come meanwhile gather for the next one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathered: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, work: Work[T]) -> T:
        """The work's result, committed. Raises what the work raises, StoreError when the database fails.

        A caller that is cancelled does not take the work back."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._gathered.append((work, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all())
        return await future

    async def _write_all(self) -> None:
        while self._gathered:
            batch, self._gathered = self._gathered[:MOST], self._gathered[MOST:]
            try:
                async with self._database.transaction() as transaction:
                    results = await transaction.finish(_all([work for work, _ in batch]))
            except (StoreError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                await self._one_by_one(batch, error)
            else:
                for (_, future), result in zip(batch, results, strict=True):
                    if not future.done():
                        future.set_result(result)

    async def _one_by_one(self, batch: list[tuple[Work[Any], asyncio.Future[Any]]], error: Exception) -> None:
        """One of them failed, or the database did: nobody else's work fails with it, and nobody waits for a database that is gone."""
        refused = 0
        for work, future in batch:
            try:
                if len(batch) == 1 or refused > 1:
                    raise error
                result = await self._database.write(work)
            except Exception as own:
                refused += isinstance(own, StoreError)
                if not future.done():
                    future.set_exception(own)
            else:
                refused = 0
                if not future.done():
                    future.set_result(result)


def _all(works: list[Work[Any]]) -> Work[list[Any]]:
    def work(connection: Connection) -> list[Any]:
        return [work(connection) for work in works]

    return work
