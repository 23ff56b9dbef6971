"""Customers in a real browser: the chat page as they use it, another site that embeds the widget, an operator."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect

from bot.store import open_store
from tests.browser import Server, Witness, chromium, free_port, running

expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def shop() -> Iterator[Site]:
    """Another site, on another origin, that the server allows to embed the widget."""
    with site() as opened:
        yield opened


@pytest.fixture(scope="module")
def server(shop: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), XIAOER_WIDGET_ORIGINS=shop.origin) as started:
        shop.chat = started.url
        yield started


Open = Callable[..., "Chat"]
Embed = Callable[..., "Widget"]


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens the page as a new customer: `visit(width=320, dark=True, locale="en")`; whatever was opened is watched to the end."""
    opened: list[tuple[BrowserContext, Witness]] = []

    def open_page(
        path: str = "/", *, width: int = 1000, height: int = 760, dark: bool = False, locale: str = "zh-CN", at: Server = server
    ) -> Chat:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=locale,
            reduced_motion="reduce",
        )
        witness = Witness({at.url.removeprefix("http://")})
        witness.watch(context)
        opened.append((context, witness))
        page = context.new_page()
        page.goto(at.url + path)
        chat = Chat(page, witness, at)
        expect(chat.log).to_have_attribute("aria-busy", "false")
        return chat

    yield open_page
    for context, witness in opened:
        context.close()
        witness.satisfied()


@dataclass
class Chat:
    """The page as a customer uses it."""

    page: Page
    witness: Witness
    server: Server

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def reply(self) -> Locator:
        """The last reply."""
        return self.page.locator(".turn .reply").last

    @property
    def text(self) -> Locator:
        return self.page.locator("#text")

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def send(self, text: str) -> None:
        """Type and send, without waiting for the reply."""
        self.text.fill(text)
        self.text.press("Enter")

    def say(self, text: str) -> None:
        """Type, send, and wait until everything is answered."""
        self.send(text)
        self.settled()

    def settled(self) -> None:
        expect(self.page.locator(".turn .mine")).not_to_have_count(0)
        expect(self.page.locator(".status")).to_have_count(0, timeout=30_000)

    def reload(self) -> None:
        self.page.reload()
        expect(self.log).to_have_attribute("aria-busy", "false")

    def kept(self) -> dict[str, Any]:
        """What the server has of this customer."""
        kept: dict[str, Any] = self.context.request.get(f"{self.server.url}/api/v1/conversations/current").json()
        return kept

    def said(self) -> list[str]:
        """What the server heard, in order."""
        return [turn["text"] for turn in self.kept()["turns"]]

    def shown(self) -> list[str]:
        """What the customer sees of their own words, in order."""
        return self.page.locator(".mine .bubble").all_inner_texts()


class Site:
    """Somebody's shop that includes the widget with one script tag, under a strict policy of its own."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://localhost:{port}"
        self.chat = ""
        self.attributes = ""

    def html(self) -> bytes:
        tag = f'<script src="{self.chat}/widget.js" async {self.attributes}></script>'
        return f'<!doctype html><html lang="zh"><meta name="viewport" content="width=device-width"><title>小店</title><main><h1>小店</h1></main>{tag}</html>'.encode()

    @property
    def policy(self) -> str:
        return f"default-src 'none'; script-src {self.chat}; frame-src {self.chat}"


class _Pages(BaseHTTPRequestHandler):
    def __init__(self, *args: Any, of: Site) -> None:
        self.of = of
        super().__init__(*args)

    def do_GET(self) -> None:
        found = self.path == "/"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.of.policy)
        self.end_headers()
        self.wfile.write(self.of.html() if found else b"")

    def log_message(self, format: str, *args: Any) -> None:
        return


class site:
    """A Site that is served for as long as the block lasts."""

    def __enter__(self) -> Site:
        port = free_port()
        made = Site(port)
        self.http = ThreadingHTTPServer(("127.0.0.1", port), partial(_Pages, of=made))
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return made

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


def write_as_operator(server: Server, conversation: str, text: str, operator: str = "小王") -> None:
    """An operator answers from another process's point of view: straight into the store."""

    async def write() -> None:
        store = await open_store(server.environment["XIAOER_DATABASE"])
        try:
            await store.write(conversation, operator, text, datetime.now(UTC))
        finally:
            await store.close()

    # The browser's own loop runs in this thread.
    writer = threading.Thread(target=lambda: asyncio.run(write()))
    writer.start()
    writer.join()


def grave(page: Page) -> list[str]:
    """axe's serious and critical findings."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found if v["impact"] in ("serious", "critical")]


@dataclass
class Widget:
    page: Page

    @property
    def launcher(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile("客服对话|support chat"))

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe")


@pytest.fixture
def embed(browser: Browser, server: Server, shop: Site) -> Iterator[Embed]:
    """Opens a site that embeds the widget: `embed(site, 'data-lang="en"', width=390)`."""
    opened: list[tuple[BrowserContext, Witness]] = []

    def open_site(
        at: Site = shop, attributes: str = "", *, width: int = 1000, height: int = 800, dark: bool = False, refused: str = ""
    ) -> Widget:
        at.chat, at.attributes = server.url, attributes
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        witness = Witness({server.url.removeprefix("http://"), at.origin.removeprefix("http://")})
        if refused:
            witness.expected.append(refused)
        witness.watch(context)
        opened.append((context, witness))
        page = context.new_page()
        page.goto(at.origin)
        return Widget(page)

    yield open_site
    for context, witness in opened:
        context.close()
        witness.satisfied()
