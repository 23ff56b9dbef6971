"""Starts bots in an instant: all that takes time to load is loaded once, each bot is a fork that can be killed.

Reads one JSON object a line, {"port": 8000} for a webhook or {"port": null} for polling, and prints the new process's id."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime

import structlog
import uvicorn

from bot.areas import Area, areas
from bot.assistant import Assistant
from bot.content import SHIPPED
from bot.knowledge import Knowledge, load_knowledge
from bot.settings import Settings
from bot.store import open_store
from handlers.cli.bench.botapi import TOKEN
from handlers.telegram.beside import Posted
from handlers.telegram.channel import Telegram
from handlers.telegram.pace import UNLIMITED
from tests.telegram_channel import nothing_behind


async def serve(settings: Settings, knowledge: Knowledge, found: tuple[Area, ...], port: int | None) -> None:
    """A bot until it is killed."""
    store = await open_store(settings.database)

    def clock() -> datetime:
        return datetime.now(settings.zone)

    telegram = Telegram(settings, Assistant(knowledge, store, clock), store, found, clock, limits=UNLIMITED)
    running = asyncio.create_task(telegram.run())
    if telegram.webhook is not None and port is not None:
        app = Posted(nothing_behind, telegram.webhook)
        config = uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none", access_log=False)
        await uvicorn.Server(config).serve()
    await running


def main() -> None:
    """Load, then fork for each line."""
    api, database = sys.argv[1:]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    knowledge = load_knowledge(SHIPPED, Settings().cache)
    found = areas(knowledge)
    print("ready", flush=True)
    for line in sys.stdin:
        port = json.loads(line)["port"]
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            public = f"http://127.0.0.1:{port}" if port else ""
            settings = Settings(
                telegram_token=TOKEN,
                telegram_api=api,
                database=database,
                rate_customer="off",
                public_url=public,
            )
            asyncio.run(serve(settings, knowledge, found, port))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
