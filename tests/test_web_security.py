"""What the site does not let through, and what it never says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from bot.settings import Settings
from handlers.web.session import Sessions, signing_key
from tests.conftest import write_small
from tests.web import HOST, Client, learned, opened

SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return learned(write_small(tmp_path_factory.mktemp("web") / "knowledge"))


@pytest.fixture
async def client(small: Knowledge, tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path, small, widget_origins=(SHOP,)) as first:
        yield first


# --- headers --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/widget", "/widget.js", "/docs", "/static/docs.js", "/api/v1/topics", "/nowhere", "/api/v1/conversations/current"],
)
async def test_every_response_carries_the_security_headers(client: Client, path: str) -> None:
    headers = (await client.call("GET", path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in headers


async def test_only_the_widget_may_be_framed_and_only_by_the_sites_allowed(client: Client) -> None:
    home, widget = (await client.call("GET", "/")).headers, (await client.call("GET", "/widget")).headers
    assert "frame-ancestors 'none'" in home["content-security-policy"]
    assert home["x-frame-options"] == "DENY"
    assert widget["content-security-policy"].endswith(f"frame-ancestors 'self' {SHOP}")
    assert "x-frame-options" not in widget


@pytest.mark.parametrize("path", ["/", "/widget", "/docs", "/nowhere"])
async def test_no_page_has_inline_script_or_style_or_loads_from_elsewhere(client: Client, path: str) -> None:
    html = (await client.call("GET", path, headers={"Accept": "text/html"})).text
    for script in re.findall(r"<script\b[^>]*>", html):
        assert 'src="/' in script or 'type="application/json"' in script or 'type="application/ld+json"' in script
    assert not re.search(r"<style\b|\sstyle=|\son\w+=|javascript:", html)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", html)


# --- who may send ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        (f"http://{HOST}", 200),
        (f"https://{HOST}", 200),  # behind a proxy that ends TLS
        (SHOP, 200),
        ("https://evil.example", 403),
        (f"http://{HOST}.evil.example", 403),
        (f"http://{HOST}:8080", 403),
        ("http://shop.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_only_our_own_pages_and_the_sites_allowed_may_send(client: Client, origin: str | None, status: int) -> None:
    headers = {} if origin is None else {"Origin": origin}
    sent = await client.call("POST", "/api/v1/messages", json={"text": "店在哪里", "id": "one"}, headers=headers)
    assert sent.status_code == status
    assert (await client.call("DELETE", "/api/v1/conversations/current", headers=headers)).status_code in (204, 403)
    if status == 403:
        assert sent.json()["error"]["code"] == "foreign_origin"
        async with client.listen(**headers) as listener:
            assert listener.status == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""]
)
async def test_only_json_is_taken(client: Client, kind: str) -> None:
    for path in ("/api/v1/messages", "/api/v1/feedback", "/api/v1/sessions"):
        response = await client.call("POST", path, content=b'{"text": "a", "id": "one"}', headers={"Content-Type": kind})
        assert response.status_code == 415
        assert response.json()["error"]["code"] == "not_json"


# --- sessions -------------------------------------------------------------------------------------------------------------------


async def test_the_page_gives_a_cookie_that_scripts_and_other_sites_cannot_use(client: Client) -> None:
    visitor = Client(client.app, client.site)
    cookie = (await visitor.call("GET", "/")).headers["set-cookie"]
    assert cookie.startswith("xiaoer=web-")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=34560000"):
        assert part in cookie
    assert "Secure" not in cookie  # plain http on the shop's own machine
    visitor.headers = {"Cookie": cookie.partition(";")[0]}
    answer = await visitor.say("店在哪里")
    again = (await visitor.call("GET", "/")).headers["set-cookie"]
    assert again.startswith(f"xiaoer={answer['conversation']}.")


async def test_a_token_that_was_tampered_with_is_nobodys(client: Client) -> None:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    name, stamp, signature = token.split(".")
    for wrong in (f"web-{'0' * 32}.{stamp}.{signature}", f"{name}.AAAAAA.{signature}", f"{name}.{stamp}.", token[:-2], "é", ""):
        assert client.site.sessions.conversation_of(wrong) is None
    assert Sessions(b"another key of ours").conversation_of(token) is None


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path}/shop.db", secret=None)
    key = signing_key(settings)
    assert len(key) >= 32
    assert signing_key(settings) == key
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert signing_key(Settings(database=f"sqlite:///{tmp_path}/shop.db", secret="a key that was set")) == b"a key that was set"


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from bot.settings import Settings; from handlers.web.session import signing_key; sys.stdin.read();"
        f"print(signing_key(Settings(database='sqlite:///{tmp_path}/shop.db', secret=None)).decode())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()  # all go on at the same moment
    keys = set()
    for process in started:
        assert process.stdout is not None
        keys.add(process.stdout.read())
        process.stdout.close()
        assert process.wait(60) == 0
    assert len(keys) == 1
    assert [f.name for f in tmp_path.iterdir()] == ["shop.secret"]


# --- hostile texts --------------------------------------------------------------------------------------------------------------

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "{% for x in y %}",
    "%s%n{0}{text.__class__}",
    "'; DROP TABLE turns; --",
    "</script><b>",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_texts_come_back_as_they_are_and_only_as_json(client: Client, text: str) -> None:
    await client.say(text)
    response = await client.call("GET", "/api/v1/conversations/current")
    assert response.headers["content-type"] == "application/json"
    assert response.json()["turns"][0]["text"] == text
    assert "49" not in response.json()["turns"][0]["reply"]["text"]
    for path in (f"/api/v1/conversations/{text}", f"/{text}", f"/api/v1/suggestions?q={text}", f"/?lang={text}"):
        page = await client.call("GET", path, headers={"Accept": "text/html", "Accept-Language": text, "Last-Event-ID": text})
        assert page.status_code < 500
        assert text not in page.text


async def test_addresses_of_proxies_are_believed_only_when_we_trust_them() -> None:
    assert Settings(trusted_proxies=("10.0.0.0/8",)).trusted_proxies == ("10.0.0.0/8",)
    assert Settings().trusted_proxies == ()
