"""What some tests need beside Python; without it they are skipped, or fail where XIAOER_REQUIRE_SERVICES=1 says it must be there."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

POSTGRES = "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/0"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def postgres_url() -> str:
    """A PostgreSQL server on which databases may be created: XIAOER_TEST_POSTGRES, else the local one."""
    url = os.environ.get("XIAOER_TEST_POSTGRES", POSTGRES)
    if (why := asyncio.run(_no_postgres(url)) if not _in_loop() else _no_port(url, 5432)) is not None:
        missing("PostgreSQL", f"{_shown(url)}: {why}; XIAOER_TEST_POSTGRES names another")
    return url


def redis_url() -> str:
    """A Redis server: XIAOER_TEST_REDIS, else the local one."""
    url = os.environ.get("XIAOER_TEST_REDIS", REDIS)
    if (why := _no_port(url, 6379)) is not None:
        missing("Redis", f"{_shown(url)}: {why}; XIAOER_TEST_REDIS names another")
    return url


def chromium_path() -> Path:
    """A Chromium to drive: XIAOER_TEST_CHROMIUM, else the system's."""
    named = os.environ.get("XIAOER_TEST_CHROMIUM")
    for path in (named,) if named else (*CHROMIUM, shutil.which("chromium") or ""):
        if path and Path(path).is_file():
            return Path(path)
    return missing("Chromium", f"{named or 'none of ' + ', '.join(CHROMIUM)}; XIAOER_TEST_CHROMIUM names another")


def missing(what: str, where: str) -> NoReturn:
    """Skip the test, or fail it where the service must be there."""
    text = f"needs {what}, which cannot be reached ({where})"
    if os.environ.get("XIAOER_REQUIRE_SERVICES") == "1":
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _no_postgres(url: str) -> str | None:
    import asyncpg

    try:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=5)
        await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return type(error).__name__
    return None


def _no_port(url: str, port: int) -> str | None:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or port), timeout=2).close()
    except OSError as error:
        return type(error).__name__
    return None


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"
