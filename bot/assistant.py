"""The assistant: loads the conversation, lets `respond` decide, records the turn; the only async part of the core."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.messages import Reply, Utterance
from bot.respond import Turn, respond

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Conversations(Protocol):
    """Where conversations are kept between turns."""

    def turn(self, conversation: str) -> AbstractAsyncContextManager[Conversation]:
        """The conversation as it stands, held for one turn: nobody else answers it meanwhile."""
        ...

    async def record(self, utterance: Utterance, turn: Turn) -> None:
        """Keep what was said, the reply and the new state; all of it or nothing."""
        ...


class Assistant:
    """Answers utterances one turn at a time a conversation."""

    def __init__(self, knowledge: Knowledge, conversations: Conversations, clock: Callable[[], datetime]) -> None:
        self._knowledge = knowledge
        self._conversations = conversations
        self._clock = clock

    async def reply(self, utterance: Utterance) -> Reply:
        """The reply to an utterance, recorded before it is returned."""
        async with self._conversations.turn(utterance.conversation) as before:
            turn = respond(utterance, before, self._knowledge, self._clock())
            await self._conversations.record(utterance, turn)
        return turn.reply


class MemoryConversations:
    """Conversations that live as long as the process: for the terminal and for tests."""

    def __init__(self) -> None:
        self._kept: dict[str, Conversation] = {}

    @asynccontextmanager
    async def turn(self, conversation: str) -> AsyncIterator[Conversation]:
        """The conversation as it stands; one terminal never speaks twice at once."""
        yield self._kept.get(conversation, Conversation())

    async def record(self, utterance: Utterance, turn: Turn) -> None:
        """Keep the new state."""
        self._kept[utterance.conversation] = turn.conversation
