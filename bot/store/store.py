"""The store: conversations that outlive the process, in one database that several processes may share."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from bot.assistant import Answered, OpenTurn
from bot.conversation import Conversation
from bot.messages import Json, Role, Script, Utterance
from bot.privacy import mask
from bot.respond import Turn
from bot.store import customers, keeping, operating, reading, turns
from bot.store.backup import backup, restore
from bot.store.database import Database, Transaction
from bot.store.inbox import SqlInbox
from bot.store.locks import Locks
from bot.store.records import Customer, Handoff, History, OperatorMessage, Purged, Unanswered


@dataclass(slots=True)
class _OpenTurn:
    """A conversation held for one turn, in a transaction that ends with the record."""

    held: turns.Held
    transaction: Transaction
    began: float
    timer: Callable[[], float]

    @property
    def conversation(self) -> Conversation:
        return self.held.conversation

    @property
    def answered(self) -> Answered | None:
        return self.held.answered

    @property
    def with_person(self) -> bool:
        return self.held.with_person

    async def record(self, utterance: Utterance, turn: Turn, now: datetime) -> Answered:
        """Keep the turn. When this returns it is on disk; when it raises nothing of it is."""
        latency = self.timer() - self.began
        return await self.transaction.finish(lambda c: turns.record(c, self.held, utterance, turn, now, latency))


class Store:
    """Keeps what customers, the bot and operators say. Everything raises StoreError when the database fails.

    `timer` gives seconds, for how long a turn took."""

    def __init__(self, database: Database, timer: Callable[[], float] = time.perf_counter) -> None:
        self._database = database
        self._timer = timer
        self._locks = Locks()

    @asynccontextmanager
    async def turn(self, utterance: Utterance) -> AsyncIterator[OpenTurn]:
        """The utterance's conversation, held for one turn: nobody else answers it meanwhile, in any process."""
        began = self._timer()
        # Whoever waits for this process's own turns waits here, without a connection.
        async with self._locks.hold(utterance.conversation), self._database.transaction() as transaction:
            held = await transaction.run(lambda connection: turns.hold(connection, utterance))
            yield _OpenTurn(held, transaction, began, self._timer)

    async def history(self, conversation: str, *, before: int | None = None, limit: int = 50) -> History:
        """The last `limit` turns before turn `before`, oldest first; empty for an unknown conversation."""
        return await self._database.read(lambda c: reading.history(c, conversation, before, limit))

    async def rate(self, conversation: str, number: int, helpful: bool, comment: str, now: datetime) -> bool:
        """Keep what the customer thinks of an answer, in place of an earlier opinion; False: there is no such turn."""
        return await self._database.write(lambda c: operating.rate(c, conversation, number, helpful, mask(comment), now))

    async def handoffs(self) -> tuple[Handoff, ...]:
        """The open ones, the longest waiting first."""
        return await self._database.read(reading.handoffs)

    async def write(self, conversation: str, operator: str, text: str, now: datetime) -> OperatorMessage:
        """An operator's message to the customer; from now on the operator has the conversation.

        Raises StoreError when there is no such conversation."""
        return await self._database.write(lambda c: operating.write(c, conversation, operator, text, now))

    async def close_handoff(self, conversation: str, now: datetime) -> bool:
        """The bot goes on; False: no handoff was open."""
        return await self._database.write(lambda c: operating.close_handoff(c, conversation, now))

    async def messages_after(self, last: int, *, limit: int = 500) -> tuple[OperatorMessage, ...]:
        """Operators' messages of all conversations with an id above `last`, oldest first."""
        return await self._database.read(lambda c: reading.messages_after(c, last, limit))

    async def newest_message(self) -> int:
        """The greatest id of an operator's message of any conversation; 0 when there is none."""
        return await self._database.read(reading.newest_message)

    async def messages_of(self, conversation: str, after: int = 0) -> tuple[OperatorMessage, ...]:
        """Operators' messages of one conversation with an id above `after`, oldest first."""
        return await self._database.read(lambda c: reading.messages_of(c, conversation, after))

    async def unanswered(self, limit: int = 100) -> tuple[Unanswered, ...]:
        """The latest turns that no entry answered, newest first."""
        return await self._database.read(lambda c: reading.unanswered(c, limit))

    async def customer(self, id: str) -> Customer:
        """What a customer chose about themselves."""
        return await self._database.read(lambda c: customers.customer(c, id))

    async def set_role(self, id: str, channel: str, role: Role | None, now: datetime) -> None:
        """Keep whether a customer buys or sells."""
        await self._database.write(lambda c: customers.choose(c, id, channel, {"role": role.value if role else None}, now))

    async def set_language(self, id: str, channel: str, language: Script | None, now: datetime) -> None:
        """Keep in which writing a customer wants to be answered; None: in that of each message."""
        chosen = {"language": language.value if language else None}
        await self._database.write(lambda c: customers.choose(c, id, channel, chosen, now))

    async def answered(self, conversation: str, utterance: str) -> int | None:
        """The number of the turn that answered an utterance; None when it was not answered yet."""
        return await self._database.read(lambda c: customers.answered(c, conversation, utterance))

    def inbox(self, channel: str) -> SqlInbox:
        """A channel's durable mail, in the same database."""
        return SqlInbox(self._database, channel)

    async def export(self, customer: str) -> Mapping[str, Json] | None:
        """Every row kept of the customer, by table, ready to be JSON; None when nothing is kept."""
        return await self._database.read(lambda c: keeping.export(c, customer))

    async def erase(self, customer: str) -> int:
        """Delete all that is kept of the customer; how many conversations that were."""
        return await self._database.write(lambda c: keeping.erase(c, customer))

    async def purge(self, before: datetime) -> Purged:
        """Delete turns and operators' messages from before, and whole conversations that have rested since; customers with none
        left too. Done in many small transactions, so that others go on meanwhile."""
        conversations = turns = 0
        while True:
            purged, done = await self._database.write(lambda c: keeping.purge(c, before))
            conversations, turns = conversations + purged.conversations, turns + purged.turns
            if done:
                return Purged(conversations, turns)

    async def backup(self, file: Path) -> int:
        """Write all rows, as they are at one moment, to a file; how many. Safe while others write.

        Raises StoreError when the file cannot be written."""
        return await self._database.read(lambda c: backup(c, file))

    async def restore(self, file: Path) -> int:
        """Put a backup in the place of all rows, or change nothing; how many rows.

        Raises StoreError when the file is damaged or of another version."""
        return await self._database.write(lambda c: restore(c, file))

    async def ready(self) -> None:
        """One trivial query. Raises StoreError when the database does not answer it."""
        await self._database.read(lambda c: c.execute(text("SELECT 1")).scalar())

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
        await self._database.close()
