"""A calculator as a plain HTML form: which inputs it shows, and what comes of the values that were sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.calculators import SlotKind
from bot.conversation import Form
from bot.desk import Desk, Need, Worked
from bot.entries import Entry
from bot.matching.normalize import clean

LONGEST = 200

_PLAIN = re.compile(r"-?\d+(?:[.,]\d+)?")
_NUMERAL = re.compile(r"[\d一二三四五六七八九十百千万亿两零第.%]+")
_TYPES = {SlotKind.DAY: "date", SlotKind.MOMENT: "datetime-local"}
_PADS = {SlotKind.COUNT: "numeric", SlotKind.MONEY: "decimal", SlotKind.PERCENT: "decimal"}


@dataclass(frozen=True, slots=True)
class Choosable:
    """One choice of a slot."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the form. `kind` is an input type, or "radio" or "select"; `spoken` is the slot's name in English words;
    `pad` is the on-screen keyboard, `unit` stands behind the input."""

    name: str
    kind: str
    label: str
    spoken: str
    prompt: str
    need: Need
    unit: str
    pad: str
    example: str
    options: tuple[Choosable, ...]
    value: str
    problem: str

    @property
    def first_input(self) -> str:
        """The id of the input that a link to the field leads to."""
        return f"{self.name}-0" if self.kind == "radio" else self.name


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it was sent, or empty; `worked` is None before anything was sent."""

    fields: tuple[Field, ...]
    worked: Worked | None = None

    @property
    def wrong(self) -> tuple[Field, ...]:
        """The fields with a problem."""
        return tuple(field for field in self.fields if field.problem)


def empty_sheet(desk: Desk, entry: Entry, needs: Mapping[str, Need]) -> Sheet:
    """The entry's form before anything was filled in."""
    return Sheet(_fields(desk, desk.open(entry), needs, {}, {}))


def sent_sheet(desk: Desk, entry: Entry, needs: Mapping[str, Need], sent: Mapping[str, str], needed: str) -> Sheet:
    """The entry's form with the values that were sent, worked out; `needed` is said beside what is left open."""
    values = {name: clean(sent[name]).strip()[:LONGEST] for name in needs if name in sent}
    form = desk.open(entry)
    worked = desk.work(form, {name: _said(desk.slots[name].kind, value) for name, value in values.items() if value})
    problems = dict(worked.problems)
    if worked.missing is not None:
        open_ones = [name for name, need in needs.items() if need is Need.REQUIRED and not values.get(name)]
        problems |= dict.fromkeys([*open_ones, worked.missing], needed)
    return Sheet(_fields(desk, form, needs, values, problems), worked)


def _said(kind: SlotKind, value: str) -> str:
    """What a person would have said for the value of an input."""
    if kind is SlotKind.MOMENT:
        return value.replace("T", " ")
    # Behind the input stands %: 0.5 is half a percent there, and a half only where nothing says so.
    return f"{value}%" if kind is SlotKind.PERCENT and _PLAIN.fullmatch(value) else value


def _fields(
    desk: Desk, form: Form, needs: Mapping[str, Need], values: Mapping[str, str], problems: Mapping[str, str]
) -> tuple[Field, ...]:
    return tuple(_field(desk, name, needs[name], values.get(name, ""), problems.get(name, "")) for name in needs)


def _field(desk: Desk, name: str, need: Need, value: str, problem: str) -> Field:
    slot, text = desk.slots[name], desk.texts.slots[name]
    # A radio cannot be taken back: what may stay open is a list with an empty line.
    chosen = "radio" if need is Need.REQUIRED else "select"
    kind = chosen if slot.kind is SlotKind.CHOICE else _TYPES.get(slot.kind, "text")
    # Words are typed instead of a number where an example is one (不限, 现成的); then no number pad comes up.
    worded = any(not _NUMERAL.search(example) for example in text.examples)
    unit = _unit(slot.kind, text.examples)
    return Field(
        name=name,
        kind=kind,
        label=text.label,
        spoken=name.replace("_", " "),
        prompt=text.prompt,
        need=need,
        unit=unit,
        pad="" if worded else _PADS.get(slot.kind, ""),
        example=next((e.removesuffix(unit) for e in text.examples if _NUMERAL.search(e)), ""),
        options=tuple(Choosable(v, c.label) for v, c in text.choices.items()),
        value=value,
        problem=problem,
    )


def _unit(kind: SlotKind, examples: tuple[str, ...]) -> str:
    """The unit behind the input: of money the yuan, of a count what its examples count (63单 is 单)."""
    if kind in (SlotKind.MONEY, SlotKind.AMOUNTS):
        return "元"
    if kind is SlotKind.PERCENT:
        return "%"
    counted = next((e for e in examples if _NUMERAL.match(e)), "") if kind is SlotKind.COUNT else ""
    return _NUMERAL.sub("", counted)
