"""Keeping the store and answering customers from the command line."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.errors import XiaoerError
from bot.messages import Act
from bot.store import HandoffState, History, Store, open_store
from handlers.cli.main import app
from tests.stores import NOON, echo, fresh_database, say


@dataclass(frozen=True)
class Shop:
    """A store, and the commands run on its database."""

    store: Store
    url: str

    async def xiaoer(self, *arguments: str) -> str:
        """What the command prints. Raises the XiaoerError that it would end with."""
        return await run(*arguments, "--database", self.url)


async def run(*arguments: str) -> str:
    done = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    if isinstance(done.exception, XiaoerError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A store that is open while commands are run on it, as beside a running service."""
    url = f"sqlite:///{tmp_path}/shop.db"
    store = await open_store(url)
    yield Shop(store, url)
    await store.close()


async def test_an_operator_finds_reads_answers_and_closes_a_handoff(shop: Shop) -> None:
    assert "没有人" in await shop.xiaoer("handoffs")
    await say(shop.store, "我的货呢", now=NOON)
    await say(shop.store, "转人工", reply=echo("转人工", Act.HANDOFF), now=NOON + timedelta(minutes=1))
    await shop.store.rate("web-1", 1, False, "", NOON)

    waiting = await shop.xiaoer("handoffs")
    assert "2026-11-21 20:01  等待中  web-1  转人工" in waiting
    shown = await shop.xiaoer("handoffs", "show", "web-1")
    assert shown.index("客户:我的货呢") < shown.index("👎") < shown.index("客户:转人工")

    await shop.xiaoer("handoffs", "reply", "web-1", "您好,我来查", "--as", "小李")
    assert [(m.operator, m.text) for m in await shop.store.messages_after(0)] == [("小李", "您好,我来查")]
    assert "处理中(小李)" in await shop.xiaoer("handoffs")
    assert "客服 小李:您好,我来查" in await shop.xiaoer("handoffs", "show", "web-1")
    as_json = json.loads(await shop.xiaoer("handoffs", "--json"))
    assert (as_json["conversation"], as_json["state"], as_json["operator"]) == ("web-1", "taken", "小李")

    await shop.xiaoer("handoffs", "close", "web-1")
    assert (await shop.store.history("web-1")).handoff is HandoffState.CLOSED
    with pytest.raises(XiaoerError, match="没有在转人工"):
        await shop.xiaoer("handoffs", "close", "web-1")


async def test_an_unknown_conversation_is_told_by_name(shop: Shop) -> None:
    for command in (["show", "nobody"], ["reply", "nobody", "您好", "--as", "小李"], ["close", "nobody"]):
        with pytest.raises(XiaoerError, match="nobody"):
            await shop.xiaoer("handoffs", *command)


async def test_what_customers_write_gives_the_terminal_no_orders(shop: Shop) -> None:
    nasty = "\x1b[2J\x1b]0;owned\x07清屏\r\n第二行\u202e"
    await say(shop.store, nasty, reply=echo(nasty, Act.FALLBACK))
    await say(shop.store, nasty, reply=echo(nasty, Act.HANDOFF))
    outputs = [await shop.xiaoer(*c) for c in (("handoffs",), ("handoffs", "show", "web-1"), ("db", "unanswered"))]
    for output in outputs:
        assert "清屏" in output
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(output)
    assert len(outputs[2].splitlines()) == 1


async def test_what_was_not_answered_is_listed(shop: Shop) -> None:
    assert "没有" in await shop.xiaoer("db", "unanswered")
    await say(shop.store, "停车收费吗", reply=echo("?", Act.FALLBACK, gap="gap.parking"))
    await say(shop.store, "咦", reply=echo("?", Act.FALLBACK), now=NOON + timedelta(minutes=1))
    assert (await shop.xiaoer("db", "unanswered")).splitlines() == [
        "2026-11-21 20:01  -  咦",
        "2026-11-21 20:00  gap.parking  停车收费吗",
    ]
    rows = [json.loads(row) for row in (await shop.xiaoer("db", "unanswered", "--json", "--limit", "1")).splitlines()]
    assert [(row["text"], row["gap"]) for row in rows] == [("咦", None)]


async def test_a_customers_data_is_exported_and_erased(shop: Shop, tmp_path: Path) -> None:
    await say(shop.store, "你好")
    assert json.loads(await shop.xiaoer("db", "export", "web-1"))["turns"][0]["text"] == "你好"
    await shop.xiaoer("db", "export", "web-1", str(tmp_path / "data.json"))
    assert "你好" in (tmp_path / "data.json").read_text(encoding="utf-8")
    assert (tmp_path / "data.json").stat().st_mode & 0o077 == 0
    with pytest.raises(XiaoerError, match="--yes"):
        await shop.xiaoer("db", "erase", "web-1")
    assert "1 个会话" in await shop.xiaoer("db", "erase", "web-1", "--yes")
    assert await shop.store.history("web-1") == History("web-1")
    with pytest.raises(XiaoerError, match="web-1"):
        await shop.xiaoer("db", "export", "web-1")


async def test_old_conversations_are_purged(shop: Shop) -> None:
    await say(shop.store, "旧", "old", now=datetime.now(UTC) - timedelta(days=40))
    await say(shop.store, "新", "new", now=datetime.now(UTC) - timedelta(days=20))
    assert "0 轮" in await shop.xiaoer("db", "purge", "--older-than", "180d")
    told = await shop.xiaoer("db", "purge", "--older-than", "1m")
    assert "1 轮" in told
    assert "1 个会话" in told
    assert (await shop.store.history("new")).turns
    assert "1 轮" in await shop.xiaoer("db", "purge", "--older-than", "2w")


@pytest.mark.parametrize("age", ["", "180", "-1d", "0d", "1h", "d", "1d2w", "99999y"])
async def test_an_age_that_means_nothing_deletes_nothing(shop: Shop, age: str) -> None:
    await say(shop.store, "旧", now=NOON - timedelta(days=4000))
    with pytest.raises(XiaoerError):
        await shop.xiaoer("db", "purge", "--older-than", age)
    assert (await shop.store.history("web-1")).turns


async def test_a_backup_is_taken_beside_the_running_service_and_put_back(shop: Shop, tmp_path: Path) -> None:
    await say(shop.store, "你好")
    file = str(tmp_path / "backup.gz")
    assert "已备份" in await shop.xiaoer("db", "backup", file)
    assert "你好" in gzip.decompress(Path(file).read_bytes()).decode()
    await say(shop.store, "之后")
    with pytest.raises(XiaoerError, match="--yes"):
        await shop.xiaoer("db", "restore", file)
    assert "已从" in await shop.xiaoer("db", "restore", file, "--yes")
    assert [turn.text for turn in (await shop.store.history("web-1")).turns] == ["你好"]


async def test_a_store_moves_to_a_server_by_command(shop: Shop, tmp_path: Path) -> None:
    await say(shop.store, "你好")
    await shop.xiaoer("db", "backup", str(tmp_path / "backup.gz"))
    async with fresh_database("postgresql", tmp_path, newest=False) as url:
        with pytest.raises(XiaoerError, match="xiaoer db upgrade"):
            await run("db", "restore", str(tmp_path / "backup.gz"), "--yes", "--database", url)
        assert "最新" in await run("db", "upgrade", "--database", url)
        await run("db", "restore", str(tmp_path / "backup.gz"), "--yes", "--database", url)
        assert "客户:你好" in await run("handoffs", "show", "web-1", "--database", url)


async def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    for command in (["handoffs"], ["db", "unanswered"], ["db", "export", "web-1"], ["db", "backup", str(tmp_path / "b.gz")]):
        with pytest.raises(XiaoerError, match=r"elsewhere\.db"):
            await run(*command, "--database", url)
    assert list(tmp_path.iterdir()) == []


async def test_an_option_in_the_wrong_place_is_not_passed_over(shop: Shop) -> None:
    with pytest.raises(XiaoerError, match="show"):
        await run("handoffs", "--database", shop.url, "show", "web-1")
