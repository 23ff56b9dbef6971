"""Conversations in a store: one suite, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.assistant import Answered, Assistant
from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.messages import Act, Action, Button, Utterance
from bot.respond import Turn
from bot.store import HandoffState, History, Store, StoreError, open_store
from bot.store.locks import Locks
from tests.stores import KINDS, NOON, echo, fresh_database, say


@pytest.fixture(params=KINDS)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database of its own."""
    async with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """A store in it."""
    store = await open_store(url)
    yield store
    await store.close()


@pytest.fixture
async def other(url: str) -> AsyncIterator[Store]:
    """Another store in the same database, as another process has it."""
    other = await open_store(url)
    yield other
    await other.close()


def texts(history: History) -> list[str]:
    return [turn.text for turn in history.turns]


# --- turns ---------------------------------------------------------------------------------------------------------


async def test_what_was_said_and_answered_is_there_in_the_next_process(url: str) -> None:
    first = await open_store(url)
    await say(first, "发货超时扣多少钱")
    await first.close()
    second = await open_store(url)
    history = await second.history("web-1")
    await second.close()
    (turn,) = history.turns
    assert (turn.number, turn.text, turn.reply, turn.at) == (1, "发货超时扣多少钱", echo("发货超时扣多少钱"), NOON)


async def test_the_state_of_one_turn_is_what_the_next_begins_with(store: Store) -> None:
    state = Conversation(topic="a.b", options=(Button("好", says="好"),), turns=1)
    async with store.turn(Utterance("一", "web-1")) as held:
        assert held.conversation == Conversation()
        await held.record(Utterance("一", "web-1"), Turn(echo("一"), state), NOON)
    async with store.turn(Utterance("二", "web-1")) as held:
        assert held.conversation == state
        assert held.answered is None
    async with store.turn(Utterance("二", "web-2")) as held:
        assert held.conversation == Conversation()


async def test_the_same_id_again_gets_the_same_reply_and_records_nothing(store: Store) -> None:
    first = await say(store, "一", id="7")
    assert await say(store, "另外的话", id="7") == first == Answered(1, echo("一"))
    assert texts(await store.history("web-1")) == ["一"]


async def test_the_same_id_in_another_conversation_is_another_utterance(store: Store) -> None:
    await say(store, "一", "web-1", id="7")
    assert (await say(store, "二", "web-2", id="7")).reply == echo("二")


async def test_without_an_id_every_utterance_is_a_new_one(store: Store) -> None:
    assert [(await say(store, "一")).number for _ in range(3)] == [1, 2, 3]


async def test_a_turn_that_is_not_recorded_leaves_nothing(store: Store) -> None:
    async with store.turn(Utterance("一", "web-1", "7")):
        pass
    with pytest.raises(RuntimeError, match="boom"):
        async with store.turn(Utterance("一", "web-1", "7")):
            raise RuntimeError("boom")
    assert await store.history("web-1") == History("web-1")
    assert (await say(store, "一", id="7")).number == 1


async def test_a_record_that_fails_leaves_nothing_and_disturbs_nobody(store: Store) -> None:
    await say(store, "零")

    async def broken() -> None:
        utterance = Utterance("坏", "web-1", "7")
        async with store.turn(utterance) as held:
            unjsonable = replace(echo("坏"), result=object())
            await held.record(utterance, Turn(unjsonable, held.conversation), NOON)

    outcomes = await asyncio.gather(
        *(say(store, "好", f"other-{n}") for n in range(5)),
        broken(),
        *(say(store, "好", f"other-{n}") for n in range(5, 10)),
        return_exceptions=True,
    )
    assert [type(o) for o in outcomes] == [Answered] * 5 + [TypeError] + [Answered] * 5
    assert texts(await store.history("web-1")) == ["零"]
    assert (await say(store, "一", id="7")).number == 2


HOSTILE = [
    "\x00",
    "a\x00b",
    "\ud800",
    "👨‍👩‍👧‍👦",
    "'; DROP TABLE turns; --",
    "{{ 7*7 }}",
    "%s %(x)s {0}",
    "\u202eabc",
    "字" * 5000,
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_any_text_is_stored(store: Store, text: str) -> None:
    conversation, id = f"web-{text}", f"id-{text}"
    first = await say(store, text, conversation, id=id, customer=text, reply=echo("好"))
    assert await say(store, "又", conversation, id=id, customer=text) == first
    kept = text.replace("\x00", "").replace("\ud800", "")
    assert texts(await store.history(conversation)) == [kept]


async def test_a_damaged_state_lets_the_customer_begin_afresh(store: Store) -> None:
    await say(store, "一")
    async with store.turn(Utterance("二", "web-1")) as held:
        broken = replace(held.conversation, turns="many")
        await held.record(Utterance("二", "web-1"), Turn(echo("二"), broken), NOON)
    async with store.turn(Utterance("三", "web-1")) as held:
        assert held.conversation == Conversation()
    assert (await say(store, "三")).number == 3


# --- several at once -----------------------------------------------------------------------------------------------


async def test_two_stores_answer_one_conversation_one_turn_at_a_time(store: Store, other: Store) -> None:
    said = [say((store, other)[n % 2], str(n), id=str(n)) for n in range(50)]
    numbers = sorted(answered.number for answered in await asyncio.gather(*said))
    assert numbers == list(range(1, 51))
    history = await store.history("web-1")
    assert [turn.number for turn in history.turns] == list(range(1, 51))
    async with other.turn(Utterance("?", "web-1")) as held:
        # Each turn began with the state that the one before it left.
        assert held.conversation == Conversation(turns=50, question=history.turns[-1].text)


async def test_two_stores_answer_many_conversations_at_once(store: Store, other: Store) -> None:
    said = [say((store, other)[n % 2], str(n), f"web-{n % 13}", id=str(n)) for n in range(130)]
    await asyncio.gather(*said)
    for n in range(13):
        assert [turn.number for turn in (await store.history(f"web-{n}")).turns] == list(range(1, 11))


async def test_the_same_id_from_two_stores_at_once_is_one_turn(store: Store, other: Store) -> None:
    answers = await asyncio.gather(*(say((store, other)[n % 2], f"第{n}遍", id="7") for n in range(10)))
    assert len(set(answers)) == 1
    assert len((await store.history("web-1")).turns) == 1


async def test_while_one_conversation_is_held_its_next_turn_waits(store: Store) -> None:
    held_up = asyncio.Event()

    async def slow() -> None:
        utterance = Utterance("慢", "web-1")
        async with store.turn(utterance) as held:
            await held_up.wait()
            await held.record(utterance, Turn(echo("慢"), held.conversation), NOON)

    first = asyncio.create_task(slow())
    await asyncio.sleep(0.02)
    second = asyncio.create_task(say(store, "快"))
    await asyncio.sleep(0.02)
    assert not second.done()
    held_up.set()
    await first
    assert (await second).number == 2


@pytest.mark.parametrize("steps", [*range(12), 15, 20, 30, 50])
async def test_a_cancelled_turn_is_whole_or_absent_and_the_next_goes_on(store: Store, steps: int) -> None:
    await say(store, "零")
    cancelled = asyncio.create_task(say(store, "一", id="7"))
    waiting = asyncio.create_task(say(store, "二", id="8"))
    for _ in range(steps):
        await asyncio.sleep(0.0005)
    cancelled.cancel()
    await asyncio.gather(cancelled, waiting, return_exceptions=True)
    await say(store, "一", id="7")
    await say(store, "二", id="8")
    history = await store.history("web-1")
    assert sorted(texts(history)) == ["一", "二", "零"]
    assert [turn.number for turn in history.turns] == [1, 2, 3]
    async with store.turn(Utterance("?", "web-1")) as held:
        assert held.conversation.turns == 3
    assert len(store._locks) == 0


async def test_many_cancelled_turns_lose_nothing_that_was_acknowledged(store: Store) -> None:
    tasks = [asyncio.create_task(say(store, str(n), f"web-{n % 7}", id=str(n))) for n in range(140)]
    for n, task in enumerate(tasks):
        if n % 3 == 0:
            await asyncio.sleep(0)
            task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    acknowledged = {str(n) for n, outcome in enumerate(outcomes) if isinstance(outcome, Answered)}
    histories = [await store.history(f"web-{n}") for n in range(7)]
    assert acknowledged <= {text for history in histories for text in texts(history)}
    for history in histories:
        assert [turn.number for turn in history.turns] == list(range(1, len(history.turns) + 1))
    assert len(store._locks) == 0


async def test_a_lock_is_kept_only_while_somebody_wants_it() -> None:
    locks = Locks()
    async with locks.hold("a"):
        waiting = asyncio.create_task(locks.hold("a").__aenter__())
        await asyncio.sleep(0)
        assert len(locks) == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert len(locks) == 0


KILLED = """
import asyncio, sys, time
from bot.messages import Utterance
from bot.respond import Turn
from bot.store import open_store, turns
from tests.stores import NOON, echo, say

async def main(url, how):
    store = await open_store(url)
    if how == "middle":
        def half(connection):
            utterance = Utterance("半", "web-1", "9")
            held = turns.hold(connection, utterance)
            turns.record(connection, held, utterance, Turn(echo("半"), held.conversation), NOON, 0.1)
            print("in the middle", flush=True)
            time.sleep(60)
        await store._database.write(half)
    for n in range(100_000):
        await asyncio.gather(*(say(store, str(n), f"web-{c}", id=str(n)) for c in range(5)))
        print(n, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_in_the_middle_of_a_transaction_nothing_of_it_is_there(url: str, store: Store) -> None:
    await say(store, "零", id="1")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, url, "middle", stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    assert await process.stdout.readline() == b"in the middle\n"
    process.kill()
    await process.wait()
    assert texts(await store.history("web-1")) == ["零"]
    assert (await say(store, "半", id="9")).number == 2


async def test_killed_under_load_everything_acknowledged_is_there_once(url: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, url, "load", stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    last = -1
    while last < 40:
        last = int(await process.stdout.readline())
    process.kill()
    last = max([last, *map(int, (await process.stdout.read()).split())])
    await process.wait()
    store = await open_store(url)
    for c in range(5):
        history = await store.history(f"web-{c}", limit=100_000)
        assert len(history.turns) >= last + 1
        assert [(t.number, t.text) for t in history.turns] == [(n + 1, str(n)) for n in range(len(history.turns))]
        async with store.turn(Utterance("?", f"web-{c}")) as held:
            assert held.conversation.turns == len(history.turns)
    await store.close()


# --- history and opinions ------------------------------------------------------------------------------------------


async def test_history_comes_in_pages_oldest_first(store: Store) -> None:
    for n in range(1, 8):
        await say(store, str(n))
    last = await store.history("web-1", limit=3)
    assert (texts(last), last.more) == (["5", "6", "7"], True)
    before = await store.history("web-1", before=5, limit=3)
    assert (texts(before), before.more) == (["2", "3", "4"], True)
    first = await store.history("web-1", before=2, limit=3)
    assert (texts(first), first.more) == (["1"], False)
    assert await store.history("nobody") == History("nobody")


async def test_an_operators_message_is_on_the_page_of_the_turns_around_it(store: Store) -> None:
    for n in range(1, 7):
        await say(store, str(n), now=NOON + timedelta(minutes=n))
        await store.write("web-1", "小李", f"答{n}", NOON + timedelta(minutes=n, seconds=30))
    pages = [await store.history("web-1", before=before, limit=2) for before in (None, 5, 3)]
    assert [[m.text for m in page.messages] for page in pages] == [["答5", "答6"], ["答3", "答4"], ["答1", "答2"]]


async def test_an_answer_is_rated_and_rated_again(store: Store) -> None:
    await say(store, "一")
    await say(store, "二")
    assert [turn.helpful for turn in (await store.history("web-1")).turns] == [None, None]
    assert await store.rate("web-1", 2, True, "", NOON)
    assert await store.rate("web-1", 2, False, "还是不懂", NOON)
    assert [turn.helpful for turn in (await store.history("web-1")).turns] == [None, False]
    assert not await store.rate("web-1", 3, True, "", NOON)
    assert not await store.rate("nobody", 1, True, "", NOON)


async def test_what_no_entry_answered_is_kept_newest_first(store: Store) -> None:
    await say(store, "甲", reply=echo("甲", Act.FALLBACK, gap="gap.a"))
    await say(store, "乙")
    await say(store, "丙", reply=echo("丙", Act.FALLBACK), now=NOON + timedelta(hours=1))
    found = await store.unanswered()
    assert [(u.conversation, u.turn, u.text, u.gap) for u in found] == [("web-1", 3, "丙", None), ("web-1", 1, "甲", "gap.a")]
    assert len(await store.unanswered(1)) == 1


# --- handoffs ------------------------------------------------------------------------------------------------------


async def test_a_handoff_waits_is_taken_and_closed(store: Store) -> None:
    await say(store, "转人工", reply=echo("转人工", Act.HANDOFF))
    await say(store, "订单 123", now=NOON + timedelta(minutes=1))
    (handoff,) = await store.handoffs()
    assert (handoff.conversation, handoff.turn, handoff.state, handoff.operator) == ("web-1", 1, HandoffState.WAITING, None)
    assert (handoff.opened_at, handoff.last_text) == (NOON, "订单 123")
    assert (await store.history("web-1")).handoff is HandoffState.WAITING
    async with store.turn(Utterance("?", "web-1")) as held:
        assert not held.with_person

    message = await store.write("web-1", "小李", "您好", NOON)
    (handoff,) = await store.handoffs()
    assert (handoff.state, handoff.operator) == (HandoffState.TAKEN, "小李")
    assert (await store.history("web-1")).messages == (message,)
    async with store.turn(Utterance("?", "web-1")) as held:
        assert held.with_person

    assert await store.close_handoff("web-1", NOON)
    assert not await store.close_handoff("web-1", NOON)
    assert await store.handoffs() == ()
    assert (await store.history("web-1")).handoff is HandoffState.CLOSED
    async with store.turn(Utterance("?", "web-1")) as held:
        assert not held.with_person


async def test_a_customer_asks_for_a_person_twice_and_waits_once(store: Store) -> None:
    for _ in range(2):
        await say(store, "转人工", reply=echo("转人工", Act.HANDOFF))
    assert [h.turn for h in await store.handoffs()] == [1]


async def test_the_longest_waiting_comes_first(store: Store) -> None:
    for minutes, name in ((5, "b"), (1, "a"), (9, "c")):
        await say(store, "转人工", name, reply=echo("转人工", Act.HANDOFF), now=NOON + timedelta(minutes=minutes))
    assert [h.conversation for h in await store.handoffs()] == ["a", "b", "c"]


async def test_a_turn_that_the_bot_answers_while_a_person_writes_closes_the_handoff(store: Store) -> None:
    await say(store, "转人工", reply=echo("转人工", Act.HANDOFF))
    await store.write("web-1", "小李", "您好", NOON)
    await say(store, "在吗", reply=echo("在吗", Act.HANDOFF))  # passed on
    assert [h.state for h in await store.handoffs()] == [HandoffState.TAKEN]
    await say(store, "机器人继续")
    assert await store.handoffs() == ()


async def test_an_operator_may_write_unasked_and_has_the_conversation(store: Store) -> None:
    await say(store, "一")
    await store.write("web-1", "小李", "您好,我看到您的问题了", NOON)
    assert [(h.turn, h.state) for h in await store.handoffs()] == [(1, HandoffState.TAKEN)]


async def test_nobody_writes_to_an_unknown_conversation(store: Store) -> None:
    with pytest.raises(StoreError, match="没有"):
        await store.write("nobody", "小李", "您好", NOON)


async def test_messages_are_found_by_what_was_read_last(store: Store, other: Store) -> None:
    for name in ("a", "b"):
        await say(store, "一", name)
    written = [await (store, other)[n % 2].write("ab"[n % 2], "小李", str(n), NOON) for n in range(6)]
    assert [m.id for m in written] == sorted({m.id for m in written})
    assert await store.messages_after(0) == tuple(written)
    assert await other.messages_after(written[2].id, limit=2) == tuple(written[3:5])
    assert await store.messages_of("a") == tuple(written[::2])
    assert await store.messages_of("a", written[2].id) == (written[4],)


async def test_messages_appear_in_the_order_of_their_ids(store: Store, other: Store) -> None:
    for n in range(8):
        await say(store, "一", f"web-{n}")
    seen: list[int] = []

    async def look() -> None:
        while len(seen) < 80:
            seen.extend(m.id for m in await store.messages_after(seen[-1] if seen else 0))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await asyncio.gather(*((store, other)[n % 2].write(f"web-{n % 8}", "小李", str(n), NOON) for n in range(80)))
    await asyncio.wait_for(looking, 10)
    assert seen == [m.id for m in await store.messages_after(0)]


# --- the assistant -------------------------------------------------------------------------------------------------


async def test_personal_numbers_are_masked_before_they_are_stored(store: Store, knowledge: Knowledge) -> None:
    assistant = Assistant(knowledge, store, lambda: NOON)
    await assistant.reply(Utterance("我的电话 13800138000,发货超时扣多少钱", "web-1", "1"))
    await store.rate("web-1", 1, False, "请打 13800138000 给我", NOON)
    await assistant.reply(Utterance("13800138000 转人工", "web-1", "2"))
    kept = str(await store.export("web-1"))
    assert "13800138000" not in kept
    assert "138****8000" in (await store.history("web-1")).turns[0].text
    assert "138****8000" in kept
    assert "13800138000" not in str(await store.unanswered()) + str(await store.handoffs())


async def test_a_form_goes_on_in_another_process(store: Store, other: Store, knowledge: Knowledge) -> None:
    here, there = (Assistant(knowledge, s, lambda: NOON) for s in (store, other))
    asked = await here.reply(Utterance("商家不发货能赔我多少钱", "web-1", "1"))
    assert asked.reply.act is Act.ASK
    answered = await there.reply(Utterance("588", "web-1", "2"))
    assert "5.88" in answered.reply.text
    assert await here.reply(Utterance("588", "web-1", "2")) == answered


# --- erased in chat ------------------------------------------------------------------------------------------------


async def test_an_erasing_turn_is_all_that_is_left_and_keeps_its_reply(store: Store) -> None:
    await say(store, "秘密", id="1", customer="c")
    await say(store, "秘密", "web-2", id="1", customer="c")
    await say(store, "别人的", "web-3", id="1", customer="d")
    erased = await say(store, "删除我的数据", id="2", customer="c", reply=echo("好", action=Action.ERASED))
    assert erased.number == 1
    assert await say(store, "删除我的数据", id="2", customer="c") == erased
    assert texts(await store.history("web-1")) == ["删除我的数据"]
    assert await store.history("web-2") == History("web-2")
    assert texts(await store.history("web-3")) == ["别人的"]
    assert "秘密" not in str(await store.export("c"))
    assert (await say(store, "一", id="1", customer="c")).number == 2


# --- opening -------------------------------------------------------------------------------------------------------


async def test_a_store_is_ready_until_it_is_closed(url: str) -> None:
    store = await open_store(url)
    await store.ready()
    await store.close()


@pytest.mark.parametrize("url", ["", "xiaoer.db", "mysql://a:secret@b/c", "sqlite://", "sqlite:///:memory:", "postgresql://"])
async def test_an_address_that_means_nothing_is_told_kindly_and_not_repeated(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite") as told:
        await open_store(url)
    assert "secret" not in str(told.value)


async def test_a_file_that_cannot_be_a_database_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("这不是数据库" * 500)
    with pytest.raises(StoreError, match=r"notes\.db"):
        await open_store(f"sqlite:///{tmp_path}/notes.db")
    with pytest.raises(StoreError, match=r"nowhere"):
        await open_store(f"sqlite:///{tmp_path}/nowhere/x.db")


async def test_a_server_that_does_not_answer_is_told_kindly() -> None:
    with pytest.raises(StoreError) as told:
        await open_store("postgresql+asyncpg://user:secret@127.0.0.1:1/none")
    assert "secret" not in str(told.value)
