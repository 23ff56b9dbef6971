"""What is remembered of a conversation between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.calculators import SlotValue
from bot.messages import Button, Script


class FormState(StrEnum):
    """How a calculator stands in the conversation."""

    OFFERED = "offered"  # the answer said what it could work out; a value that comes next is for it
    ASKING = "asking"  # it waits for the slot `asked`
    DONE = "done"  # it has answered; a correction computes again


@dataclass(frozen=True, slots=True)
class Form:
    """A calculator's slots as far as they are known, for one entry. `tries` counts answers that could not be used."""

    entry: str
    calculator: str
    state: FormState
    values: Mapping[str, SlotValue] = field(default_factory=dict)
    asked: str | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """One customer's thread between turns. `topic` is the entry last answered, `question` the words that led to it,
    `shown` the entries already shown for it; `options` were offered with numbers; `misses` and `unsolved` count in a row; `erasing`
    while the customer is asked whether all of it shall really be deleted."""

    script: Script = Script.SIMPLIFIED
    topic: str | None = None
    question: str = ""
    shown: tuple[str, ...] = ()
    form: Form | None = None
    options: tuple[Button, ...] = ()
    misses: int = 0
    unsolved: int = 0
    erasing: bool = False
    turns: int = 0
