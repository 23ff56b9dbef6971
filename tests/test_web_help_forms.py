"""Calculators as forms of the help centre: the same results as at the terminal, problems beside their fields, values kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.calculators import calculators
from bot.desk import Desk, Need
from bot.knowledge import Knowledge
from bot.matching.normalize import traditional
from bot.messages import Script
from bot.replies import Voice
from handlers.cli.main import app
from tests.help_pages import HOST, Seen, read, visitor

# Entry, what the inputs of its form send, and the same in words at the terminal.
CASES = [
    ("buyer.late-compensation", {"amounts": "588、299"}, "--amounts 588块 --amounts 299"),
    ("buyer.late-compensation", {"amounts": "588", "force_majeure": "yes"}, "--amounts 588 --force-majeure 因为台风"),
    ("buyer.order-auto-close", {"date": "2026-08-05"}, "--date 8月5号"),
    ("seller.appeal-count", {"used": "1"}, "--kind 违规 --used 1次"),
    ("seller.arbitration-appeal", {"phase": "evidence", "date": "2026-11-20"}, "--kind 仲裁 --phase 被驳回 --date 昨天"),
    ("seller.arbitration-appeal", {"date": "2026-11-14"}, "--kind 仲裁 --date 11月14日"),
    ("seller.reopen-after-close", {"reason": "own", "date": "2026-08-31"}, "--reason 自己关的 --date 8月31号"),
    ("seller.reopen-after-close", {"reason": "forged"}, "--reason 资料造假"),
    ("seller.close-shop-invoice", {"date": "2026-11-20"}, "--date 昨天"),
    ("seller.entry-shop-limit", {"brands": "5", "opened": "2"}, "--brands 5个 --opened 两家"),
    (
        "seller.entry-fees",
        {"equipment": "现成的", "licence": "agent", "licence_fee": "", "deposit": "2000", "working_capital": "1万"},
        "--equipment 现成的 --licence 代办 --deposit 两千 --working-capital 10000",
    ),
    ("seller.deposit-amount", {"amounts": "2000和5000"}, "--amounts 2000 --amounts 5000"),
    ("seller.purchase-limit", {"total": "3", "per_order": "5", "minimum": "", "stock": ""}, "--total 3件 --per-order 5件"),
    ("seller.purchase-limit", {"total": "不限", "per_order": "2", "minimum": "3"}, "--total 不限 --per-order 2 --minimum 3件"),
    ("seller.invoice-not-issued", {"amount": "90.55"}, "--amount 90.55元"),
    ("seller.order-export-limit", {"orders": "120万"}, "--orders 1200000"),
    (
        "seller.order-promotion-type",
        {"amount": "199", "promotion": "alliance", "rate": "20"},
        "--amount 199 --promotion 联盟 --rate 两成",
    ),
    (
        "seller.order-promotion-type",
        {"amount": "199", "promotion": "alliance", "rate": "0.5"},
        "--amount 199 --promotion 联盟 --rate 0.5%",
    ),
    (
        "seller.order-promotion-type",
        {"amount": "3.01", "promotion": "alliance", "commission": "1"},
        "--amount 3.01元 --promotion 联盟 --commission 1元",
    ),
    ("seller.order-promotion-type", {"amount": "199", "promotion": "none"}, "--amount 199 --promotion 没有"),
    ("seller.late-shipping-judgement", {"first": "2026-11-20T20:30"}, "--first 昨天20:30"),
    ("seller.late-shipping-penalty", {"orders": "63", "times": "1"}, "--orders 63单 --times 一次"),
    (
        "seller.fake-shipping-what",
        {"sign": "no_transit", "transit": "", "picked_up": "2026-11-20T10:00", "reused_days": ""},
        "--sign 没有中转 --picked-up 昨天10点",
    ),
    ("seller.fake-shipping-what", {"sign": "reused", "reused_days": "10"}, "--sign 单号重复 --reused-days 10天前"),
    ("seller.fake-shipping-what", {"sign": "none_of_these"}, "--sign 都没有"),
    ("seller.exaggeration-penalty", {"severity": "minor", "times": "3"}, "--severity 轻微 --times 3次"),
    ("seller.exaggeration-penalty", {"minor": "1", "serious": "2"}, "--minor 1 --serious 2"),
    ("seller.three-no-penalty", {"times": "4", "deposit": "8000"}, "--times 第四次 --deposit 8000"),
]


@pytest.fixture(scope="module")
def reader(knowledge: Knowledge, now: datetime) -> httpx.AsyncClient:
    """Somebody in front of the help centre."""
    return visitor(knowledge, now, origin=HOST)


async def fill(client: httpx.AsyncClient, entry: str, values: Mapping[str, str], language: str = "zh") -> httpx.Response:
    """The page after an entry's form was sent."""
    content = urlencode(values)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(f"/help/{entry}/calculate", params={"lang": language}, content=content, headers=headers)


def problems(page: Seen) -> dict[str, str]:
    """What is said beside which field."""
    return {t.attributes["id"].removeprefix("f-").removesuffix("-wrong"): t.text for t in page.all("p", class_="problem")}


def steps(page: Seen) -> list[str]:
    """The lines of the result, the headline first."""
    inside = page.one("ul", class_="steps").text if page.all("ul", class_="steps") else ""
    return [page.one("p", class_="headline").text, *([inside] if inside else [])]


def test_the_cases_cover_every_calculator(knowledge: Knowledge) -> None:
    assert {knowledge.entries[entry].calculator for entry, _, _ in CASES} == set(calculators())


@pytest.mark.parametrize(("entry", "values", "words"), CASES)
async def test_the_form_gives_what_the_terminal_gives(
    reader: httpx.AsyncClient, knowledge: Knowledge, entry: str, values: dict[str, str], words: str
) -> None:
    name = str(knowledge.entries[entry].calculator)
    told = CliRunner().invoke(app, ["calc", name, *words.split(), "--json", "--today", "2026-11-21"])
    assert told.exit_code == 0, told.output
    expected = json.loads(told.stdout)["text"]

    response = await fill(reader, entry, values)
    page = read(response)
    assert response.status_code == 200, problems(page)
    shown = "".join(steps(page))
    lines = [line.strip() for line in expected.splitlines()]
    assert page.one("p", class_="headline").text == lines[0]
    assert "".join(lines).startswith(shown)
    assert len(shown) > len(lines[0])
    assert page.one("section", role="status").attributes["id"] == "result"
    assert page.one("title").text.startswith("结果")
    assert response.headers["cache-control"] == "no-store"
    # What was filled in is still there, to be changed.
    kept = {t.attributes["name"]: t.attributes["value"] for t in page.all("input") if t.attributes.get("type") != "radio"}
    chosen = [t.attributes["value"] for t in page.tags if "checked" in t.attributes or "selected" in t.attributes]
    for slot, value in values.items():
        assert kept.get(slot) == value or value in (*chosen, "")


@pytest.mark.parametrize("language", ["zh-hant", "en"])
@pytest.mark.parametrize(("entry", "values", "words"), CASES)
async def test_the_result_is_in_the_readers_language(
    reader: httpx.AsyncClient, knowledge: Knowledge, entry: str, values: dict[str, str], words: str, language: str
) -> None:
    page = read(await fill(reader, entry, values, language))
    headline = page.one("p", class_="headline").text
    if language == "en":
        assert headline.isascii()
        assert (
            page.one("h2", id="calculator-title").text
            == knowledge.content.calculators[str(knowledge.entries[entry].calculator)].title_en
        )
    else:
        assert headline == traditional(headline)


@pytest.mark.parametrize(
    ("entry", "values", "wrong"),
    [
        ("seller.deposit-amount", {"amounts": "-5"}, {"amounts": "金额不会是负数，请再写一次。"}),
        ("seller.deposit-amount", {"amounts": "abc"}, {"amounts": "这看着不像金额，请写数字，比如“2000和5000”。"}),
        ("seller.deposit-amount", {}, {"amounts": "还差这一项"}),
        ("seller.late-shipping-penalty", {"orders": "1.5"}, {"orders": "订单数要是整数，请再写一次。"}),
        (
            "seller.late-shipping-penalty",
            {"orders": "0", "times": "x"},
            {"orders": "一单超时都没有就不会扣款，请告诉我实际的单数。", "times": "请写数字，比如 2 次。"},
        ),
        ("buyer.order-auto-close", {"date": "2026-11-30"}, {"date": "这一天还没到，请告诉我实际下单的日期。"}),
        ("buyer.order-auto-close", {"date": "2026-02-30"}, {"date": "没有这一天，请再核对一下日期。"}),
        ("seller.order-promotion-type", {"amount": "199"}, {"promotion": "还差这一项"}),
        ("seller.order-promotion-type", {"amount": "199", "promotion": "alliance"}, {"rate": "还差这一项"}),
        (
            "seller.order-promotion-type",
            {"amount": "199", "promotion": "alliance", "rate": "120"},
            {"rate": "佣金率不会超过 100%，请核对一下。"},
        ),
        ("seller.order-promotion-type", {}, {"amount": "还差这一项", "promotion": "还差这一项"}),
        ("seller.fake-shipping-what", {"sign": "no_transit"}, {"picked_up": "还差这一项"}),
        ("seller.late-shipping-judgement", {"first": "2026-11-20"}, {"first": "还差这一项"}),
        ("seller.purchase-limit", {"total": "3"}, {"per_order": "还差这一项"}),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    reader: httpx.AsyncClient, entry: str, values: dict[str, str], wrong: dict[str, str]
) -> None:
    response = await fill(reader, entry, values)
    page = read(response)
    assert response.status_code == 422
    assert problems(page) == wrong
    summary = page.one("section", role="alert")
    assert summary.attributes["id"] == "result"
    ids = {t.attributes.get("id") for t in page.tags}
    links = [t.attributes["href"].removeprefix("#") for t in page.all("a") if t.attributes["href"].startswith("#f-")]
    assert len(links) == len(wrong)
    assert set(links) <= ids
    for slot in wrong:
        described = [t for t in page.tags if f"f-{slot}-wrong" in t.attributes.get("aria-describedby", "").split()]
        assert len(described) == 1
    assert not page.all("p", class_="headline")


async def test_the_inputs_fit_their_values(reader: httpx.AsyncClient) -> None:
    async def inputs(entry: str) -> dict[str, tuple[str, str]]:
        page = read(await reader.get(f"/help/{entry}?lang=zh"))
        found = {t.attributes["name"]: (t.attributes["type"], t.attributes.get("inputmode", "")) for t in page.all("input")}
        return {**found, **{t.attributes["name"]: ("select", "") for t in page.all("select")}}

    assert (await inputs("buyer.order-auto-close"))["date"] == ("date", "")
    assert (await inputs("seller.late-shipping-judgement"))["first"] == ("datetime-local", "")
    fees = await inputs("seller.entry-fees")
    assert fees["deposit"] == ("text", "decimal")
    assert fees["equipment"] == ("text", "")  # 现成的
    assert fees["licence"] == ("select", "")
    assert (await inputs("seller.late-shipping-penalty"))["orders"] == ("text", "numeric")
    income = await inputs("seller.order-promotion-type")
    assert income["promotion"] == ("radio", "")
    assert income["rate"] == ("text", "decimal")
    page = read(await reader.get("/help/seller.late-shipping-penalty?lang=zh"))
    assert [t.text for t in page.all("span", class_="unit")] == ["单", "次"]
    assert [t.text for t in page.all("span", class_="need")] == ["必填", "可不填"]


def test_a_form_shows_the_slots_that_its_entry_leaves_open(knowledge: Knowledge, now: datetime) -> None:
    def needs(entry: str) -> Mapping[str, Need]:
        owner = knowledge.entries[entry]
        desk = Desk(knowledge.calculators[str(owner.calculator)], knowledge, Voice(knowledge, now, Script.SIMPLIFIED), now)
        return desk.needs(desk.open(owner))

    assert needs("seller.appeal-count") == {"used": Need.OPTIONAL}
    assert needs("seller.arbitration-appeal") == {"phase": Need.OPTIONAL, "date": Need.REQUIRED, "used": Need.OPTIONAL}
    assert needs("seller.reopen-permanent") == {}
    assert needs("seller.order-promotion-type") == {
        "amount": Need.REQUIRED,
        "promotion": Need.REQUIRED,
        "rate": Need.DEPENDS,
        "commission": Need.OPTIONAL,
    }
    # An entry that settles nothing shows every slot a person may fill.
    for entry in knowledge.content.entries:
        if entry.calculator and not entry.given:
            slots = [s.name for s in knowledge.calculators[entry.calculator].slots if not s.hidden]
            assert [*needs(entry.id)] == slots, entry.id


async def test_an_entry_without_a_form_takes_no_values(reader: httpx.AsyncClient) -> None:
    for entry in ("seller.reopen-permanent", "buyer.complain-hotline"):
        assert not read(await reader.get(f"/help/{entry}")).all("form", class_="sheet")
        sent = await fill(reader, entry, {"date": "2026-08-05"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/help/{entry}")
    assert (await fill(reader, "no.such", {})).status_code == 404


async def test_the_address_of_a_result_opened_again_is_the_entrys_page(reader: httpx.AsyncClient) -> None:
    again = await reader.get("/help/seller.deposit-amount/calculate")
    assert (again.status_code, again.headers["location"]) == (303, "/help/seller.deposit-amount")


async def test_another_site_cannot_send_a_form(knowledge: Knowledge, now: datetime) -> None:
    async with visitor(knowledge, now, origin="http://elsewhere.example") as stranger:
        assert (await fill(stranger, "seller.deposit-amount", {"amounts": "2000"})).status_code == 403


async def test_what_was_filled_in_is_shown_as_text_only(reader: httpx.AsyncClient) -> None:
    for hostile in ('"><img src=x onerror=alert(x)>', "{{ x }}{% raw %}", "</script><script>alert(x)</script>"):
        response = await fill(reader, "seller.deposit-amount", {"amounts": hostile, "nonsense": hostile})
        page = read(response)
        assert response.status_code == 422
        assert page.one("input", id="f-amounts").attributes["value"] == hostile
        assert not page.all("img", src="x")
        assert len(page.all("script")) == 2


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_form_ends_in_an_error(reader: httpx.AsyncClient, knowledge: Knowledge, data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from([e for e in knowledge.content.entries if e.calculator]))
    slots = [s.name for s in knowledge.calculators[str(entry.calculator)].slots]
    said = st.one_of(
        st.text(max_size=30),
        st.from_regex(r"-?[0-9]{1,14}(\.[0-9]{1,3})?(元|%|万|单|次)?", fullmatch=True),
        st.datetimes().map(lambda at: at.isoformat()[:16]),
        st.dates().map(str),
        st.sampled_from(["yes", "no", "own", "none", "minor", "昨天", "三个月前", "不限", "1" * 300, "\x00", "2026-13-45"]),
    )
    values = data.draw(st.dictionaries(st.sampled_from([*slots, "x"]), said.map(lambda t: t.encode("utf-8", "replace").decode())))
    response = asyncio.run(fill(reader, entry.id, values))
    assert response.status_code in (200, 422, 303)
    if response.status_code != 303:
        read(response)


async def test_a_body_that_is_no_form_is_an_empty_one(reader: httpx.AsyncClient) -> None:
    for body in (b"\xff\xfe=%zz&&==", b"{}", b"&".join(b"a=1" for _ in range(500)), b""):
        response = await reader.post("/help/seller.deposit-amount/calculate", content=body)
        assert problems(read(response)) == {"amounts": "还差这一项"}
