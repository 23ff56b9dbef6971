"""The help centre's pages: one contract for every entry in three languages, search as transcripts, hostile texts, other folders."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date, datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import Knowledge, load_knowledge
from bot.matching.normalize import traditional
from handlers.cli.new_knowledge import create
from handlers.web.help_view import Block, blocks
from handlers.web.interface import COOKIE
from handlers.web.jsonld import data_block
from tests.help_pages import HOST, Seen, read, visitor

LANGUAGES = ("zh", "zh-hant", "en")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "</title><!--",
    "javascript:alert(1)//",
    "' OR 1=1 --",
    "\x00\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "a" * 5000,
)


@pytest.fixture(scope="module")
def reader(knowledge: Knowledge, now: datetime) -> httpx.AsyncClient:
    """Somebody whose browser says nothing about languages and keeps no cookies."""
    client = visitor(knowledge, now)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


async def see(client: httpx.AsyncClient, address: str, status: int = 200) -> Seen:
    """A page, opened."""
    response = await client.get(address)
    assert response.status_code == status, address
    return read(response)


# --- every entry -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_entry_has_a_page_that_keeps_the_contract(
    reader: httpx.AsyncClient, knowledge: Knowledge, language: str
) -> None:
    for entry in knowledge.content.entries:
        response = await reader.get(f"/help/{entry.id}?lang={language}")
        page = read(response)
        written = traditional if language == "zh-hant" else str

        assert response.status_code == 200
        assert response.headers["content-language"] == page.one("html").attributes["lang"]
        assert page.one("h1").text == written(entry.question)
        assert page.one("title").text.startswith(written(entry.question))
        assert page.one("meta", name="description").attributes["content"]
        assert page.one("link", rel="canonical").attributes["href"] == f"{HOST}/help/{entry.id}?lang={language}"
        assert {t.attributes["hreflang"] for t in page.all("link", rel="alternate")} == {"zh-Hans", "zh-Hant", "en", "x-default"}
        assert bare(page.one("div", class_="answer").text)
        if language == "en" and entry.gist:
            assert page.one("p", class_="lead").text == entry.gist
        if entry.caution:
            assert written(entry.caution) in page.one("p", class_="caution").text
        sources = page.one("ul", class_="sources").text
        unofficial = page.all("span", class_="unofficial")
        assert len(unofficial) == sum(not knowledge.sources[s].official for s in entry.sources)
        for name in entry.sources:
            source = knowledge.sources[name]
            assert written(source.title) in sources
            assert written(source.publisher) in sources
            if source.published:
                assert (source.published.isoformat() if language == "en" else f"{source.published.year}年") in sources
        assert all(written(knowledge.entries[e].question) in page.questions for e in entry.related)
        assert page.one("section", class_="ask").text
        assert f"/?ask={entry.id}" in response.text

        structured = page.structured
        assert structured["@type"] == "FAQPage"
        assert structured["inLanguage"] == page.one("html").attributes["lang"]
        (question,) = structured["mainEntity"]
        assert question["@type"] == "Question"
        assert question["name"] == written(entry.question)
        assert question["acceptedAnswer"]["@type"] == "Answer"
        assert bare(page.one("div", class_="answer").text) in bare(question["acceptedAnswer"]["text"])
        dated = [d for s in entry.sources for d in (knowledge.sources[s].published, knowledge.sources[s].updated) if d]
        if dated:
            assert date.fromisoformat(str(structured["dateModified"])) >= max(dated)

        keeps_to_the_rules_of_every_page(response.text, page)


def bare(text: str) -> str:
    """A text without spaces and without the numbers of its lists."""
    return re.sub(r"(?m)^\d{1,2}[.、)]\s*|\s", "", text)


def keeps_to_the_rules_of_every_page(html: str, page: Seen) -> None:
    """No template is left, nothing is inline or from elsewhere, ids are unique, inputs have names, nobody advertises."""
    assert not re.search(r"\{\{|\{%|\bfacts\.|Undefined|None\b", html)
    assert not MOBILE.search(html)
    assert not re.search("微信|vx|wechat", html, re.IGNORECASE)
    assert not page.all("style")
    assert not any(a == "style" or a.startswith("on") for t in page.tags for a in t.attributes)
    assert all("src" in t.attributes or t.attributes.get("type") == "application/ld+json" for t in page.all("script"))
    for tag in page.tags:
        for name in ("src", "href", "action"):
            address = tag.attributes.get(name, "/")
            assert address.startswith(("/", "#", HOST)), address
            assert not address.startswith("//")
    ids = [t.attributes["id"] for t in page.tags if "id" in t.attributes]
    assert len(ids) == len(set(ids))
    labelled = {t.attributes.get("for") for t in page.all("label")}
    for tag in page.all("input") + page.all("select"):
        hidden_or_radio = tag.attributes.get("type") in ("hidden", "radio")
        assert hidden_or_radio or tag.attributes["id"] in labelled


async def test_the_overview_lists_every_question_under_its_area(reader: httpx.AsyncClient, knowledge: Knowledge) -> None:
    for language in LANGUAGES:
        response = await reader.get(f"/help?lang={language}")
        page = read(response)
        written = traditional if language == "zh-hant" else str
        assert {written(e.question) for e in knowledge.content.entries} <= set(page.questions)
        keeps_to_the_rules_of_every_page(response.text, page)
    simplified = await see(reader, "/help")
    assert [t.text for t in simplified.all("h2")][:4] == ["大家常问", "买家", "卖家", "达人"]
    assert "投诉、赔付与维权" in simplified.one("section", id="buyer-buyer-complaints").text


async def test_the_overview_shows_one_audience_when_asked(reader: httpx.AsyncClient, knowledge: Knowledge) -> None:
    page = await see(reader, "/help?for=buyer")
    assert set(page.questions) >= {e.question for e in knowledge.content.entries if e.audience == "buyer"}
    assert not set(page.questions) & {e.question for e in knowledge.content.entries if e.audience in ("seller", "creator")}
    assert page.all("a", aria_current="true")[-1].text == "买家"
    assert (await see(reader, "/help?for=<b>")).questions == (await see(reader, "/help")).questions


async def test_the_trail_leads_back_to_the_entrys_area(reader: httpx.AsyncClient, knowledge: Knowledge) -> None:
    overview = {t.attributes["id"] for t in (await see(reader, "/help")).all("section", class_="area")}
    for entry in knowledge.content.entries:
        trail = (await see(reader, f"/help/{entry.id}")).one("nav", class_="trail").text.split("\n")
        assert "帮助中心" in "".join(trail)
        address = next(t for t in (await see(reader, f"/help/{entry.id}")).all("a") if "#" in t.attributes["href"] and t.text)
        assert address.attributes["href"].partition("#")[2] in {*overview, "main"}


async def test_the_numbers_of_an_answer_stand_with_their_unit_and_day(reader: httpx.AsyncClient) -> None:
    page = await see(reader, "/help/seller.late-shipping-penalty")
    figures = page.one("dl", class_="figures").text
    assert "单店单日扣款上限500 元 2023年1月30日 起有据" in " ".join(figures.split("\n")).replace("  ", " ")
    shares = (await see(reader, "/help/buyer.late-compensation")).one("dl", class_="figures").text
    assert "按实付赔付的比例1%" in shares


async def test_an_unknown_entry_is_told_kindly_and_can_be_searched_for(reader: httpx.AsyncClient) -> None:
    for address in ("/help/no.such", "/help/%3Cscript%3E", "/help/buyer.late-compensation%00"):
        page = await see(reader, address, 404)
        assert page.one("h1").text == "没有这一页"
        assert page.all("input", name="q")
        assert page.questions
        assert page.one("meta", name="robots").attributes["content"] == "noindex"


# --- languages -------------------------------------------------------------------------------------------------


async def test_the_browsers_language_is_taken_and_a_chosen_one_kept(knowledge: Knowledge, now: datetime) -> None:
    async with visitor(knowledge, now, accept_language="en-GB,en;q=0.9") as client:
        assert (await see(client, "/help")).one("h1").text == "Help centre"
        chosen = await client.get("/help?lang=zh-hant")
        assert read(chosen).one("h1").text == "幫助中心"
        # Until the browser has shown that it keeps the choice, links carry it.
        assert 'href="/help/buyer.late-compensation?lang=zh-hant"' in chosen.text
        assert client.cookies[COOKIE] == "zh-hant"
        later = await client.get("/help")
        assert read(later).one("h1").text == "幫助中心"
        assert 'href="/help/buyer.late-compensation"' in later.text
        assert "Accept-Language" in later.headers["vary"]


async def test_the_language_switch_stays_on_the_page(reader: httpx.AsyncClient) -> None:
    page = await see(reader, "/help?q=保证金&lang=zh")
    assert [t.attributes["href"] for t in page.all("a") if "hreflang" in t.attributes] == [
        f"/help?q=%E4%BF%9D%E8%AF%81%E9%87%91&lang={language}" for language in LANGUAGES
    ]


# --- search ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first", "says"),
    [
        ("发货超时扣多少钱", "发货超时怎么处罚、扣多少钱", "最符合的答案"),
        ("商家不发货能赔多少", "商家不发货、晚发货赔多少钱", "最符合的答案"),
        ("訂單怎麼導出", "怎么导出订单", "最符合的答案"),
        ("how much is the deposit", "保证金多少、多类目怎么收", "最符合的答案"),
        ("保证金", "保证金多少、多类目怎么收", ""),
    ],
)
async def test_search_finds_the_answer(reader: httpx.AsyncClient, typed: str, first: str, says: str) -> None:
    response = await reader.get("/help", params={"q": typed})
    page = read(response)
    assert page.questions[0] == first
    assert says in response.text
    assert page.one("input", name="q").attributes["value"] == typed
    assert page.one("meta", name="robots").attributes["content"] == "noindex"


async def test_search_names_what_no_source_answers(reader: httpx.AsyncClient, knowledge: Knowledge) -> None:
    for gap in knowledge.content.gaps[:20]:
        page = await see(reader, f"/help?q={gap.wordings[0]}")
        assert page.one("p", class_="say").text == f"您要找的大概是 {gap.about}。这方面没有可靠的出处，所以这里没有答案。"
        assert page.questions == [knowledge.entries[e].question for e in dict.fromkeys(gap.nearest)]
        assert page.all("section", class_="ask")


async def test_search_says_kindly_that_nothing_is_known(reader: httpx.AsyncClient) -> None:
    for typed in ("qqqzzz", "明天股票会涨吗", "？？？", "🙂🙂"):
        page = await see(reader, f"/help?q={typed}")
        said = [t.text for t in page.all("p", class_="say")]
        assert said, typed
        assert page.all("section", class_="ask")


async def test_search_sends_those_who_want_a_person_to_the_chat(reader: httpx.AsyncClient) -> None:
    page = await see(reader, "/help?q=转人工")
    assert page.one("p", class_="say").text == "想找人工客服，请到对话里说一声。"


async def test_an_empty_search_is_the_overview(reader: httpx.AsyncClient) -> None:
    for typed in ("", "%20%20", "%E2%80%8B"):
        assert (await see(reader, f"/help?q={typed}")).one("h1").text == "帮助中心"


@pytest.mark.parametrize("typed", HOSTILE)
async def test_what_was_typed_is_shown_as_text_only(reader: httpx.AsyncClient, typed: str) -> None:
    for language in LANGUAGES:
        response = await reader.get("/help", params={"q": typed, "lang": language})
        page = read(response)
        assert response.status_code == 200
        assert len(page.one("input", name="q").attributes["value"]) <= 200
        assert not page.all("img", src="x")
        assert len(page.all("script")) == 1
        assert "49" not in page.one("h1").text
        assert "<script>alert" not in response.text


@settings(max_examples=150, deadline=None)
@given(typed=st.text(max_size=300), language=st.sampled_from([*LANGUAGES, "", "xx", "zh_TW"]))
def test_no_search_ends_in_an_error(reader: httpx.AsyncClient, typed: str, language: str) -> None:
    async def search() -> httpx.Response:
        return await reader.get("/help", params={"q": typed.encode("utf-8", "replace").decode(), "lang": language})

    response = asyncio.run(search())
    assert response.status_code == 200
    assert read(response).one("h1").text


# --- for search engines ----------------------------------------------------------------------------------------


async def test_the_sitemap_names_every_page_in_every_language(reader: httpx.AsyncClient, knowledge: Knowledge) -> None:
    response = await reader.get("/sitemap.xml")
    assert response.headers["content-type"] == "application/xml"
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    tree = ElementTree.fromstring(response.text)
    found = [t.text for t in tree.findall("s:url/s:loc", names)]
    pages = ["/help", *(f"/help/{e.id}" for e in knowledge.content.entries)]
    assert sorted(str(t) for t in found) == sorted(f"{HOST}{p}?lang={language}" for p in pages for language in LANGUAGES)
    assert all(date.fromisoformat(str(t.text)) for t in tree.findall("s:url/s:lastmod", names))
    robots = (await reader.get("/robots.txt")).text
    assert f"Sitemap: {HOST}/sitemap.xml" in robots
    assert "Disallow: /api/" in robots


async def test_a_strange_host_is_never_repeated(reader: httpx.AsyncClient) -> None:
    for host in ('evil"><script>', "a b", "[::1", "x" * 300 + "/", ""):
        for address in ("/help", "/help/buyer.late-compensation", "/sitemap.xml", "/robots.txt"):
            response = await reader.get(address, headers={"host": host})
            assert response.status_code == 200
            assert "evil" not in response.text


def test_a_data_block_cannot_end_its_element() -> None:
    data = {"text": "</script><!-- <b>&amp;\u2028\u2029", "多": ["字", 1, None]}
    block = str(data_block(data))
    assert not re.search("[<>&\u2028\u2029]", block)
    assert json.loads(block) == data


def test_an_answer_is_read_as_paragraphs_and_lists() -> None:
    text = "先看这几步：\n1. 打开\n2、点击\n\n然后等。\n3) 再看\n2026年才行\n1.5 倍"
    assert list(blocks(text)) == [
        Block(("先看这几步：",)),
        Block(("打开", "点击"), 1),
        Block(("然后等。",)),
        Block(("再看",), 3),
        Block(("2026年才行",)),
        Block(("1.5 倍",)),
    ]


# --- other folders ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """A shop of somebody's own, as the command writes it."""
    folder = tmp_path_factory.mktemp("help") / "tea"
    create(folder)
    return load_knowledge(folder)


async def test_a_folder_of_somebodys_own_works(tea: Knowledge, now: datetime) -> None:
    async with visitor(tea, now) as client:
        overview = await see(client, "/help")
        assert set(overview.questions) == {e.question for e in tea.content.entries}
        assert "店小二" not in overview.one("title").text
        for entry in tea.content.entries:
            page = await see(client, f"/help/{entry.id}")
            assert page.one("h1").text == entry.question
            assert not page.all("form", class_="sheet")
            assert page.all("span", class_="official")
        assert (await see(client, "/help?q=几点关门")).questions[0] == "店里几点开门、几点关门"


async def test_entries_with_nothing_but_an_answer_work(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "shop.yaml").write_text(
        "[{id: hours, question: 几点开门, wordings: [几点关门, 营业时间], answer: 九点},"
        " {id: back, question: 怎么退货, wordings: [可以退吗, 不想要了], answer: 七天},"
        " {id: send, question: 送不送货, wordings: [能送吗, 配送范围], answer: 五公里 </script>}]",
        encoding="utf-8",
    )
    async with visitor(load_knowledge(tmp_path), now) as client:
        assert set((await see(client, "/help")).questions) == {"几点开门", "怎么退货", "送不送货"}
        for language in LANGUAGES:
            page = await see(client, f"/help/send?lang={language}")
            assert page.structured["mainEntity"][0]["acceptedAnswer"] == {"@type": "Answer", "text": "五公里 </script>"}
            assert "dateModified" not in page.structured
            assert not page.all("ul", class_="sources")
        assert (await client.get("/sitemap.xml")).status_code == 200
