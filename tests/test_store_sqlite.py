"""The embedded database when turns come together, when others write too, and when the disk is full."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from bot.assistant import Answered
from bot.messages import Utterance
from bot.respond import Turn
from bot.store import Store, StoreError, open_store
from bot.store.sqlite import Sqlite, sqlite_engine
from tests.stores import NOON, echo, say


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{file}")
    yield store
    await store.close()


async def pragma(store: Store, text: str) -> object:
    return await store._database.write(lambda c: c.exec_driver_sql(f"PRAGMA {text}").scalar())


async def test_a_commit_is_on_the_disk_and_every_row_has_its_owner(store: Store) -> None:
    assert await pragma(store, "synchronous") == 2  # FULL
    assert await pragma(store, "journal_mode") == "wal"
    assert await pragma(store, "foreign_keys") == 1
    assert await pragma(store, "secure_delete") == 1


async def test_turns_that_come_together_share_commits(file: Path) -> None:
    await (await open_store(f"sqlite:///{file}")).close()
    engine = sqlite_engine(str(file))
    commits: list[Connection] = []
    event.listen(engine, "commit", commits.append)
    store = Store(Sqlite(engine))
    await asyncio.gather(*(say(store, "一", f"web-{n}") for n in range(100)))
    together = len(commits)
    for n in range(5):
        await say(store, "二", f"web-{n}")
    await store.close()
    assert 4 <= together <= 10
    assert len(commits) == together + 5


async def test_a_turn_waits_while_another_process_writes(store: Store, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    turns = [asyncio.create_task(say(store, str(n), f"web-{n}")) for n in range(3)]
    await asyncio.sleep(0.1)
    assert not any(turn.done() for turn in turns)
    assert (await store.history("web-1")).turns == ()  # who only reads does not wait
    other.execute("COMMIT")
    other.close()
    assert [(await turn).number for turn in turns] == [1, 1, 1]


async def test_a_turn_that_waits_too_long_is_refused_and_the_next_one_is_not(store: Store, file: Path) -> None:
    await pragma(store, "busy_timeout=50")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = await asyncio.gather(*(say(store, "一", id="1") for _ in range(3)), return_exceptions=True)
    assert [type(r) for r in refused] == [StoreError] * 3
    with pytest.raises(StoreError):
        await store.rate("web-1", 1, True, "", NOON)
    other.execute("ROLLBACK")
    other.close()
    assert (await say(store, "一", id="1")).number == 1


async def test_a_full_disk_refuses_turns_whole_and_takes_them_when_there_is_room(store: Store) -> None:
    await say(store, "零", id="0")
    pages = await pragma(store, "page_count")
    await pragma(store, f"max_page_count={pages}")
    long = "长" * 20_000
    outcomes = await asyncio.gather(*(say(store, long, f"web-{n}", id="1") for n in range(5)), return_exceptions=True)
    assert {type(o) for o in outcomes} == {StoreError}
    await pragma(store, "max_page_count=1000000")
    for n in range(5):
        history = await store.history(f"web-{n}")
        assert [turn.text for turn in history.turns] == (["零"] if n == 1 else [])
        assert (await say(store, long, f"web-{n}", id="1")).number == len(history.turns) + 1
    assert await pragma(store, "integrity_check") == "ok"


async def test_no_turn_joins_a_transaction_after_its_end(store: Store) -> None:
    utterance = Utterance("一", "web-1")
    async with store.turn(utterance) as held:
        await held.record(utterance, Turn(echo("一"), held.conversation), NOON)
        with pytest.raises(StoreError):
            await held.record(utterance, Turn(echo("一"), held.conversation), NOON)
    assert len((await store.history("web-1")).turns) == 1


async def test_closing_finishes_what_was_begun_and_refuses_what_comes_after(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}")
    turns = [asyncio.create_task(say(store, str(n), f"web-{n}", id="1")) for n in range(40)]
    await asyncio.sleep(0)
    await store.close()
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    for late in (say(store, "晚"), store.history("web-1"), store.ready(), store.rate("web-1", 1, True, "", NOON)):
        with pytest.raises(StoreError, match="已经关闭"):
            await late
    again = await open_store(f"sqlite:///{file}")
    for n, outcome in enumerate(outcomes):
        kept = (await again.history(f"web-{n}")).turns
        assert len(kept) == 1 if isinstance(outcome, Answered) else isinstance(outcome, StoreError)
    await again.close()


async def test_what_was_erased_is_not_left_in_the_file(store: Store, file: Path) -> None:
    secret = "我的秘密地址是幸福路一号" * 300
    for n in range(3):
        await say(store, secret, id=str(n))
    await store.erase("web-1")
    await store.close()
    assert secret[:12].encode() not in file.read_bytes()
