"""A plain HTTP client of the fake Bot API for tests, and a web server that takes its webhooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from handlers.cli.bench.botapi import BotApi


class Refused(Exception):
    """What the API refused; `body` is its whole answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body["description"])
        self.status = status
        self.body = body


@dataclass
class Caller:
    """Calls methods as a client would."""

    api: BotApi
    session: aiohttp.ClientSession

    async def __call__(self, method: str, /, **params: Any) -> Any:
        """A method's result. Raises Refused."""
        status, body = await self.raw(method, json=params)
        return self._result(status, body)

    async def form(self, method: str, /, **params: str) -> Any:
        """The same with the parameters as a form."""
        status, body = await self.raw(method, data=params)
        return self._result(status, body)

    async def parts(self, method: str, form: aiohttp.FormData) -> Any:
        """The same in several parts."""
        status, body = await self.raw(method, data=form)
        return self._result(status, body)

    async def raw(self, method: str, /, *, token: str | None = None, **how: Any) -> tuple[int, Any]:
        """Status and body, whatever they are."""
        url = f"{self.api.url}/bot{token or self.api.token}/{method}"
        async with self.session.post(url, **how) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith("{") else text

    def _result(self, status: int, body: Any) -> Any:
        assert body["ok"] == (status == 200)
        if status != 200:
            assert body["error_code"] == status
            raise Refused(status, body)
        return body["result"]

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        """getUpdates."""
        result: list[dict[str, Any]] = await self("getUpdates", **params)
        return result


@asynccontextmanager
async def caller(api: BotApi) -> AsyncIterator[Caller]:
    """A client for as long as the block lasts."""
    async with aiohttp.ClientSession() as session:
        yield Caller(api, session)


@dataclass
class Hook:
    """Takes what a webhook brings; `answer` decides on the response."""

    answer: Callable[[dict[str, Any]], Awaitable[web.Response]]
    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        update = await request.json()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.got.append(update)
            self.came.set()
            return await self.answer(update)
        finally:
            self.at_once -= 1


async def _fine(update: dict[str, Any]) -> web.Response:
    return web.Response()


@asynccontextmanager
async def hook(answer: Callable[[dict[str, Any]], Awaitable[web.Response]] = _fine) -> AsyncIterator[Hook]:
    """A web server for as long as the block lasts."""
    taken = Hook(answer)
    runner = web.ServerRunner(web.Server(taken.handle), handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taken.url = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram"
    try:
        yield taken
    finally:
        await runner.cleanup()
