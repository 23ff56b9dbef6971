"""The chat page in languages, sizes and appearances, with the keyboard, and as axe sees it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import Server, no_sideways_scroll
from tests.customers import Open, grave, write_as_operator


def test_the_interface_is_traditional_for_a_browser_that_wants_it(visit: Open) -> None:
    chat = visit(locale="zh-TW")
    expect(chat.page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(chat.page.get_by_role("button", name="轉人工")).to_be_visible()
    chat.say("商家不發貨賠多少")
    expect(chat.reply).to_contain_text("實付")


def test_the_language_is_switched_and_kept(visit: Open) -> None:
    chat = visit()
    chat.page.locator("#open-menu").click()
    chat.page.get_by_role("button", name="English").click()
    expect(chat.page.get_by_role("heading", name="Hello")).to_be_visible()
    chat.reload()
    expect(chat.page.locator("html")).to_have_attribute("lang", "en")
    chat.say("How much compensation for late shipping?")
    expect(
        chat.page.get_by_role("button", name="Helpful", exact=True).or_(chat.page.get_by_role("button", name="OK"))
    ).to_be_visible()


def test_an_address_may_say_the_language(visit: Open) -> None:
    chat = visit("/?lang=en")
    expect(chat.page.get_by_role("button", name="Talk to a person")).to_be_visible()
    chat.page.goto(chat.server.url)
    expect(chat.page.locator("html")).to_have_attribute("lang", "en")


def test_the_appearance_is_switched_and_kept(visit: Open) -> None:
    chat = visit()
    light = chat.page.evaluate("getComputedStyle(document.body).backgroundColor")
    chat.page.locator("#open-menu").click()
    chat.page.get_by_role("button", name="深色").click()
    dark = chat.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    chat.reload()
    assert chat.page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_a_phone_of_320_pixels_never_scrolls_sideways(visit: Open) -> None:
    chat = visit(width=320, height=600)
    assert no_sideways_scroll(chat.page)
    for text in ("怎么导出订单", "商家不发货赔多少", "588", "w" * 300, "转人工"):
        chat.say(text)
        assert no_sideways_scroll(chat.page), text
    assert chat.page.locator("#scroller").evaluate("box => box.scrollWidth <= box.clientWidth")
    chat.page.locator("#open-menu").click()
    assert no_sideways_scroll(chat.page)
    box = chat.page.locator("#menu").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    chat.page.keyboard.press("Escape")
    chat.page.get_by_role("button", name="浏览问题").click()
    expect(chat.page.locator(".areas h3").first).to_be_visible()
    assert no_sideways_scroll(chat.page)


def test_everything_can_be_done_with_the_keyboard(visit: Open) -> None:
    chat = visit()
    expect(chat.text).to_be_focused()
    chat.page.keyboard.type("商家不发货赔多少")
    chat.page.keyboard.press("Escape")
    chat.page.keyboard.press("Enter")
    chat.settled()
    amount = chat.page.locator(".asking input")
    amount.focus()
    chat.page.keyboard.type("588")
    chat.page.keyboard.press("Enter")
    chat.settled()
    expect(chat.text).to_be_focused()
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("x")
    expect(chat.text).to_have_value("\nx")


def test_without_javascript_the_page_points_to_the_help_centre(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(server.url)
    expect(page.locator(".noscript a")).to_have_attribute("href", "/help")
    expect(page.locator(".noscript")).to_be_visible()
    context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(visit: Open, dark: bool) -> None:
    chat = visit(dark=dark, width=390, height=800)
    expect(chat.page.locator("#hot-questions button").first).to_be_visible()
    assert grave(chat.page) == [], "welcome"
    chat.say("怎么导出订单")
    chat.reply.locator(".sources summary").click()
    chat.reply.get_by_role("button", name="没帮助").click()
    expect(chat.reply.get_by_role("textbox")).to_be_visible()
    assert grave(chat.page) == [], "conversation"
    chat.say("商家不发货赔多少")
    assert grave(chat.page) == [], "form"
    chat.say("588")
    chat.say("转人工")
    write_as_operator(chat.server, chat.kept()["id"], "您好")
    expect(chat.page.locator(".operator")).to_be_visible()
    chat.text.press_sequentially("保证金")
    expect(chat.page.get_by_role("option").first).to_be_visible()
    chat.text.press("ArrowDown")
    assert grave(chat.page) == [], "card, operator and suggestions"
    chat.text.press("Escape")
    chat.text.fill("")
    chat.page.get_by_role("button", name="浏览问题").click()
    expect(chat.page.locator(".areas h3").first).to_be_visible()
    assert grave(chat.page) == [], "topics"
    chat.page.keyboard.press("Escape")
    chat.page.locator("#open-menu").click()
    assert grave(chat.page) == [], "menu"
    chat.page.get_by_role("button", name="删除我的数据").click()
    assert grave(chat.page) == [], "deleting"
