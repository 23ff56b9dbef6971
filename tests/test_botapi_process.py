"""The fake Bot API in a process of its own: it outlives the bots that are killed, and is told what to do over HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest


class Remote:
    """The server in another process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        self.process = process
        self.url, self.token = said["url"], said["token"]
        self.client = httpx.Client(base_url=self.url, timeout=10)

    def tell(self, what: str, **given: Any) -> Any:
        """A control's answer."""
        return self.client.post(f"/control/{what}", json=given).raise_for_status().json()

    def call(self, method: str, **params: Any) -> Any:
        """A method's whole answer."""
        return self.client.post(f"/bot{self.token}/{method}", json=params).json()


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    command = [sys.executable, "-m", "handlers.cli.bench.botapi", "--port", "0", "--token", "7000000003:AAother", "--pace", "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        remote = Remote(process)
        yield remote
        remote.client.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_people_talk_and_press_and_the_bots_answers_can_be_read(remote: Remote) -> None:
    ann = remote.tell("person", name="Ann")["id"]
    remote.tell("say", chat=ann, text="罚多少")
    remote.tell("say", chat=ann, media="photo", text="图")
    updates = remote.call("getUpdates")["result"]
    assert [u["message"].get("text") for u in updates] == ["罚多少", None]
    keyboard = {"inline_keyboard": [[{"text": "好", "callback_data": "v1"}]]}
    sent = remote.call("sendMessage", chat_id=ann, text="五元", reply_markup=keyboard)["result"]["message_id"]
    query = remote.tell("press", chat=ann, message=sent, label="好")["query"]
    remote.tell("press", chat=ann, message=sent, data="forged", by=ann)
    assert [u["callback_query"]["data"] for u in remote.call("getUpdates")["result"][2:]] == ["v1", "forged"]
    assert remote.call("answerCallbackQuery", callback_query_id=query)["ok"]
    assert remote.tell("query", query=query)["answer"]["show_alert"] is False
    assert [m["text"] for m in remote.tell("messages", chat=ann)] == ["五元"]
    assert [c["status"] for c in remote.tell("journal", method="sendMessage", chat=ann)] == [200]


def test_storms_and_limits_can_be_ordered(remote: Remote) -> None:
    bob = remote.tell("person", name="Bob")["id"]
    remote.tell("storm", kind="flood", times=1, method="sendMessage", chat=bob, retry_after=4)
    assert remote.call("sendMessage", chat_id=bob, text="a")["parameters"] == {"retry_after": 4}
    remote.tell("storm", kind="error", times=9)
    remote.tell("calm")
    remote.tell("limit", on=True, chat_burst=1)
    assert remote.call("sendMessage", chat_id=bob, text="a")["ok"]
    assert remote.call("sendMessage", chat_id=bob, text="a")["error_code"] == 429
    remote.tell("limit", on=False)
    remote.tell("latency", seconds=0)
    remote.tell("block", person=bob)
    assert remote.call("sendMessage", chat_id=bob, text="a")["error_code"] == 403


def test_a_burst_comes_from_many_people_at_once(remote: Remote) -> None:
    last = remote.call("getUpdates")["result"][-1]["update_id"]
    burst = remote.tell("burst", chats=7, messages=50, texts=["你好", "罚多少"])
    assert burst["updates"] == 50
    updates = remote.call("getUpdates", offset=last + 1)["result"]
    assert len({u["message"]["chat"]["id"] for u in updates}) == 7
    assert {u["message"]["text"] for u in updates} == {"你好", "罚多少"}
    assert remote.tell("state")["pending"] == 50
    again = remote.tell("again", count=3)["updates"]
    assert len(remote.call("getUpdates", offset=again[-1] + 1)["result"]) == 3


def test_a_control_that_cannot_be_done_says_why(remote: Remote) -> None:
    assert remote.client.post("/control/dance").status_code == 404
    wrong = remote.client.post("/control/say", json={"chat": 1, "text": "a"})
    assert (wrong.status_code, "KeyError" in wrong.text) == (400, True)
