"""What transcripts cannot say of the dialogue: purity, state, near ties, choices in all their forms, scripts."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation, Form, FormState
from bot.knowledge import Knowledge
from bot.matching.normalize import traditional
from bot.messages import Act, Button, Role, Script, Utterance
from bot.respond import pass_on, respond

if TYPE_CHECKING:
    from conftest import Ask, Talk

COMPENSATION = "商家不发货赔多少"
BARE_APPEAL = "申诉几次"

STORIES = [
    pytest.param([COMPENSATION, "abc", "588", "不对,是688"], id="form"),
    pytest.param([BARE_APPEAL, "2", "那失败了呢"], id="choice"),
    pytest.param(["龘龖龗", "靐齾爩", "转人工"], id="misses"),
    pytest.param(["订单加载不出来怎么办", "没解决", "1", "没解决"], id="unsolved"),
    pytest.param(["你好", "how do I get my deposit back", "謝謝你"], id="scripts"),
]


# --- purity ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("messages", STORIES)
def test_the_same_messages_give_the_same_turns(messages: list[str], talk: Talk) -> None:
    assert talk(messages) == talk(messages)


@pytest.mark.parametrize("messages", STORIES)
def test_a_turn_leaves_the_conversation_before_it_as_it_was(
    messages: list[str], talk: Talk, knowledge: Knowledge, now: datetime
) -> None:
    conversation = Conversation()
    for text in messages:
        before, shown = conversation, repr(conversation)
        conversation = respond(Utterance(text), before, knowledge, now).conversation
        assert repr(before) == shown
        assert conversation is not before
        assert conversation.turns == before.turns + 1


def test_a_conversation_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Conversation().misses = 1


def test_an_older_state_can_be_taken_up_again(talk: Talk) -> None:
    asked = talk([COMPENSATION])[0].conversation
    for text, paid in (("588", Decimal(588)), ("90", Decimal(90)), ("588", Decimal(588))):
        form = talk([text], after=asked)[0].conversation.form
        assert form is not None
        assert form.values["amounts"] == (paid,)


def test_the_channels_names_for_a_message_do_not_matter(knowledge: Knowledge, now: datetime) -> None:
    turns = {
        respond(Utterance("怎么导出订单", conversation=c, id=i), Conversation(), knowledge, now).reply.text
        for c, i in (("a", "1"), ("b", "2"), ("local", ""))
    }
    assert len(turns) == 1


# --- roles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_entry_is_within_everyones_reach(role: Role | None, ask: Ask, knowledge: Knowledge) -> None:
    lost = [e.id for e in knowledge.content.entries if ask(e.question, role=role).entry != e.id]
    assert lost == []


def test_a_role_only_tips_a_near_tie(knowledge: Knowledge) -> None:
    tipped = 0
    for entry in knowledge.content.entries:
        for text in entry.examples:
            plain = knowledge.matcher.match(text)
            for role in Role:
                seen = knowledge.matcher.match(text, role.value)
                assert {c.entry for c in seen.candidates} == {c.entry for c in plain.candidates}
                if [c.entry for c in seen.candidates] != [c.entry for c in plain.candidates] and not plain.is_wording:
                    tipped += 1
                    first, second = plain.candidates[:2]
                    assert second.score > 0.8 * first.score
                    assert seen.candidates[0].entry == second.entry
                    assert seen.candidates[0].entry in knowledge.matcher.roles[role.value]
    total = sum(len(e.examples) for e in knowledge.content.entries)
    assert tipped < 0.05 * total


# --- choices ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("1", 0), ("2", 1), ("１", 0), ("①", 0), ("一", 0), ("二", 1), ("1.", 0), ("2、", 1), ("第1个", 0), ("第二个", 1), ("选2", 1),
        ("第一项", 0), ("#2", 1), ("No.1", 0), ("最后一个", 1), ("违规罚单", 0), ("仲裁判责", 1), ("違規罰單", 0), ("违规", 0), ("仲裁", 1),
        ("是仲裁判责那种", 1), (" 违规罚单。 ", 0),
    ],
)  # fmt: skip
def test_a_choice_is_made_by_number_ordinal_or_words(said: str, place: int, talk: Talk) -> None:
    first, second = talk([BARE_APPEAL, said])
    assert len(first.reply.options) == 2
    assert second.reply.act is Act.ANSWER
    assert second.reply.entry == ("seller.appeal-count", "seller.arbitration-appeal")[place]


@pytest.fixture
def offered(knowledge: Knowledge) -> Conversation:
    """A conversation in which three entries were offered."""
    names = ("seller.order-export", "buyer.complain-hotline", "seller.deposit-refund")
    return Conversation(options=tuple(Button(knowledge.entries[n].question, entry=n) for n in names), turns=1)


@pytest.mark.parametrize(
    ("said", "entry"),
    [
        pytest.param("2", "buyer.complain-hotline", id="a number"),
        pytest.param("第三个", "seller.deposit-refund", id="an ordinal"),
        pytest.param("最后那个", "seller.deposit-refund", id="the last"),
        pytest.param("抖音官方投诉电话是多少", "buyer.complain-hotline", id="its words"),
        pytest.param("抖音官方的投诉电话多少", "buyer.complain-hotline", id="nearly its words"),
        pytest.param("要官方的电话号码", "buyer.complain-hotline", id="a paraphrase"),
        pytest.param("我想问押金还退给我吗", "seller.deposit-refund", id="another paraphrase"),
        pytest.param(traditional("怎么导出订单"), "seller.order-export", id="in traditional characters"),
    ],
)
def test_an_offered_entry_is_chosen(said: str, entry: str, offered: Conversation, ask: Ask) -> None:
    assert ask(said, after=offered).entry == entry


@pytest.mark.parametrize("said", ["4", "第九个", "7."])
def test_a_number_that_was_not_offered_offers_the_same_again(said: str, offered: Conversation, talk: Talk) -> None:
    (turn,) = talk([said], after=offered)
    assert turn.reply.act is Act.CLARIFY
    assert turn.reply.options == offered.options == turn.conversation.options


def test_a_new_question_leaves_the_options(offered: Conversation, talk: Talk) -> None:
    (turn,) = talk(["怎么开通抖音企业号"], after=offered)
    assert turn.reply.entry == "seller.enterprise-account-open"
    assert turn.conversation.options == ()


def test_a_button_that_says_something_is_taken_as_if_said(talk: Talk) -> None:
    said = Conversation(options=(Button("找人", says="转人工"),))
    assert talk(["1"], after=said)[0].reply.act is Act.HANDOFF
    assert talk(["找人"], after=said)[0].reply.act is Act.HANDOFF


def test_numbers_mean_nothing_when_nothing_was_offered(talk: Talk) -> None:
    assert talk(["第二个"])[0].reply.entry is None


# --- forms -----------------------------------------------------------------------------------------------------


def test_a_form_goes_from_asking_to_done(talk: Talk) -> None:
    turns = talk([COMPENSATION, "588", "不对,是688"])
    forms = [turn.conversation.form for turn in turns]
    assert [form and (form.state, form.entry, form.calculator) for form in forms] == [
        (FormState.ASKING, "buyer.late-compensation", "late-shipping-compensation"),
        (FormState.DONE, "buyer.late-compensation", "late-shipping-compensation"),
        (FormState.DONE, "buyer.late-compensation", "late-shipping-compensation"),
    ]
    assert [form and form.values.get("amounts") for form in forms] == [None, (Decimal(588),), (Decimal(688),)]
    assert [turn.reply.act for turn in turns] == [Act.ASK, Act.ANSWER, Act.ANSWER]
    assert [turn.reply.calculator for turn in turns] == ["late-shipping-compensation"] * 3
    assert [turn.reply.result is not None for turn in turns] == [False, True, True]


def test_values_that_cannot_be_used_are_counted_and_then_a_way_out_is_shown(talk: Talk) -> None:
    turns = talk([COMPENSATION, "abc", "-5元", "xyz", "qwe"])
    assert all(turn.reply.act is Act.ASK for turn in turns)
    tries = [turn.conversation.form.tries for turn in turns if turn.conversation.form]
    assert tries == [0, 1, 2, 3, 4]
    assert "取消" in turns[-1].reply.text
    assert "取消" not in turns[1].reply.text


def test_a_question_in_between_leaves_the_form_open(talk: Talk) -> None:
    asked, between, done = talk([COMPENSATION, "抖音官方投诉电话是多少", "588"])
    assert between.reply.entry == "buyer.complain-hotline"
    assert between.conversation.form == asked.conversation.form
    assert between.reply.prompt
    assert done.reply.calculator == "late-shipping-compensation"


def test_small_talk_in_between_leaves_the_form_open(talk: Talk) -> None:
    asked, between, done = talk([COMPENSATION, "谢谢", "588"])
    assert between.reply.act is Act.SMALLTALK
    assert between.conversation.form == asked.conversation.form
    assert done.reply.act is Act.ANSWER


@pytest.mark.parametrize("said", ["取消", "算了,不算了"])
def test_a_cancelled_form_is_gone(said: str, talk: Talk) -> None:
    turns = talk([COMPENSATION, said, "588"])
    assert turns[1].conversation.form is None
    assert turns[2].reply.calculator is None


def test_a_gap_in_between_leaves_the_form_open(talk: Talk) -> None:
    asked, between = talk([COMPENSATION, "今天天气怎么样啊明天会不会下雨"])
    assert between.reply.act in (Act.FALLBACK, Act.ASK)
    form = between.conversation.form
    assert form is not None
    assert form.state is FormState.ASKING
    assert asked.conversation.form is not None


# --- a person --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["人工", "转人工", "我要人工客服", "轉人工", "agent", "人工！！！"])
@pytest.mark.parametrize(
    "before",
    [
        pytest.param([], id="at once"),
        pytest.param([COMPENSATION], id="in a form"),
        pytest.param([BARE_APPEAL], id="before options"),
        pytest.param(["订单加载不出来怎么办", "没解决"], id="unsolved"),
        pytest.param(["转人工"], id="again"),
    ],
)
def test_a_person_is_always_within_reach(said: str, before: list[str], talk: Talk) -> None:
    turn = talk([*before, said])[-1]
    assert turn.reply.act is Act.HANDOFF
    assert turn.conversation.form is None
    assert turn.conversation.options == ()


def test_a_second_miss_offers_a_person(talk: Talk) -> None:
    first, second = talk(["龘龖龗", "靐齾爩"])
    assert (first.conversation.misses, second.conversation.misses) == (1, 2)
    assert second.reply.options[-1].entry is None
    assert talk(["谢谢"], after=second.conversation)[0].conversation.misses == 0


def test_what_was_shown_already_is_not_offered_as_an_alternative(talk: Talk) -> None:
    for first in ("订单加载不出来怎么办", "怎么导出订单", "发货超时怎么处罚", "保证金会退吗"):
        answered, offered = talk([first, "没解决"])
        assert answered.conversation.shown[-1] == answered.reply.entry
        names = [o.entry for o in offered.reply.options if o.entry]
        assert names
        assert answered.reply.entry not in names
        chosen, again = talk(["1", "还是没解决"], after=offered.conversation)
        assert chosen.reply.entry == names[0]
        assert again.reply.act is Act.HANDOFF
        assert set(chosen.conversation.shown) >= {answered.reply.entry, names[0]}


def test_alternatives_never_repeat_what_was_shown(talk: Talk, knowledge: Knowledge) -> None:
    entry = knowledge.entries["buyer.order-load-failed"]
    answered = talk([entry.question])[0].conversation
    shown = replace(answered, shown=(entry.id, *entry.related))
    names = {o.entry for o in talk(["没解决"], after=shown)[0].reply.options}
    assert not names & {entry.id, *entry.related}


# --- scripts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "script"),
    [
        pytest.param(["怎么导出订单"], Script.SIMPLIFIED, id="simplified"),
        pytest.param(["怎麼導出訂單"], Script.TRADITIONAL, id="traditional"),
        pytest.param(["how do I export orders"], Script.ENGLISH, id="english"),
        pytest.param(["怎麼導出訂單", "666"], Script.TRADITIONAL, id="digits keep the script"),
        pytest.param(["怎麼導出訂單", "怎么导出订单"], Script.SIMPLIFIED, id="back to simplified"),
        pytest.param(["how do I export orders", "保证金多少"], Script.SIMPLIFIED, id="from english"),
        pytest.param(["how do I export orders", "ok"], Script.ENGLISH, id="english goes on"),
        pytest.param(["怎么 export 订单"], Script.SIMPLIFIED, id="mixed"),
    ],
)
def test_the_reply_is_in_the_script_of_the_message(messages: list[str], script: Script, talk: Talk) -> None:
    turn = talk(messages)[-1]
    assert turn.reply.script is turn.conversation.script is script


def test_a_traditional_reply_is_traditional_throughout(ask: Ask) -> None:
    for text in ("怎麼導出訂單", "商家不發貨賠多少", "申訴幾次", "運費險怎麼開通"):
        reply = ask(text)
        for part in (reply.text, reply.body, reply.prompt, *reply.notes, *(o.label for o in reply.options)):
            assert traditional(part) == part


def test_an_english_question_gets_the_gist_and_the_chinese_answer(ask: Ask, knowledge: Knowledge) -> None:
    reply = ask("how do I export orders")
    assert reply.entry == "seller.order-export"
    gist = knowledge.entries["seller.order-export"].gist
    assert gist
    assert gist in reply.text
    assert "订单管理" in reply.text
    assert "not official" in reply.text


@pytest.mark.parametrize(
    ("text", "act"),
    [("hello", Act.SMALLTALK), ("I want to talk to a human agent", Act.HANDOFF), ("what's the weather today", Act.FALLBACK)],
)
def test_the_bots_own_lines_are_english_too(text: str, act: Act, ask: Ask) -> None:
    reply = ask(text)
    assert reply.act is act
    assert reply.script is Script.ENGLISH
    assert sum(c.isascii() for c in reply.body) > 0.9 * len(reply.body)


# --- questions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("怎么导出订单，还有保证金会退吗", {"seller.order-export", "seller.deposit-refund"}),
        ("抖音官方投诉电话是多少？仲裁申请能撤销吗？", {"buyer.complain-hotline", "buyer.arbitration-withdraw"}),
    ],
)
def test_a_double_question_gets_both_answers(text: str, entries: set[str], ask: Ask, knowledge: Knowledge) -> None:
    reply = ask(text)
    assert set(reply.entries) == entries
    for name in entries:
        assert knowledge.entries[name].question in reply.text
    assert {s.id for s in reply.sources} == {s for name in entries for s in knowledge.entries[name].sources}


@pytest.mark.parametrize(
    "text",
    ["怎么导出订单，保证金会退吗，投诉电话是多少，仲裁能撤销吗", "怎么拉黑买家？怎么设置限购？库存怎么填？"],
)
def test_more_than_two_questions_get_at_most_two_answers(text: str, ask: Ask) -> None:
    assert len(ask(text).entries) <= 2


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u200d", "\ud800", "\x00\x01"])
def test_an_empty_message_gets_a_kind_reply(text: str, ask: Ask) -> None:
    reply = ask(text)
    assert reply.act is Act.FALLBACK
    assert reply.text
    assert reply.candidates == ()


@pytest.mark.parametrize("text", ["怎么导出订单", "今天天气怎么样", "你好", "转人工", COMPENSATION, "呱唧呱唧"])
def test_the_five_best_entries_are_always_told_best_first(text: str, ask: Ask, knowledge: Knowledge) -> None:
    reply = ask(text)
    assert len({c.entry for c in reply.candidates}) == 5
    assert {c.entry for c in reply.candidates} <= set(knowledge.entries)
    scores = [c.score for c in reply.candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


# --- cards and inputs -------------------------------------------------------------------------------------------


def test_a_result_comes_as_a_card_with_what_it_was_made_from(talk: Talk) -> None:
    card = talk([COMPENSATION, "588"])[-1].reply.card
    assert card is not None
    assert card.title == "发货超时赔多少"
    assert "5.88 元" in card.headline
    assert [(g.label, g.value) for g in card.given] == [("实付金额", "588 元")]
    assert any("1%" in step for step in card.steps)


def test_a_form_says_which_value_it_waits_for(talk: Talk) -> None:
    asked = talk([COMPENSATION])[0].reply.asked
    assert asked is not None
    assert (asked.calculator, asked.slot, asked.kind) == ("late-shipping-compensation", "amounts", "amounts")
    assert talk([COMPENSATION, "588"])[-1].reply.asked is None


def test_an_interrupted_form_still_says_which_value_it_waits_for(talk: Talk) -> None:
    asked = talk([COMPENSATION, "投诉电话多少"])[-1].reply.asked
    assert asked is not None
    assert asked.slot == "amounts"


def test_a_percentage_is_read_back_as_one(ask: Ask) -> None:
    card = ask("推广类型是店铺，卖了59.9元，佣金设的20%，我实际收入多少").card
    assert card is not None
    assert "20%" in [g.value for g in card.given]


# --- a person has the conversation ------------------------------------------------------------------------------


def test_a_message_to_a_person_is_passed_on_unanswered(knowledge: Knowledge, now: datetime) -> None:
    turn = pass_on(Utterance("投诉电话多少"), Conversation(), knowledge, now)
    assert turn.reply.act is Act.HANDOFF
    assert "10101588" not in turn.reply.text


def test_the_customer_can_ask_the_bot_to_go_on(knowledge: Knowledge, now: datetime) -> None:
    passed = pass_on(Utterance("在吗"), Conversation(), knowledge, now)
    back = pass_on(Utterance(passed.reply.options[0].says or ""), passed.conversation, knowledge, now)
    assert back.reply.act is Act.SMALLTALK


# --- content that changed meanwhile -----------------------------------------------------------------------------


def test_a_state_that_names_what_is_gone_is_still_a_state(knowledge: Knowledge, now: datetime) -> None:
    gone = Conversation(
        topic="gone.entry",
        shown=("gone.entry",),
        form=Form("gone.entry", "gone-rule", FormState.ASKING, {}, "amounts"),
        options=(Button("没有了", entry="gone.entry"),),
    )
    for text in ("没解决", "1", "588", "那失败了呢", "取消", COMPENSATION):
        assert respond(Utterance(text), gone, knowledge, now).reply.text
