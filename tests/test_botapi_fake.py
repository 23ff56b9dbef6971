"""The fake Bot API over real HTTP: it takes what Telegram takes, refuses what it refuses, and misbehaves when told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.cli.bench.botapi import BotApi, Limits, running
from handlers.cli.bench.botapi.arguments import Arguments
from handlers.cli.bench.botapi.state import CALLBACK_SECONDS
from tests.botapi_client import Caller, Refused, caller, hook

OK = {"inline_keyboard": [[{"text": "好", "callback_data": "ok"}, {"text": "不好", "callback_data": "no"}]]}


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with running() as api:
        api.updates.conflict_pause = 0.05
        api.webhook.pace = 0.01
        yield api


@pytest.fixture
async def call(api: BotApi) -> AsyncIterator[Caller]:
    async with caller(api) as call:
        yield call


async def refusal(call: Caller, method: str, /, **params: Any) -> str:
    with pytest.raises(Refused) as caught:
        await call(method, **params)
    return str(caught.value)


# --- calls -------------------------------------------------------------------------------------------------------


async def test_a_call_may_come_as_json_as_a_form_in_parts_or_in_the_address(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    parts = aiohttp.FormData({"chat_id": str(ann.id), "text": "三 &"}, quote_fields=False)
    parts.add_field("reply_markup", json.dumps(OK), content_type="text/plain")
    await call("sendMessage", chat_id=ann.id, text="一 &", reply_markup=OK)
    await call.form("sendmessage", chat_id=str(ann.id), text="二 + %&", reply_markup=json.dumps(OK))
    await call.parts("SENDMESSAGE", parts)
    async with call.session.get(f"{api.url}/bot{api.token}/sendMessage", params={"chat_id": ann.id, "text": "四 😀"}) as response:
        assert (await response.json())["result"]["text"] == "四 😀"
    assert [m.text for m in api.sent(ann)] == ["一 &", "二 + %&", "三 &", "四 😀"]
    assert [m.buttons for m in api.sent(ann)] == [(("好", "不好"),)] * 3 + [()]


async def test_a_wrong_token_and_an_unknown_method_are_told_apart(api: BotApi, call: Caller) -> None:
    assert await call.raw("getMe", token="7000000002:AAwrong") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert await call.raw("getMe", token="nonsense") == (404, {"ok": False, "error_code": 404, "description": "Not Found"})
    assert await call.raw("makeCoffee") == (404, {"ok": False, "error_code": 404, "description": "Not Found: method not found"})


async def test_what_cannot_be_parsed_is_refused(api: BotApi, call: Caller) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await call.raw("sendMessage", data="{broken", headers=headers))[0] == 400
    assert (await call.raw("sendMessage", data="[1]", headers=headers))[0] == 400
    assert await refusal(call, "sendMessage", chat_id=1, text="a", reply_markup="{") == (
        "Bad Request: can't parse reply keyboard markup JSON object"
    )


async def test_the_bot_knows_itself(api: BotApi, call: Caller) -> None:
    me = await call("getMe")
    assert me["is_bot"] is True
    assert me["username"] == "dianxiaoer_bot"
    assert me["can_read_all_group_messages"] is True


# --- sending -----------------------------------------------------------------------------------------------------


async def test_a_message_comes_back_with_its_entities_in_utf16_units(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    sent = await call("sendMessage", chat_id=ann.id, text="😀 <b>罚</b>", parse_mode="HTML", disable_notification=True)
    assert sent["text"] == "😀 罚"
    assert sent["entities"] == [{"type": "bold", "offset": 3, "length": 1}]
    assert sent["chat"] == {"id": ann.id, "type": "private", "first_name": "Ann"}
    assert sent["from"]["is_bot"] is True
    assert api.sent(ann)[0].silent


async def test_the_length_is_counted_in_utf16_units_without_the_tags(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    html = "<b>" + "😀" * 2048 + "</b>"
    await call("sendMessage", chat_id=ann.id, text=html, parse_mode="HTML")
    assert await refusal(call, "sendMessage", chat_id=ann.id, text="😀" * 2048 + "a") == "Bad Request: message is too long"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "<x>", "parse_mode": "html"}, "can't parse entities: Unsupported start tag \"x\" at byte offset 0"),
        ({"text": "a", "parse_mode": "latex"}, "unsupported parse_mode specified"),
        ({"text": "a\ud800"}, "strings must be encoded in UTF-8"),
        ({"text": "a", "chat_id": 99}, "chat not found"),
        ({"text": "a", "chat_id": ""}, "chat_id is empty"),
        ({"text": "a", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "a", "reply_parameters": {"message_id": 77}}, "message to be replied not found"),
        ({"text": "a", "entities": [{"type": "bold", "offset": 0, "length": 5}]}, "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 5"),
    ],
)  # fmt: skip
async def test_a_message_is_refused_with_telegrams_words(api: BotApi, call: Caller, params: dict[str, Any], words: str) -> None:
    ann = api.person("Ann")
    assert await refusal(call, "sendMessage", **{"chat_id": ann.id, **params}) == f"Bad Request: {words}"
    assert api.sent(ann) == ()


@pytest.mark.parametrize(
    ("buttons", "words"),
    [
        ([{"text": "a", "callback_data": "x"}], 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
        ([["a"]], "can't parse InlineKeyboardButton: InlineKeyboardButton must be an Object"),
        ([[{"callback_data": "x"}]], "can't parse InlineKeyboardButton: Can't find field \"text\""),
        ([[{"text": "a"}]], "can't parse InlineKeyboardButton: Text buttons are not allowed in the inline keyboard"),
        ([[{"text": "a", "callback_data": ""}]], "can't parse InlineKeyboardButton: Text buttons are not allowed in the inline keyboard"),
        ([[{"text": "a", "callback_data": "罚" * 22}]], "BUTTON_DATA_INVALID"),
        ([[{"text": "a", "callback_data": "x", "url": "https://example.org"}]], "BUTTON_TYPE_INVALID"),
        ([[{"text": " ", "callback_data": "x"}]], "inline keyboard button text must be non-empty"),
        ([[{"text": "a\udc00", "callback_data": "x"}]], "inline keyboard button text must be encoded in UTF-8"),
        ([[{"text": "a", "url": "no address"}]], "inline keyboard button URL 'no address' is invalid: Wrong HTTP URL"),
        ([[{"text": "a", "callback_data": "x"}]] * 101, "reply markup is too long"),
    ],
)  # fmt: skip
async def test_a_keyboard_is_refused_with_telegrams_words(api: BotApi, call: Caller, buttons: Any, words: str) -> None:
    ann = api.person("Ann")
    said = await refusal(call, "sendMessage", chat_id=ann.id, text="a", reply_markup={"inline_keyboard": buttons})
    assert said == f"Bad Request: {words}"


async def test_keyboards_that_fit_are_taken(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    full = {"inline_keyboard": [[{"text": "a", "callback_data": "x" * 64}] * 10] * 10}
    await call("sendMessage", chat_id=ann.id, text="a", reply_markup=full)
    await call(
        "sendMessage", chat_id=ann.id, text="a", reply_markup={"inline_keyboard": [[{"text": "a", "switch_inline_query": ""}]]}
    )
    await call("sendMessage", chat_id=ann.id, text="a", reply_markup={"inline_keyboard": []})
    assert len(api.sent(ann)[0].buttons) == 10
    assert api.sent(ann)[2].markup is None


async def test_who_does_not_want_the_bot_is_not_reached(api: BotApi, call: Caller) -> None:
    ann, bob, cid = api.person("Ann"), api.person("Bob"), api.person("Cid")
    api.block(ann)
    api.chat_of(bob).started = False
    api.chat_of(cid).deactivated = True
    group = api.supergroup("群")
    api.kick(group, bob)
    for where, words in (
        (ann.id, "bot was blocked by the user"),
        (bob.id, "bot can't initiate conversation with a user"),
        (cid.id, "user is deactivated"),
        (group.id, "bot was kicked from the supergroup chat"),
    ):
        with pytest.raises(Refused) as caught:
            await call("sendMessage", chat_id=where, text="a")
        assert (caught.value.status, str(caught.value)) == (403, f"Forbidden: {words}")
    api.block(ann, blocked=False)
    await call("sendMessage", chat_id=ann.id, text="a")
    states = [u["my_chat_member"]["new_chat_member"]["status"] for u in await call.updates()]
    assert states == ["kicked", "kicked", "member"]


async def test_a_group_that_moved_names_its_new_id(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    old = api.group("群")
    new = api.migrate(old, ann)
    with pytest.raises(Refused) as caught:
        await call("sendMessage", chat_id=old.id, text="a")
    assert caught.value.body["parameters"] == {"migrate_to_chat_id": new.id}
    assert str(caught.value) == "Bad Request: group chat was upgraded to a supergroup chat"
    await call("sendMessage", chat_id=new.id, text="a")


async def test_a_reply_names_its_message_and_may_do_without(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    question = api.say(ann, "罚多少")
    answer = await call("sendMessage", chat_id=ann.id, text="a", reply_parameters={"message_id": question.id})
    assert answer["reply_to_message"]["text"] == "罚多少"
    lost = {"message_id": 999, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await call("sendMessage", chat_id=ann.id, text="a", reply_parameters=lost)


async def test_a_document_is_sent_and_can_be_fetched(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    form = aiohttp.FormData({"chat_id": str(ann.id), "caption": "<b>数据</b>", "parse_mode": "HTML"})
    form.add_field("document", b'{"a": 1}', filename="data.json", content_type="application/json")
    sent = await call.parts("sendDocument", form)
    assert sent["document"]["file_name"] == "data.json"
    assert sent["caption"] == "数据"
    file = await call("getFile", file_id=sent["document"]["file_id"])
    async with call.session.get(f"{api.url}/file/bot{api.token}/{file['file_path']}") as response:
        assert await response.read() == b'{"a": 1}'
    await call("sendDocument", chat_id=ann.id, document=sent["document"]["file_id"])
    assert await refusal(call, "sendDocument", chat_id=ann.id) == "Bad Request: there is no document in the request"
    assert (
        await refusal(call, "sendDocument", chat_id=ann.id, document="x") == "Bad Request: wrong file identifier/HTTP URL specified"
    )


async def test_chat_actions_are_noted(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    assert await call("sendChatAction", chat_id=ann.id, action="typing") is True
    assert list(api.methods.actions) == [(ann.id, "typing")]
    assert await refusal(call, "sendChatAction", chat_id=ann.id, action="dance") == "Bad Request: wrong parameter action in request"


# --- editing and deleting ----------------------------------------------------------------------------------------


async def test_an_edit_must_change_something_that_the_bot_wrote(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    sent = await call("sendMessage", chat_id=ann.id, text="<b>a</b>", parse_mode="HTML", reply_markup=OK)
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    same = await refusal(call, "editMessageText", **where, text="<b>a </b>", parse_mode="HTML", reply_markup=OK)
    assert same.startswith("Bad Request: message is not modified: specified new message content and reply markup are exactly")
    edited = await call("editMessageText", **where, text="a", reply_markup=OK)
    assert edited["edit_date"]
    assert "entities" not in edited
    assert "reply_markup" not in await call("editMessageText", **where, text="a")
    assert (
        await refusal(call, "editMessageText", **{**where, "message_id": 99}, text="b") == "Bad Request: message to edit not found"
    )
    own = api.say(ann, "我的")
    assert (
        await refusal(call, "editMessageText", **{**where, "message_id": own.id}, text="b")
        == "Bad Request: message can't be edited"
    )
    assert await refusal(call, "editMessageText", chat_id=ann.id, text="b") == "Bad Request: message identifier is not specified"
    assert await refusal(call, "editMessageText", **where, text="b" * 4097) == "Bad Request: MESSAGE_TOO_LONG"


async def test_a_keyboard_is_taken_away_once(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    sent = await call("sendMessage", chat_id=ann.id, text="a", reply_markup=OK)
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    assert "reply_markup" not in await call("editMessageReplyMarkup", **where)
    assert (await refusal(call, "editMessageReplyMarkup", **where)).startswith("Bad Request: message is not modified")


async def test_a_deleted_message_is_gone(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    sent = await call("sendMessage", chat_id=ann.id, text="a")
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    assert await call("deleteMessage", **where) is True
    assert api.sent(ann) == ()
    assert await refusal(call, "deleteMessage", **where) == "Bad Request: message to delete not found"
    assert await refusal(call, "editMessageText", **where, text="b") == "Bad Request: message to edit not found"


# --- queries -----------------------------------------------------------------------------------------------------


async def test_a_pressed_button_is_answered_once_and_in_time(call: Caller) -> None:
    hour = [1_000_000.0]
    api = call.api
    api.world.clock = api.updates.clock = lambda: hour[0]
    ann = api.person("Ann")
    await call("sendMessage", chat_id=ann.id, text="a", reply_markup=OK)
    query = api.press(api.sent(ann)[0], "好")
    pressed = (await call.updates())[0]["callback_query"]
    assert (pressed["data"], pressed["from"]["id"], pressed["message"]["text"]) == ("ok", ann.id, "a")
    assert await call("answerCallbackQuery", callback_query_id=query.id, text="知道了") is True
    assert query.answer == {"text": "知道了", "show_alert": False, "url": ""}
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await refusal(call, "answerCallbackQuery", callback_query_id=query.id) == too_old
    assert await refusal(call, "answerCallbackQuery", callback_query_id="5") == too_old
    late = api.press(api.sent(ann)[0], "不好")
    hour[0] += CALLBACK_SECONDS + 1
    assert await refusal(call, "answerCallbackQuery", callback_query_id=late.id) == too_old
    assert await call.updates() == []  # nor is it delivered any more


async def test_only_buttons_that_are_there_and_call_back_can_be_pressed(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    link = {"inline_keyboard": [[{"text": "网页", "url": "https://example.org"}]]}
    await call("sendMessage", chat_id=ann.id, text="a", reply_markup=link)
    with pytest.raises(LookupError, match="no button"):
        api.press(api.sent(ann)[0], "没有")
    with pytest.raises(LookupError, match="does not call back"):
        api.press(api.sent(ann)[0], "网页")


def article(id: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "article",
        "id": id,
        "title": "标题",
        "input_message_content": {"message_text": "<b>a</b>", "parse_mode": "HTML"},
    } | more


async def test_an_inline_query_is_answered_and_a_result_is_taken(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    query = api.inline(ann, "保证金")
    asked = (await call.updates())[0]["inline_query"]
    assert (asked["id"], asked["query"]) == (query.id, "保证金")
    await call("answerInlineQuery", inline_query_id=query.id, results=[article("1"), article("2")], cache_time=10)
    assert api.pick(query, 1, ann).text == "a"
    assert (await call.updates())[-1]["message"]["via_bot"]["username"] == "dianxiaoer_bot"


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([article(str(n)) for n in range(51)], "RESULTS_TOO_MUCH"),
        ([article("1"), article("1")], "RESULT_ID_DUPLICATE"),
        ([article("")], "RESULT_ID_INVALID"),
        ([article("x" * 65)], "RESULT_ID_INVALID"),
        ([{"type": "article", "id": "1"}], "can't parse inline query result: Can't find field \"title\""),
        ([article("1", type="poem")], "can't parse inline query result: type \"poem\" is unsupported for the inline query result"),
        ([article("1", input_message_content={"message_text": ""})], "message text is empty"),
        ([article("1", input_message_content={"message_text": "<b>", "parse_mode": "HTML"})], "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ({"a": 1}, "expected an Array of inline query results"),
    ],
)  # fmt: skip
async def test_an_inline_answer_is_refused_with_telegrams_words(api: BotApi, call: Caller, results: Any, words: str) -> None:
    query = api.inline(api.person("Ann"), "a")
    assert await refusal(call, "answerInlineQuery", inline_query_id=query.id, results=results) == f"Bad Request: {words}"
    assert query.answer is None


# --- what the bot says of itself ---------------------------------------------------------------------------------


async def test_commands_are_kept_by_scope_and_language(api: BotApi, call: Caller) -> None:
    commands = [{"command": "start", "description": "开始"}]
    await call("setMyCommands", commands=commands)
    await call("setMyCommands", commands=[{"command": "/ask", "description": "Ask"}], language_code="en")
    await call("setMyCommands", commands=commands * 2, scope={"type": "all_group_chats"})
    assert await call("getMyCommands") == commands
    assert await call("getMyCommands", language_code="en") == [{"command": "ask", "description": "Ask"}]
    assert await call("getMyCommands", scope={"type": "all_group_chats"}) == commands * 2
    await call("deleteMyCommands")
    assert await call("getMyCommands") == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"commands": [{"command": "Start", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "开始", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "a" * 33, "description": "a"}]}, "command length must not exceed 32"),
        ({"commands": [{"command": "a", "description": " "}]}, "command description must be non-empty"),
        ({"commands": [{"command": "a", "description": "a" * 257}]}, "command description length must not exceed 256"),
        ({"commands": [{"command": "a"}]}, "can't parse BotCommand: Can't find field \"description\""),
        ({"commands": [{"command": "a", "description": "a"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [], "language_code": "zh-hant"}, "invalid language code specified"),
        ({"commands": [], "scope": {"type": "everyone"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
    ],
)  # fmt: skip
async def test_commands_are_refused_with_telegrams_words(call: Caller, params: dict[str, Any], words: str) -> None:
    assert await refusal(call, "setMyCommands", **params) == f"Bad Request: {words}"


async def test_name_descriptions_and_menu_are_kept(api: BotApi, call: Caller) -> None:
    await call("setMyDescription", description="抖店客服")
    await call("setMyDescription", description="Shop help", language_code="en")
    await call("setMyShortDescription", short_description="客服")
    await call("setMyName", name="小二")
    await call("setChatMenuButton", menu_button={"type": "commands"})
    assert (await call("getMyDescription", language_code="en"))["description"] == "Shop help"
    assert (await call("getMyDescription", language_code="fr"))["description"] == "抖店客服"
    assert (await call("getMyShortDescription"))["short_description"] == "客服"
    assert (await call("getMyName"))["name"] == "小二"
    assert (await call("getChatMenuButton"))["type"] == "commands"
    for method, name, most in (("setMyDescription", "description", 512), ("setMyShortDescription", "short_description", 120)):
        await call(method, **{name: "a" * most})
        assert "TOO_LONG" in await refusal(call, method, **{name: "a" * (most + 1)})
    assert "unsupported type" in await refusal(call, "setChatMenuButton", menu_button={"type": "x"})


async def test_a_chat_can_be_looked_at(api: BotApi, call: Caller) -> None:
    group = api.supergroup("群", username="the_group")
    assert (await call("getChat", chat_id="@THE_GROUP"))["id"] == group.id
    assert await refusal(call, "getChat", chat_id=5) == "Bad Request: chat not found"


# --- getting updates ---------------------------------------------------------------------------------------------


async def test_updates_stay_until_an_offset_confirms_them(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    for text in ("一", "二", "三"):
        api.say(ann, text)
    first = await call.updates(limit=2)
    assert [u["message"]["text"] for u in first] == ["一", "二"]
    assert await call.updates(limit=2) == first
    rest = await call.updates(offset=first[-1]["update_id"] + 1)
    assert [u["message"]["text"] for u in rest] == ["三"]
    assert await call.updates(offset=rest[-1]["update_id"] + 1) == []
    assert (await call("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_negative_offset_forgets_all_but_the_last(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    for text in ("一", "二", "三"):
        api.say(ann, text)
    assert [u["message"]["text"] for u in await call.updates(offset=-2)] == ["二", "三"]
    assert len(await call.updates()) == 2


async def test_a_long_poll_waits_for_the_first_update(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    begun = monotonic()
    waiting = asyncio.create_task(call.updates(timeout=30))
    await api.until(lambda: api.updates.polls == 1)
    api.say(ann, "你好")
    assert [u["message"]["text"] for u in await waiting] == ["你好"]
    assert monotonic() - begun < 5
    last = (await call.updates())[0]["update_id"]
    assert await call.updates(offset=last + 1, timeout=1) == []
    assert monotonic() - begun > 1


async def test_of_two_pollers_the_earlier_is_sent_away(api: BotApi, call: Caller) -> None:
    waiting = asyncio.create_task(call.updates(timeout=30))
    await api.until(lambda: api.updates.polls == 1)
    other = asyncio.create_task(call.updates(timeout=30))
    with pytest.raises(Refused) as caught:
        await waiting
    assert caught.value.status == 409
    assert "terminated by other getUpdates request; make sure that only one bot instance is running" in str(caught.value)
    api.say(api.person("Ann"), "你好")
    assert len(await other) == 1


async def test_only_the_kinds_asked_for_come(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    await call.updates(allowed_updates=["callback_query"])
    api.say(ann, "你好")
    assert await call.updates() == []
    await call.updates(allowed_updates=[])
    api.say(ann, "你好")
    assert len(await call.updates()) == 1


async def test_after_a_quiet_week_ids_begin_anywhere_and_an_old_offset_confirms_nothing(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    api.say(ann, "旧")
    old = (await call.updates())[0]["update_id"]
    assert await call.updates(offset=old + 1) == []
    api.renumber(500)
    api.say(ann, "新")
    assert [u["update_id"] for u in await call.updates(offset=old + 1)] == [500]
    assert await call.updates(offset=501) == []


async def test_updates_come_twice_late_or_broken_when_told(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    api.hold()
    for text in ("一", "二", "三"):
        api.say(ann, text)
    assert await call.updates() == []
    api.release(reversed)
    late = await call.updates()
    assert [u["message"]["text"] for u in late] == ["三", "二", "一"]
    assert await call.updates(offset=max(u["update_id"] for u in late) + 1) == []
    again = api.again(2)
    assert [u["update_id"] for u in await call.updates(offset=max(again) + 1)] == list(again)
    api.inject({"update_id": 2**63 + 5, "message": {"text": None}})
    api.inject('{"update_id": "x", "message": []}')
    api.inject('{"message": {"text": "\\ud800"}}')
    broken = await call.updates(offset=max(again) + 1)
    assert [u.get("update_id") for u in broken] == [2**63 + 5, "x", None]
    assert broken[2]["message"]["text"] == "\ud800"


async def test_people_send_more_than_text(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    group, channel = api.supergroup("群"), api.channel("频道")
    kinds = ("photo", "voice", "audio", "video", "video_note", "document", "animation", "sticker", "location", "contact", "dice")
    for kind in kinds:
        api.send(ann, kind)
    api.send(ann, "photo", "这张图", album="7")
    api.edit(api.say(group, "罚多少", by=ann), "罚多少钱")
    api.say(channel, "公告")
    updates = await call.updates()
    assert all(kind in u["message"] for kind, u in zip(kinds, updates, strict=False))
    assert updates[11]["message"]["caption"] == "这张图"
    assert updates[13]["edited_message"]["text"] == "罚多少钱"
    assert updates[14]["channel_post"]["sender_chat"]["id"] == channel.id
    file = await call("getFile", file_id=updates[0]["message"]["photo"][0]["file_id"])
    assert file["file_size"] == 7


async def test_in_privacy_mode_a_group_is_heard_only_when_it_means_the_bot(api: BotApi, call: Caller) -> None:
    ann, group = api.person("Ann"), api.supergroup("群")
    api.privacy = True
    await call("sendMessage", chat_id=group.id, text="在")
    api.say(group, "随便聊聊", by=ann)
    api.say(group, "@dianxiaoer_bot 罚多少", by=ann)
    api.say(group, "/ask 罚多少", by=ann)
    api.say(group, "还有呢", by=ann, reply_to=api.sent(group)[0])
    assert len(await call.updates()) == 3


# --- webhooks ----------------------------------------------------------------------------------------------------


async def test_a_webhook_gets_updates_with_its_secret(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    api.say(ann, "早先")
    async with hook() as web:
        await call("setWebhook", url=web.url, secret_token="s-1_A")
        api.say(ann, "你好")
        await api.until(lambda: len(web.got) == 2)
        assert [u["message"]["text"] for u in web.got] == ["早先", "你好"]
        assert web.secrets == ["s-1_A"] * 2
        info = await call("getWebhookInfo")
        assert (info["url"], info["pending_update_count"]) == (web.url, 0)
        assert "can't use getUpdates method while webhook is active" in await refusal(call, "getUpdates")
        await call("deleteWebhook")
        api.say(ann, "再见")
        assert [u["message"]["text"] for u in await call.updates()] == ["再见"]


async def test_setting_a_webhook_ends_a_long_poll(api: BotApi, call: Caller) -> None:
    waiting = asyncio.create_task(call.updates(timeout=30))
    await api.until(lambda: api.updates.polls == 1)
    async with hook() as web:
        await call("setWebhook", url=web.url)
        with pytest.raises(Refused, match="terminated by setWebhook"):
            await waiting


async def test_an_update_is_brought_again_until_it_is_taken_and_later_ones_of_its_chat_wait(api: BotApi, call: Caller) -> None:
    ann, bob = api.person("Ann"), api.person("Bob")
    tries: list[str] = []

    async def answer(update: dict[str, Any]) -> web.Response:
        tries.append(update["message"]["text"])
        return web.Response(status=500 if tries.count("一") < 4 and tries[-1] == "一" else 200)

    async with hook(answer) as web_:
        await call("setWebhook", url=web_.url)
        api.say(ann, "一")
        api.say(ann, "二")
        api.say(bob, "甲")
        await api.until(lambda: "二" in tries)
        assert tries.count("一") == 4
        assert tries.index("甲") < tries.index("二")
        assert tries[-1] == "二"
        info = await call("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"


async def test_a_webhook_that_does_not_answer_in_time_gets_it_again(api: BotApi, call: Caller) -> None:
    api.webhook.timeout = 0.1
    slow = [True]

    async def answer(update: dict[str, Any]) -> web.Response:
        if slow.pop() if slow else False:
            await asyncio.sleep(0.5)
        return web.Response()

    async with hook(answer) as taken:
        await call("setWebhook", url=taken.url)
        api.say(api.person("Ann"), "你好")
        await api.until(lambda: len(taken.got) == 2)
        assert taken.got[0] == taken.got[1]
        assert api.webhook.last_error == "Read timeout expired"


async def test_a_webhook_that_is_not_there_keeps_updates_waiting(api: BotApi, call: Caller) -> None:
    async with hook() as gone:
        pass
    await call("setWebhook", url=gone.url)
    api.say(api.person("Ann"), "你好")
    await api.until(lambda: api.webhook.failures >= 2)
    assert (await call("getWebhookInfo"))["pending_update_count"] == 1
    await call("deleteWebhook")
    assert len(await call.updates()) == 1


async def test_no_more_than_max_connections_are_used(api: BotApi, call: Caller) -> None:
    async def answer(update: dict[str, Any]) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response()

    async with hook(answer) as taken:
        await call("setWebhook", url=taken.url, max_connections=3)
        for n in range(12):
            api.say(api.person(f"客户{n}"), "你好")
        await api.until(lambda: len(taken.got) == 12)
        assert taken.most_at_once == 3


async def test_a_method_in_the_webhooks_answer_is_done(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")

    async def answer(update: dict[str, Any]) -> web.Response:
        match update["message"]["text"]:
            case "json":
                return web.json_response({"method": "sendMessage", "chat_id": ann.id, "text": "一"})
            case "form":
                body = f"method=sendMessage&chat_id={ann.id}&text=%E4%BA%8C"
                return web.Response(text=body, content_type="application/x-www-form-urlencoded")
            case "parts":
                with aiohttp.MultipartWriter("form-data") as writer:
                    for name, value in (("method", "sendMessage"), ("chat_id", str(ann.id)), ("text", "三")):
                        part = writer.append(value)
                        part.set_content_disposition("form-data", name=name)
                return web.Response(body=writer)
            case _:
                return web.json_response({"method": "deleteWebhook"})

    async with hook(answer) as taken:
        await call("setWebhook", url=taken.url)
        for text in ("json", "form", "parts", "forbidden"):
            api.say(ann, text)
        await api.until(lambda: len(taken.got) == 4)
        await api.until(lambda: len(api.sent(ann)) == 3)
        assert [m.text for m in api.sent(ann)] == ["一", "二", "三"]
        assert all(c.through_webhook for c in api.journal.of("sendMessage"))
        assert (await call("getWebhookInfo"))["url"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "https://example.org", "secret_token": "not allowed!"}, "secret token contains unallowed characters"),
        ({"url": "https://example.org", "secret_token": "a" * 257}, "secret token is too long"),
        ({"url": "///"}, "invalid webhook URL specified"),
        ({"url": "http://example.org"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.org:9000"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
    ],
)
async def test_a_webhook_is_refused_with_telegrams_words(api: BotApi, call: Caller, params: dict[str, str], words: str) -> None:
    api.webhook.https_only = True
    assert await refusal(call, "setWebhook", **params) == f"Bad Request: {words}"


async def test_setting_a_webhook_twice_within_a_second_is_too_much_when_telegrams_pace_is_asked_for(
    api: BotApi, call: Caller
) -> None:
    api.webhook.calm_set = True
    async with hook() as taken:
        await call("setWebhook", url=taken.url)
        assert await refusal(call, "setWebhook", url=taken.url) == "Too Many Requests: retry after 1"


# --- storms, limits, the journal ---------------------------------------------------------------------------------


async def test_a_storm_hits_as_many_calls_as_it_is_told_to(api: BotApi, call: Caller) -> None:
    ann, bob = api.person("Ann"), api.person("Bob")
    api.storm("flood", 2, method="sendMessage", chat=ann, retry_after=7)
    await call("sendMessage", chat_id=bob.id, text="a")
    await call("getMe")
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            await call("sendMessage", chat_id=ann.id, text="a")
        assert caught.value.body == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
    await call("sendMessage", chat_id=ann.id, text="a")
    assert (len(api.sent(ann)), len(api.sent(bob))) == (1, 1)


async def test_the_server_fails_in_every_way_that_telegram_does(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    api.storm("error")
    assert (await call.raw("getMe"))[0] == 500
    api.storm("restart")
    assert (await call.raw("getMe"))[1]["description"] == "Internal Server Error: restart"
    api.storm("gateway")
    status, page = await call.raw("getMe")
    assert (status, "<title>502 Bad Gateway</title>" in page) == (502, True)
    api.storm("garbage")
    assert (await call.raw("getMe"))[0] == 200
    for kind, arrived in (("drop", 0), ("drop_after", 1)):
        api.storm(kind)
        with pytest.raises(aiohttp.ClientError):
            await call("sendMessage", chat_id=ann.id, text=kind)
        assert len(api.sent(ann)) == arrived
    dropped = [c for c in api.journal.of("sendMessage") if not c.status]
    assert [c.accepted for c in dropped] == [False, True]
    api.storm("error", 100)
    api.calm()
    await call("getMe")


async def test_polling_is_spared_unless_it_is_meant(api: BotApi, call: Caller) -> None:
    api.storm("error", 1)
    assert await call.updates() == []
    api.calm()
    api.storm("gateway", 1, method="getUpdates")
    assert (await call.raw("getUpdates"))[0] == 502


async def test_telegrams_limits_hold_a_chat_a_group_and_all(api: BotApi, call: Caller) -> None:
    ann, bob, group = api.person("Ann"), api.person("Bob"), api.supergroup("群")
    api.limit(Limits(overall_per_second=8, chat_burst=1, group_per_minute=2))
    await call("sendMessage", chat_id=ann.id, text="a")
    with pytest.raises(Refused) as caught:
        await call("sendMessage", chat_id=ann.id, text="b")
    assert caught.value.body["parameters"] == {"retry_after": 1}
    await call("sendMessage", chat_id=bob.id, text="a")
    await call("sendMessage", chat_id=group.id, text="a")
    await call("sendMessage", chat_id=group.id, text="b")
    assert (await refusal(call, "sendMessage", chat_id=group.id, text="c")) == "Too Many Requests: retry after 30"
    people = [api.person(f"客户{n}") for n in range(12)]
    statuses = [(await call.raw("sendMessage", json={"chat_id": p.id, "text": "a"}))[0] for p in people]
    assert statuses.count(429) >= 4
    api.limit(None)
    await call("sendMessage", chat_id=ann.id, text="c")


async def test_the_journal_knows_how_many_calls_were_under_way(api: BotApi, call: Caller) -> None:
    ann, bob = api.person("Ann"), api.person("Bob")
    api.latency = 0.1
    begun = monotonic()
    await asyncio.gather(*(call("sendMessage", chat_id=p.id, text="a") for p in (ann, ann, bob)), call("getMe"))
    assert monotonic() - begun >= 0.1
    assert (api.journal.most_in_flight, api.journal.most_in_chat) == (3, 2)
    assert sorted(c.in_chat for c in api.journal.of("sendMessage", chat=ann.id)) == [1, 2]
    assert all(c.ended - c.arrived >= 0.09 and c.status == 200 for c in api.journal)
    assert api.journal.counts["sendmessage"] == 3


async def test_waiting_for_the_bot_ends_with_an_error(api: BotApi) -> None:
    with pytest.raises(TimeoutError):
        await api.ask(api.person("Ann"), "有人吗", timeout=0.1)


async def test_after_an_outage_everything_is_still_there(api: BotApi, call: Caller) -> None:
    ann = api.person("Ann")
    async with hook() as taken:
        await call("setWebhook", url=taken.url)
        await api.stop()
        api.say(ann, "在吗")
        with pytest.raises(aiohttp.ClientError):
            await call("getMe")
        await api.start(api.port)
        await api.until(lambda: taken.got)
        assert (await call("getWebhookInfo"))["url"] == taken.url


PARAMETERS = """chat_id text message_id reply_markup reply_parameters entities parse_mode commands scope language_code results
inline_query_id callback_query_id description menu_button offset limit allowed_updates url link_preview_options document action
caption secret_token button file_id reply_to_message_id""".split()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["5", "--5", "a\ud800", "HTML", "{}", "[[]]", "<b>"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("type id text command inline_keyboard offset length message_id chat_id".split()), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(BotApi()._table)), st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=5))
def test_whatever_is_sent_it_is_done_or_refused_in_telegrams_shape(method: str, params: dict[str, Any]) -> None:
    api = BotApi()
    api.person("Ann", id=5)
    status, body = asyncio.run(api.perform(method, Arguments(params)))
    answer = json.loads(body)
    assert status in (200, 400, 403, 404, 429)
    assert answer["ok"] == (status == 200)
    assert status == 200 or answer["description"]
