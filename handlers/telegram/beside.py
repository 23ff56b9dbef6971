"""The channel in a process of its own, or beside the web site in the site's."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from signal import SIGINT, SIGTERM

import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.areas import areas
from bot.assistant import Assistant
from bot.knowledge import Knowledge
from bot.settings import Settings
from bot.store import open_store
from handlers.logs import configure
from handlers.telegram.channel import Telegram
from handlers.telegram.webhook import MOST_BYTES, PATH, SECRET_HEADER, Webhook
from handlers.web.site import Site


@asynccontextmanager
async def beside(app: ASGIApp, site: Site) -> AsyncIterator[ASGIApp]:
    """The site's app with the webhook before it, while the channel runs; the store must outlive this."""
    quieten()
    registry = site.metrics.registry
    telegram = Telegram(site.settings, site.assistant, site.store, site.areas, site.clock, registry=registry)
    running = asyncio.create_task(telegram.run())
    try:
        yield Posted(app, telegram.webhook) if telegram.webhook else app
    finally:
        telegram.stop()
        await running


class Posted:
    """Takes what is posted to the webhook; all else goes to the app behind. An update may be larger than what visitors may send."""

    def __init__(self, app: ASGIApp, webhook: Webhook) -> None:
        self._app, self._webhook = app, webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        if scope["method"] != "POST":
            await _respond(send, 405, None)
            return
        # The header's own bytes: whatever letters they are, they are compared and not decoded.
        secret = next((value for name, value in scope["headers"] if name == SECRET_HEADER.encode()), b"")
        body = await _body(receive)
        if body is None:
            await _respond(send, 413, None)
            return
        await _respond(send, *await self._webhook.accept(secret, body))


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large, or its sender went away."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _respond(send: Send, status: int, content: object) -> None:
    body = b"" if content is None else json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def quieten() -> None:
    """aiogram writes a line for each update, as we do."""
    logging.getLogger("aiogram").setLevel(logging.WARNING)


def run(settings: Settings, knowledge: Knowledge) -> None:
    """Serve Telegram alone, by polling, until SIGTERM or SIGINT."""
    configure(settings.log_level, settings.log_format)
    quieten()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings, knowledge))


async def _run(settings: Settings, knowledge: Knowledge) -> None:
    store = await open_store(settings.database)
    try:

        def clock() -> datetime:
            return datetime.now(settings.zone)

        telegram = Telegram(settings, Assistant(knowledge, store, clock), store, areas(knowledge), clock, polling=True)
        # What is loaded stays: it need not be searched for garbage again and again while somebody waits.
        gc.collect()
        gc.freeze()
        loop = asyncio.get_running_loop()
        for signal in (SIGINT, SIGTERM):
            loop.add_signal_handler(signal, telegram.stop)
        await telegram.run()
    finally:
        await store.close()
