"""Takes the pictures in docs/screenshots: `python -m tests.take_screenshots`; nothing in the tests writes them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import Server, chromium, running
from tests.customers import Chat, site, write_as_operator

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
DESK = ViewportSize(width=1100, height=800)
PHONE = ViewportSize(width=390, height=780)
SMALL = ViewportSize(width=320, height=640)


def main() -> int:
    """Every state of the chat page and the widget, one picture each."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        site() as shop,
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        running(Path(folder), XIAOER_WIDGET_ORIGINS=shop.origin) as server,
    ):
        shop.chat = server.url
        _conversation(browser, server, DESK, False, "")
        _conversation(browser, server, PHONE, True, "phone-dark-")
        _small(browser, server)
        _languages(browser, server)
        _broken_line(browser, server)
        _widget(browser, shop.origin)
    return 0


def _page(browser: Browser, size: ViewportSize, dark: bool = False, locale: str = "zh-CN") -> Page:
    context = browser.new_context(
        viewport=size,
        color_scheme="dark" if dark else "light",
        locale=locale,
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        device_scale_factor=1 if size["width"] > 600 else 2,
        is_mobile=size["width"] < 600,
        has_touch=size["width"] < 600,
    )
    return context.new_page()


def _open(page: Page, server: Server, path: str = "/") -> Chat:
    page.goto(server.url + path)
    page.locator("#hot-questions button").first.wait_for()
    chat = Chat(page, None, server)
    page.locator("#log[aria-busy=false]").wait_for(state="attached")
    return chat


def _shot(page: Page, name: str) -> None:
    page.wait_for_timeout(250)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    with Image.open(file) as picture:
        small = picture.convert("RGB").quantize(192)  # a quarter of the size, and nobody sees it
    small.save(file, optimize=True)
    print(name)


def _conversation(browser: Browser, server: Server, size: ViewportSize, dark: bool, names: str) -> None:
    chat = _open(_page(browser, size, dark), server)
    page = chat.page
    _shot(page, f"{names}welcome")
    chat.say("怎么导出订单")
    chat.reply.locator(".sources summary").click()
    chat.reply.get_by_role("button", name="没帮助").click()
    chat.reply.get_by_role("textbox").wait_for()
    _shot(page, f"{names}answer")
    chat.say("违规")
    _shot(page, f"{names}clarify")
    chat.say("商家不发货赔多少")
    _shot(page, f"{names}form")
    chat.say("588")
    _shot(page, f"{names}card")
    chat.text.press_sequentially("保证金")
    page.get_by_role("option").first.wait_for()
    chat.text.press("ArrowDown")
    _shot(page, f"{names}suggestions")
    chat.text.press("Escape")
    chat.text.fill("")
    page.get_by_role("button", name="浏览问题").click()
    page.locator(".areas h3").first.wait_for()
    _shot(page, f"{names}topics")
    page.keyboard.press("Escape")
    page.locator("#open-menu").click()
    _shot(page, f"{names}menu")
    page.get_by_role("button", name="删除我的数据").click()
    _shot(page, f"{names}erase")
    page.keyboard.press("Escape")
    chat.say("转人工")
    write_as_operator(server, chat.kept()["id"], "您好，我是小王。您的订单我看到了，已经在催商家发货，今天 18:00 前会给您结果。")
    page.locator(".operator").wait_for()
    _shot(page, f"{names}person")
    page.context.close()


def _small(browser: Browser, server: Server) -> None:
    chat = _open(_page(browser, SMALL), server)
    _shot(chat.page, "320-welcome")
    chat.say("发货超时怎么处罚")
    _shot(chat.page, "320-answer")
    chat.say("关店后哪天能重开")
    _shot(chat.page, "320-choice")
    chat.page.get_by_role("button", name="自己主动关的").click()
    chat.settled()
    _shot(chat.page, "320-day")
    chat.page.context.close()


def _languages(browser: Browser, server: Server) -> None:
    chat = _open(_page(browser, PHONE, locale="zh-TW"), server)
    chat.say("商家不發貨賠多少")
    chat.say("588")
    _shot(chat.page, "traditional")
    chat = _open(_page(browser, PHONE, locale="en-GB"), server)
    _shot(chat.page, "english-welcome")
    chat.say("How do I export my orders?")
    _shot(chat.page, "english-answer")


def _broken_line(browser: Browser, server: Server) -> None:
    chat = _open(_page(browser, PHONE), server)
    chat.say("违规怎么申诉")
    chat.context.set_offline(True)
    chat.send("要准备什么材料")
    chat.send("多久有结果")
    chat.page.locator(".status.waiting").first.wait_for()
    _shot(chat.page, "offline")
    chat.context.close()


def _widget(browser: Browser, address: str) -> None:
    for size, dark, name in ((DESK, False, "widget"), (DESK, True, "widget-dark"), (PHONE, False, "widget-phone")):
        page = _page(browser, size, dark)
        page.goto(address)
        page.get_by_role("button", name="打开客服对话").wait_for()
        if name == "widget":
            _shot(page, "widget-closed")
        page.get_by_role("button", name="打开客服对话").click()
        frame = page.frame_locator("iframe")
        frame.locator("#hot-questions button").first.wait_for()
        _shot(page, f"{name}-welcome")
        frame.locator("#text").fill("抖音官方投诉电话是多少")
        frame.locator("#text").press("Enter")
        frame.locator(".reply").wait_for()
        _shot(page, name)
        page.context.close()


if __name__ == "__main__":
    sys.exit(main())
