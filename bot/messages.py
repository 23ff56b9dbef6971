"""All that crosses the edge: an utterance comes in, a reply goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class Act(StrEnum):
    """What a reply does."""

    ANSWER = "answer"
    ASK = "ask"
    CLARIFY = "clarify"
    FALLBACK = "fallback"
    HANDOFF = "handoff"
    SMALLTALK = "smalltalk"


class Role(StrEnum):
    """Who is asking; it only tips a near tie."""

    BUYER = "buyer"
    SELLER = "seller"


class Script(StrEnum):
    """The writing a person uses, and is answered in."""

    SIMPLIFIED = "zh-hans"
    TRADITIONAL = "zh-hant"
    ENGLISH = "en"


class Action(StrEnum):
    """What a channel has to do besides showing a reply."""

    EXPORT = "export"  # give the customer all that is kept of them
    ERASED = "erased"  # forget on the customer's device what the store has just forgotten


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing a customer said; `conversation` names the thread it belongs to, `customer` whose it is (the conversation's
    own name where the channel knows no other), `id` the channel's own number for it: the same id is the same utterance.
    `script` is the writing that the customer chose to be answered in (None: that of the text), `calculate` the entry whose
    calculator they chose by a button."""

    text: str
    conversation: str = "local"
    id: str = ""
    role: Role | None = None
    customer: str = ""
    channel: str = "cli"
    script: Script | None = None
    calculate: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement is written; `published` is None when the article is undated."""

    id: str
    title: str
    publisher: str
    published: date | None
    updated: date | None
    official: bool
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """Something to choose: an entry, or a text that is said for the customer (a slot's value, 转人工)."""

    label: str
    entry: str | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """The value that an open form waits for; `kind` is a SlotKind, so that a channel can offer the fitting input."""

    calculator: str
    title: str
    slot: str
    label: str
    kind: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a calculator worked with, as it is read back to the person."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A calculator's result to be shown apart: what was computed, the result in one line, from what, and how."""

    title: str
    headline: str
    given: tuple[Given, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that came into question, and how sure the matcher is of it (0..1)."""

    entry: str
    score: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. `text` is the whole plain-text reply; `body`, `notes`, `sources`, `prompt` (what is asked of the
    person, or an open form's reminder) and `options` are its parts, in that order, for richer views; `card` (of a result) and
    `asked` (of a form) say part of the body and the prompt again in a form that is not prose."""

    act: Act
    text: str
    body: str
    entries: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    gap: str | None = None
    calculator: str | None = None
    result: Json = None
    notes: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    prompt: str = ""
    options: tuple[Button, ...] = ()
    script: Script = field(default=Script.SIMPLIFIED)
    asked: Asked | None = None
    card: Card | None = None
    action: Action | None = None

    @property
    def entry(self) -> str | None:
        """The first entry answered, or the one that a question is about."""
        return self.entries[0] if self.entries else None
