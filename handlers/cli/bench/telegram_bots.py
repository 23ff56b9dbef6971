"""The two bots that are compared: ours as it is but for Telegram's limits, and an aiogram echo with its defaults.

Run as a module with: ours or echo, the fake's address, the port for a webhook (0: polling), a database file, a knowledge folder."""

from __future__ import annotations

import asyncio
import gc
import sys
from datetime import datetime
from pathlib import Path

import structlog
import uvloop
from pydantic import SecretStr

from handlers.cli.bench.botapi import TOKEN

HOST = "127.0.0.1"


async def ours(api: str, port: int, database: str, folder: str) -> None:
    """Our bot: everything is kept, understood, answered and recorded."""
    import uvicorn

    from bot.app import open_knowledge
    from bot.areas import areas
    from bot.assistant import Assistant
    from bot.settings import Settings
    from bot.store import open_store
    from handlers.telegram.beside import Posted
    from handlers.telegram.channel import Telegram
    from handlers.telegram.pace import UNLIMITED

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    settings = Settings(
        telegram_token=SecretStr(TOKEN),
        telegram_api=api,
        telegram_secret=None,
        database=f"sqlite:///{database}",
        rate_customer="off",
        public_url=f"http://{HOST}:{port}" if port else "",
    )
    knowledge = open_knowledge(settings, Path(folder))
    store = await open_store(settings.database)

    def clock() -> datetime:
        return datetime.now(settings.zone)

    telegram = Telegram(settings, Assistant(knowledge, store, clock), store, areas(knowledge), clock, limits=UNLIMITED)
    # As the command does it.
    gc.set_threshold(50_000)
    gc.collect()
    gc.freeze()
    running = asyncio.create_task(telegram.run())
    if telegram.webhook is not None:

        async def nothing(scope: object, receive: object, send: object) -> None:
            """Nothing stands behind the webhook."""

        app = Posted(nothing, telegram.webhook)
        config = uvicorn.Config(app, host=HOST, port=port, log_config=None, lifespan="off", ws="none", access_log=False)
        await uvicorn.Server(config).serve()
        telegram.stop()
    await running


async def echo(api: str, port: int) -> None:
    """What aiogram does with its defaults: nothing is kept, every message is sent back."""
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import Message
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler
    from aiohttp import web

    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def back(message: Message) -> None:
        await message.answer(message.text or "")

    if not port:
        await dispatcher.start_polling(bot, handle_signals=False)
        return
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot).register(app, path="/telegram/webhook")
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    await bot.set_webhook(f"http://{HOST}:{port}/telegram/webhook")
    await asyncio.Event().wait()


def main() -> None:
    """Run one of them until it is ended."""
    which, api, port, database, folder = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ours(api, int(port), database, folder) if which == "ours" else echo(api, int(port)))


if __name__ == "__main__":
    main()
