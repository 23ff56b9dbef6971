"""The chat page in a real browser: what a customer does and sees, told as transcripts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.customers import Chat, Open, write_as_operator

HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} </script><script>alert(2)</script>"

# --- asking ---------------------------------------------------------------------------------------------------------------------


def test_a_new_customer_is_welcomed_with_questions_and_taps_one(visit: Open) -> None:
    chat = visit()
    expect(chat.page.get_by_role("heading", name="您好")).to_be_visible()
    expect(chat.page.locator("#hot-questions button")).to_have_count(6)
    chat.page.get_by_role("button", name="抖音官方投诉电话是多少").click()
    expect(chat.reply).to_contain_text("10101588")
    expect(chat.page.locator("#welcome")).to_be_hidden()


def test_a_question_is_answered_with_its_sources_one_tap_away(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    expect(chat.reply).to_contain_text("导出查询订单")
    expect(chat.reply.locator(".source-title").first).to_be_hidden()
    chat.reply.locator(".sources summary").click()
    expect(chat.reply.locator(".source-title").first).to_be_visible()
    expect(chat.reply.locator(".source-facts").first).to_contain_text("幕思城")
    expect(chat.reply.locator(".source-facts").first).to_contain_text(re.compile("2023年1月30日.*非官方"))


def test_steps_are_a_numbered_list(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    assert chat.reply.locator("ol li").count() == 4


def test_a_related_question_is_asked_by_tapping_it(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    related = chat.reply.locator(".related button").first
    question = related.inner_text()
    related.click()
    chat.settled()
    assert chat.said() == ["怎么导出订单", question]


@pytest.mark.parametrize("by", ["tapping", "typing"])
def test_an_unclear_question_is_cleared_up(visit: Open, by: str) -> None:
    chat = visit()
    chat.say("违规")
    asked = chat.kept()["turns"][0]["reply"]
    assert asked["act"] == "clarify"
    wanted = asked["options"][1]
    if by == "tapping":
        chat.reply.get_by_role("button", name=wanted["label"]).click()
        chat.settled()
    else:
        chat.say("2")
    assert chat.kept()["turns"][-1]["reply"]["entry"] == wanted["entry"]


def test_a_wish_for_a_person_is_one_tap(visit: Open) -> None:
    chat = visit()
    chat.page.get_by_role("button", name="转人工").click()
    chat.settled()
    assert chat.kept()["turns"][-1]["reply"]["act"] == "handoff"
    expect(chat.page.locator("#handoff")).to_contain_text("等待")


def test_the_role_is_kept_and_sent(visit: Open) -> None:
    chat = visit()
    chat.page.locator("#welcome").get_by_role("button", name="卖家").click()
    expect(chat.page.locator("#hot-questions")).to_contain_text("发货超时怎么处罚")
    chat.reload()
    expect(chat.page.locator("#welcome").get_by_role("button", name="卖家")).to_have_attribute("aria-pressed", "true")
    with chat.page.expect_request("**/messages") as sent:
        chat.say("发货超时")
    assert json.loads(sent.value.post_data or "")["role"] == "seller"


# --- forms ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["the input", "typing"])
def test_the_compensation_is_worked_out(visit: Open, by: str) -> None:
    chat = visit()
    chat.say("商家不发货赔多少")
    amount = chat.reply.get_by_label("实付金额", exact=True)
    expect(amount).to_have_attribute("inputmode", "decimal")
    if by == "typing":
        chat.say("588")
    else:
        amount.fill("588")
        chat.reply.get_by_role("button", name="确定").click()
        chat.settled()
    expect(chat.reply.locator(".card .headline")).to_contain_text("5.88 元")
    expect(chat.reply.locator(".card .given")).to_contain_text("588 元")
    expect(chat.reply.locator(".card .steps")).to_contain_text("1%")


def test_a_value_is_corrected_and_worked_out_again(visit: Open) -> None:
    chat = visit()
    chat.say("商家不发货赔多少")
    chat.say("588")
    chat.say("不对，是4580")
    expect(chat.reply.locator(".card .headline")).to_contain_text("30 元")


def test_a_wrong_value_is_explained_and_asked_again(visit: Open) -> None:
    chat = visit()
    chat.say("商家不发货赔多少")
    chat.say("-20元")
    expect(chat.reply).to_contain_text("负数")
    expect(chat.page.locator(".asking:visible")).to_have_count(1)


def test_a_choice_is_tapped_and_a_day_is_picked_from_a_calendar(visit: Open) -> None:
    chat = visit()
    chat.say("关店后哪天能重开")
    chat.page.get_by_role("button", name="自己主动关的").click()
    chat.settled()
    day = chat.reply.locator("input[type=date]")
    expect(day).to_be_visible()
    day.fill("2026-08-31")
    day.press("Enter")
    chat.settled()
    assert chat.shown()[-1] == "2026年8月31日"
    expect(chat.reply.locator(".card")).to_contain_text("2027年2月28日")


def test_a_form_is_cancelled(visit: Open) -> None:
    chat = visit()
    chat.say("商家不发货赔多少")
    chat.reply.get_by_role("button", name="不算了").click()
    chat.settled()
    assert chat.kept()["turns"][-1]["reply"]["asked"] is None
    expect(chat.page.locator(".asking:visible")).to_have_count(0)


# --- history, feedback, copying -------------------------------------------------------------------------------------------------


def test_the_history_is_there_after_a_reload(visit: Open) -> None:
    chat = visit()
    chat.say("商家不发货赔多少")
    chat.say("588")
    chat.reload()
    assert chat.shown() == ["商家不发货赔多少", "588"]
    expect(chat.reply.locator(".card .headline")).to_contain_text("5.88 元")
    expect(chat.page.locator(".day")).to_have_text(["今天"])


def test_earlier_turns_are_loaded_on_demand(visit: Open) -> None:
    chat = visit()
    cookie = chat.context.request
    for number in range(34):
        sent = cookie.post(f"{chat.server.url}/api/v1/messages", data={"text": f"谢谢{number}", "id": f"m{number}"})
        assert sent.ok
    chat.reload()
    assert len(chat.shown()) == 30
    chat.page.get_by_role("button", name="查看更早的对话").click()
    expect(chat.page.locator(".mine")).to_have_count(34)
    assert chat.shown() == [f"谢谢{number}" for number in range(34)]
    expect(chat.page.locator("#earlier")).to_be_hidden()


def test_feedback_is_kept_over_a_reload_and_a_comment_can_be_given(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    chat.reply.get_by_role("button", name="没帮助").click()
    chat.reply.get_by_role("textbox").fill("没说多久")
    with chat.page.expect_response("**/feedback") as answer:
        chat.reply.get_by_role("button", name="提交").click()
    assert answer.value.status == 204
    chat.reload()
    expect(chat.reply.get_by_role("button", name="没帮助")).to_have_attribute("aria-pressed", "true")
    chat.reply.get_by_role("button", name="有帮助").click()
    expect(chat.page.locator("#toast")).to_contain_text("谢谢")
    assert chat.kept()["turns"][0]["helpful"] is True


def test_an_answer_is_copied(visit: Open) -> None:
    chat = visit()
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.say("怎么导出订单")
    chat.reply.get_by_role("button", name="复制").click()
    expect(chat.page.locator("#toast")).to_have_text("已复制")
    assert "导出查询订单" in chat.page.evaluate("navigator.clipboard.readText()")


def test_whoever_reads_further_up_is_told_and_not_moved(visit: Open) -> None:
    chat = visit(height=500)
    chat.say("怎么导出订单")
    chat.say("发货超时怎么处罚")
    chat.page.locator("#scroller").evaluate("box => box.scrollTo({top: 0})")
    write_as_operator(chat.server, chat.kept()["id"], "您好")
    pill = chat.page.get_by_role("button", name="有新消息")
    expect(pill).to_be_visible()
    assert chat.page.locator("#scroller").evaluate("box => box.scrollTop") == 0
    pill.click()
    expect(chat.reply).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_the_customer_exports_and_deletes_what_is_kept(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    chat.page.locator("#open-menu").click()
    with chat.page.expect_download() as file:
        chat.page.get_by_role("button", name="导出我的数据").click()
    assert "怎么导出订单" in Path(file.value.path()).read_text("utf-8")
    chat.page.get_by_role("button", name="删除我的数据").click()
    chat.page.get_by_role("button", name="永久删除").click()
    expect(chat.page.get_by_role("heading", name="您好")).to_be_visible()
    chat.reload()
    assert chat.shown() == []
    assert chat.kept()["turns"] == []


def test_the_data_can_be_asked_for_and_deleted_in_the_chat(visit: Open) -> None:
    chat = visit()
    chat.say("导出我的数据")
    with chat.page.expect_download() as file:
        chat.reply.get_by_role("button", name="导出我的数据").click()
    assert "导出我的数据" in Path(file.value.path()).read_text("utf-8")
    chat.say("删除我的数据")
    assert len(chat.shown()) == 2
    chat.reply.get_by_role("button", name="确认删除").click()
    expect(chat.reply).to_contain_text("已经全部删除")
    assert chat.shown() == ["确认删除"]
    chat.reload()
    assert "导出我的数据" not in chat.said()


def test_deleting_can_be_thought_better_of(visit: Open) -> None:
    chat = visit()
    chat.say("怎么导出订单")
    chat.page.locator("#open-menu").click()
    chat.page.get_by_role("button", name="删除我的数据").click()
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#open-menu")).to_be_focused()
    assert chat.said() == ["怎么导出订单"]


# --- finding a question ---------------------------------------------------------------------------------------------------------


def test_suggestions_are_chosen_with_the_keyboard(visit: Open) -> None:
    chat = visit()
    chat.text.press_sequentially("保证金")
    options = chat.page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(chat.text).to_have_attribute("aria-expanded", "true")
    chat.text.press("ArrowDown")
    chat.text.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(chat.text).to_have_attribute("aria-activedescendant", "suggestion-1")
    question = options.nth(1).inner_text()
    chat.text.press("Enter")
    chat.settled()
    assert chat.said() == [question]


def test_escape_closes_the_suggestions_and_keeps_the_text(visit: Open) -> None:
    chat = visit()
    chat.text.press_sequentially("保证金")
    expect(chat.page.get_by_role("option").first).to_be_visible()
    chat.text.press("Escape")
    expect(chat.page.get_by_role("option")).to_have_count(0)
    expect(chat.text).to_have_value("保证金")
    expect(chat.text).to_be_focused()


def test_enter_without_a_choice_sends_what_was_typed(visit: Open) -> None:
    chat = visit()
    chat.text.press_sequentially("保证金")
    expect(chat.page.get_by_role("option").first).to_be_visible()
    chat.text.press("Enter")
    chat.settled()
    assert chat.said() == ["保证金"]


def test_a_question_is_found_by_topic(visit: Open) -> None:
    chat = visit()
    chat.page.get_by_role("button", name="浏览问题").click()
    dialog = chat.page.get_by_role("dialog", name="浏览问题")
    expect(dialog.get_by_role("heading", name="发货与物流")).to_be_visible()
    dialog.get_by_role("searchbox").fill("拉黑")
    expect(dialog.locator(".areas button")).to_have_count(1)
    dialog.locator(".areas button").click()
    expect(dialog).to_be_hidden()
    chat.settled()
    assert chat.said() == ["怎么拉黑买家、限制恶意下单"]


def test_topics_are_filtered_by_who_asks(visit: Open) -> None:
    chat = visit()
    chat.page.get_by_role("button", name="浏览问题").click()
    dialog = chat.page.get_by_role("dialog", name="浏览问题")
    expect(dialog.get_by_role("heading", name="申诉", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="买家", exact=True).click()
    expect(dialog.get_by_role("heading", name="申诉", exact=True)).to_have_count(0)
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("button", name="浏览问题")).to_be_focused()


def test_a_question_from_the_help_centre_waits_in_the_composer(visit: Open) -> None:
    chat = visit("/?ask=buyer.complain-hotline")
    expect(chat.text).to_have_value("抖音官方投诉电话是多少")
    assert chat.kept()["turns"] == []


# --- a person -------------------------------------------------------------------------------------------------------------------


def test_an_operator_s_message_arrives_live_with_their_name_and_is_there_after_a_reload(visit: Open) -> None:
    chat = visit()
    chat.say("转人工")
    expect(chat.page.locator("#handoff")).to_contain_text("等待")
    write_as_operator(chat.server, chat.kept()["id"], "您好，我来帮您\n请发订单号")
    expect(chat.reply).to_contain_text("客服 小王")
    expect(chat.reply).to_contain_text("请发订单号")
    expect(chat.page.locator("#handoff")).to_contain_text("正在为您服务")
    chat.say("订单号是 A-100")
    write_as_operator(chat.server, chat.kept()["id"], "收到")
    expect(chat.page.locator(".operator")).to_have_count(2)
    chat.reload()
    expect(chat.page.locator(".operator")).to_have_count(2)
    expect(chat.page.locator("#handoff")).to_contain_text("正在为您服务")


def test_an_operator_s_message_written_while_the_line_was_down_arrives_once(visit: Open) -> None:
    chat = visit()
    chat.say("转人工")
    write_as_operator(chat.server, chat.kept()["id"], "第一条")
    expect(chat.page.locator(".operator")).to_have_count(1)
    other = chat.context.new_page()  # reads the same stream through the first tab
    other.goto(chat.server.url)
    expect(other.locator(".operator")).to_have_count(1)
    chat.page.close()
    write_as_operator(chat.server, Chat(other, chat.witness, chat.server).kept()["id"], "第二条")
    expect(other.locator(".operator")).to_have_count(2)
    expect(other.locator(".operator").last).to_contain_text("第二条")


def test_hostile_text_is_shown_as_text_whoever_wrote_it(visit: Open) -> None:
    chat = visit()
    chat.say(HOSTILE)
    assert chat.shown() == [HOSTILE]
    write_as_operator(chat.server, chat.kept()["id"], HOSTILE, operator="<b>小王</b>")
    expect(chat.reply).to_contain_text("<img src=x onerror=alert(1)> {{7*7}}")
    expect(chat.reply).to_contain_text("<b>小王</b>")
    chat.reload()
    assert chat.shown() == [HOSTILE]
    assert chat.page.locator("main img").count() == 0
