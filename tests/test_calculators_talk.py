"""Answers to prompts, corrections and problems, and what the calculators' texts then say."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from time import perf_counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from bot.calculators import SlotKind, SlotValue, calculators
from bot.calculators.texts import CalculatorTexts
from bot.errors import ContentError
from bot.facts import Fact, facts_at


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=timezone(timedelta(hours=8)))


NOW = at(11, 21, 20, 30)  # a Saturday
FOLDER = Path(__file__).parent.parent / "knowledge"
FACTS = facts_at(
    (Fact.model_validate(row) for file in (FOLDER / "facts").glob("*.yaml") for row in yaml.safe_load(file.read_text("utf-8"))),
    NOW.date(),
)
TEXTS = CalculatorTexts.model_validate(yaml.safe_load((FOLDER / "calculators.yaml").read_text("utf-8")))


def money(value: object) -> str:
    amount = Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return (f"{amount:,.2f}" if abs(amount) >= 10000 else f"{amount:.2f}").removesuffix(".00") + " 元"


def day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


TEMPLATES = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
TEMPLATES.filters.update(
    money=money,
    percent=lambda value: f"{(Decimal(str(value)) * 100).normalize():f}%",
    wan=lambda value: f"{Decimal(str(value)) / 10000:f} 万" if Decimal(str(value)) % 10000 == 0 else f"{value} ",
    day=day,
    moment=lambda value: f"{day(value)} {value:%H:%M}",
)


class Talk:
    """A conversation with one calculator: what it knows, what it asked last, what was wrong, what it answers."""

    def __init__(self, name: str) -> None:
        self.rule, self.text = calculators()[name], TEXTS[name]
        self.known: dict[str, SlotValue] = {}
        self.asked: str | None = None
        self.problems: list[tuple[str, str]] = []
        self.answer = self.answer_en = ""

    def say(self, text: str) -> None:
        filled = self.rule.fill(text, self.known, self.asked, NOW, FACTS)
        self.known |= filled.values
        self.problems = [(problem.slot, problem.reason) for problem in filled.problems]
        if filled.values:
            self.asked = list(filled.values)[-1]
        missing = self.rule.missing(self.known)
        self.answer = self.answer_en = ""
        if missing:
            self.asked = missing.name
            return
        outcome = self.rule.run(self.known, FACTS, NOW)
        seen = {"case": outcome.case, "r": outcome.result, "facts": FACTS}
        self.answer = TEMPLATES.from_string(self.text.answer).render(seen).strip()
        self.answer_en = TEMPLATES.from_string(self.text.answer_en).render(seen).strip()


TALKS = [
    ("late-shipping-compensation", ["商家不发货赔多少", "588"], ["5.88 元", "1%"]),
    ("late-shipping-compensation", ["赔多少", "五百八十八吧", "不对,是688"], ["6.88 元"]),
    ("late-shipping-compensation", ["赔多少", "3"], ["不赔"]),
    ("late-shipping-compensation", ["赔多少", "3.01"], ["3 元"]),
    ("late-shipping-compensation", ["一百来块的东西赔多少"], ["3 元", "一百来块"]),
    ("late-shipping-compensation", ["588块的没发货", "还有一单299"], ["8.88 元"]),
    ("late-shipping-compensation", ["因为台风没发货,588块赔吗"], ["不可抗力", "不赔", "5.88 元"]),
    ("late-shipping-compensation", ["how much compensation", "I paid 1200"], ["12 元"]),
    ("late-shipping-timeline", ["昨天晚上8点判的", "不对,是9点"], ["11月21日 21:00"]),
    ("appeal-deadline", ["仲裁判责生效3天了", "是申诉举证不足被驳回了", "昨天"], ["2026年11月23日", "重新举证"]),
    ("appeal-deadline", ["违规申诉", "一次"], ["还剩 1 次机会"]),
    ("purchase-limit-check", ["每次5件", "累计3件", "累计改成10件"], ["可以这样设置"]),
    ("late-shipping-compensation", ["实付588.5元"], ["5.89 元", "5.885"]),
    ("late-shipping-penalty", ["怎么扣", "63"], ["500 元"]),
    ("late-shipping-penalty", ["60单都被判了两次"], ["1000 元", "500 元 + 500 元"]),
    ("late-shipping-penalty", ["一单被判了3次"], ["20 元", "封禁"]),
    ("late-shipping-penalty", ["十单超时", "前面说错了,是三单"], ["30 元"]),
    ("late-shipping-penalty", ["六七十单超时,第一次判"], ["500 元", "六七十单"]),
    ("late-shipping-timeline", ["昨天判的", "上午10点"], ["11月21日 10:00", "11月22日 10:00", "24 小时", "3 次上限"]),
    ("late-shipping-timeline", ["判了30个小时了"], ["11月21日 14:30", "11月22日 14:30"]),
    ("reopen-date", ["被平台关了", "因为违规"], ["不能再开"]),
    ("reopen-date", ["被平台关了", "不知道", "8月5号"], ["2027年2月5日", "退保"]),
    ("reopen-date", ["8月5号关的店啥时候能再开"], ["2027年2月5日", "从退保"]),
    ("reopen-date", ["关了多久能开", "2026-05-31", "应该是8月6号"], ["2027年2月6日"]),
    ("appeal-deadline", ["还能申诉吗", "仲裁", "11月14日"], ["今天", "11月21日", "从次日起算"]),
    ("appeal-deadline", ["还能申诉吗", "仲裁", "11月14日", "不对,是11月13日"], ["过期", "11月20日"]),
    ("appeal-deadline", ["违规申诉失败一次了,还有几次"], ["还剩 1 次机会", "没有写明"]),
    ("entry-cost", ["开店要准备多少钱", "5000", "8000"], ["13,000 元", "20,000 元"]),
    ("entry-cost", ["执照代办200,保证金5000,周转准备8000"], ["13,200 元"]),
    ("entry-cost", ["保证金5000,周转8000", "不对,保证金是3000"], ["11,000 元"]),
    ("deposit", ["多类目怎么交", "2000和5000"], ["5000 元", "不叠加", "7000 元"]),
    ("order-auto-close", ["哪天关", "8月5号", "不是5号,是6号"], ["2027年1月3日", "150 天", "原支付路径"]),
    ("closing-invoice-deadline", ["哪天前开", "十一月十八号"], ["2026年11月23日", "5 日"]),
    ("shop-quota", ["我有两个品牌,已经开了一家店"], ["还能再开 1 家", "最多 3 家"]),
    ("export-batches", ["120万单要导几次"], ["3 次", "50 万"]),
    ("order-income", ["收多少", "199", "精选联盟", "20"], ["159.20 元", "不是利润"]),
    ("order-income", ["收多少", "199", "无"], ["199 元", "不扣佣金"]),
    ("fake-shipping-check", ["算虚假发货吗", "没有中转", "昨天21:30"], ["暂时还不算", "23 小时", "24 小时"]),
    ("fake-shipping-check", ["单号被别人用过", "30"], ["会被算作虚假发货", "30 天"]),
    ("purchase-limit-check", ["限购怎么设", "5", "3"], ["每次限购不能超过累计限购"]),
    ("purchase-limit-check", ["每次2件、累计6件,起售2件"], ["可以这样设置"]),
    ("invoice-freeze", ["应开90元没开,会冻结多少"], ["27 元", "30%", "冻结 30 元"]),
    ("exaggeration-penalty", ["夸大宣传3次", "严重", "不对,是2次"], ["4000 元", "封禁"]),
    ("three-no-penalty", ["卖三无第三次"], ["5000 元", "15,000 元", "没有写明"]),
    ("three-no-penalty", ["第四次三无,账上保证金还有2万"], ["清退", "全部保证金", "20,000 元"]),
]


@pytest.mark.parametrize(("name", "turns", "says"), TALKS, ids=[f"{name}: {' / '.join(turns)}" for name, turns, _ in TALKS])
def test_a_talk_ends_in_an_answer_that_says(name: str, turns: list[str], says: list[str]) -> None:
    talk = Talk(name)
    for turn in turns:
        talk.say(turn)
    assert talk.answer, f"still asking {talk.asked}"
    assert [fragment for fragment in says if fragment not in talk.answer] == []
    assert talk.answer_en.isprintable()
    assert talk.answer_en


PROBLEMS = [
    ("late-shipping-compensation", ["赔多少", "-5元"], ("amounts", "negative")),
    ("late-shipping-compensation", ["赔多少", "abc"], ("amounts", "not_a_number")),
    ("late-shipping-compensation", ["赔多少", "两三百块"], ("amounts", "vague")),
    ("late-shipping-compensation", ["赔多少", "999999999999元"], ("amounts", "too_large")),
    ("late-shipping-penalty", ["超时了", "0单"], ("orders", "zero")),
    ("late-shipping-penalty", ["超时了", "2.5"], ("orders", "not_whole")),
    ("late-shipping-penalty", ["三十来单超时"], ("orders", "vague")),
    ("late-shipping-timeline", ["什么时候再判", "明天早上8点"], ("first", "future")),
    ("late-shipping-timeline", ["什么时候再判", "2月30号10点"], ("first", "impossible_date")),
    ("reopen-date", ["关店多久能开", "明年3月1号"], ("date", "future")),
    ("reopen-date", ["8月初关的店"], ("date", "vague")),
    ("appeal-deadline", ["仲裁判责2月30号生效"], ("date", "impossible_date")),
    ("entry-cost", ["保证金5000,周转-3000"], ("working_capital", "negative")),
    ("entry-cost", ["保证金2000-5000,周转8000"], ("deposit", "vague")),
    ("order-auto-close", ["2月30号下的单"], ("date", "impossible_date")),
    ("order-auto-close", ["哪天关", "明天"], ("date", "future")),
    ("shop-quota", ["零个品牌"], ("brands", "zero")),
    ("export-batches", ["几十万单要导几次"], ("orders", "vague")),
    ("order-income", ["199的,佣金20"], ("rate", "unclear")),
    ("order-income", ["199元,佣金150%"], ("rate", "too_large")),
    ("order-income", ["订单100元,佣金300元"], ("commission", "too_large")),
    ("purchase-limit-check", ["累计0件,每次2件"], ("total", "zero")),
    ("purchase-limit-check", ["每次限购-2件,累计3件"], ("per_order", "negative")),
    ("invoice-freeze", ["冻结多少", "xyz"], ("amount", "not_a_number")),
]


@pytest.mark.parametrize(
    ("name", "turns", "problem"), PROBLEMS, ids=[f"{name}: {' / '.join(turns)}" for name, turns, _ in PROBLEMS]
)
def test_what_is_wrong_is_said_and_asked_again(name: str, turns: list[str], problem: tuple[str, str]) -> None:
    talk = Talk(name)
    for turn in turns:
        talk.say(turn)
    assert talk.problems == [problem]
    assert problem[0] not in talk.known
    assert problem[1] in talk.text.slots[problem[0]].problems


def test_a_problem_of_one_slot_keeps_the_others() -> None:
    talk = Talk("entry-cost")
    talk.say("保证金5000,周转-3000")
    assert (talk.known["deposit"], talk.asked) == (Decimal(5000), "working_capital")
    talk.say("8000")
    assert "13,000 元" in talk.answer


def test_without_facts_every_vague_value_is_asked_again() -> None:
    filled = calculators()["late-shipping-compensation"].fill("一百来块", {}, "amounts", NOW)
    assert [problem.reason for problem in filled.problems] == ["vague"]


@pytest.mark.parametrize("talk", ["好的", "你好", "转人工", "不想算了", "ok", "投诉电话多少", "谢谢", "", "???"])
def test_talk_is_no_value_and_no_problem(talk: str) -> None:
    for rule in calculators().values():
        for slot in rule.slots:
            if slot.kind not in (SlotKind.CHOICE, SlotKind.TEXT):
                filled = rule.fill(talk, {}, slot.name, NOW, FACTS)
                assert (dict(filled.values), filled.problems) == ({}, ())


# ------------------------------------------------------------------ texts


def test_every_calculator_slot_and_choice_has_its_text() -> None:
    TEXTS.check(calculators())


def test_a_missing_text_is_named() -> None:
    lacking = CalculatorTexts({name: TEXTS[name] for name in TEXTS.root if name != "deposit"})
    with pytest.raises(ContentError, match="deposit"):
        lacking.check(calculators())


CHOICES = [
    (name, slot.name, value, said)
    for name, rule in calculators().items()
    for slot in rule.slots
    if not slot.hidden
    for value, choice in TEXTS[name].slots[slot.name].choices.items()
    for said in (value, choice.label, *choice.says)
]


@pytest.mark.parametrize(("name", "slot", "value", "said"), CHOICES, ids=[":".join(row) for row in CHOICES])
def test_every_way_of_saying_a_choice_makes_it(name: str, slot: str, value: str, said: str) -> None:
    assert TEXTS[name].slots[slot].choice(said) == value
    filled = calculators()[name].fill(said, {}, slot, NOW, FACTS)
    if slot != "sign":  # a sign is kept as what it tells of the parcel
        assert filled.values.get(slot) == value
    else:
        assert filled.values


EXAMPLES = [(name, slot, said) for name in calculators() for slot, text in TEXTS[name].slots.items() for said in text.examples]


@pytest.mark.parametrize(("name", "slot", "said"), EXAMPLES, ids=[":".join(row) for row in EXAMPLES])
def test_every_example_of_a_prompt_is_an_answer_to_it(name: str, slot: str, said: str) -> None:
    filled = calculators()[name].fill(said, {}, slot, NOW, FACTS)
    assert slot in filled.values
    assert not filled.problems


def test_no_rule_number_stands_in_the_answers() -> None:
    for name in calculators():
        for template in (TEXTS[name].answer, TEXTS[name].answer_en):
            outside = "".join(part.rpartition("}}")[2] if "}}" in part else part for part in template.split("{{"))
            while "{%" in outside:
                head, _, tail = outside.partition("{%")
                outside = head + tail.partition("%}")[2]
            assert not [c for c in outside.replace("0 元", "").replace("0 次", "").replace("0 家", "") if c.isdigit()], name


# ------------------------------------------------------------------ any text


@given(st.text(max_size=60), st.sampled_from(sorted(calculators())), st.data())
def test_no_text_breaks_a_calculator(text: str, name: str, data: st.DataObject) -> None:
    rule = calculators()[name]
    asked = data.draw(st.none() | st.sampled_from([slot.name for slot in rule.slots]))
    filled = rule.fill(text, {}, asked, NOW, FACTS)
    assert set(filled.values) <= {slot.name for slot in rule.slots}


PIECES = (
    "一二三十百千万零两俩0123456789.-,、。元块单次家件天月号年%第没不是无判揽收"
    "保证金周转执照违规仲裁轻微严重累计每库存起售 昨今小时点半"
)


@given(st.text(alphabet=PIECES, max_size=40), st.sampled_from(sorted(calculators())))
def test_what_looks_like_values_never_breaks_an_answer(text: str, name: str) -> None:
    talk = Talk(name)
    talk.say(text)
    talk.say(text)
    for problem in talk.problems:
        assert problem[1] in talk.text.slots[problem[0]].problems


def test_a_hostile_message_is_read_quickly() -> None:
    start = perf_counter()
    for rule in calculators().values():
        rule.fill("没有有有有5元被判3次" * 250, {}, None, NOW, FACTS)
    assert perf_counter() - start < 5
