"""The help centre in a real browser: reading, searching and calculating with and without JavaScript; axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import Server, Witness, chromium, no_sideways_scroll, running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for this module."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site of its own."""
    with running(tmp_path_factory.mktemp("help")) as started:
        yield started


@pytest.fixture
def watched(server: Server) -> Iterator[Witness]:
    """Nothing of the test goes to another host, and nothing is complained of."""
    witness = Witness({server.url.partition("://")[2]})
    yield witness
    witness.satisfied()


def context_of(browser: Browser, server: Server, watched: Witness, **options: object) -> BrowserContext:
    """A visitor of the server."""
    context = browser.new_context(base_url=server.url, locale="zh-CN", **options)
    watched.watch(context)
    return context


def accessible(page: Page) -> None:
    """axe has nothing to say."""
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


PHONE = {"width": 320, "height": 640}
# Address, and what is filled in there and sent.
STATES = {
    "overview": ("/help", {}),
    "search": ("/help?q=发货超时扣多少钱", {}),
    "gap": ("/help?q=运费险怎么退", {}),
    "missing": ("/help/no.such", {}),
    "entry": ("/help/buyer.complain-hotline", {}),
    "form": ("/help/seller.fake-shipping-what", {}),
    "result": ("/help/seller.late-shipping-penalty", {"orders": "63"}),
    "wrong": ("/help/seller.order-promotion-type", {"amount": "-5"}),
    "english": ("/help/seller.entry-fees?lang=en", {"deposit": "2000"}),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_and_fits_a_small_phone_in_the_dark(
    browser: Browser, server: Server, watched: Witness, state: str
) -> None:
    address, values = STATES[state]
    for scheme, viewport in (("dark", PHONE), ("light", {"width": 1200, "height": 900})):
        with context_of(browser, server, watched, color_scheme=scheme, viewport=viewport) as context:
            page = context.new_page()
            page.goto(address)
            for slot, value in values.items():
                page.fill(f"#f-{slot}", value)
            if values:
                page.click(".sheet button")
                page.wait_for_selector("#result")
            assert no_sideways_scroll(page)
            accessible(page)


def test_a_reader_without_javascript_searches_reads_and_calculates(browser: Browser, server: Server, watched: Witness) -> None:
    with context_of(browser, server, watched, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/help")
        page.get_by_role("searchbox").fill("商家不发货能赔多少")
        page.get_by_role("button", name="查找").click()
        page.locator(".best a").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("商家不发货、晚发货赔多少钱")
        page.get_by_label("实付金额").fill("588")
        page.get_by_role("button", name="算一下").click()
        expect(page.get_by_role("status").locator(".headline")).to_have_text("这单能赔 5.88 元。")
        expect(page.get_by_label("实付金额")).to_have_value("588")
        page.get_by_label("实付金额").fill("abc")
        page.get_by_role("button", name="重新算").click()
        page.get_by_role("alert").get_by_role("link", name="实付金额").click()
        expect(page.locator(".problem")).to_have_text("这看着不像金额，请直接写数字，比如 588。")


def test_the_result_takes_the_focus_so_that_it_is_read_out(browser: Browser, server: Server, watched: Witness) -> None:
    with context_of(browser, server, watched, viewport=PHONE) as context:
        page = context.new_page()
        page.goto("/help/seller.late-shipping-judgement")
        page.get_by_label("首次判定的时间").fill("2026-03-01T20:30")
        page.get_by_role("button", name="算一下").press("Enter")
        page.wait_for_selector("#result")
        assert page.evaluate("document.activeElement.id") == "result"
        assert page.title().startswith("结果")
        box = page.locator("#result .headline").bounding_box()
        assert box is not None
        assert 56 <= box["y"] <= PHONE["height"]


def test_the_keyboard_reaches_everything(browser: Browser, server: Server, watched: Witness) -> None:
    with context_of(browser, server, watched) as context:
        page = context.new_page()
        page.goto("/help/seller.order-promotion-type")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.get_by_label("订单金额").focus()
        page.keyboard.type("199")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("20")
        page.keyboard.press("Enter")
        page.wait_for_selector("#result")
        assert "159.20 元" in page.get_by_role("status").inner_text()


def test_a_language_once_chosen_stays(browser: Browser, server: Server, watched: Witness) -> None:
    with context_of(browser, server, watched) as context:
        page = context.new_page()
        page.goto("/help/seller.deposit-amount")
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("link", name="Ask in the chat")).to_be_visible()
        page.get_by_role("link", name="Help centre").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Help centre")


def test_hostile_searches_are_only_text(browser: Browser, server: Server, watched: Witness) -> None:
    with context_of(browser, server, watched) as context:
        page = context.new_page()
        page.goto("/help")
        for hostile in (
            "<img src=x onerror=document.title='broken'>",
            "{{7*7}}",
            "</script><script>document.title='broken'</script>",
        ):
            page.get_by_role("searchbox").fill(hostile)
            page.get_by_role("button", name="查找").click()
            expect(page.get_by_role("heading", level=1).locator("q")).to_have_text(hostile)
            assert "broken" not in page.title()


def test_the_chat_waits_with_the_entrys_question(browser: Browser, server: Server, watched: Witness) -> None:
    with context_of(browser, server, watched) as context:
        page = context.new_page()
        page.goto("/help/seller.deposit-amount")
        page.get_by_role("link", name="去对话里问").click()
        expect(page.locator("#text")).to_have_value("保证金多少、多类目怎么收")


def test_printed_a_page_is_the_answer_alone(browser: Browser, server: Server, watched: Witness) -> None:
    with context_of(browser, server, watched) as context:
        page = context.new_page()
        page.goto("/help/seller.late-shipping-penalty")
        page.emulate_media(media="print")
        assert page.locator(".answer").is_visible()
        assert page.locator(".sources").is_visible()
        assert not any(page.locator(part).first.is_visible() for part in (".bar", ".sheet", ".find", ".ask"))
