"""What is typed while the line or the server is down is sent once it is back, exactly once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error, Route, expect

from tests.browser import running
from tests.customers import Chat, Open


def test_what_is_typed_offline_is_sent_once_when_the_line_is_back(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    chat.context.set_offline(True)
    expect(chat.page.locator("#line")).to_contain_text("网络断开")
    chat.send("商家不发货赔多少")
    expect(chat.page.locator(".status.waiting")).to_contain_text("等网络恢复后自动发送")
    chat.send("588")
    chat.context.set_offline(False)
    chat.settled()
    expect(chat.page.locator("#line")).to_be_hidden()
    assert chat.said() == chat.shown() == ["怎么导出订单", "商家不发货赔多少", "588"]
    expect(chat.reply.locator(".headline")).to_contain_text("5.88 元")


def test_what_was_typed_offline_survives_a_reload(visit: Open) -> None:
    chat = visit()
    # The page itself still loads, as from a browser's cache; only the messages do not get through.
    chat.page.route("**/api/v1/messages", lambda route: route.abort("internetdisconnected"))
    chat.send("怎么导出订单")
    chat.send("谢谢")
    expect(chat.page.locator(".status.waiting").first).to_be_visible()
    chat.reload()
    assert chat.shown() == ["怎么导出订单", "谢谢"]
    chat.page.unroute("**/api/v1/messages")
    chat.settled()
    assert chat.said() == chat.shown() == ["怎么导出订单", "谢谢"]


def test_a_lost_acknowledgement_does_not_say_it_twice(visit: Open) -> None:
    chat = visit()
    lost = 0

    def lose(route: Route) -> None:
        nonlocal lost
        lost += 1
        if lost > 1:
            route.continue_()
            return
        route.fetch()  # the server hears it and answers, and the answer never arrives
        route.abort("connectionreset")

    chat.page.route("**/api/v1/messages", lose)
    chat.say("怎么导出订单")
    assert lost >= 2
    assert chat.said() == chat.shown() == ["怎么导出订单"]


def test_a_message_in_the_history_that_was_never_acknowledged_is_shown_once(visit: Open) -> None:
    chat = visit()

    def lose(route: Route) -> None:
        with suppress(Error):  # the reload comes before the answer
            route.fetch()
            route.abort("connectionreset")

    chat.page.route("**/api/v1/messages", lose)
    chat.send("怎么导出订单")
    expect(chat.page.locator(".status.waiting")).to_be_visible()
    chat.reload()
    chat.page.unroute("**/api/v1/messages")
    chat.settled()
    assert chat.said() == chat.shown() == ["怎么导出订单"]


def test_a_limit_is_waited_out(visit: Open) -> None:
    chat = visit()
    asked = 0

    def limit(route: Route) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            route.fulfill(
                status=429, headers={"Retry-After": "1"}, json={"error": {"code": "rate", "message": "慢一点", "reference": "r"}}
            )
        else:
            route.continue_()

    chat.page.route("**/api/v1/messages", limit)
    chat.send("怎么导出订单")
    expect(chat.page.locator(".status.waiting")).to_contain_text("1 秒后自动发送")
    chat.settled()
    assert chat.said() == ["怎么导出订单"]


def test_a_refused_message_says_why_and_can_be_removed(visit: Open) -> None:
    chat = visit()
    refusal = {"error": {"code": "invalid", "message": "这条消息发不出去", "reference": "ab12"}}
    chat.page.route("**/api/v1/messages", lambda route: route.fulfill(status=422, json=refusal))
    chat.send("你好")
    status = chat.page.locator(".status.failed")
    expect(status).to_contain_text("这条消息发不出去")
    expect(status).to_contain_text("ab12")
    chat.reload()
    expect(status).to_contain_text("这条消息发不出去")
    status.get_by_role("button", name="删除").click()
    expect(chat.page.get_by_role("heading", name="您好")).to_be_visible()
    chat.reload()
    assert chat.shown() == []


def test_a_server_that_is_killed_while_messages_are_sent_loses_and_doubles_none(visit: Open, tmp_path: Path) -> None:
    with running(tmp_path) as own:
        chat = visit(at=own)
        chat.say("怎么导出订单")
        texts = ["商家不发货赔多少", "588", "发货超时怎么处罚", "谢谢"]
        for text in texts:
            chat.send(text)
        own.kill()
        chat.send("违规怎么申诉")
        expect(chat.page.locator(".status").first).to_be_visible()
        own.start()
        chat.settled()
        assert chat.said() == chat.shown() == ["怎么导出订单", *texts, "违规怎么申诉"]


def test_two_tabs_show_one_conversation_and_send_everything_once(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    other = Chat(chat.context.new_page(), chat.witness, chat.server)
    other.page.goto(chat.server.url)
    expect(other.page.locator(".mine")).to_have_count(1)
    chat.context.set_offline(True)
    chat.send("违规怎么申诉")
    other.send("发货超时怎么处罚")
    expect(chat.page.locator(".mine")).to_have_count(3)
    expect(other.page.locator(".mine")).to_have_count(3)
    chat.context.set_offline(False)
    chat.settled()
    other.settled()
    assert sorted(chat.said()) == sorted(chat.shown()) == sorted(["怎么导出订单", "违规怎么申诉", "发货超时怎么处罚"])
    assert sorted(other.shown()) == sorted(chat.shown())
