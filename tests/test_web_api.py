"""The API as its clients use it: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from handlers.web.schemas import Answer, ConversationView
from tests.conftest import write_small
from tests.web import HOST, NOW, Client, learned, opened


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return learned(write_small(tmp_path_factory.mktemp("web") / "knowledge"))


@pytest.fixture
async def client(small: Knowledge, tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path, small) as first:
        yield first


# --- talking --------------------------------------------------------------------------------------------------------------------


async def test_a_message_is_answered_and_recorded(client: Client) -> None:
    answer = await client.say("店里几点开门")
    assert Answer.model_validate(answer)
    assert (answer["number"], answer["conversation"]) == (1, client.conversation)
    assert answer["reply"]["act"] == "answer"
    assert answer["reply"]["entry"] == "shop.hours"
    assert "9 点" in answer["reply"]["body"]
    assert answer["reply"]["sources"][0]["age"]
    past = await client.past()
    assert ConversationView.model_validate(past)
    assert [t["text"] for t in past["turns"]] == ["店里几点开门"]
    assert past["turns"][0]["reply"] == answer["reply"]


async def test_everything_a_shipped_calculator_says_fits_the_contract(knowledge: Knowledge, tmp_path: Path) -> None:
    async with opened(tmp_path, knowledge) as client:
        asked = await client.say("商家不发货赔多少", role="buyer")
        assert asked["reply"]["asked"]["kind"] == "amounts"
        computed = await client.say("588")
        assert computed["reply"]["card"]["headline"]
        assert computed["reply"]["result"]["total"] == "5.88"
        assert Answer.model_validate(asked)
        assert Answer.model_validate(computed)


async def test_the_same_id_again_gets_the_same_reply(client: Client) -> None:
    first = await client.say("店里几点开门", id="one")
    again = await client.say("店里几点开门", id="one")
    assert (again["number"], again["reply"]) == (first["number"], first["reply"])
    assert len((await client.past())["turns"]) == 1


async def test_the_same_id_twice_at_once_is_one_turn(client: Client) -> None:
    answers = await asyncio.gather(*(client.say("店里几点开门", id="one") for _ in range(8)))
    assert {a["number"] for a in answers} == {1}
    assert len((await client.past())["turns"]) == 1


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\ud800", "?!?!", "‮​", "🙂" * 50])
async def test_empty_and_unreadable_texts_are_answered_kindly(client: Client, text: str) -> None:
    body = json.dumps({"text": text, "id": "one"})
    response = await client.call("POST", "/api/v1/messages", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert response.json()["reply"]["text"]


async def test_four_thousand_characters_are_the_most(client: Client) -> None:
    assert (await client.say("\ufdfa" * 4000))["reply"]["text"]  # each of them becomes eighteen when it is cleaned
    response = await client.call("POST", "/api/v1/messages", json={"text": "字" * 4001, "id": "one"})
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "text"


async def test_an_option_is_chosen_by_sending_its_label(client: Client) -> None:
    answer = await client.say("店里几点开门")
    option = answer["reply"]["options"][0]
    chosen = await client.say(option["says"] or option["label"])
    assert chosen["reply"]["entry"] == option["entry"]


async def test_history_is_read_in_pages(client: Client) -> None:
    for number in range(5):
        await client.say(f"店里几点开门 {number}")
    last = await client.past(limit=2)
    assert [t["number"] for t in last["turns"]] == [4, 5]
    assert last["more"]
    first = await client.past(limit=3, before=4)
    assert [t["number"] for t in first["turns"]] == [1, 2, 3]
    assert not first["more"]


async def test_the_past_of_a_new_customer_is_empty(client: Client) -> None:
    assert await client.past() == {"id": client.conversation, "turns": [], "messages": [], "handoff": None, "more": False}


async def test_a_customer_sees_nothing_of_another(client: Client) -> None:
    await client.say("店里几点开门")
    other = await client.another()
    response = await other.call("GET", f"/api/v1/conversations/{client.conversation}")
    assert response.status_code == 404
    assert (await client.call("GET", f"/api/v1/conversations/{client.conversation}")).status_code == 200
    assert (await other.call("POST", "/api/v1/feedback", json={"number": 1, "helpful": True})).status_code == 404


# --- what the customer may do with it -------------------------------------------------------------------------------------------


async def test_feedback_is_kept_and_can_be_changed(client: Client) -> None:
    await client.say("店里几点开门")
    for helpful in (True, False):
        response = await client.call("POST", "/api/v1/feedback", json={"number": 1, "helpful": helpful, "comment": "没说周末"})
        assert response.status_code == 204
        assert (await client.past())["turns"][0]["helpful"] is helpful


async def test_everything_kept_can_be_taken_away_as_a_file(client: Client) -> None:
    await client.say("店里几点开门")
    response = await client.call("GET", "/api/v1/conversations/current/export")
    assert response.headers["content-disposition"].startswith("attachment")
    assert "店里几点开门" in response.text
    fresh = await client.another()
    assert (await fresh.call("GET", "/api/v1/conversations/current/export")).json() == {}


async def test_everything_kept_can_be_erased(client: Client) -> None:
    await client.say("店里几点开门")
    assert (await client.call("DELETE", "/api/v1/conversations/current")).status_code == 204
    assert (await client.past())["turns"] == []
    assert (await client.say("店里几点开门"))["number"] == 1


async def test_suggestions_come_as_one_types(client: Client) -> None:
    for typed in ("开门", "開門", "kaimen", "k"):
        found = (await client.call("GET", "/api/v1/suggestions", params={"q": typed})).json()
        assert found[0] == {"entry": "shop.hours", "question": "店里几点开门"}
    assert (await client.call("GET", "/api/v1/suggestions")).json() == []


async def test_topics_are_in_the_visitors_language(client: Client, knowledge: Knowledge, tmp_path: Path) -> None:
    topics = (await client.call("GET", "/api/v1/topics")).json()
    assert [(t["area"], [e["id"] for e in t["entries"]]) for t in topics] == [("shop", ["shop.hours", "shop.place"])]
    (tmp_path / "shipped").mkdir()
    async with opened(tmp_path / "shipped", knowledge) as shipped:
        titles = {}
        for language in ("zh-CN", "zh-TW", "en-GB"):
            response = await shipped.call("GET", "/api/v1/topics", headers={"Accept-Language": language})
            titles[language] = next(t["title"] for t in response.json() if t["area"] == "seller-shipping")
    assert titles == {"zh-CN": "发货与物流", "zh-TW": "發貨與物流", "en-GB": "Shipping"}


# --- what is refused ------------------------------------------------------------------------------------------------------------


async def test_who_has_no_session_is_told_so(client: Client) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {client.conversation}"},
        {"Cookie": "xiaoer=x"},
    ):
        response = await Client(client.app, client.site).call("GET", "/api/v1/conversations/current", headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "no_session"


@pytest.mark.parametrize(
    ("accept", "message"),
    [("zh-CN,zh;q=0.9", "没有找到。"), ("zh-HK", "沒有找到。"), ("en-US,en;q=0.8", "Not found."), ("", "没有找到。")],
)
async def test_errors_speak_the_visitors_language_and_carry_a_reference(client: Client, accept: str, message: str) -> None:
    response = await client.call("GET", "/api/v1/nothing", headers={"Accept-Language": accept})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["message"]) == (404, "not_found", message)
    assert error["reference"] == response.headers["x-reference"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "你好"}, "id"),
        ({"text": "你好", "id": ""}, "id"),
        ({"text": "你好", "id": "a b"}, "id"),
        ({"text": "你好", "id": "x" * 101}, "id"),
        ({"text": 5, "id": "one"}, "text"),
        ({"text": "你好", "id": "one", "role": "king"}, "role"),
        ({"text": "你好", "id": "one", "<b>": 1}, None),
        ([], None),
    ],
)
async def test_a_wrong_value_is_named(client: Client, body: object, field: str | None) -> None:
    response = await client.call("POST", "/api/v1/messages", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["field"] == field
    assert "<b>" not in response.text


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"text": "\\ud800"', b"null", b"NaN", b'{"text":1e999,"id":"x"}'])
async def test_what_is_no_json_is_refused(client: Client, body: bytes) -> None:
    response = await client.call("POST", "/api/v1/messages", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["error"]["message"]


async def test_more_than_64_kib_is_refused_with_and_without_a_length(client: Client) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    headers = {"Content-Type": "application/json"}
    for content in (b" " * 70_000, parts()):
        response = await client.call("POST", "/api/v1/messages", content=content, headers=headers)
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "too_large"


async def test_a_short_body_without_a_length_is_read(client: Client) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"text": "\xe4\xbd\xa0'
        yield b'\xe5\xa5\xbd", "id": "one"}'

    response = await client.call("POST", "/api/v1/messages", content=parts(), headers={"Content-Type": "application/json"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/messages", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/topics", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/static/nothing.css", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("GET", "/api/v1/conversations/somebody", 422, "invalid"),
    ],
)
async def test_errors_of_every_kind_have_one_shape(client: Client, method: str, path: str, status: int, code: str) -> None:
    response = await client.call(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message", "reference", "field"}
    assert response.json()["error"]["code"] == code


async def test_a_lost_visitor_gets_a_page(client: Client) -> None:
    response = await client.call("GET", "/nowhere/<script>", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "There is no such page" in response.text
    assert "<script>" not in response.text


@pytest.mark.parametrize("path", ["/", "/widget", "/docs", "/openapi.json", "/healthz", "/api/v1/topics", "/static/docs.js"])
async def test_head_is_get_without_the_body(client: Client, path: str) -> None:
    full, head = await client.call("GET", path), await client.call("HEAD", path)
    assert (full.status_code, head.status_code) == (200, 200)
    assert head.content == b""
    assert head.headers["content-length"] == full.headers["content-length"]


# --- too fast -------------------------------------------------------------------------------------------------------------------


async def test_a_customer_who_sends_too_fast_is_told_how_long_to_wait(small: Knowledge, tmp_path: Path) -> None:
    async with opened(tmp_path, small, rate_customer="3/minute") as client:
        for _ in range(3):
            await client.say("店里几点开门")
        refused = await client.call(
            "POST", "/api/v1/messages", json={"text": "店在哪里", "id": "late"}, headers={"Accept-Language": "zh"}
        )
        assert refused.status_code == 429
        seconds = int(refused.headers["retry-after"])
        assert 1 <= seconds <= 61
        assert f"{seconds} 秒" in refused.json()["error"]["message"]
        assert len((await client.past())["turns"]) == 3
        other = await client.another()
        await other.say("店里几点开门")


async def test_an_address_that_asks_too_much_is_refused_and_others_are_not(small: Knowledge, tmp_path: Path) -> None:
    async with opened(tmp_path, small, rate_address="5/minute") as client:
        statuses = [(await client.call("GET", "/api/v1/topics")).status_code for _ in range(6)]
        assert statuses == [200] * 4 + [429] * 2  # the session was the first request
        elsewhere = await client.call("GET", "/api/v1/topics", client=("198.51.100.7", 1))
        assert elsewhere.status_code == 200
        assert (await client.call("GET", "/healthz")).status_code == 200
        assert (await client.call("GET", "/")).status_code == 200


# --- health ---------------------------------------------------------------------------------------------------------------------


async def test_health_readiness_and_counters(client: Client) -> None:
    await client.say("店里几点开门")
    assert (await client.call("GET", "/healthz")).json() == {"status": "ok", "reason": None}
    assert (await client.call("GET", "/readyz")).status_code == 200
    metrics = (await client.call("GET", "/metrics")).text
    assert 'xiaoer_turns_total{act="answer"} 1.0' in metrics
    assert 'route="/api/v1/messages"' in metrics
    assert client.conversation not in metrics
    client.site.live.stop()
    stopping = await client.call("GET", "/readyz")
    assert (stopping.status_code, stopping.json()["reason"]) == (503, "stopping")


async def test_a_store_that_is_gone_is_told_kindly_and_nothing_is_answered(client: Client) -> None:
    await client.site.store.close()
    assert (await client.call("GET", "/healthz")).status_code == 200
    assert (await client.call("GET", "/readyz")).status_code == 503
    response = await client.call("POST", "/api/v1/messages", json={"text": "你好", "id": "one"})
    assert response.status_code in (500, 503)
    assert set(response.json()["error"]) == {"code", "message", "reference", "field"}
    assert "sqlite" not in response.text.lower()


async def test_the_clock_is_told_in_utc(client: Client) -> None:
    assert (await client.say("你好"))["at"] == "2026-11-21T04:00:00+00:00"
    assert NOW.utcoffset() is not None
    assert HOST
