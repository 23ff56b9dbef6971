"""The port of a channel's durable mail: updates kept before they are acknowledged, messages kept before they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.messages import Json


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update as the channel brought it: its own number for it, the chat it belongs to (handled in order), and all of it as ASCII JSON."""

    update: str
    chat: str
    payload: str


@dataclass(frozen=True, slots=True)
class Open:
    """An update that is kept and not handled yet; `tries` counts how often that was begun in vain."""

    id: int
    chat: str
    payload: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message to send once it is kept. `answers` names what it answers (a later edit asks for it), `edits` the kept message
    whose place in the chat it takes."""

    chat: str
    method: str
    params: Mapping[str, Json]
    answers: str = ""
    edits: int | None = None


class Sending(StrEnum):
    """How far a kept message has come."""

    WAITING = "waiting"
    SENDING = "sending"  # the channel may have accepted it already
    SENT = "sent"
    FAILED = "failed"  # the channel will not take it


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A kept message that is not sent yet. `doubtful`: it may have been accepted before, unknown to us. `begun`: it was kept as one
    that is being sent."""

    id: int
    chat: str
    method: str
    params: Mapping[str, Json] = field(hash=False)
    edits: int | None = None
    tries: int = 0
    not_before: datetime | None = None
    doubtful: bool = False
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much is under way."""

    updates: int
    messages: int


class Inbox(Protocol):
    """One channel's mail. Everything is on disk when it returns, and raises StoreError when it cannot be."""

    async def take_in(self, arrived: Sequence[Arrived], now: datetime) -> tuple[Open, ...]:
        """Keep a batch in one commit; those that are new, in their order. A number that was seen before is dropped."""
        ...

    async def open_ones(self, limit: int = 1000) -> tuple[Open, ...]:
        """What was kept and not handled, oldest first."""
        ...

    async def tried(self, id: int, error: str) -> int:
        """Count a try of an update; how many there have been."""
        ...

    async def done(
        self, id: int, prepared: Sequence[Prepared], now: datetime, *, aside: str = "", begin: bool = False
    ) -> tuple[Outgoing, ...]:
        """The update is handled, and these messages are kept for sending: both or neither. What the customer wrote is dropped.

        `begin`: the first of them is being sent from now on. `aside` says why the update was given up instead. Nothing is kept, and
        nothing returned, when it was done before."""
        ...

    async def post(self, prepared: Sequence[Prepared], mark: str, value: int, now: datetime) -> tuple[Outgoing, ...]:
        """Keep messages that answer no update, and how far was read: both or neither. Nothing when the mark is not below."""
        ...

    async def mark(self, name: str) -> int:
        """How far was read; 0 at first."""
        ...

    async def unsent(self) -> tuple[Outgoing, ...]:
        """What is kept and not sent, oldest first; what was being sent when a process ended is doubtful."""
        ...

    async def sending(self, id: int) -> None:
        """From now on the channel may have it."""
        ...

    async def sent(self, id: int, message: int | None) -> None:
        """The channel has it, as its message `message`."""
        ...

    async def put_off(self, id: int, until: datetime, *, doubtful: bool) -> None:
        """It is to be sent again, not before `until`; `doubtful` when the channel may have it."""
        ...

    async def failed(self, id: int, error: str) -> None:
        """The channel refuses it for good."""
        ...

    async def give_up(self, chat: str, error: str) -> int:
        """Everything that waits for a chat is dropped; how many that was."""
        ...

    async def answer_to(self, chat: str, answers: str) -> int | None:
        """The message that was last kept as an answer to this."""
        ...

    async def message_of(self, id: int) -> int | None:
        """The channel's number of a kept message; None when it has none."""
        ...

    async def forget(self, chat: str) -> None:
        """Drop what is still kept of what a chat's customers wrote and were sent."""
        ...

    async def purge(self, before: datetime) -> int:
        """Forget what was finished and kept before; how many updates."""
        ...

    async def waiting(self) -> Waiting:
        """How much is under way."""
        ...
