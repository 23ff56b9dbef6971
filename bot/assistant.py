"""The assistant: holds the conversation, lets `respond` decide, records the turn; the only async part of the core."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.messages import Reply, Utterance
from bot.privacy import mask
from bot.respond import Turn, pass_on, respond


@dataclass(frozen=True, slots=True)
class Answered:
    """A turn as it was recorded: its number in the conversation (from 1) and its reply."""

    number: int
    reply: Reply


class OpenTurn(Protocol):
    """A conversation held for one turn."""

    @property
    def conversation(self) -> Conversation:
        """The conversation as it stands."""
        ...

    @property
    def answered(self) -> Answered | None:
        """The turn that this utterance was answered with before, if its channel brings it a second time."""
        ...

    @property
    def with_person(self) -> bool:
        """Whether a person has taken the conversation over and still has it."""
        ...

    async def record(self, utterance: Utterance, turn: Turn, now: datetime) -> Answered:
        """Keep what was said, the reply and the new state; all of it or nothing."""
        ...


class Conversations(Protocol):
    """Where conversations are kept between turns."""

    def turn(self, utterance: Utterance) -> AbstractAsyncContextManager[OpenTurn]:
        """The utterance's conversation, held for one turn: nobody else answers it meanwhile, in any process."""
        ...


class Assistant:
    """Answers utterances one turn at a time a conversation."""

    def __init__(self, knowledge: Knowledge, conversations: Conversations, clock: Callable[[], datetime]) -> None:
        self.knowledge = knowledge
        self._conversations = conversations
        self._clock = clock

    async def reply(self, utterance: Utterance) -> Answered:
        """The reply to an utterance, recorded before it is returned; a repeated utterance gets its first reply again."""
        async with self._conversations.turn(utterance) as held:
            if held.answered:
                return held.answered
            now = self._clock()
            decide = pass_on if held.with_person else respond
            turn = decide(utterance, held.conversation, self.knowledge, now)
            # The record keeps the ends of personal numbers, for a person to recognize.
            return await held.record(replace(utterance, text=mask(utterance.text)), turn, now)


@dataclass
class _MemoryTurn:
    conversation: Conversation
    number: int
    keep: Callable[[Conversation], None]
    answered: Answered | None = None
    with_person: bool = False

    async def record(self, utterance: Utterance, turn: Turn, now: datetime) -> Answered:
        self.keep(turn.conversation)
        return Answered(self.number, turn.reply)


class MemoryConversations:
    """Conversations that live as long as the process, one speaker at a time: for the terminal and for tests."""

    def __init__(self) -> None:
        self._kept: dict[str, Conversation] = {}

    @asynccontextmanager
    async def turn(self, utterance: Utterance) -> AsyncIterator[OpenTurn]:
        """The conversation as it stands."""
        before = self._kept.get(utterance.conversation, Conversation())

        def keep(after: Conversation) -> None:
            self._kept[utterance.conversation] = after

        yield _MemoryTurn(before, before.turns + 1, keep)
