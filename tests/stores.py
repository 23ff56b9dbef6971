"""Databases for tests: fresh ones of both kinds, and a way of talking to a store without any knowledge."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bot.assistant import Answered
from bot.messages import Act, Action, Reply, Utterance
from bot.respond import Turn
from bot.store import Store, upgrade
from tests.services import postgres_url

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")
# A database at the newest revision: a copy of it is made in a moment, and all tests of a run share it.
_TEMPLATES: list[str] = []


@asynccontextmanager
async def fresh_database(kind: str, folder: Path, *, newest: bool = True) -> AsyncIterator[str]:
    """The URL of an empty database, which is gone afterwards; on a server brought to the newest revision if wanted."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid4().hex}.db'}"
        return
    import asyncpg

    server = postgres_url()
    name = f"xiaoer_test_{uuid4().hex}"
    admin = await asyncpg.connect(server.replace("+asyncpg", ""))
    try:
        if newest and not _TEMPLATES:
            await admin.execute(f"CREATE DATABASE {name}_template")
            upgrade(_beside(server, f"{name}_template"))
            _TEMPLATES.append(f"{name}_template")
            atexit.register(_drop_template, server)
        await admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {_TEMPLATES[0]}" if newest else ""))
        try:
            yield _beside(server, name)
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


def _beside(server: str, name: str) -> str:
    return f"{server.rpartition('/')[0]}/{name}"


def _drop_template(server: str) -> None:
    import asyncpg

    async def drop() -> None:
        admin = await asyncpg.connect(server.replace("+asyncpg", ""))
        await admin.execute(f"DROP DATABASE IF EXISTS {_TEMPLATES[0]}")
        await admin.close()

    asyncio.run(drop())


def echo(text: str, act: Act = Act.ANSWER, *, gap: str | None = None, action: Action | None = None) -> Reply:
    """A reply that says the text again."""
    return Reply(act, f"你说:{text}", text, gap=gap, action=action)


async def say(
    store: Store,
    text: str,
    conversation: str = "web-1",
    *,
    id: str = "",
    customer: str = "",
    reply: Reply | None = None,
    now: datetime = NOON,
) -> Answered:
    """Say something as an assistant would that only repeats what it hears; the state counts the turns."""
    utterance = Utterance(text, conversation, id, customer=customer, channel="web")
    async with store.turn(utterance) as held:
        if held.answered:
            return held.answered
        state = replace(held.conversation, turns=held.conversation.turns + 1, question=text)
        return await held.record(utterance, Turn(reply or echo(text), state), now)
