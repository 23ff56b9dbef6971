"""The bot's process is killed again and again at random moments, under load: nothing is lost, and every double is explained."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from handlers.cli.bench.botapi import BotApi, Chat, Person, running
from tests.telegram_channel import in_file

KILLS = 100
PER_SECOND = 40


class Bots:
    """A bot's process, killed and begun again."""

    def __init__(self, process: asyncio.subprocess.Process, file: Path, port: int | None) -> None:
        self._process, self._file, self._port = process, file, port

    async def start(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"port": self._port}).encode() + b"\n")
        return int(await self._line())

    async def kill(self, pid: int) -> list[tuple[str, str]]:
        """End it at once; the chat and question of each answer of which nobody knows whether Telegram has it."""
        os.kill(pid, signal.SIGKILL)
        assert await self._line() == "ended"
        with sqlite3.connect(self._file, timeout=10) as database:
            try:
                return database.execute("SELECT chat, answers FROM outbox WHERE state = 'sending'").fetchall()
            except sqlite3.OperationalError:  # killed before there was a table
                return []

    async def _line(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), 60)).decode().strip()


@asynccontextmanager
async def bots(api: BotApi, folder: Path, *, webhook: bool) -> AsyncIterator[Bots]:
    port = None
    if webhook:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    command = (sys.executable, "-m", "tests.telegram_zygote", api.url, in_file(folder))
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    made = Bots(process, folder / "telegram.db", port)
    try:
        assert await made._line() == "ready"
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_a_hundred_kills_under_load_lose_nothing(
    way: str, knowledge: Knowledge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(way)
    async with running() as api, bots(api, tmp_path, webhook=way == "webhook") as processes:
        api.webhook.pace = 0.02
        api.latency = 0.02  # so that a kill often finds something in flight
        people = [api.person(f"客户{n}") for n in range(20)]
        groups = [api.supergroup(f"群{n}") for n in range(10)]
        feeding = asyncio.create_task(feed(api, people, groups, rng))
        unsure: Counter[tuple[str, str]] = Counter()
        for _ in range(KILLS):
            pid = await processes.start()
            await asyncio.sleep(rng.uniform(0.05, 0.9))
            unsure.update(await processes.kill(pid))
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        pid = await processes.start()
        said = {chat.id: questions(api, chat.id) for chat in (*people, *groups)}
        await api.until(lambda: all_answered(api, said), 120)
        await asyncio.sleep(1.5)
        await processes.kill(pid)
        doubles = check(api, said, unsure, tmp_path / "telegram.db")
        total = sum(len(q) for q in said.values())
        with capsys.disabled():
            print(
                f"\n{way}: {KILLS} kills, {total} updates, 0 lost, {doubles} doubled of {sum(unsure.values())} in flight at a kill"
            )


async def feed(api: BotApi, people: list[Person], groups: list[Chat], rng: random.Random) -> None:
    """Questions at random from many people, privately and in groups."""
    number = 0
    while True:
        number += 1
        if rng.random() < 0.5:
            api.say(rng.choice(people), f"投诉电话多少 {number}")
        else:
            place = rng.randrange(len(groups))
            api.say(groups[place], f"/ask 投诉电话多少 {number}", by=people[place])
        await asyncio.sleep(rng.expovariate(PER_SECOND))


def questions(api: BotApi, chat: int) -> list[int]:
    """What people said in a chat, by message numbers."""
    return [id for (where, id), m in api.world.messages.items() if where == chat and m.sender is not api.bot]


def all_answered(api: BotApi, said: dict[int, list[int]]) -> bool:
    return all(len(api.sent(chat)) >= len(asked) for chat, asked in said.items())


def check(api: BotApi, said: dict[int, list[int]], unsure: Counter[tuple[str, str]], file: Path) -> int:
    """Every question has its answer, in the store once, in the chat once unless a kill left it in doubt; how many doubles."""
    with sqlite3.connect(file) as database:
        kept = Counter(database.execute("SELECT chat, answers FROM outbox").fetchall())
        states = dict(database.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
        turns = database.execute("SELECT count(*) FROM turns").fetchone()[0]
        left = database.execute("SELECT count(*) FROM inbox WHERE state != 'done'").fetchone()[0]
    asked = {(str(chat), str(id)) for chat, ids in said.items() for id in ids}
    assert set(kept) == asked
    assert set(kept.values()) == {1}
    assert set(states) == {"sent"}
    assert turns == len(asked)
    assert left == 0
    doubles = 0
    for chat, ids in said.items():
        sent = api.sent(chat)
        # In groups each answer names its question, in private chats there are as many as there are questions.
        if chat < 0:
            answered = Counter(m.reply_to.id for m in sent if m.reply_to)
            assert set(answered) == set(ids)
            more = {id: count - 1 for id, count in answered.items() if count > 1}
            for id, count in more.items():
                assert unsure[str(chat), str(id)] >= count, "a double that no kill explains"
            doubles += sum(more.values())
        else:
            extra = len(sent) - len(ids)
            assert 0 <= extra <= sum(n for (where, _), n in unsure.items() if where == str(chat))
            doubles += extra
    return doubles
