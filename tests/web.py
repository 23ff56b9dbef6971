"""A site in this process on a store of its own, and a client that speaks to its app directly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from bot.knowledge import Knowledge, load_knowledge
from bot.settings import Settings
from bot.store import open_store
from handlers.web.app import create_app, site_of
from handlers.web.site import Site

HOST = "shop.test"
NOW = datetime(2026, 11, 21, 12, tzinfo=Settings().zone)


def learned(folder: Path) -> Knowledge:
    """The knowledge of a small folder."""
    return load_knowledge(folder, Settings().cache)


@dataclass
class Client:
    """One customer with a session of their own; `call` speaks for nobody."""

    app: FastAPI
    site: Site
    headers: dict[str, str] = field(default_factory=dict)
    conversation: str = ""
    count: int = 0

    async def call(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """One request; `headers` are added to the customer's own."""
        headers = {**self.headers, **parts.pop("headers", {})}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=parts.pop("client", ("192.0.2.1", 4711)))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as http:
            return await http.request(method, path, headers=headers, **parts)

    async def say(self, text: str, id: str | None = None, **more: Any) -> dict[str, Any]:
        """Say something; the answer."""
        self.count += 1
        response = await self.call("POST", "/api/v1/messages", json={"text": text, "id": id or f"m{self.count}", **more})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def past(self, **query: Any) -> dict[str, Any]:
        """The conversation as it was recorded."""
        response = await self.call("GET", "/api/v1/conversations/current", params=query)
        assert response.status_code == 200, response.text
        past: dict[str, Any] = response.json()
        return past

    async def another(self) -> Client:
        """Another customer of the same site."""
        return await customer(self.app, self.site)

    def listen(self, **headers: str) -> Listener:
        """An event stream of this customer, not yet open."""
        return Listener(self.app, {**self.headers, **headers})


async def customer(app: FastAPI, site: Site) -> Client:
    """A new customer, with a token."""
    nobody = Client(app, site)
    response = await nobody.call("POST", "/api/v1/sessions", json={})
    session = response.json()
    return Client(app, site, {"Authorization": f"Bearer {session['token']}"}, session["conversation"])


@asynccontextmanager
async def opened(
    folder: Path, knowledge: Knowledge, clock: Callable[[], datetime] = lambda: NOW, **settings: Any
) -> AsyncIterator[Client]:
    """A site on a new store in `folder`, running; a first customer of it."""
    defaults: dict[str, Any] = {"database": f"sqlite:///{folder / 'xiaoer.db'}", "secret": "a key for tests only"}
    chosen = Settings(**{**defaults, **settings})
    store = await open_store(chosen.database)
    try:
        site = site_of(chosen, knowledge, store, clock)
        app = create_app(site)
        async with app.router.lifespan_context(app):
            yield await customer(app, site)
    finally:
        await store.close()


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    data: dict[str, Any]
    id: str | None


class Listener:
    """Opens an event stream and reads it, as bytes, the way a browser does."""

    def __init__(self, app: FastAPI, headers: dict[str, str]) -> None:
        self._app, self._headers = app, headers
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._left = asyncio.Event()
        self._text = ""
        self.status = 0
        self.comments: list[str] = []

    async def __aenter__(self) -> Listener:
        headers = [(name.lower().encode(), value.encode()) for name, value in {"host": HOST, **self._headers}.items()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/api/v1/events",
            "raw_path": b"/api/v1/events",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("192.0.2.1", 4711),
            "server": (HOST, 80),
        }
        self._task = asyncio.create_task(self._app(scope, self._receive, self._sent.put))
        start = await asyncio.wait_for(self._sent.get(), 5)
        self.status = start["status"]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._left.set()
        await asyncio.wait_for(self._task, 5)

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def next(self, seconds: float = 5) -> Event | None:
        """The next event; None when the stream has ended. Raises TimeoutError when none comes in time; comments are none."""
        async with asyncio.timeout(seconds):
            return await self._next()

    async def _next(self) -> Event | None:
        while True:
            while "\r\n\r\n" in self._text:
                block, _, self._text = self._text.partition("\r\n\r\n")
                if event := self._read(block):
                    return event
            message = await self._sent.get()
            self._text += message.get("body", b"").decode()
            if not message.get("more_body", False):
                return None

    def _read(self, block: str) -> Event | None:
        fields: dict[str, str] = {}
        for line in block.split("\r\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not name:
                self.comments.append(value)
            else:
                fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        if "data" not in fields:
            return None
        return Event(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id"))
