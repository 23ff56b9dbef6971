"""One contract for every piece of the shipped content, whoever wrote it; and the traps of the sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.calculators import calculators
from bot.content import SHIPPED, Content, files_of
from bot.conversation import Conversation
from bot.entries import Entry, Gap, Signal, SignalKind
from bot.facts import facts_at
from bot.knowledge import Knowledge
from bot.matching.decision import Heard
from bot.matching.normalize import normalize, simplify
from bot.messages import Act, Script, Utterance
from bot.reader import read_content
from bot.replies import script_of
from bot.respond import respond
from bot.templates import names_in, render

if TYPE_CHECKING:
    from conftest import Ask, Talk

CONTENT = read_content(files_of(SHIPPED))
FACTS = facts_at(CONTENT.facts, date(2026, 11, 21))
MISPRINT = "121" + "35"
# Promotional contacts stand in the articles; they are no service channels.
CONTACT = re.compile(
    r"加.{0,4}微信|微信[号扫咨]|\bvx\b|\bQQ\b|扫码|msc\d+|(?<!\d)1[3-9]\d{9}(?!\d)|400-?\d{3}-?\d{4}", re.IGNORECASE
)
NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)")

each_entry = pytest.mark.parametrize("entry", [pytest.param(e, id=e.id) for e in CONTENT.entries])
each_gap = pytest.mark.parametrize("gap", [pytest.param(g, id=g.id) for g in CONTENT.gaps])
each_signal = pytest.mark.parametrize("signal", [pytest.param(s, id=s.id) for s in CONTENT.signals])


def answer_of(name: str) -> str:
    """An entry's rendered answer with its caution: what a reader sees of it whatever was asked."""
    entry = next(e for e in CONTENT.entries if e.id == name)
    return render(entry.answer, facts=FACTS) + "\n" + (entry.caution or "")


def sentences(text: str) -> list[str]:
    return [s for s in re.split(r"[。；;!?！？\n]", text) if s.strip()]


def everything_said(content: Content) -> Iterator[tuple[str, str]]:
    """Every text that a person can read, and where it is from."""
    for entry in content.entries:
        yield from ((entry.id, text) for text in (entry.question, entry.answer, entry.gist or "", entry.caution or ""))
    for gap in content.gaps:
        yield from ((gap.id, text) for text in (gap.about, gap.about_en or ""))
    for signal in content.signals:
        yield from ((signal.id, text) for text in (*signal.replies, signal.reply_en or ""))
    for name, line in content.replies.items():
        yield from ((name, text) for text in (line.zh, line.en))
    for name, texts in content.calculators.items():
        yield from ((name, text) for text in (texts.title, texts.title_en, texts.answer, texts.answer_en))
        for slot in texts.slots.values():
            yield from ((name, text) for text in (slot.label, slot.prompt, *slot.examples, *slot.problems.values()))
            yield from ((name, choice.label) for choice in slot.choices.values())
    for fact in content.facts:
        yield from ((fact.id, value.value) for value in fact.values)


# --- every entry -----------------------------------------------------------------------------------------------


@each_entry
def test_an_answer_renders_whole(entry: Entry) -> None:
    text = render(entry.answer, facts=FACTS)
    assert names_in(entry.answer) <= {"facts"}
    assert text
    assert not re.search(r"[{}]|%\}|None|undefined", text)


@each_entry
def test_an_entry_has_wordings_enough(entry: Entry) -> None:
    assert len({normalize(w) for w in (*entry.wordings, *entry.ask_first)}) >= 40


@each_entry
def test_an_entry_has_examples_that_were_never_learned(entry: Entry, knowledge: Knowledge) -> None:
    assert len(entry.examples) >= 3
    learned = [e for e in entry.examples if normalize(e).replace(" ", "") in knowledge.matcher.exact]
    assert learned == []


@each_entry
def test_an_entry_has_two_to_four_other_entries_beside_it(entry: Entry) -> None:
    assert 2 <= len(entry.related) <= 4
    assert len(set(entry.related)) == len(entry.related)
    assert entry.id not in entry.related


@each_entry
def test_an_entry_names_its_sources(entry: Entry) -> None:
    assert entry.sources
    assert len(set(entry.sources)) == len(entry.sources)


@each_entry
def test_the_gist_is_one_english_sentence(entry: Entry) -> None:
    gist = entry.gist or ""
    assert gist.endswith(".")
    assert not re.search(r"[.!?]\s+[A-Z]", gist.removesuffix("."))
    latin, han = len(re.findall(r"[A-Za-z]", gist)), len(re.findall(r"[\u3400-\u9fff]", gist))
    assert latin > 2 * han  # names of menus stay Chinese


@each_entry
def test_the_question_fits_on_a_button(entry: Entry) -> None:
    assert len(entry.question) <= 20


@each_entry
def test_a_follow_up_never_leads_two_ways(entry: Entry) -> None:
    says = [normalize(s) for f in entry.follow_ups for s in f.says]
    assert len(set(says)) == len(says)


@each_entry
def test_what_an_entry_calculates_with_exists(entry: Entry) -> None:
    if entry.calculator is None:
        assert not entry.given
        return
    rule = calculators()[entry.calculator]
    assert entry.calculator in CONTENT.calculators
    assert set(rule.facts) <= set(FACTS)
    assert set(entry.given) <= {slot.name for slot in rule.slots}


@each_entry
def test_the_plain_reply_says_where_it_is_from_how_old_it_is_and_that_it_is_not_official(
    entry: Entry, knowledge: Knowledge, now: datetime
) -> None:
    reply = respond(Utterance(entry.question), Conversation(), knowledge, now).reply
    assert reply.act in (Act.ANSWER, Act.ASK)
    assert reply.entries == (entry.id,)
    assert {s.id for s in reply.sources} == set(entry.sources)
    for source in reply.sources:
        assert source.title in reply.text
        assert (f"{source.published.year}年" if source.published else "发布日期不详") in reply.text
        assert "非官方" in reply.text
    assert len(reply.candidates) == 5
    assert not CONTACT.search(reply.text)
    assert MISPRINT not in reply.text


@each_entry
def test_long_numbers_in_an_answer_are_facts(entry: Entry) -> None:
    known = {figure.value for figure in FACTS.values()}
    for number in NUMBER.findall(render(entry.answer, facts=FACTS)):
        assert number in known


# --- gaps, signals, calculators, lines ---------------------------------------------------------------------------


def test_there_are_enough_entries_and_gaps() -> None:
    assert len(CONTENT.entries) >= 85
    assert len(CONTENT.gaps) >= 120


@each_gap
def test_a_gap_is_named_and_the_nearest_and_a_person_are_offered(gap: Gap, knowledge: Knowledge, now: datetime) -> None:
    wording = next(w for w in gap.wordings if script_of(w, Script.SIMPLIFIED) is Script.SIMPLIFIED)
    reply = respond(Utterance(wording), Conversation(), knowledge, now).reply
    assert (reply.act, reply.gap, reply.entry) == (Act.FALLBACK, gap.id, None)
    assert gap.about in reply.text
    assert [o.entry for o in reply.options if o.entry] == list(dict.fromkeys(gap.nearest))[:3]
    person = reply.options[-1]
    assert person.entry is None
    assert respond(Utterance(person.says or person.label), Conversation(), knowledge, now).reply.act is Act.HANDOFF


@each_gap
def test_a_gap_has_wordings_and_examples_of_its_own(gap: Gap, knowledge: Knowledge) -> None:
    exact = knowledge.matcher.exact
    owned = [w for w in gap.wordings if exact.get(normalize(w).replace(" ", "")) == gap.id]
    assert len(owned) >= 5
    assert [e for e in gap.examples if normalize(e).replace(" ", "") in exact] == []
    assert gap.about_en


@each_signal
def test_a_signal_is_heard_in_each_of_its_wordings(signal: Signal, knowledge: Knowledge) -> None:
    lost = []
    for wording in signal.wordings:
        decision = knowledge.matcher.match(wording).decision
        if not isinstance(decision, Heard) or knowledge.signals[decision.signal].kind is not signal.kind:
            lost.append((wording, decision))
    assert lost == []


@each_signal
def test_small_talk_has_replies_in_both_languages(signal: Signal) -> None:
    if signal.kind is SignalKind.SMALLTALK:
        assert signal.replies
        assert signal.reply_en


def test_there_is_a_signal_of_every_kind() -> None:
    assert {s.kind for s in CONTENT.signals} == set(SignalKind)


@pytest.mark.parametrize("name", list(calculators()))
def test_a_calculator_has_texts_and_an_entry(name: str) -> None:
    texts = CONTENT.calculators[name]
    visible = {slot.name for slot in calculators()[name].slots if not slot.hidden}
    assert set(texts.slots) == visible
    assert any(entry.calculator == name for entry in CONTENT.entries)


def test_the_bot_has_every_line_that_the_code_says_and_no_other() -> None:
    source = "".join(
        (SHIPPED.parent / "bot" / f"{name}.py").read_text(encoding="utf-8") for name in ("respond", "replies", "forms")
    )
    said = set(re.findall(r"[\"']([a-z_]+)[\"']", source))
    lines = {name for name in CONTENT.replies if not name.startswith("problem_")}
    assert lines - said == set()
    reasons = {reason for text in CONTENT.calculators.values() for slot in text.slots.values() for reason in slot.problems}
    assert {f"problem_{reason}" for reason in reasons} <= set(CONTENT.replies)


def test_no_source_is_official() -> None:
    assert [s.id for s in CONTENT.sources if s.official] == []


def test_every_source_is_used() -> None:
    used = {s for e in CONTENT.entries for s in e.sources} | {v.source for f in CONTENT.facts for v in f.values}
    assert {s.id for s in CONTENT.sources} == used


def test_every_fact_is_used() -> None:
    texts = "\n".join(text for _, text in everything_said(CONTENT))
    read = {name for rule in calculators().values() for name in rule.facts}
    assert [f.id for f in CONTENT.facts if f.id not in read and f"facts.{f.id}" not in texts] == []


# --- traps -----------------------------------------------------------------------------------------------------


def test_the_misprinted_number_is_said_nowhere() -> None:
    assert [where for where, text in everything_said(CONTENT) if MISPRINT in text] == []


@pytest.mark.parametrize("text", [MISPRINT, f"投诉电话是{MISPRINT}吗", f"打{MISPRINT}有用吗"])
def test_the_misprinted_number_is_not_even_said_back(text: str, ask: Ask) -> None:
    assert MISPRINT not in ask(text).text


def test_promotional_contacts_are_said_nowhere() -> None:
    assert [(where, text) for where, text in everything_said(CONTENT) if CONTACT.search(text)] == []


def test_the_right_numbers_are_said() -> None:
    assert "12315" in answer_of("buyer.complain-12315")
    assert "10101588" in answer_of("buyer.complain-hotline")


def test_the_old_contract_law_is_never_named_without_the_civil_code() -> None:
    assert "《民法典》" in answer_of("buyer.breach-of-contract")
    for entry in CONTENT.entries:
        if "合同法" in answer_of(entry.id):
            assert "民法典" in answer_of(entry.id), entry.id


def test_thirty_percent_of_ninety_is_twenty_seven(ask: Ask) -> None:
    assert "27" in answer_of("seller.invoice-not-issued")
    reply = ask("有90元没有给平台开发票，会冻结多少钱")
    assert reply.calculator == "invoice-freeze"
    assert isinstance(reply.result, dict)
    assert "27" in {str(v).removesuffix(".00") for v in reply.result.values()}
    assert "27 元" in reply.text


def test_that_invoices_may_be_left_out_is_only_the_articles_view() -> None:
    text = answer_of("seller.invoice-not-issued")
    assert re.search(r"文章.{0,6}观点|观点", text)
    assert re.search(r"依法|应当", text)


@pytest.mark.parametrize("name", [e.id for e in CONTENT.entries if "appeal" in e.id or "appeal" in (e.calculator or "")])
def test_the_two_appeals_never_mix(name: str) -> None:
    both = (FACTS["violation_appeals"].value, FACTS["arbitration_appeals"].value)
    assert both == ("2", "1")
    for sentence in sentences(answer_of(name)):
        if "仲裁" in sentence and "违规" not in sentence:
            assert not re.search(r"(?<!\d)2 次", sentence), sentence
        if "违规" in sentence and "仲裁" not in sentence:
            assert not re.search(r"(?<!\d)1 次", sentence), sentence


@pytest.mark.parametrize(
    ("messages", "says", "never"),
    [
        pytest.param(["申诉几次", "违规罚单"], "2 次", "7 天内提出申诉", id="violation"),
        pytest.param(["申诉几次", "仲裁判责"], "1 次", "2 次机会可用", id="arbitration"),
    ],
)
def test_a_bare_question_after_appeals_is_asked_back_and_then_answered(
    messages: list[str], says: str, never: str, talk: Talk
) -> None:
    first, second = talk(messages)
    assert first.reply.act is Act.ASK
    assert len(first.reply.options) == 2
    assert second.reply.act is Act.ANSWER
    assert says in second.reply.text
    assert never not in second.reply.text


@pytest.mark.parametrize("name", ["seller.appeal-how", "seller.appeal-count"])
def test_that_violation_appeals_have_no_known_deadline_is_said(name: str) -> None:
    assert re.search(r"(几|多少)天内.{0,12}(没有写|没写|未写|没有说)", answer_of(name))


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("seller.first-orders-timeline", "不是承诺|不能当作保证"),
        ("seller.first-orders-timeline", "经验"),
        ("seller.working-capital", "经验|估计"),
        ("seller.entry-fees", "估算"),
        ("seller.instant-retail", "当时.{0,4}预测|当时预计"),
        ("seller.influencer-mode", "文章(作者)?(的说法|说)"),
        ("seller.platform-traffic", "不是平台的承诺"),
        ("seller.appeal-time", "经验"),
    ],
)
def test_marketing_figures_are_marked(name: str, mark: str) -> None:
    assert re.search(mark, answer_of(name))


@pytest.mark.parametrize("name", ["seller.whitelist", "seller.violation-order-types", "seller.violation-order-handle"])
def test_advice_of_a_service_company_is_marked(name: str) -> None:
    assert "非官方" in answer_of(name)


def test_that_not_all_six_scenes_are_listed_is_said() -> None:
    text = answer_of("seller.fake-shipping-what")
    assert "6 个" in text
    assert re.search(r"没有把.{0,8}场景|没有全部|未全部|没有列全", text)


def test_that_five_thousand_each_or_in_all_is_unsaid_is_said(ask: Ask) -> None:
    for text in (answer_of("seller.three-no-penalty"), ask("卖三无产品被查到2次，一共扣多少").text):
        assert re.search(r"(没有写明|没写明|未写明|没有写)", text)
        assert "每次" in text


def test_the_range_of_fines_is_only_for_exaggeration() -> None:
    for entry in CONTENT.entries:
        for sentence in sentences(answer_of(entry.id)):
            if re.search(r"100 元到 2000 元|100[-–~]2000", sentence):
                assert re.search("夸大", sentence), entry.id
    for name in ("seller.info-mismatch", "seller.external-traffic"):
        assert not re.search(r"\d+ 元", answer_of(name))


def test_only_the_buyer_can_withdraw_an_arbitration() -> None:
    assert re.search(r"撤销的是.{0,8}买家", answer_of("buyer.arbitration-withdraw"))


def test_after_the_one_arbitration_appeal_the_way_leads_outside() -> None:
    text = answer_of("seller.arbitration-appeal-result")
    assert "1 次" in text
    assert "起诉" in text


def test_special_invoices_are_left_to_the_tax_office() -> None:
    assert "税务" in answer_of("seller.invoice-type")


def test_names_in_the_lexicon_do_not_contradict_each_other() -> None:
    owners: dict[str, set[str]] = {}
    for term, sayings in CONTENT.lexicon.items():
        for saying in (term, *sayings):
            owners.setdefault(simplify(normalize(saying)), set()).add(term)
    assert {saying: terms for saying, terms in owners.items() if len(terms) > 1} == {}
