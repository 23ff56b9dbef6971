"""A bot of ours against the fake Bot API, in this process, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn

from bot.areas import areas
from bot.assistant import Assistant
from bot.knowledge import Knowledge
from bot.settings import Settings
from bot.store import Store, open_store
from handlers.cli.bench.botapi import TOKEN, BotApi, Call, Chat, Message, Person
from handlers.telegram.beside import Posted
from handlers.telegram.channel import Telegram
from handlers.telegram.pace import UNLIMITED, Limits


@dataclass
class Bot:
    """The running channel, its world and its store."""

    api: BotApi
    telegram: Telegram
    store: Store
    knowledge: Knowledge

    async def ask(self, where: Chat | Person, text: str, *, by: Person | None = None) -> Message:
        """Say something; the last message that came of it, when everything is done."""
        before = len(self.api.sent(where))
        self.api.say(where, text, by=by)
        await self.api.until(lambda: len(self.api.sent(where)) > before, 10)
        await self.quiet()
        return self.api.sent(where)[-1]

    async def press(self, message: Message, label: str, *, by: Person | None = None) -> Any:
        """Press a button; the query, when everything that came of it is done."""
        query = self.api.press(message, label, by=by)
        await self.api.until(lambda: query.answer, 10)
        await self.quiet()
        return query

    async def quiet(self) -> None:
        """When all that was said is done: nothing waits at Telegram, nothing is under way here."""
        await self.api.until(lambda: not self.api.updates.pending and not self.api.webhook.waiting, 10)
        for _ in range(2):
            await self.telegram.idle()
            waiting = await self.store.inbox("telegram").waiting()
            while waiting.updates or waiting.messages:
                await asyncio.sleep(0.02)
                await self.telegram.idle()
                waiting = await self.store.inbox("telegram").waiting()

    def calls(self, *methods: str, chat: Chat | Person | None = None) -> tuple[Call, ...]:
        """The calls of these methods."""
        return self.api.journal.of(*methods, chat=chat.id if chat else None)


@asynccontextmanager
async def bot_on(
    api: BotApi,
    knowledge: Knowledge,
    database: str,
    *,
    clock: Any = None,
    limits: Limits = UNLIMITED,
    rate: str = "off",
    webhook: bool = False,
    **settings: Any,
) -> AsyncIterator[Bot]:
    """A bot of ours, on duty."""
    made = Settings(telegram_token=TOKEN, telegram_api=api.url, database=database, rate_customer=rate, **settings)
    store = await open_store(database)
    clock = clock or (lambda: datetime.now(made.zone))
    server: uvicorn.Server | None = None
    posting = None
    if webhook:
        listening = uvicorn.Config("", port=0).bind_socket()
        made = made.model_copy(update={"public_url": f"http://127.0.0.1:{listening.getsockname()[1]}"})
    telegram = Telegram(made, Assistant(knowledge, store, clock), store, areas(knowledge), clock, limits=limits)
    if telegram.webhook is not None:
        config = uvicorn.Config(Posted(nothing_behind, telegram.webhook), log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        server.capture_signals = _no_signals
        posting = asyncio.create_task(server.serve(sockets=[listening]))
    running = asyncio.create_task(telegram.run())
    try:
        await api.until(lambda: telegram.working, 20)
        if webhook:
            await api.until(lambda: api.webhook.url, 10)
        yield Bot(api, telegram, store, knowledge)
    finally:
        telegram.stop()
        await running
        if server is not None and posting is not None:
            server.should_exit = True
            await posting
        await store.close()


def in_file(folder: Path) -> str:
    """A database of its own in a folder."""
    return f"sqlite:///{folder}/telegram.db"


async def nothing_behind(scope: Any, receive: Any, send: Any) -> None:
    """The app behind the webhook: there is none."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _no_signals() -> Any:
    from contextlib import nullcontext

    return nullcontext()
