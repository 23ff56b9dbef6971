"""What a calculator is: its slots, how a message fills them, and the outcome of its rule."""

from __future__ import annotations

import importlib.util
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Protocol, TypeVar

SlotValue = Decimal | int | bool | str | date | datetime | tuple[Decimal, ...]
Plain = str | bool | None | list["Plain"] | dict[str, "Plain"]


class SlotKind(StrEnum):
    MONEY = "money"
    AMOUNTS = "amounts"  # several amounts of money
    COUNT = "count"
    PERCENT = "percent"
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"  # one of `choices`
    TEXT = "text"  # what the person tells, read by the calculator itself


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a choice slot; its label and the ways of saying it are data (knowledge/calculators.yaml)."""

    value: str


def choices(*values: str) -> tuple[Choice, ...]:
    """The choices with these values."""
    return tuple(Choice(value) for value in values)


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that a rule needs. `required` ones are asked for; others have a default and are only read.

    A `hidden` slot is a note of the calculator to itself (a day whose time is still missing); it has no prompt and no label.
    """

    name: str
    kind: SlotKind
    required: bool = True
    choices: tuple[Choice, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that was written and cannot be used; `reason` is a key of knowledge/calculators.yaml or replies.yaml."""

    slot: str
    reason: str
    text: str  # what the person wrote, to be quoted back


@dataclass(frozen=True, slots=True)
class Filled:
    """What a message gave: new or changed slot values, and what was wrong with others.

    The slot that a following bare number belongs to comes last in `values`.
    """

    values: Mapping[str, SlotValue]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rule's result: which case applied, the figures its template shows, and the facts it used.

    `result` is a frozen dataclass of the calculator's module; `plain(result)` makes it JSON.
    """

    calculator: str
    case: str
    result: object
    facts: tuple[str, ...]


class Facts(Protocol):
    """Dated values: `facts.number("late_fee")` on the day the facts were opened for."""

    def number(self, name: str) -> Decimal: ...
    def whole(self, name: str) -> int: ...


class Calculator(Protocol):
    """A rule. `fill` takes the facts so that a vague value (一百来块) can be used where its whole range gives one result."""

    @property
    def name(self) -> str: ...
    @property
    def slots(self) -> tuple[Slot, ...]: ...
    @property
    def facts(self) -> tuple[str, ...]: ...
    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled: ...
    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None: ...
    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome: ...


class InOrder:
    """A rule whose required slots are all needed, and are asked for in their order."""

    slots: tuple[Slot, ...]

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        """The first required slot that is not known."""
        return next((slot for slot in self.slots if slot.required and slot.name not in known), None)


C = TypeVar("C", bound=Calculator)
_registered: dict[str, Calculator] = {}


def calculator(rule: type[C]) -> type[C]:
    """Register a rule under its name."""
    instance = rule()
    if instance.name in _registered:
        raise ValueError(f"two calculators are named {instance.name}")
    _registered[instance.name] = instance
    return rule


def find_calculator(name: str) -> Calculator | None:
    """The rule of that name, its module imported when it is first asked for; None when there is none."""
    module = f"{__package__}.{name.replace('-', '_')}"
    if name not in _registered and name.replace("-", "").isalnum() and importlib.util.find_spec(module):
        importlib.import_module(module)
    return _registered.get(name)


@cache
def calculators() -> Mapping[str, Calculator]:
    """Every rule of this package by its name, in alphabetical order."""
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{__package__}.{module.name}")
    return MappingProxyType(dict(sorted(_registered.items())))


def plain(result: object) -> Plain:
    """A result as JSON: numbers as decimal strings, dates as ISO, tuples as lists, dataclasses as objects."""
    if result is None or isinstance(result, bool | str):
        return result
    if isinstance(result, Decimal):
        return format(result, "f")
    if isinstance(result, int):
        return str(result)
    if isinstance(result, date):
        return result.isoformat()
    if isinstance(result, tuple):
        return [plain(item) for item in result]
    if is_dataclass(result):
        return {field.name: plain(getattr(result, field.name)) for field in fields(result)}
    raise TypeError(f"{type(result).__name__} has no plain form")
