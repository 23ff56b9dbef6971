"""What the store gives out: the past of a conversation, handoffs, operators' messages, what could not be answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import XiaoerError
from bot.messages import Reply, Role, Script


class StoreError(XiaoerError):
    """The store cannot do what was asked; the text says it in the reader's language and quotes no customer."""


class HandoffState(StrEnum):
    """How far a handoff has come."""

    WAITING = "waiting"  # asked for, nobody has written yet
    TAKEN = "taken"  # a person writes; the bot only passes messages on
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Customer:
    """What a customer chose about themselves; None where they chose nothing."""

    id: str
    role: Role | None = None
    language: Script | None = None


@dataclass(frozen=True, slots=True)
class PastTurn:
    """One turn as it was recorded; `at` is when it was answered, `helpful` what the customer thought of the answer."""

    number: int
    at: datetime
    text: str
    reply: Reply
    helpful: bool | None


@dataclass(frozen=True, slots=True)
class OperatorMessage:
    """What an operator wrote to a customer; ids grow and are never given twice."""

    id: int
    conversation: str
    operator: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Handoff:
    """A customer's wish for a person: from which turn on, how it stands, and the last thing the customer said."""

    conversation: str
    turn: int
    reason: str
    state: HandoffState
    opened_at: datetime
    operator: str | None
    last_text: str


@dataclass(frozen=True, slots=True)
class History:
    """A part of a conversation, oldest first: its turns and the operators' messages written among them. `handoff` is how the
    latest handoff stands (None: there was none), `more` whether there are turns before these."""

    conversation: str
    turns: tuple[PastTurn, ...] = ()
    messages: tuple[OperatorMessage, ...] = ()
    handoff: HandoffState | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A turn that no entry answered; `gap` names the known gap it fell into."""

    conversation: str
    turn: int
    text: str
    gap: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was deleted for being old."""

    conversations: int
    turns: int
