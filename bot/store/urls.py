"""Which database a URL means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.store.records import StoreError


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file of our own."""

    path: Path


@dataclass(frozen=True, slots=True)
class Server:
    """A database that somebody runs; `url` names its driver too and holds its password."""

    url: str


def place_of(url: str) -> Embedded | Server:
    """The database that the URL means. Raises StoreError, which does not repeat the URL: it may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(_WRONG) from None
    match parsed.get_backend_name(), parsed.get_driver_name():
        case "sqlite", _ if parsed.database and parsed.database != ":memory:":
            return Embedded(Path(parsed.database))
        case (("postgresql" | "postgres"), _) if parsed.database:
            return Server(parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False))
    raise StoreError(_WRONG)


_WRONG = "数据库地址读不懂。请写成 sqlite:///xiaoer.db(一个文件)或 postgresql://用户:密码@主机:端口/库名"
