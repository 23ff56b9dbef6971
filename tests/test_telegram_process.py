"""The bot as people start it: the commands, a stop that drains, PostgreSQL, a database that goes away and comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from handlers.cli.bench.botapi import TOKEN, BotApi, running
from tests.services import postgres_url
from tests.stores import fresh_database
from tests.telegram_channel import bot_on

ROOT = Path(__file__).parents[1]


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with running() as api:
        api.webhook.pace = 0.02
        yield api


@asynccontextmanager
async def command(*arguments: str, **env: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`xiaoer` with these arguments and settings, ended at the end."""
    run = "from handlers.cli.main import main; main()"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XIAOER_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", run, *arguments, env={**inherited, **env}, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    """Its status and what it wrote."""
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_xiaoer_telegram_answers_and_stops_gently(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    env = {"XIAOER_TELEGRAM_TOKEN": TOKEN, "XIAOER_TELEGRAM_API": api.url, "XIAOER_DATABASE": f"sqlite:///{tmp_path}/x.db"}
    async with command("telegram", **env) as process:
        person = api.person("小明")
        answer = await api.ask(person, "我的电话13800138000,投诉电话多少", timeout=60)
        assert "10101588" in answer.text
        people = [api.person(f"客户{n}") for n in range(10)]
        for one in people:
            api.say(one, "投诉电话多少")
        await api.until(lambda: sum(len(api.sent(p)) for p in people) > 3)
        process.send_signal(signal.SIGTERM)
        status, _, log = await ended(process)
        assert status == 0
        assert "13800138000" not in log
        assert "投诉电话" not in log
        assert TOKEN.partition(":")[2] not in log
    async with command("telegram", **env):
        await api.until(lambda: all(len(api.sent(p)) == 1 for p in people), 60)


async def test_without_a_token_it_says_where_to_get_one(tmp_path: Path) -> None:
    async with command("telegram", XIAOER_DATABASE=f"sqlite:///{tmp_path}/x.db") as process:
        status, _, err = await ended(process)
    assert status == 2
    assert "BotFather" in err


async def test_a_token_that_is_none_is_told_at_once(tmp_path: Path) -> None:
    env = {"XIAOER_TELEGRAM_TOKEN": "abc", "XIAOER_DATABASE": f"sqlite:///{tmp_path}/x.db"}
    async with command("telegram", **env) as process:
        status, _, err = await ended(process)
    assert status == 2
    assert "XIAOER_TELEGRAM_TOKEN" in err
    assert "abc" not in err


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_xiaoer_serve_serves_telegram_too(way: str, api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    import httpx

    port = _free_port()
    env = {"XIAOER_TELEGRAM_TOKEN": TOKEN, "XIAOER_TELEGRAM_API": api.url, "XIAOER_DATABASE": f"sqlite:///{tmp_path}/x.db"}
    if way == "webhook":
        env["XIAOER_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    async with command("serve", "--port", str(port), **env) as process:
        person = api.person("小明")
        answer = await api.ask(person, "投诉电话多少", timeout=60)
        assert "10101588" in answer.text
        assert bool(api.webhook.url) is (way == "webhook")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/")).status_code == 200
            assert "xiaoer_telegram_updates_total 1.0" in (await client.get("/metrics")).text
        process.send_signal(signal.SIGTERM)
        status, _, _ = await ended(process)
        assert status == 0


async def test_without_a_token_aiogram_is_not_imported(knowledge: Knowledge) -> None:
    code = "import sys, handlers.web.serve, handlers.cli.main, handlers.cli.telegram; print('aiogram' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=ROOT, stdout=subprocess.PIPE)
    _, out, _ = await ended_of(process)
    assert out.strip() == "False"


async def ended_of(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, out.decode(), ""


# --- PostgreSQL --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[str]:
    async with fresh_database("postgresql", tmp_path) as url:
        yield url


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_on_postgresql_everything_is_answered_once_also_when_connections_break(
    way: str, api: BotApi, knowledge: Knowledge, database: str
) -> None:
    import asyncpg

    async with bot_on(api, knowledge, database, webhook=way == "webhook") as bot:
        people = [api.person(f"客户{n}") for n in range(10)]
        admin = await asyncpg.connect(postgres_url().replace("+asyncpg", ""))
        for n in range(60):
            api.say(people[n % 10], f"投诉电话多少 {n}")
            if n % 20 == 10:  # as a server that is restarted does it
                name = database.rpartition("/")[2]
                await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            await asyncio.sleep(0.02)
        await admin.close()
        await api.until(lambda: all(len(api.sent(p)) == 6 for p in people), 60)
        await bot.quiet()
        assert all(len(api.sent(p)) == 6 for p in people)
        for one in people:
            assert len((await bot.store.history(f"telegram-{one.id}")).turns) == 6


async def test_of_two_processes_on_postgresql_one_is_on_duty(api: BotApi, knowledge: Knowledge, database: str) -> None:
    from bot.store.duty import duty

    async with bot_on(api, knowledge, database) as bot:
        other = duty(database, f"telegram-{bot.telegram.bot.id}")
        assert not await other.take()
    assert await other.take()
    assert await other.take()
    await other.leave()


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
