"""Killed without warning at a hundred random moments under load, the site loses nothing that it acknowledged and doubles nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from bot.store import open_store
from tests.browser import Server
from tests.conftest import write_small

KILLS = 100
CLIENTS = 8
ASKED = ("店里几点开门", "店在哪里", "停车收费吗", "周日开吗", "你好", "asdf")


@dataclass
class Customer:
    """Says one thing after another, each until it is answered, whatever becomes of the line."""

    url: str
    name: str
    token: str = ""
    conversation: str = ""
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    retried: int = 0

    async def talk(self, http: httpx.AsyncClient, over: asyncio.Event) -> None:
        """Talk until it is over, and then to the end of the last message."""
        while not self.token:
            if session := await self._post(http, "sessions", {}, {}):
                self.token, self.conversation = session["token"], session["conversation"]
        number = 0
        while not over.is_set():
            number += 1
            said = {"text": f"{ASKED[number % len(ASKED)]} {self.name} {number}", "id": f"{self.name}-{number}"}
            while (answer := await self._post(http, "messages", said, {"Authorization": f"Bearer {self.token}"})) is None:
                self.retried += 1
            self.answered[said["text"]] = answer

    async def _post(self, http: httpx.AsyncClient, path: str, body: dict[str, str], headers: dict[str, str]) -> Any:
        """The answer; None when there was none."""
        try:
            response = await http.post(f"{self.url}/api/v1/{path}", json=body, headers=headers)
        except httpx.HTTPError:
            await asyncio.sleep(0.02)
            return None
        assert response.status_code == 200, response.text
        return response.json()


async def test_after_a_hundred_kills_every_acknowledged_message_has_its_one_reply(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = write_small(tmp_path / "knowledge")
    settings = {"XIAOER_KNOWLEDGE": str(folder), "XIAOER_RATE_CUSTOMER": "off", "XIAOER_RATE_ADDRESS": "off"}
    server, random, over = Server(tmp_path, settings), Random(7), asyncio.Event()
    await asyncio.to_thread(server.start)
    request.addfinalizer(server.kill)
    customers = [Customer(server.url, f"c{n}") for n in range(CLIENTS)]
    async with httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_keepalive_connections=CLIENTS)) as http:
        talks = [asyncio.create_task(c.talk(http, over)) for c in customers]
        for _ in range(KILLS):
            await asyncio.sleep(random.uniform(0.02, 0.35))
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        over.set()
        await asyncio.gather(*talks)
    await asyncio.to_thread(server.stop)

    assert sum(c.retried for c in customers) >= KILLS  # it was under load each time
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'xiaoer.db'}")
    try:
        for customer in customers:
            past = await store.history(customer.conversation, limit=100_000)
            kept = {turn.text: (turn.number, turn.reply.text) for turn in past.turns}
            assert [turn.number for turn in past.turns] == list(range(1, len(past.turns) + 1))
            assert len(kept) == len(past.turns)  # nothing twice
            assert kept == {
                text: (a["number"], a["reply"]["text"]) for text, a in customer.answered.items()
            }  # nothing lost, nothing changed
    finally:
        await store.close()
