"""The widget on another site: one script tag, a frame, a token; and sites that are not allowed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import Server
from tests.customers import Embed, grave, site, write_as_operator


def test_the_widget_answers_on_another_site_and_remembers(embed: Embed) -> None:
    widget = embed()
    expect(widget.page.locator("iframe")).to_have_count(0)  # nothing is loaded before it is wanted
    widget.launcher.click()
    text = widget.frame.locator("#text")
    expect(text).to_be_focused()
    text.fill("抖音官方投诉电话是多少")
    text.press("Enter")
    expect(widget.frame.locator(".reply")).to_contain_text("10101588")
    widget.page.reload()
    expect(widget.frame.locator(".reply")).to_contain_text("10101588")  # it was open, and the token was kept
    assert widget.page.evaluate("document.cookie") == ""


def test_the_widget_opens_and_closes_with_the_keyboard(embed: Embed) -> None:
    widget = embed()
    widget.launcher.focus()
    widget.page.keyboard.press("Enter")
    expect(widget.frame.locator("#text")).to_be_focused()
    expect(widget.launcher).to_have_attribute("aria-expanded", "true")
    widget.page.keyboard.press("Escape")
    expect(widget.page.locator("iframe")).to_be_hidden()
    expect(widget.launcher).to_be_focused()


def test_the_widget_shows_what_came_while_it_was_closed(embed: Embed, server: Server) -> None:
    widget = embed()
    widget.launcher.click()
    with widget.page.expect_response("**/messages") as answer:
        text = widget.frame.locator("#text")
        text.fill("转人工")
        text.press("Enter")
    expect(widget.frame.locator(".reply")).to_be_visible()
    widget.frame.locator("#leave").click()
    expect(widget.page.locator("iframe")).to_be_hidden()
    write_as_operator(server, answer.value.json()["conversation"], "您好")
    expect(widget.launcher).to_have_accessible_name(re.compile("1 条未读消息"))
    widget.launcher.click()
    expect(widget.frame.locator(".operator")).to_contain_text("您好")
    expect(widget.launcher).to_have_accessible_name("收起客服对话")


def test_the_widget_takes_language_role_and_colour_from_its_tag(embed: Embed) -> None:
    widget = embed(attributes='data-lang="en" data-role="seller" data-color="#0a7a5c" data-position="left"')
    assert (widget.launcher.bounding_box() or {})["x"] < 100
    widget.launcher.click()
    expect(widget.frame.locator("html")).to_have_attribute("lang", "en")
    expect(widget.frame.locator("#welcome").get_by_role("button", name="Seller")).to_have_attribute("aria-pressed", "true")
    assert widget.frame.locator(".send").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(10, 122, 92)"


def test_the_widget_fills_a_phone(embed: Embed) -> None:
    widget = embed(width=390, height=700)
    widget.launcher.click()
    expect(widget.frame.locator("#text")).to_be_focused()
    box = widget.page.locator("iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 700}
    widget.frame.locator("#leave").click()
    expect(widget.launcher).to_be_visible()


def test_a_site_that_is_not_allowed_gets_a_link_instead_of_the_chat(embed: Embed, server: Server) -> None:
    with site() as stranger:
        widget = embed(stranger, refused="frame-ancestors")
        widget.launcher.click()
        link = widget.page.get_by_role("link", name="在新窗口打开")
        expect(link).to_be_visible(timeout=15_000)
        expect(link).to_have_attribute("href", server.url)
        expect(widget.frame.locator("#text")).to_have_count(0)


def test_a_page_that_pretends_to_be_the_chat_is_not_listened_to(embed: Embed) -> None:
    widget = embed()
    widget.launcher.click()
    expect(widget.frame.locator("#text")).to_be_focused()
    widget.page.evaluate("window.postMessage({xiaoer: 'close'}, '*')")
    widget.page.wait_for_timeout(200)
    expect(widget.page.locator("iframe")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_the_widget(embed: Embed, dark: bool) -> None:
    widget = embed(dark=dark)
    widget.launcher.click()
    expect(widget.frame.locator("#hot-questions button").first).to_be_visible()
    assert grave(widget.page) == []
