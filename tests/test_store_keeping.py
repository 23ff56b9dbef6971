"""What becomes of stored data: exported, erased, purged, backed up; one suite, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.inbox import Arrived
from bot.messages import Act
from bot.store import History, Purged, Store, StoreError, open_store
from tests.stores import KINDS, NOON, echo, fresh_database, say

DAY = timedelta(days=1)


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A store in a database of its own."""
    async with fresh_database(request.param, tmp_path) as url:
        store = await open_store(url)
        yield store
        await store.close()


async def talk(store: Store, conversation: str, customer: str = "", now: datetime = NOON) -> None:
    """Something of everything that is kept."""
    await say(store, f"{conversation} 问", conversation, id="1", customer=customer, now=now)
    await say(store, f"{conversation} 不懂", conversation, id="2", customer=customer, reply=echo("?", Act.FALLBACK), now=now)
    await say(store, f"{conversation} 转人工", conversation, id="3", customer=customer, reply=echo("人", Act.HANDOFF), now=now)
    await store.rate(conversation, 1, False, f"{conversation} 没用", now)
    await store.write(conversation, "小李", f"{conversation} 您好", now)


async def everything(store: Store) -> object:
    """All that the store tells of the customers used here."""
    return [await store.export(c) for c in ("a", "b", "c", "web-1")], await store.handoffs(), await store.unanswered()


# --- export and erase ----------------------------------------------------------------------------------------------


async def test_a_customer_gets_every_row_kept_of_them_and_nobody_elses(store: Store) -> None:
    await talk(store, "a-1", "a")
    await talk(store, "a-2", "a")
    await talk(store, "b-1", "b")
    kept = await store.export("a")
    assert kept is not None
    as_text = json.dumps(kept, ensure_ascii=False)
    assert "b-1" not in as_text
    counted = {table: len(rows) for table, rows in kept.items() if isinstance(rows, list)}
    assert counted == {
        "customers": 1,
        "conversations": 2,
        "turns": 6,
        "processed_updates": 6,
        "feedback": 2,
        "unanswered": 2,
        "handoffs": 2,
        "operator_messages": 2,
    }
    turn = kept["turns"][0]
    assert (turn["text"], turn["reply"]["text"], turn["at"]) == ("a-1 问", "你说:a-1 问", NOON.isoformat())
    assert await store.export("nobody") is None


async def test_an_erased_customer_leaves_nothing_and_may_come_again(store: Store) -> None:
    await talk(store, "a-1", "a")
    await talk(store, "a-2", "a")
    await talk(store, "b-1", "b")
    others = await store.export("b")
    assert await store.erase("a") == 2
    assert await store.erase("a") == 0
    assert await store.export("a") is None
    assert await store.history("a-1") == History("a-1")
    assert await store.export("b") == others
    assert [h.conversation for h in await store.handoffs()] == ["b-1"]
    assert [u.conversation for u in await store.unanswered()] == ["b-1"]
    assert (await say(store, "又来了", "a-1", id="1", customer="a")).number == 1


async def test_erasing_while_the_customer_talks_leaves_all_or_nothing_of_each_turn(store: Store) -> None:
    await say(store, "零", "a", id="0")
    talking = [asyncio.create_task(say(store, str(n), "a", id=str(n))) for n in range(1, 30)]
    await asyncio.sleep(0.01)
    await store.erase("a")
    await asyncio.gather(*talking)
    history = await store.history("a")
    assert [turn.number for turn in history.turns] == list(range(1, len(history.turns) + 1))


# --- purge ---------------------------------------------------------------------------------------------------------


async def test_what_is_older_goes_and_what_is_younger_stays(store: Store) -> None:
    await talk(store, "old", "a", NOON - 200 * DAY)
    await talk(store, "young", "b", NOON)
    assert await store.purge(NOON - 180 * DAY) == Purged(conversations=1, turns=3)
    assert await store.export("a") is None
    assert len((await store.history("young")).turns) == 3
    assert len(await store.messages_after(0)) == 1
    assert await store.purge(NOON - 180 * DAY) == Purged(0, 0)


async def test_a_conversation_that_goes_on_loses_its_old_turns_only(store: Store) -> None:
    await talk(store, "web-1", now=NOON - 200 * DAY)
    await store.close_handoff("web-1", NOON - 200 * DAY)
    await say(store, "新", id="9")
    assert await store.purge(NOON - 180 * DAY) == Purged(conversations=0, turns=3)
    history = await store.history("web-1")
    assert [(turn.number, turn.text) for turn in history.turns] == [(4, "新")]
    assert (history.messages, history.handoff, history.more) == ((), None, False)
    assert (await say(store, "更新", id="10")).number == 5
    assert await store.unanswered() == ()


async def test_many_old_conversations_go_in_many_small_steps(store: Store) -> None:
    await asyncio.gather(*(say(store, "旧", f"old-{n}", now=NOON - 200 * DAY) for n in range(230)))
    purged, answered = await asyncio.gather(store.purge(NOON - 180 * DAY), say(store, "新"))
    assert purged == Purged(conversations=230, turns=230)
    assert answered.number == 1
    assert len((await store.history("web-1")).turns) == 1


async def test_old_mail_that_is_done_with_goes_and_open_mail_stays(store: Store) -> None:
    mail = store.inbox("telegram")
    done, _ = await mail.take_in([Arrived("1", "7", "{}"), Arrived("2", "7", "{}")], NOON - 200 * DAY)
    await mail.done(done.id, [], NOON - 200 * DAY)
    await store.purge(NOON - 180 * DAY)
    assert [one.id for one in await mail.take_in([Arrived("1", "7", "{}"), Arrived("2", "7", "{}")], NOON)] == [done.id + 2]
    assert (await mail.waiting()).updates == 2


# --- backup and restore --------------------------------------------------------------------------------------------


async def test_a_backup_puts_everything_back(store: Store, tmp_path: Path) -> None:
    await talk(store, "a-1", "a", NOON + timedelta(microseconds=7))
    await talk(store, "b-1", "b")
    before, file = await everything(store), tmp_path / "backup.gz"
    rows = await store.backup(file)
    assert rows == len(gzip.decompress(file.read_bytes()).splitlines()) - 2
    await store.erase("a")
    await say(store, "之后", "c-1", customer="c")
    assert await store.restore(file) == rows
    assert await everything(store) == before
    assert (await say(store, "a-1 问", "a-1", id="1", customer="a")).number == 1
    assert (await say(store, "又一句", "a-1", customer="a")).number == 4


@pytest.mark.parametrize("target", KINDS)
async def test_a_backup_moves_to_another_database(store: Store, tmp_path: Path, target: str) -> None:
    await talk(store, "a-1", "a")
    await talk(store, "b-1", "b")
    last = (await store.messages_after(0))[-1].id
    await store.erase("b")  # the last message is gone, and its number stays given
    await store.backup(tmp_path / "backup.gz")
    async with fresh_database(target, tmp_path) as url:
        moved = await open_store(url)
        await moved.restore(tmp_path / "backup.gz")
        assert await everything(moved) == await everything(store)
        assert (await moved.write("a-1", "小李", "接着说", NOON)).id > last
        await say(moved, "转人工", "c-1", reply=echo("人", Act.HANDOFF))
        assert len(await moved.handoffs()) == 2
        await moved.close()


async def test_a_backup_while_others_talk_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    talking = asyncio.create_task(_chatter(store))
    for n in range(5):
        await asyncio.sleep(0.02)
        await store.backup(tmp_path / f"{n}.gz")
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    for n in range(5):
        rows = [json.loads(line) for line in gzip.decompress((tmp_path / f"{n}.gz").read_bytes()).splitlines()]
        turns = sorted(row[2] for row in rows if isinstance(row, list) and row[0] == "turns")
        (counted,) = [row[5] for row in rows if isinstance(row, list) and row[0] == "conversations"] or [0]
        assert turns == list(range(1, counted + 1))


async def _chatter(store: Store) -> None:
    for n in range(10_000):
        await say(store, str(n), id=str(n))


async def test_a_backup_is_for_its_owners_eyes_and_leaves_no_half_file(store: Store, tmp_path: Path) -> None:
    await talk(store, "a-1", "a")
    await store.backup(tmp_path / "backup.gz")
    assert (tmp_path / "backup.gz").stat().st_mode & 0o077 == 0
    with pytest.raises(StoreError, match="写不了"):
        await store.backup(tmp_path / "nowhere" / "backup.gz")
    assert [path.name for path in tmp_path.glob("*.part")] == []


def _lines(file: Path) -> list[str]:
    return gzip.decompress(file.read_bytes()).decode().splitlines()


def _damages(file: Path) -> dict[str, bytes]:
    """Broken copies of a backup."""
    whole, lines = file.read_bytes(), _lines(file)

    def packed(*lines: str) -> bytes:
        return gzip.compress("\n".join(lines).encode())

    turn = next(n for n, line in enumerate(lines) if line.startswith('["turns"'))
    return {
        "empty": b"",
        "no gzip": b"hello",
        "cut": whole[: len(whole) // 2],
        "a bit flipped": whole[:200] + bytes([whole[200] ^ 4]) + whole[201:],
        "no lines": packed(),
        "another format": packed('{"format": "tar"}', *lines[1:]),
        "no end": packed(*lines[:-1]),
        "a row missing": packed(*lines[:turn], *lines[turn + 1 :]),
        "more after the end": packed(*lines, lines[1]),
        "an unknown table": packed(*lines[:-1], '["passwords", 1]', lines[-1]),
        "a row too short": packed(*lines[:turn], '["turns", "a-1"]', *lines[turn + 1 :]),
        "a number that is a text": packed(*lines[:turn], lines[turn].replace('"a-1", 1', '"a-1", "1"', 1), *lines[turn + 1 :]),
        "a moment without zone": packed(*lines[:turn], lines[turn].replace("+00:00", "", 1), *lines[turn + 1 :]),
        "a row twice": packed(*lines[: turn + 1], *lines[turn:]),
        "nobodys turn": packed(*lines[:turn], lines[turn].replace("a-1", "x-1", 1), *lines[turn + 1 :]),
        "no text": packed(*lines[:turn], "7", *lines[turn + 1 :]),
        "no json": packed(*lines[:turn], "{", *lines[turn + 1 :]),
        "deep": packed(*lines[:turn], "[" * 100_000, *lines[turn + 1 :]),
        "no utf-8": gzip.compress(b"\n".join([lines[0].encode(), b"\xff\xfe"])),
    }


async def test_a_damaged_backup_changes_nothing_and_says_so(store: Store, tmp_path: Path) -> None:
    await talk(store, "a-1", "a")
    await store.backup(tmp_path / "backup.gz")
    await say(store, "之后", "c-1", customer="c")
    before = await everything(store)
    for name, damaged in _damages(tmp_path / "backup.gz").items():
        (tmp_path / "damaged.gz").write_bytes(damaged)
        with pytest.raises(StoreError, match=r"damaged\.gz 已损坏"):
            await store.restore(tmp_path / "damaged.gz")
        assert await everything(store) == before, name
    with pytest.raises(StoreError, match="读不了"):
        await store.restore(tmp_path / "missing.gz")


async def test_a_backup_of_another_version_is_refused_with_the_way_out(store: Store, tmp_path: Path) -> None:
    await talk(store, "a-1", "a")
    await store.backup(tmp_path / "backup.gz")
    header, *rest = _lines(tmp_path / "backup.gz")
    older = json.dumps(json.loads(header) | {"revision": "0000"})
    (tmp_path / "older.gz").write_bytes(gzip.compress("\n".join([older, *rest]).encode()))
    with pytest.raises(StoreError, match="0000"):
        await store.restore(tmp_path / "older.gz")
    assert await store.export("a") is not None
