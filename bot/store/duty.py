"""Who of several processes does what only one may do: whoever holds a lock that ends with its process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

from bot.store.database import kindly
from bot.store.records import StoreError
from bot.store.urls import Embedded, place_of


class Duty(Protocol):
    """A duty of one process at a time."""

    async def take(self) -> bool:
        """Whether this process has it from now on, or still. Ask again from time to time: a lost connection loses it."""
        ...

    async def leave(self) -> None:
        """Let another process have it."""
        ...


def duty(url: str, name: str) -> Duty:
    """The duty of that name among the processes that share the database at `url`."""
    place = place_of(url)
    if isinstance(place, Embedded):
        return _FileDuty(place.path.with_name(f"{place.path.name}-{name}.lock"))
    return _ServerDuty(place.url, name)


class _FileDuty:
    """A lock on a file beside the database; the system lets go of it however the process ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: int | None = None

    async def take(self) -> bool:
        if self._held is not None:
            return True
        import fcntl

        try:
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"写不了 {self._file}:{error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._held = handle
        return True

    async def leave(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


class _ServerDuty:
    """An advisory lock of a connection of its own; the server lets go of it when the connection ends."""

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url.replace("+asyncpg", ""), name
        self._connection: Any = None  # asyncpg's

    async def take(self) -> bool:
        import asyncpg  # type: ignore[import-untyped]  # it has no stubs

        with kindly():
            try:
                if self._connection is not None:
                    await self._connection.execute("SELECT 1", timeout=5)
                    return True
                connection = await asyncpg.connect(
                    self._url, timeout=10, server_settings={"application_name": f"xiaoer {self._name}"}
                )
                if await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", f"xiaoer {self._name}"):
                    self._connection = connection
                    return True
                await connection.close()
                return False
            except (asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                self._connection = None
                raise OSError(type(error).__name__) from error

    async def leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close(timeout=5)
