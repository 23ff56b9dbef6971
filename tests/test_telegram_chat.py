"""A private chat with the bot as people have it: commands, buttons, edits, media, privacy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from bot.messages import Act, Role, Script
from handlers.cli.bench.botapi import BotApi, Message, Person, running
from handlers.telegram.parts import link_name
from tests.telegram_channel import Bot, bot_on, in_file


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with running() as api:
        yield api


@pytest.fixture
async def bot(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[Bot]:
    async with bot_on(api, knowledge, in_file(tmp_path)) as bot:
        yield bot
        failed = [(c.method, c.error) for c in api.journal if c.status not in (0, 200)]
        assert not failed


@pytest.fixture
def person(api: BotApi) -> Person:
    return api.person("小明")


def labels(message: Message) -> list[str]:
    return [label for row in message.buttons for label in row]


def standing(bot: Bot, message: Message) -> Message:
    """The message as it stands now."""
    return bot.api.world.messages[message.chat.id, message.id]


# --- questions ---------------------------------------------------------------------------------------------------------


async def test_a_question_is_answered_with_its_source_folded_and_its_buttons(bot: Bot, person: Person) -> None:
    answer = await bot.ask(person, "投诉电话多少")
    assert "10101588" in answer.text
    assert any(e.type == "expandable_blockquote" for e in answer.entities)
    assert {"👍", "👎", "🙋 转人工"} <= set(labels(answer))
    assert any(label.startswith("❓") for label in labels(answer))


async def test_an_edited_question_edits_its_answer(bot: Bot, api: BotApi, person: Person) -> None:
    answer = await bot.ask(person, "投诉电话多少")
    question = api.world.messages[person.id, answer.id - 1]
    api.edit(question, "保证金要交多少")
    await api.until(lambda: "保证金" in standing(bot, answer).text, 10)
    await bot.quiet()
    assert len(api.sent(person)) == 1
    history = await bot.store.history(f"telegram-{person.id}")
    assert [t.text for t in history.turns] == ["投诉电话多少", "保证金要交多少"]


async def test_an_edit_of_a_question_whose_answer_was_deleted_is_answered_anew(bot: Bot, api: BotApi, person: Person) -> None:
    answer = await bot.ask(person, "投诉电话多少")
    standing(bot, answer).deleted = True
    api.edit(api.world.messages[person.id, answer.id - 1], "保证金要交多少")
    await bot.quiet()
    await api.until(lambda: any("保证金" in m.text for m in api.sent(person)), 10)
    await bot.quiet()
    api.journal.clear()


async def test_a_caption_counts_as_text_and_a_picture_alone_is_explained(bot: Bot, api: BotApi, person: Person) -> None:
    api.send(person, "photo", "投诉电话多少")
    assert "10101588" in (await api.next_message(person, 0)).text
    for seen, kind in enumerate(("voice", "sticker", "location", "document"), 1):
        api.send(person, kind)
        assert "文字" in (await api.next_message(person, seen)).text


async def test_an_album_without_a_caption_is_explained_once(bot: Bot, api: BotApi, person: Person) -> None:
    for _ in range(3):
        api.send(person, "photo", album="42")
    await api.next_message(person, 0)
    await bot.quiet()
    assert len(api.sent(person)) == 1


async def test_what_a_customer_writes_is_never_markup(bot: Bot, person: Person) -> None:
    answer = await bot.ask(person, "<b>商家不发货赔多少</b> &amp; </blockquote> {{ facts }} %s {0}")
    assert "<b>" not in answer.text
    for odd in ("\u202e\u200b", "a" * 4096, "👍🏽" * 500, "/", "//", "🧧"):
        assert (await bot.ask(person, odd)).text


# --- choices and forms -------------------------------------------------------------------------------------------------


async def ambiguous(bot: Bot, person: Person) -> Message:
    """A reply that offers choices."""
    for text in ("没解决", "asdfgh qwe", "发货", "保证金", "投诉"):
        message = await bot.ask(person, text)
        if any(label.startswith("1. ") for label in labels(message)):
            return message
    raise AssertionError("nothing is ambiguous")


async def test_a_choice_is_pressed_and_its_buttons_go(bot: Bot, person: Person) -> None:
    message = await ambiguous(bot, person)
    label = next(x for x in labels(message) if x.startswith("1. "))
    await bot.press(message, label)
    answer = bot.api.sent(person)[-1]
    assert label.removeprefix("1. ") in answer.text
    assert labels(standing(bot, message)) == []
    history = await bot.store.history(f"telegram-{person.id}")
    assert history.turns[-1].reply.act in (Act.ANSWER, Act.ASK)


async def test_a_stale_choice_says_so_and_its_buttons_go(bot: Bot, person: Person) -> None:
    message = await ambiguous(bot, person)
    label = next(x for x in labels(message) if x.startswith("1. "))
    await bot.ask(person, "投诉电话多少")
    turns = len((await bot.store.history(f"telegram-{person.id}")).turns)
    query = await bot.press(message, label)
    assert query.answer["show_alert"]
    assert "过时" in query.answer["text"]
    assert labels(standing(bot, message)) == []
    assert len((await bot.store.history(f"telegram-{person.id}")).turns) == turns


async def test_a_related_question_can_be_pressed_later_and_goes_from_the_keyboard(bot: Bot, person: Person) -> None:
    first = await bot.ask(person, "投诉电话多少")
    await bot.ask(person, "谢谢")
    label = next(x for x in labels(first) if x.startswith("❓"))
    await bot.press(first, label)
    assert label.removeprefix("❓ ") in bot.api.sent(person)[-1].text
    assert label not in labels(standing(bot, first))
    assert "👍" in labels(standing(bot, first))


async def test_a_form_is_filled_by_buttons_and_by_typing(bot: Bot, person: Person) -> None:
    asked = await bot.ask(person, "商家不发货赔多少")
    assert {"588", "✖️ 不算了"} <= set(labels(asked))
    await bot.press(asked, "588")
    result = bot.api.sent(person)[-1]
    assert "5.88 元" in result.text
    assert any(e.type == "bold" for e in result.entities)
    assert "🧮 再算一次" in labels(result)
    await bot.press(result, "🧮 再算一次")
    assert "20" in (await bot.ask(person, "2000")).text


async def test_a_form_can_be_left_by_its_button(bot: Bot, person: Person) -> None:
    asked = await bot.ask(person, "商家不发货赔多少")
    await bot.press(asked, "✖️ 不算了")
    assert "先不算了" in bot.api.sent(person)[-1].text


async def test_every_calculator_can_be_chosen_and_left(bot: Bot, person: Person) -> None:
    menu = await bot.ask(person, "/calc")
    assert len(labels(menu)) == len(bot.knowledge.calculators)
    for label in labels(menu):
        await bot.press(menu, label)
        reply = (await bot.store.history(f"telegram-{person.id}")).turns[-1].reply
        assert reply.entries
        if reply.act is Act.ASK:
            assert "✖️ 不算了" in labels(bot.api.sent(person)[-1]), label
    await bot.ask(person, "商家不发货赔多少")
    assert "先不算了" in (await bot.ask(person, "/cancel")).text


async def test_a_day_is_chosen_from_quick_days(bot: Bot, person: Person) -> None:
    menu = await bot.ask(person, "/calc")
    title = bot.knowledge.content.calculators["closing-invoice-deadline"].title
    await bot.press(menu, title)
    asked = bot.api.sent(person)[-1]
    assert {"今天", "昨天"} <= set(labels(asked))
    await bot.press(asked, "今天")
    assert "🧮 再算一次" in labels(bot.api.sent(person)[-1])


# --- feedback ----------------------------------------------------------------------------------------------------------


async def test_a_thumb_is_kept_and_both_thumbs_go(bot: Bot, person: Person) -> None:
    answer = await bot.ask(person, "投诉电话多少")
    query = await bot.press(answer, "👍")
    assert "谢谢" in query.answer["text"]
    (turn,) = (await bot.store.history(f"telegram-{person.id}")).turns
    assert turn.helpful is True
    left = labels(standing(bot, answer))
    assert not {"👍", "👎"} & set(left)
    assert "🙋 转人工" in left


# --- commands ----------------------------------------------------------------------------------------------------------


async def test_start_asks_who_one_is_and_remembers(bot: Bot, person: Person) -> None:
    menu = await bot.ask(person, "/start")
    assert "🏪 我是卖家" in labels(menu)
    await bot.press(menu, "🏪 我是卖家")
    now = standing(bot, menu)
    assert "您是卖家" in now.text
    assert (await bot.store.customer(f"telegram-{person.id}")).role is Role.SELLER
    hot = labels(now)[0]
    await bot.press(now, hot)
    assert hot in bot.api.sent(person)[-1].text


async def test_a_deep_link_answers_its_entry(bot: Bot, person: Person) -> None:
    for entry in list(bot.knowledge.content.entries)[::20]:
        name = link_name(entry.id)
        assert len(name) <= 64
        assert entry.question in (await bot.ask(person, f"/start {name}")).text
    await bot.ask(person, "/start no_such_thing")
    assert any("已经没有了" in m.text for m in bot.api.sent(person))


async def test_topics_are_browsed_in_one_message(bot: Bot, person: Person) -> None:
    menu = await bot.ask(person, "/topics")
    for area in labels(menu):
        await bot.press(menu, area)
        page = standing(bot, menu)
        while "下一页 ›" in labels(page):
            await bot.press(page, "下一页 ›")
            page = standing(bot, menu)
        await bot.press(page, "‹ 全部主题")
    assert len(bot.api.sent(person)) == 1
    await bot.press(menu, labels(menu)[0])
    question = labels(standing(bot, menu))[0]
    await bot.press(standing(bot, menu), question)
    assert question in bot.api.sent(person)[-1].text


async def test_human_hands_over_and_an_operators_words_arrive(bot: Bot, api: BotApi, person: Person) -> None:
    await bot.ask(person, "/human")
    (handoff,) = await bot.store.handoffs()
    assert handoff.conversation == f"telegram-{person.id}"
    seen = len(api.sent(person))
    await bot.store.write(handoff.conversation, "小李", "您好，我是<客服>，请讲", bot.telegram._clock())
    message = await api.next_message(person, seen)
    assert "您好，我是<客服>，请讲" in message.text
    assert "小李" in message.text
    passed_on = await bot.ask(person, "订单 123 没到")
    assert "已转达" in passed_on.text
    await bot.press(passed_on, "继续问店小二")
    assert "接着为您服务" in api.sent(person)[-1].text


async def test_language_changes_labels_answers_and_the_menu(bot: Bot, api: BotApi, person: Person) -> None:
    menu = await bot.ask(person, "/language")
    await bot.press(menu, "繁體中文")
    assert "✓ 繁體中文" in labels(standing(bot, menu))
    answer = await bot.ask(person, "投诉电话多少")
    assert "電話" in answer.text
    assert "🙋 轉人工" in labels(answer)
    await bot.press(standing(bot, menu), "English")
    assert "In Chinese" in (await bot.ask(person, "投诉电话多少")).text
    assert (await bot.store.customer(f"telegram-{person.id}")).language is Script.ENGLISH
    await bot.press(standing(bot, menu), labels(standing(bot, menu))[0])
    assert "In Chinese" not in (await bot.ask(person, "投诉电话多少")).text
    scopes = [c.params["scope"]["type"] for c in bot.calls("setMyCommands") if isinstance(c.params["scope"], dict)]
    assert scopes == ["chat"] * 3


async def test_who_reads_traditional_or_english_is_greeted_so(bot: Bot, api: BotApi) -> None:
    assert "開店" in (await bot.ask(api.person("小華", language="zh-hant"), "/start")).text
    english = await bot.ask(api.person("Ann", language="en"), "/start")
    assert "Hello" in english.text
    assert "🛍 I buy" in labels(english)


async def test_privacy_gives_all_that_is_kept_and_deletes_it(bot: Bot, api: BotApi, person: Person) -> None:
    await bot.ask(person, "我的电话是13800138000,投诉电话多少")
    menu = await bot.ask(person, "/privacy")
    await bot.press(menu, "📄 导出我的数据")
    (call,) = bot.calls("sendDocument")
    document = api.sent(person)[-1].media["document"]
    assert document["file_name"] == "dianxiaoer.json"
    assert call.accepted
    await bot.press(menu, "🗑 删除我的数据")
    confirm = api.sent(person)[-1]
    await bot.press(confirm, "确认删除")
    assert "已经全部删除" in api.sent(person)[-1].text
    assert len((await bot.store.history(f"telegram-{person.id}")).turns) == 1


async def test_a_form_is_not_lost_while_the_menu_is_looked_at(bot: Bot, person: Person) -> None:
    await bot.ask(person, "商家不发货赔多少")
    await bot.ask(person, "/topics")
    await bot.ask(person, "/help")
    assert "5.88 元" in (await bot.ask(person, "588")).text


async def test_an_unknown_command_shows_the_help(bot: Bot, person: Person) -> None:
    assert "/topics" in (await bot.ask(person, "/nonsense")).text
    assert "/topics" in (await bot.ask(person, "/help")).text


# --- buttons that are not ours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", ["1s:1:0:abcd:xxxxxxxxx", "x", ":", "1s", "0old:5", "1r:1:1:", "1e:" + "a" * 40, "🙂" * 16, "1s:1:0"]
)
async def test_made_up_data_is_refused_kindly(data: str, bot: Bot, api: BotApi, person: Person) -> None:
    answer = await bot.ask(person, "投诉电话多少")
    query = api.press_data(answer, data)
    await api.until(lambda: query.answer)
    await bot.quiet()
    assert query.answer["show_alert"]
    assert len((await bot.store.history(f"telegram-{person.id}")).turns) == 1


async def test_a_button_of_one_customer_does_nothing_for_another(bot: Bot, api: BotApi, person: Person) -> None:
    other = api.person("小红")
    mine, theirs = await bot.ask(person, "投诉电话多少"), await bot.ask(other, "投诉电话多少")
    data = mine.button("👎")["callback_data"]
    query = api.press_data(theirs, data)
    await api.until(lambda: query.answer)
    await bot.quiet()
    assert query.answer["show_alert"]
    for who in (person, other):
        assert (await bot.store.history(f"telegram-{who.id}")).turns[0].helpful is None


async def test_a_button_under_a_message_too_old_to_be_shown_still_works(bot: Bot, api: BotApi, person: Person) -> None:
    answer = await bot.ask(person, "投诉电话多少")
    query = api.press(answer, "👍", inaccessible=True)
    await api.until(lambda: query.answer)
    assert "谢谢" in query.answer["text"]
    menu = await bot.ask(person, "/topics")
    api.press(menu, labels(menu)[0], inaccessible=True)
    await api.next_message(person, 2)
    await bot.quiet()


async def test_all_callback_data_fits(bot: Bot, api: BotApi, person: Person) -> None:
    for text in ("/start", "/topics", "/calc", "/language", "/privacy", "商家不发货赔多少"):
        message = await bot.ask(person, text)
        for row in (message.markup or {})["inline_keyboard"]:
            for button in row:
                assert len(button["callback_data"].encode()) <= 64


async def test_what_waits_for_a_blocked_chat_is_dropped_and_the_bot_goes_on(bot: Bot, api: BotApi, person: Person) -> None:
    await bot.ask(person, "你好")
    api.block(person)
    api.say(person, "投诉电话多少")
    await bot.quiet()
    api.journal.clear()
    other = api.person("小红")
    assert "10101588" in (await bot.ask(other, "投诉电话多少")).text


async def test_too_fast_is_said_once(api: BotApi, knowledge: Knowledge, tmp_path: Path) -> None:
    async with bot_on(api, knowledge, in_file(tmp_path), rate="3/minute") as bot:
        person = api.person("小明")
        for _ in range(8):
            api.say(person, "你好")
        await api.until(lambda: len(api.sent(person)) >= 4)
        await bot.quiet()
        assert ["太快" in m.text or "有点快" in m.text for m in api.sent(person)] == [False, False, False, True]
