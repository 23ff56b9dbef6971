"""What goes wrong between Telegram and us: storms, repetitions, disorder, nonsense, a database that fails."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.assistant import Answered
from bot.knowledge import Knowledge
from bot.messages import Utterance
from bot.settings import Settings
from handlers.cli.bench.botapi import TOKEN, BotApi, running
from handlers.telegram import work
from handlers.telegram.channel import Telegram, derived
from handlers.telegram.pace import Limits
from tests.telegram_channel import Bot, bot_on, in_file


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with running() as api:
        api.webhook.pace = 0.02
        yield api


@pytest.fixture(params=["polling", "webhook"])
async def bot(request: pytest.FixtureRequest, api: BotApi, knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[Bot]:
    async with bot_on(api, knowledge, in_file(tmp_path), webhook=request.param == "webhook") as bot:
        bot.telegram._workers.first_pause = 0.01
        yield bot


def counted(bot: Bot, name: str, **labels: str) -> float:
    return bot.telegram.metrics.registry.get_sample_value(f"xiaoer_telegram_{name}_total", labels) or 0.0


# --- what Telegram brings ----------------------------------------------------------------------------------------------


async def test_an_update_brought_again_is_answered_once(bot: Bot, api: BotApi) -> None:
    person = api.person("小明")
    for n in range(20):
        api.say(person, f"投诉电话多少 {n}")
        api.again()
    await bot.quiet()
    api.again(20)
    await asyncio.sleep(0.3)
    await bot.quiet()
    assert len(api.sent(person)) == 20
    assert counted(bot, "duplicates") >= 20


async def test_updates_out_of_order_are_all_answered(bot: Bot, api: BotApi) -> None:
    people = [api.person(f"客户{n}") for n in range(10)]
    api.hold()
    for n in range(100):
        api.say(people[n % 10], f"你好 {n}")
    api.release(lambda held: random.Random(5).sample(held, len(held)))
    await bot.quiet()
    assert [len(api.sent(p)) for p in people] == [10] * 10


async def test_numbers_that_begin_anew_are_no_repetition(bot: Bot, api: BotApi) -> None:
    person = api.person("小明")
    await bot.ask(person, "你好")
    api.renumber(17)
    await bot.ask(person, "谢谢")
    await bot.ask(person, "投诉电话多少")
    assert len(api.sent(person)) == 3


async def test_a_chats_messages_are_answered_in_their_order(bot: Bot, api: BotApi) -> None:
    person = api.person("小明")
    said = [f"保证金 {n}" for n in range(30)]
    api.hold()
    for text in said:
        api.say(person, text)
    held, api.updates.held = api.updates.held or [], None
    api.updates.extend(held)
    await bot.quiet()
    turns = (await bot.store.history(f"telegram-{person.id}", limit=50)).turns
    assert [t.text for t in turns] == said


# --- what Telegram refuses ---------------------------------------------------------------------------------------------


async def test_a_storm_of_429_delays_and_loses_nothing(bot: Bot, api: BotApi) -> None:
    people = [api.person(f"客户{n}") for n in range(5)]
    api.storm("flood", 12, method="sendMessage", retry_after=1)
    for one in people:
        api.say(one, "投诉电话多少")
    await api.until(lambda: all(len(api.sent(p)) == 1 for p in people), 20)
    await bot.quiet()
    assert counted(bot, "possible_doubles") == 0


async def test_after_429_a_chat_is_left_alone_for_as_long_as_was_asked(bot: Bot, api: BotApi) -> None:
    person = api.person("小明")
    api.storm("flood", 1, method="sendMessage", chat=person, retry_after=2)
    api.say(person, "你好")
    await api.until(lambda: api.sent(person), 10)
    first, second = bot.calls("sendMessage", chat=person)
    assert second.arrived - first.ended >= 2


@pytest.mark.parametrize("kind", ["error", "restart", "gateway", "drop"])
async def test_errors_of_theirs_are_tried_again(kind: str, bot: Bot, api: BotApi) -> None:
    person = api.person("小明")
    api.storm(kind, 2, method="sendMessage")
    api.say(person, "投诉电话多少")
    await api.until(lambda: api.sent(person), 15)
    await bot.quiet()
    assert len(api.sent(person)) == 1


async def test_accepted_but_not_told_is_sent_again_and_counted(bot: Bot, api: BotApi) -> None:
    person = api.person("小明")
    api.storm("drop_after", 1, method="sendMessage")
    api.say(person, "投诉电话多少")
    await api.until(lambda: len(api.sent(person)) == 2, 15)
    await bot.quiet()
    assert counted(bot, "possible_doubles") == 1


async def test_a_blocked_bot_drops_what_waits_and_nobody_else_notices(bot: Bot, api: BotApi) -> None:
    person, other = api.person("小明"), api.person("小红")
    await bot.ask(person, "你好")
    api.block(person)
    for _ in range(5):
        api.say(person, "投诉电话多少")
    assert "10101588" in (await bot.ask(other, "投诉电话多少")).text
    await bot.quiet()
    assert len(api.sent(person)) == 1
    assert counted(bot, "refused", reason="forbidden") >= 1
    api.block(person, blocked=False)
    assert "10101588" in (await bot.ask(person, "投诉电话多少")).text


async def test_never_more_than_one_in_flight_a_chat_and_eight_in_all(bot: Bot, api: BotApi) -> None:
    api.latency = 0.02
    people = [api.person(f"客户{n}") for n in range(30)]
    for n in range(120):
        api.say(people[n % 30], "你好")
    await bot.quiet()
    assert api.journal.most_in_chat == 1
    assert 4 <= api.journal.most_in_flight <= 8
    assert all(len(api.sent(p)) == 4 for p in people)


async def test_within_telegrams_limits_nothing_is_refused(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    from handlers.cli.bench.botapi import Limits as Theirs

    api.limit(Theirs(chat_burst=1))
    async with bot_on(api, knowledge, in_file(tmp_path), limits=Limits()):
        people = [api.person(f"客户{n}") for n in range(60)]
        for one in people:
            api.say(one, "你好")
            api.say(one, "谢谢")
        await api.until(lambda: all(len(api.sent(p)) == 2 for p in people), 20)
        assert api.journal.statuses[429] == 0


# --- what cannot be handled --------------------------------------------------------------------------------------------


class Fragile:
    """An assistant that fails at one word, so many times."""

    def __init__(self, bot: Bot, times: int) -> None:
        self.inner, self.times = bot.telegram._parts.assistant, times
        self.knowledge = self.inner.knowledge
        object.__setattr__(bot.telegram._parts, "assistant", self)

    async def reply(self, utterance: Utterance) -> Answered:
        if "炸弹" in utterance.text and self.times > 0:
            self.times -= 1
            raise RuntimeError(f"secret: {utterance.text}")
        return await self.inner.reply(utterance)


async def test_an_update_that_fails_now_and_then_is_answered_in_the_end(bot: Bot, api: BotApi) -> None:
    Fragile(bot, 3)
    person = api.person("小明")
    await bot.ask(person, "炸弹")
    assert len(api.sent(person)) == 1
    assert "抱歉，这条消息没能处理好" not in api.sent(person)[0].text
    assert counted(bot, "set_aside") == 0


async def test_an_update_that_always_fails_is_set_aside_with_an_apology(
    bot: Bot, api: BotApi, capfd: pytest.CaptureFixture[str]
) -> None:
    Fragile(bot, 10**6)
    person, other = api.person("小明"), api.person("小红")
    api.say(person, "炸弹")
    api.say(person, "投诉电话多少")
    api.say(other, "投诉电话多少")
    await api.until(lambda: len(api.sent(person)) == 2)
    await bot.quiet()
    apology, answer = api.sent(person)
    assert "编号" in apology.text
    assert "10101588" in answer.text
    assert "10101588" in api.sent(other)[0].text
    assert counted(bot, "set_aside") == 1
    assert counted(bot, "retried") == work.TRIES - 1
    log = "".join(capfd.readouterr())
    assert apology.text.rpartition(" ")[2].rstrip("。") in log  # the reference code
    assert "炸弹" not in log
    assert "secret" not in log


async def test_an_update_that_kills_the_process_is_given_up_after_five_starts(
    api: BotApi, knowledge: Knowledge, tmp_path: Path
) -> None:
    person = api.person("小明")
    async with bot_on(api, knowledge, in_file(tmp_path)) as bot:
        Fragile(bot, 0)
        await bot.ask(person, "你好")
        (new,) = await bot.store.inbox("telegram").take_in([_arrived(api, person)], bot.telegram._clock())
        for _ in range(work.TRIES):
            await bot.store.inbox("telegram").tried(new.id, "begun")
    async with bot_on(api, knowledge, in_file(tmp_path)) as bot:
        await bot.quiet()
        assert "编号" in api.sent(person)[-1].text
        assert counted(bot, "set_aside") == 1


def _arrived(api: BotApi, person: Any) -> Any:
    from handlers.telegram.arrival import arrived

    message = {"message_id": 99, "chat": {"id": person.id, "type": "private"}, "date": 1, "text": "x", "from": person.wire()}
    return arrived({"update_id": 5, "message": message})


# --- nonsense ----------------------------------------------------------------------------------------------------------


def nonsense(rng: random.Random, person: Any) -> str:
    """An update that Telegram would never bring: wrong types, sizes, letters, depths, in a frame that looks right."""
    odd: list[Any] = [None, True, -1, 0, 2**31, 2**63, 2**80, -(2**70), 1.5, 1e308, "", "x", "\ud800", "\0", "\u202e", [], {}, [[]]]
    odd += ["a" * 5000, {"id": 2**64}, {"id": "7"}, {"id": None}, [1, [2, [3]]], {"a": {"b": {"c": {}}}}]

    def some() -> Any:
        return json.loads(json.dumps(rng.choice(odd)))

    message: dict[str, Any] = {
        "message_id": rng.randrange(10**6),
        "date": 1_700_000_000,
        "chat": {"id": person.id, "type": "private", "first_name": "x"},
        "from": person.wire(),
        "text": rng.choice(["你好", "\ud800投诉\udfff", "\0电话", "/start \ud83d", "/ask", "1" * 4096]),
    }
    query = {"id": str(rng.random()), "from": person.wire(), "message": message, "chat_instance": "1", "data": "1s:1:0:\ud800:x"}
    inline = {"id": str(rng.random()), "from": person.wire(), "query": "\ud800", "offset": ""}
    kinds = {"message": message, "edited_message": message, "callback_query": query, "inline_query": inline, "my_chat_member": {}}
    name = rng.choice([*kinds, "poll", "unknown", "message"])
    event: Any = json.loads(json.dumps(kinds.get(name, some())))
    for _ in range(rng.randrange(4)):
        target = event
        while isinstance(target, dict) and target:
            key = rng.choice(list(target))
            if rng.random() < 0.5 or not isinstance(target[key], dict):
                target[key] = some()
                break
            target = target[key]
    update: dict[str, Any] = {name: event}
    if rng.random() < 0.1:
        update["update_id"] = rng.choice([-5, 2**40, "7", None, 1.5, [1]])
    return json.dumps(update)


async def test_five_thousand_malformed_updates_stop_nothing(bot: Bot, api: BotApi) -> None:
    rng, victim, person = random.Random(11), api.person("受害者"), api.person("小明")
    number = api.updates.next_id
    for n in range(5000):
        text = nonsense(rng, victim)
        if '"update_id"' not in text:
            text = json.dumps({"update_id": number + n, **json.loads(text)})
        api.inject(text, id=number + n, lane=("nonsense", n % 50))
        if n % 1000 == 500:
            api.say(person, f"投诉电话多少 {n}")
    await api.until(lambda: len(api.sent(person)) == 5, 120)
    await api.until(lambda: not api.webhook.waiting and len(api.updates.pending) < 100, 120)
    assert "10101588" in (await bot_ask(bot, api, person)).text
    rows = await bot.store.inbox("telegram").waiting()
    assert rows.updates == 0


async def bot_ask(bot: Bot, api: BotApi, person: Any) -> Any:
    before = len(api.sent(person))
    api.say(person, "投诉电话多少")
    await api.until(lambda: len(api.sent(person)) > before, 60)
    for _ in range(400):
        await bot.telegram.idle()
        if not (await bot.store.inbox("telegram").waiting()).updates:
            break
        await asyncio.sleep(0.05)
    return api.sent(person)[-1]


# --- the webhook's door ------------------------------------------------------------------------------------------------


async def test_only_who_knows_the_secret_may_post(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    async with bot_on(api, knowledge, in_file(tmp_path), webhook=True) as bot, httpx.AsyncClient() as client:
        url, secret = api.webhook.url, derived(TOKEN, "webhook")
        header = "X-Telegram-Bot-Api-Secret-Token"
        for wrong in ({}, {header: ""}, {header: "x"}, {header: "密钥".encode()}, {header: b"\xff" * 64}, {header: secret[:-1]}):
            assert (await client.post(url, json={"update_id": 1}, headers=wrong)).status_code == 401
        right = {header: secret}
        assert (await client.post(url, content=b"{", headers=right)).status_code == 400
        assert (await client.post(url, content=b"[" * 100_000, headers=right)).status_code == 400
        assert (await client.post(url, content=b" " * (2 << 20), headers=right)).status_code == 413
        assert (await client.get(url)).status_code == 405
        for update in (1, None, [], {}, {"update_id": 2**70}, {"update_id": 3, "message": {"text": "\ud800"}}):
            assert (await client.post(url, content=json.dumps(update), headers=right)).status_code == 200
        await bot.quiet()


@pytest.mark.parametrize("secret", ["", "short", "有字" * 10, "a b" * 10])
def test_a_secret_that_protects_nothing_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook"):
        Settings(telegram_secret=secret)


async def test_a_press_is_answered_in_the_webhooks_own_response(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    async with bot_on(api, knowledge, in_file(tmp_path), webhook=True) as bot:
        person = api.person("小明")
        answer = await bot.ask(person, "投诉电话多少")
        query = await bot.press(answer, "👍")
        assert "谢谢" in query.answer["text"]
        (call,) = bot.calls("answerCallbackQuery")
        assert call.through_webhook
        assert counted(bot, "answers_in_response") == 1
        assert not any(c.through_webhook for c in bot.calls("sendMessage"))


async def test_polling_takes_a_leftover_webhook_away_first(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    async with bot_on(api, knowledge, in_file(tmp_path), webhook=True):
        assert api.webhook.url
    assert api.webhook.url  # it stays: what comes meanwhile is brought when we are back
    async with bot_on(api, knowledge, in_file(tmp_path)) as bot:
        assert "10101588" in (await bot.ask(api.person("小明"), "投诉电话多少")).text
        assert not api.webhook.url


# --- processes ---------------------------------------------------------------------------------------------------------


async def test_of_two_processes_one_is_on_duty_and_the_other_takes_over(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    database = in_file(tmp_path)
    async with bot_on(api, knowledge, database) as first:
        person = api.person("小明")
        await first.ask(person, "你好")
        second = Telegram(
            first.telegram._settings, first.telegram._parts.assistant, first.store, (), lambda: datetime.now(Settings().zone)
        )
        running = asyncio.create_task(second.run())
        await asyncio.sleep(1.5)
        assert not second.working
        assert api.updates.conflicts == 0
        first.telegram.stop()
        await api.until(lambda: second.working, 10)
        api.say(person, "投诉电话多少")
        await api.until(lambda: len(api.sent(person)) == 2)
        second.stop()
        await running


async def test_an_update_posted_to_a_process_that_is_not_on_duty_is_answered_by_the_one_that_is(
    api: BotApi, knowledge: Knowledge, tmp_path: Path
) -> None:
    async with bot_on(api, knowledge, in_file(tmp_path), webhook=True) as bot:
        standing_by = Telegram(
            bot.telegram._settings, bot.telegram._parts.assistant, bot.store, (), lambda: datetime.now(Settings().zone)
        )
        person = api.person("小明")
        message = {
            "message_id": 7,
            "chat": {"id": person.id, "type": "private"},
            "date": 1,
            "text": "投诉电话多少",
            "from": person.wire(),
        }
        body = json.dumps({"update_id": 77, "message": message}).encode()
        assert standing_by.webhook is not None
        assert await standing_by.webhook.accept(derived(TOKEN, "webhook").encode(), body) == (200, None)
        assert "10101588" in (await api.next_message(person, 0, 10)).text
        assert await standing_by.webhook.accept(derived(TOKEN, "webhook").encode(), body) == (200, None)
        await bot.quiet()
        assert len(api.sent(person)) == 1


async def test_what_a_stopped_process_left_is_done_by_the_next(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    people = [api.person(f"客户{n}") for n in range(20)]
    async with bot_on(api, knowledge, in_file(tmp_path)):
        for one in people * 3:
            api.say(one, "投诉电话多少")
        await api.until(lambda: sum(len(api.sent(p)) for p in people) > 5)
    async with bot_on(api, knowledge, in_file(tmp_path)) as bot:
        await api.until(lambda: all(len(api.sent(p)) == 3 for p in people), 20)
        await bot.quiet()
        assert all(len(api.sent(p)) == 3 for p in people)


async def test_a_stop_waits_for_what_is_in_flight_so_that_it_is_not_sent_twice(
    api: BotApi, knowledge: Knowledge, tmp_path: Path
) -> None:
    people = [api.person(f"客户{n}") for n in range(6)]
    async with bot_on(api, knowledge, in_file(tmp_path)):
        api.latency = 0.8
        for one in people:
            api.say(one, "投诉电话多少")
        await api.until(lambda: len(api.journal.of("sendMessage")) == 6)
    api.latency = 0.0
    async with bot_on(api, knowledge, in_file(tmp_path)) as bot:
        await bot.quiet()
        assert [len(api.sent(p)) for p in people] == [1] * 6
        assert counted(bot, "possible_doubles") == 0
