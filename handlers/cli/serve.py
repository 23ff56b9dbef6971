"""`xiaoer serve`: the web site in this process."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from bot.errors import XiaoerError
from bot.settings import Settings


def run(folder: Path | None, *, host: str | None, port: int | None) -> None:
    """Serve until told to stop; the address is printed once requests are answered."""
    settings = read_settings(host=host, port=port)
    from handlers.cli.common import open_with_progress
    from handlers.web.serve import address_of, bound
    from handlers.web.serve import run as serve

    # Before anything slow: a port that is taken is told at once.
    listening = bound(settings.host, settings.port)
    with listening:
        knowledge = open_with_progress(settings, folder)
        address = address_of(listening, settings.host)
        serve(settings, knowledge, listening, lambda: print(f"店小二在 {address} 等您,按 Ctrl-C 结束。", flush=True))


def read_settings(**given: object) -> Settings:
    """The settings, with what the command line gives. Raises XiaoerError for one that is wrong."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"XIAOER_{str(first['loc'][0]).upper()}" if first["loc"] else "设置"
        raise XiaoerError(f"{name} 设得不对: {first['msg'].removeprefix('Value error, ')}") from None
