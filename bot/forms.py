"""Forms: a calculator's slots over several turns, read from messages, asked for, corrected, left open and resumed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from bot.calculators import Calculator, Filled, Outcome, Problem, SlotKind, SlotValue
from bot.calculators.texts import SlotText
from bot.conversation import Form, FormState
from bot.entries import Entry
from bot.knowledge import Knowledge
from bot.matching.normalize import normalize, shorten
from bot.messages import Asked, Button, Card, Given
from bot.replies import Voice
from bot.templates import day, moment, money, percent, plain_number

# A value that a message holds is for the open calculator when the message is little more than that value.
SHORT = 18
# Values are read from this much of a message, its beginning and its end.
LONGEST = 400
PATIENCE = 2
# The question is after a figure: then a half-filled form asks for the rest instead of only offering to.
_WANTS_FIGURE = re.compile(
    r"多少|几[块次天单家批号点月个]|哪[天一]|几时|什么时候|何时|多久|最[晚迟早]|来得及|截止|算一?[下算]|帮我算|够不够|到期|how m|when|deadline|calculate"
)
_CORRECTS = re.compile(
    r"不对|不是|错了|说错|写错|打错|记错|应该是|更正|改[成为一]|改下|换成|如果是|要是|那[^么]|actually|sorry|i mean|what if"
)


@dataclass(frozen=True, slots=True)
class Computed:
    """The calculator has all it needs."""

    form: Form
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Asking:
    """The calculator waits for a slot; `problem` is what was wrong with the last value."""

    form: Form
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Redirected:
    """The choice made is really another entry, which answers by itself."""

    entry: str
    form: Form


Step = Computed | Asking | Redirected


def open_form(entry: Entry, text: str, knowledge: Knowledge, now: datetime) -> Step | Form | None:
    """What an entry's calculator makes of the message that asks: a result, a question, or (a Form) only an offer.

    None when the entry has no calculator."""
    rule = knowledge.calculator(entry.calculator)
    if rule is None:
        return None
    # Imported late: what reads values is needed only when something is calculated.
    from bot.values import find_values

    text = shorten(text, LONGEST)
    facts = knowledge.facts(now.date())
    first_asked = knowledge.asks_first(entry, text)
    given: Mapping[str, SlotValue] = {} if first_asked else dict(entry.given)
    filled = rule.fill(text, given, None, now, facts)
    told = {k: v for k, v in filled.values.items() if given.get(k) != v}
    form = Form(entry.id, rule.name, FormState.OFFERED, {**given, **filled.values})
    missing = rule.missing(form.values)
    # Where the entry itself settles the rest, any value in the message (a date, a count) asks for the result.
    if missing is None and (told or (form.values and find_values(text, now))):
        return Computed(replace(form, state=FormState.DONE, asked=_last(filled)), rule.run(form.values, facts, now))
    asking = replace(form, state=FormState.ASKING)
    if first_asked:
        first = next((s for s in rule.slots if s.name not in form.values and not s.hidden), missing)
        return Asking(replace(asking, asked=first.name)) if first else form
    if filled.problems and _wants_figure(text):
        return Asking(replace(asking, asked=filled.problems[0].slot), filled.problems[0])
    # A reason or a kind that the question mentions in passing is no start of a calculation; an amount or a date is.
    values = {s.name for s in rule.slots if s.name in told and s.kind is not SlotKind.CHOICE}
    visible = any(s.name in values and not s.hidden for s in rule.slots)
    if missing is not None and values and (visible or _wants_figure(text)):
        return Asking(replace(asking, asked=missing.name))
    return replace(form, asked=missing.name if missing else None)


def fill_form(form: Form, text: str, knowledge: Knowledge, now: datetime) -> Step | None:
    """What a message gives to an open form; None when it holds nothing for it."""
    rule = knowledge.calculator(form.calculator)
    if rule is None:
        return None
    text = shorten(text, LONGEST)
    facts = knowledge.facts(now.date())
    filled = rule.fill(text, form.values, form.asked, now, facts)
    changed = {k: v for k, v in filled.values.items() if form.values.get(k) != v}
    if not filled.values and not filled.problems:
        return None
    values: Mapping[str, SlotValue] = {**form.values, **filled.values}
    if (target := _redirect(rule, changed, knowledge)) and target != form.entry:
        return Redirected(target, Form(target, form.calculator, FormState.OFFERED, values, None))
    if filled.problems and not (form.asked in filled.values and form.state is FormState.ASKING):
        wrong = filled.problems[0]
        return Asking(replace(form, values=values, state=FormState.ASKING, asked=wrong.slot, tries=form.tries + 1), wrong)
    missing = rule.missing(values)
    if missing is not None:
        return Asking(replace(form, values=values, state=FormState.ASKING, asked=missing.name, tries=0))
    done = replace(form, values=values, state=FormState.DONE, asked=_last(filled) or form.asked, tries=0)
    return Computed(done, rule.run(values, facts, now))


def is_for(form: Form, text: str) -> bool:
    """Whether a message that holds a value is meant for an offered or finished calculator rather than a new question."""
    return len(normalize(text)) <= SHORT or (form.state is FormState.DONE and bool(_CORRECTS.search(text)))


def _wants_figure(text: str) -> bool:
    return bool(_WANTS_FIGURE.search(normalize(text)))


def _last(filled: Filled) -> str | None:
    return next(reversed(list(filled.values)), None)


def _redirect(rule: Calculator, values: Mapping[str, SlotValue], knowledge: Knowledge) -> str | None:
    texts = knowledge.content.calculators[rule.name].slots
    for slot in rule.slots:
        if slot.kind is SlotKind.CHOICE and slot.name in values and slot.name in texts:
            choice = texts[slot.name].choices.get(str(values[slot.name]))
            if choice and choice.entry in knowledge.entries:
                return choice.entry
    return None


def slot_text(form: Form, knowledge: Knowledge) -> SlotText:
    """The texts of the slot that a form asks for."""
    slots = knowledge.content.calculators[form.calculator].slots
    return slots[form.asked] if form.asked and form.asked in slots else next(iter(slots.values()))


def buttons(form: Form, knowledge: Knowledge) -> tuple[Button, ...]:
    """The choices of the slot asked for."""
    return tuple(Button(c.label, says=c.says[0] if c.says else c.label) for c in slot_text(form, knowledge).choices.values())


def asked_of(form: Form, knowledge: Knowledge, voice: Voice) -> Asked | None:
    """What the form waits for, for a channel that has a fitting input."""
    rule = knowledge.calculators[form.calculator]
    slot = next((s for s in rule.slots if s.name == form.asked), None)
    if slot is None or slot.hidden:
        return None
    text = slot_text(form, knowledge)
    return Asked(rule.name, voice.title(rule.name), slot.name, text.label, slot.kind.value, text.examples)


def card_of(form: Form, body: str, knowledge: Knowledge, voice: Voice) -> Card:
    """The result that `body` tells, apart: its first line, the values it was made from, and the steps."""
    texts = knowledge.content.calculators[form.calculator].slots
    slots = {s.name: s for s in knowledge.calculators[form.calculator].slots if not s.hidden}
    given = tuple(
        Given(texts[name].label, said(slots[name].kind, value, texts[name])) for name, value in form.values.items() if name in slots
    )
    headline, *steps = [line.strip() for line in body.splitlines() if line.strip()]
    return Card(voice.title(form.calculator), headline, given, tuple(steps))


def said(kind: SlotKind, value: SlotValue, text: SlotText) -> str:
    """A slot's value as it is read back to the person."""
    match value:
        case tuple():
            return "、".join(money(v) for v in value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case Decimal():
            return {SlotKind.MONEY: money, SlotKind.PERCENT: percent}.get(kind, plain_number)(value)
        case str():
            return text.choices[value].label if value in text.choices else value
        case _:
            return str(value)


def problem_text(problem: Problem, form: Form, knowledge: Knowledge, voice: Voice) -> str:
    """What is wrong with a value, in the calculator's words or else in the bot's own."""
    own = slot_text(replace(form, asked=problem.slot), knowledge).problems.get(problem.reason)
    if own and voice.script is not voice.script.ENGLISH:
        return own
    return voice.line(f"problem_{problem.reason}", text=problem.text[:40])
