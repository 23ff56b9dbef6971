"""`xiaoer serve` as a process: it starts, it logs without telling, it stops gently."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser import Server, free_port
from tests.conftest import write_small

SECRET_WORDS = ("我的快递丢在朝阳门了", "secret-question", "13800138000")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("web") / "knowledge")


@pytest.fixture
def server(small: Path, tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, {"XIAOER_KNOWLEDGE": str(small), "XIAOER_RATE_ADDRESS": "off"})
    made.start()
    yield made
    made.stop()


def token(server: Server) -> dict[str, str]:
    """The header of a new session."""
    session = httpx.post(f"{server.url}/api/v1/sessions", json={}).json()
    return {"Authorization": f"Bearer {session['token']}"}


def say(server: Server, headers: dict[str, str], text: str, id: str) -> dict[str, Any]:
    """Say something; the answer."""
    response = httpx.post(f"{server.url}/api/v1/messages", json={"text": text, "id": id}, headers=headers, timeout=20)
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def logged(server: Server) -> list[dict[str, Any]]:
    """Every line of the log that is JSON."""
    lines = (server.folder / "serve.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_a_page_reloaded_after_a_restart_is_the_same_customer(server: Server) -> None:
    with httpx.Client(base_url=server.url) as browser:
        browser.get("/")
        browser.post("/api/v1/messages", json={"text": "店在哪里", "id": "one"})
        server.stop()
        server.start()
        past = browser.get("/api/v1/conversations/current").json()
        assert [t["text"] for t in past["turns"]] == ["店在哪里"]


def test_the_log_has_a_line_for_each_request_and_nothing_that_was_said(server: Server) -> None:
    headers = token(server)
    said = say(server, headers, SECRET_WORDS[0], "one")
    say(server, headers, SECRET_WORDS[2], "two")
    httpx.get(f"{server.url}/api/v1/suggestions", params={"q": SECRET_WORDS[1]})
    httpx.get(f"{server.url}/{SECRET_WORDS[1]}/{SECRET_WORDS[0]}")
    httpx.post(f"{server.url}/api/v1/messages", json={"text": SECRET_WORDS[0], "id": SECRET_WORDS[1] * 50}, headers=headers)
    httpx.get(f"{server.url}/api/v1/conversations/{SECRET_WORDS[1]}", headers=headers)
    httpx.post(f"{server.url}/api/v1/feedback", json={"number": 1, "helpful": False, "comment": SECRET_WORDS[0]}, headers=headers)
    server.stop()
    whole = (server.folder / "serve.log").read_text(encoding="utf-8")
    for word in (*SECRET_WORDS, said["conversation"], headers["Authorization"].partition(" ")[2], "q="):
        assert word not in whole
        assert word.encode("unicode_escape").decode() not in whole
    lines = [line for line in logged(server) if line["event"] == "request" and line["route"] == "/api/v1/messages"]
    assert [line["status"] for line in lines] == [200, 200, 422]
    assert set(lines[0]) == {"event", "method", "route", "status", "ms", "reference", "level", "timestamp"}
    assert lines[2]["problem"] == "invalid"


def test_the_reference_on_the_screen_is_in_the_log(server: Server) -> None:
    reference = httpx.get(f"{server.url}/api/v1/nothing").json()["error"]["reference"]
    server.stop()
    assert [line["route"] for line in logged(server) if line.get("reference") == reference] == ["unknown"]


def test_told_to_stop_it_ends_idle_streams_and_connections_at_once_with_status_0(server: Server) -> None:
    headers = token(server)
    heard: list[bytes] = []
    ended = threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{server.url}/api/v1/events", headers=headers, timeout=30) as stream:
            for part in stream.iter_bytes():
                heard.append(part)
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    with httpx.Client(base_url=server.url) as idle:
        idle.get("/healthz")
        while not heard:
            time.sleep(0.05)
        process = server.process
        assert process is not None
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert time.monotonic() - began < 4
        assert ended.wait(5)
    server.process = None


def test_what_was_accepted_is_finished(server: Server) -> None:
    headers = token(server)
    body = json.dumps({"text": "店在哪里", "id": "one"}).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = (
        f"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{head}\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(request.encode() + body[:5])
        time.sleep(0.3)  # the request has begun
        process = server.process
        assert process is not None
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(OSError):  # noqa: PT011 - nobody new is let in
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        line.sendall(body[5:])
        line.settimeout(10)
        answer = b""
        while part := line.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200")
    assert process.wait(20) == 0
    server.process = None


def test_who_never_finishes_a_request_does_not_hold_the_stop_up(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.3)
        process = server.process
        assert process is not None
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert time.monotonic() - began < 12
    server.process = None


def test_a_port_that_is_taken_is_told_kindly(server: Server, small: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("xiaoer")), "serve", "--port", str(server.port)],
        env={**os.environ, "XIAOER_KNOWLEDGE": str(small)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert str(server.port) in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("XIAOER_WIDGET_ORIGINS", "*"), ("XIAOER_DATABASE", "mysql://x"), ("XIAOER_SECRET", "x")]
)
def test_a_wrong_setting_is_told_kindly(small: Path, tmp_path: Path, name: str, value: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("xiaoer")), "serve", "--port", str(free_port())],
        env={**os.environ, "XIAOER_KNOWLEDGE": str(small), name: value},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_only_a_trusted_proxy_is_believed_about_addresses(small: Path, tmp_path: Path) -> None:
    for number, (proxies, last) in enumerate((("", 429), ("127.0.0.1", 200))):
        folder = tmp_path / str(number)
        folder.mkdir()
        settings = {"XIAOER_KNOWLEDGE": str(small), "XIAOER_RATE_ADDRESS": "3/minute", "XIAOER_TRUSTED_PROXIES": proxies}
        server = Server(folder, settings)
        server.start()
        try:
            statuses = [
                httpx.get(f"{server.url}/api/v1/topics", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
                for n in range(4)
            ]
            assert statuses == [200, 200, 200, last]
        finally:
            server.stop()
