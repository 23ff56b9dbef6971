"""The bot among others: in groups, and in inline mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from handlers.cli.bench.botapi import BotApi, Chat, Person, running
from handlers.cli.bench.botapi.html import parse_html
from tests.telegram_channel import Bot, bot_on, in_file


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with running() as api:
        api.privacy = False  # an administrator bot hears everything
        yield api


@pytest.fixture
async def bot(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[Bot]:
    async with bot_on(api, knowledge, in_file(tmp_path)) as bot:
        yield bot


@pytest.fixture
def group(api: BotApi) -> Chat:
    return api.supergroup("卖家群")


@pytest.fixture
def person(api: BotApi) -> Person:
    return api.person("小明")


async def test_what_is_said_among_people_is_not_answered(bot: Bot, api: BotApi, group: Chat, person: Person) -> None:
    for text in ("投诉电话多少", "大家好", "/start@other_bot", "/nonsense", "@somebody 投诉电话多少"):
        api.say(group, text, by=person)
    api.send(group, "photo", "投诉电话多少", by=person)
    api.send(group, "sticker", by=person)
    await bot.quiet()
    assert api.sent(group) == ()


async def test_a_mention_is_answered_as_a_reply(bot: Bot, api: BotApi, group: Chat, person: Person) -> None:
    asked = api.say(group, f"@{api.bot.username} 投诉电话多少", by=person)
    answer = await api.next_message(group, 0)
    assert "10101588" in answer.text
    assert answer.reply_to is asked
    (turn,) = (await bot.store.history(f"telegram-{group.id}-{person.id}")).turns
    assert turn.text == "投诉电话多少"


async def test_ask_is_answered_and_alone_it_asks_about_what_it_replies_to(
    bot: Bot, api: BotApi, group: Chat, person: Person
) -> None:
    assert "10101588" in (await bot.ask(group, "/ask 投诉电话多少", by=person)).text
    assert "10101588" in (await bot.ask(group, f"/ask@{api.bot.username} 投诉电话多少", by=person)).text
    said = api.say(group, "投诉电话多少", by=api.person("小红"))
    api.say(group, "/ask", by=person, reply_to=said)
    assert "10101588" in (await api.next_message(group, 2)).text
    assert "/ask" in (await bot.ask(group, "/ask", by=person)).text


async def test_a_reply_to_the_bot_goes_on_with_the_form(bot: Bot, api: BotApi, group: Chat, person: Person) -> None:
    asked = await bot.ask(group, "/ask 商家不发货赔多少", by=person)
    api.say(group, "588", by=person, reply_to=asked)
    assert "5.88 元" in (await api.next_message(group, 1)).text


async def test_everybody_has_a_conversation_of_their_own(bot: Bot, api: BotApi, group: Chat, person: Person) -> None:
    asked = await bot.ask(group, "/ask 商家不发货赔多少", by=person)
    other = api.person("小红")
    api.say(group, "588", by=other, reply_to=asked)
    assert "5.88 元" not in (await api.next_message(group, 1)).text
    await bot.quiet()
    query = await bot.press(asked, "588", by=other)
    assert "别人" in query.answer["text"]
    assert asked.buttons  # still there for the one it was made for
    await bot.press(asked, "588", by=person)
    assert "5.88 元" in api.sent(group)[-1].text


async def test_an_edited_mention_edits_its_answer(bot: Bot, api: BotApi, group: Chat, person: Person) -> None:
    asked = api.say(group, f"@{api.bot.username} 投诉电话多少", by=person)
    answer = await api.next_message(group, 0)
    await bot.quiet()
    api.edit(asked, f"@{api.bot.username} 保证金要交多少")
    await api.until(lambda: "保证金" in answer.text)


async def test_a_busy_group_does_not_get_more_than_twenty_a_minute(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    group = api.supergroup("热闹的群")
    async with bot_on(api, knowledge, in_file(tmp_path), rate="1000/minute") as bot:
        people = [api.person(f"客户{n}") for n in range(30)]
        for one in people:
            api.say(group, "/ask 投诉电话多少", by=one)
        await bot.quiet()
        assert len(api.sent(group)) == 20


async def test_a_group_that_became_a_supergroup_gets_its_answer_there(bot: Bot, api: BotApi, person: Person) -> None:
    old = api.group("旧群")
    await bot.ask(old, "/ask 你好", by=person)
    new = api.migrate(old, person)
    await bot.quiet()
    await bot.store.write(f"telegram-{old.id}-{person.id}", "小李", "在的", bot.telegram._clock())
    assert "在的" in (await api.next_message(new, 0)).text


async def test_anonymous_administrators_channels_and_other_bots_are_not_answered(bot: Bot, api: BotApi, group: Chat) -> None:
    channel = api.channel("公告")
    api.say(channel, "/ask 投诉电话多少")
    await bot.quiet()
    assert api.sent(channel) == ()


# --- inline mode -------------------------------------------------------------------------------------------------------


async def test_a_few_letters_offer_entries_to_paste(bot: Bot, api: BotApi, group: Chat, person: Person) -> None:
    query = api.inline(person, "保证金")
    await api.until(lambda: query.answer)
    assert query.answer is not None
    results = query.answer["results"]
    assert 1 <= len(results) <= 10
    assert any("保证金" in r["title"] for r in results)
    pasted = api.pick(query, 0, group)
    await bot.quiet()
    assert api.sent(group) == ()  # it is not taken for a question
    assert pasted.text


async def test_nothing_typed_offers_what_is_often_asked(bot: Bot, api: BotApi, person: Person) -> None:
    query = api.inline(person, "")
    await api.until(lambda: query.answer)
    assert len(query.answer["results"]) >= 3


@pytest.mark.parametrize("typed", ["zzzzzzz", "<b>", "😀" * 100, "a" * 256])
async def test_anything_typed_gets_some_answer(typed: str, bot: Bot, api: BotApi, person: Person) -> None:
    query = api.inline(person, typed)
    await api.until(lambda: query.answer)


async def test_every_entry_can_be_pasted(bot: Bot, api: BotApi, person: Person, knowledge: Knowledge) -> None:
    for entry in knowledge.content.entries[::7]:
        query = api.inline(person, entry.question)
        await api.until(lambda query=query: query.answer)
        assert query.answer is not None
        first = query.answer["results"][0]
        assert first["title"] == entry.question
        text, _ = parse_html(first["input_message_content"]["message_text"])
        assert entry.question in text
