"""The durable mail of a channel: one suite, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.inbox import Arrived, Inbox, Open, Prepared, Waiting
from bot.messages import Role, Script, Utterance
from bot.respond import Turn
from bot.store import Customer, Store, open_store
from tests.stores import KINDS, fresh_database

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(params=KINDS)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database of its own."""
    async with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """The store in it."""
    store = await open_store(url)
    yield store
    await store.close()


@pytest.fixture
def inbox(store: Store) -> Inbox:
    """The mail of one channel."""
    return store.inbox("telegram")


def update(number: int | str, chat: str = "7", text: str = "你好") -> Arrived:
    return Arrived(str(number), chat, json.dumps({"update_id": number, "text": text}))


def message(text: str = "好", chat: str = "7", answers: str = "", edits: int | None = None) -> Prepared:
    return Prepared(chat, "sendMessage", {"chat_id": 7, "text": text}, answers, edits)


async def taken(inbox: Inbox, *arrived: Arrived) -> tuple[Open, ...]:
    return await inbox.take_in(arrived, NOON)


async def test_a_batch_is_kept_whole_and_in_order(inbox: Inbox) -> None:
    new = await taken(inbox, update(3), update(1), update(2, chat="8"))
    assert [json.loads(u.payload)["update_id"] for u in new] == [3, 1, 2]
    assert await inbox.open_ones() == new


async def test_an_update_that_comes_again_is_dropped_also_when_it_was_handled(inbox: Inbox) -> None:
    (first,) = await taken(inbox, update(1))
    assert await taken(inbox, update(1), update(2)) != ()
    await inbox.done(first.id, [], NOON)
    assert await taken(inbox, update(1)) == ()
    assert [json.loads(u.payload)["update_id"] for u in await inbox.open_ones()] == [2]


async def test_a_number_below_the_greatest_is_new(inbox: Inbox) -> None:
    await taken(inbox, update(900_000))
    assert len(await taken(inbox, update(5))) == 1


async def test_the_same_number_of_another_channel_is_another_update(store: Store) -> None:
    assert len(await taken(store.inbox("telegram"), update(1))) == 1
    assert len(await taken(store.inbox("other"), update(1))) == 1


@pytest.mark.parametrize("number", [2**63, 2**80, -1, "no number \ud800", "x" * 5000, "\0"])
async def test_a_number_that_is_none_is_kept_like_any_other(number: int | str, inbox: Inbox) -> None:
    assert len(await taken(inbox, update(number))) == 1
    assert await taken(inbox, update(number)) == ()


@pytest.mark.parametrize("text", ["\ud800", "\0", "a\udfffb", "😀" * 3000])
async def test_what_a_database_refuses_comes_back_as_it_was(text: str, inbox: Inbox) -> None:
    await taken(inbox, update(1, text=text))
    (kept,) = await inbox.open_ones()
    assert json.loads(kept.payload)["text"] == text
    await inbox.done(kept.id, [message(text)], NOON)
    (outgoing,) = await inbox.unsent()
    assert outgoing.params["text"] == text


async def test_done_and_its_messages_are_one_step_and_happen_once(inbox: Inbox) -> None:
    (one,) = await taken(inbox, update(1))
    first = await inbox.done(one.id, [message("甲"), message("乙")], NOON)
    assert [m.params["text"] for m in first] == ["甲", "乙"]
    assert await inbox.done(one.id, [message("丙")], NOON) == ()
    assert await inbox.unsent() == first
    assert await inbox.open_ones() == ()
    assert await inbox.waiting() == Waiting(0, 2)


async def test_a_message_goes_from_waiting_over_sending_to_sent(inbox: Inbox) -> None:
    (one,) = await taken(inbox, update(1))
    (outgoing,) = await inbox.done(one.id, [message(answers="41")], NOON)
    await inbox.sending(outgoing.id)
    (found,) = await inbox.unsent()
    assert (found.doubtful, found.tries) == (True, 1)
    await inbox.sent(outgoing.id, 2**40)
    assert await inbox.unsent() == ()
    assert await inbox.answer_to("7", "41") == outgoing.id
    assert await inbox.message_of(outgoing.id) == 2**40


async def test_a_message_put_off_waits_and_remembers_its_doubt(inbox: Inbox) -> None:
    (one,) = await taken(inbox, update(1))
    (outgoing,) = await inbox.done(one.id, [message()], NOON)
    later = NOON + timedelta(seconds=9)
    await inbox.sending(outgoing.id)
    await inbox.put_off(outgoing.id, later, doubtful=False)
    (waiting,) = await inbox.unsent()
    assert (waiting.not_before, waiting.doubtful) == (later, False)
    await inbox.put_off(outgoing.id, later, doubtful=True)
    await inbox.put_off(outgoing.id, later, doubtful=False)
    assert (await inbox.unsent())[0].doubtful


async def test_an_edit_of_an_edit_finds_the_message_that_is_in_the_chat(inbox: Inbox) -> None:
    (one,) = await taken(inbox, update(1))
    (answer,) = await inbox.done(one.id, [message(answers="41")], NOON)
    await inbox.sent(answer.id, 77)
    (two,) = await taken(inbox, update(2))
    (edit,) = await inbox.done(two.id, [message(answers="41", edits=answer.id)], NOON)
    await inbox.sent(edit.id, None)
    assert await inbox.answer_to("7", "41") == edit.id
    assert await inbox.message_of(edit.id) == 77
    assert await inbox.answer_to("8", "41") is None
    assert await inbox.message_of(12345) is None


async def test_a_chat_that_is_gone_loses_what_waits_for_it_and_no_other(inbox: Inbox) -> None:
    (one,) = await taken(inbox, update(1))
    await inbox.done(one.id, [message("甲"), message("乙"), message("丙", chat="8")], NOON)
    assert await inbox.give_up("7", "blocked") == 2
    assert [m.params["text"] for m in await inbox.unsent()] == ["丙"]


async def test_a_refused_message_is_not_sent_again(inbox: Inbox) -> None:
    (one,) = await taken(inbox, update(1))
    (outgoing,) = await inbox.done(one.id, [message()], NOON)
    await inbox.failed(outgoing.id, "no such chat")
    assert await inbox.unsent() == ()


async def test_tries_are_counted_and_an_update_set_aside_is_closed(inbox: Inbox) -> None:
    (one,) = await taken(inbox, update(1))
    assert [await inbox.tried(one.id, "E") for _ in range(3)] == [1, 2, 3]
    assert (await inbox.open_ones())[0].tries == 3
    await inbox.done(one.id, [message("抱歉")], NOON, aside="ABC ValueError")
    assert await inbox.open_ones() == ()
    assert len(await inbox.unsent()) == 1
    assert await taken(inbox, update(1)) == ()


async def test_posting_moves_the_mark_up_and_never_posts_twice(inbox: Inbox) -> None:
    assert await inbox.mark("operators") == 0
    assert len(await inbox.post([message("客服")], "operators", 5, NOON)) == 1
    assert await inbox.post([message("客服")], "operators", 5, NOON) == ()
    assert await inbox.post([message("客服")], "operators", 4, NOON) == ()
    assert len(await inbox.post([], "operators", 9, NOON)) == 0
    assert await inbox.mark("operators") == 9
    assert len(await inbox.unsent()) == 1


async def test_what_is_finished_is_forgotten_after_a_while_and_what_is_open_never(inbox: Inbox) -> None:
    one, _ = await taken(inbox, update(1), update(2))
    await inbox.done(one.id, [message()], NOON)
    assert await inbox.purge(NOON) == 0
    assert await inbox.purge(NOON + timedelta(days=6)) == 1
    assert len(await inbox.open_ones()) == 1
    assert len(await inbox.unsent()) == 1
    assert len(await taken(inbox, update(1))) == 1


async def test_many_small_writes_at_once_all_arrive(inbox: Inbox) -> None:
    new = await taken(inbox, *(update(n, chat=str(n % 7)) for n in range(300)))
    kept = await asyncio.gather(*(inbox.done(u.id, [message(str(u.id), chat=u.chat)], NOON) for u in new))
    assert [len(k) for k in kept] == [1] * 300
    assert await inbox.waiting() == Waiting(0, 300)


async def test_one_write_that_cannot_be_does_not_take_the_others_with_it(inbox: Inbox) -> None:
    one, two = await taken(inbox, update(1), update(2))
    bad = Prepared("7", "sendMessage", {"text": "\ud800", "chat_id": 2}, edits=2**70)
    good = await asyncio.gather(
        inbox.done(one.id, [bad], NOON), inbox.done(two.id, [message()], NOON), inbox.tried(one.id, "E"), return_exceptions=True
    )
    assert isinstance(good[0], Exception)
    assert len(good[1]) == 1
    assert [u.id for u in await inbox.open_ones()] == [one.id]


async def test_a_caller_that_gives_up_does_not_take_its_write_back(inbox: Inbox) -> None:
    waiting = asyncio.create_task(taken(inbox, update(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len(await taken(inbox, update(2))) == 1
    assert len(await inbox.open_ones()) == 2


async def test_two_processes_that_take_in_the_same_update_keep_it_once(url: str) -> None:
    stores = [await open_store(url) for _ in range(2)]
    new = await asyncio.gather(*(taken(s.inbox("telegram"), *(update(n) for n in range(50))) for s in stores))
    assert sum(len(n) for n in new) == 50
    await asyncio.gather(*(s.close() for s in stores))


async def test_a_customer_is_remembered_with_what_they_chose(store: Store) -> None:
    assert await store.customer("telegram-7") == Customer("telegram-7")
    await store.set_role("telegram-7", "telegram", Role.SELLER, NOON)
    await store.set_language("telegram-7", "telegram", Script.TRADITIONAL, NOON)
    assert await store.customer("telegram-7") == Customer("telegram-7", Role.SELLER, Script.TRADITIONAL)
    await store.set_language("telegram-7", "telegram", None, NOON)
    assert await store.customer("telegram-7") == Customer("telegram-7", Role.SELLER)


async def test_the_turn_that_answered_an_utterance_is_found_by_its_number(store: Store, talk: object) -> None:
    from bot.conversation import Conversation
    from bot.messages import Act, Reply

    said = Utterance("你好", "telegram-7", "7:1", customer="telegram-7", channel="telegram")
    assert await store.answered("telegram-7", "7:1") is None
    async with store.turn(said) as turn:
        await turn.record(said, Turn(Reply(Act.SMALLTALK, "好", "好"), Conversation(turns=1)), NOON)
    assert await store.answered("telegram-7", "7:1") == 1
    assert await store.answered("telegram-8", "7:1") is None


async def test_what_was_written_is_not_kept_longer_than_it_takes(inbox: Inbox, url: str, store: Store) -> None:
    (one,) = await taken(inbox, update(1, text="我的电话是 13800138000"))
    (outgoing,) = await inbox.done(one.id, [message("您的电话")], NOON)
    await inbox.sent(outgoing.id, 1)
    await inbox.forget("7")
    rows = await _all_rows(store)
    assert "13800138000" not in rows
    assert "电话" not in rows


async def _all_rows(store: Store) -> str:
    from sqlalchemy import select

    from bot.store.tables import INBOX, OUTBOX

    database = store._database
    return str(await database.read(lambda c: [tuple(r) for t in (INBOX, OUTBOX) for r in c.execute(select(t))]))
