"""What the handlers work with, and who they work for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bot.areas import Area
from bot.assistant import Answered, Assistant
from bot.entries import Entry
from bot.knowledge import Knowledge
from bot.messages import Role, Script, Utterance
from bot.replies import Voice
from bot.store import Store
from bot.suggest import Suggester, suggester
from handlers.telegram.callbacks import Signer, short
from handlers.telegram.texts import Texts, read_texts


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or pressed, and where. `script` is what labels are written in: the one chosen, else that of their Telegram;
    `chosen` is None when they are answered in the writing of each message."""

    customer: str
    conversation: str
    chat: int
    private: bool
    script: Script
    chosen: Script | None = None
    role: Role | None = None

    def speaking(self, script: Script) -> Person:
        """The person, addressed in the writing of a reply."""
        return self if self.chosen else replace(self, script=script)


@dataclass(frozen=True)
class Parts:
    """The parts of one running bot."""

    assistant: Assistant
    knowledge: Knowledge
    store: Store
    areas: tuple[Area, ...]
    clock: Callable[[], datetime]
    texts: Texts
    key: bytes
    entries: Mapping[str, str]  # by their short names

    @classmethod
    def of(cls, assistant: Assistant, store: Store, areas: tuple[Area, ...], clock: Callable[[], datetime], key: bytes) -> Parts:
        """The parts on an assistant's knowledge."""
        knowledge = assistant.knowledge
        entries = {short(entry): entry for entry in knowledge.entries}
        return cls(assistant, knowledge, store, areas, clock, read_texts(), key, entries)

    @cached_property
    def suggester(self) -> Suggester:
        """Finds questions by a few letters; made when it is first asked for."""
        return suggester(self.knowledge)

    def linked(self, name: str) -> Entry | None:
        """The entry that a deep link names: its id, with _ for the dot that Telegram does not allow there."""
        return self._links.get(name)

    @cached_property
    def _links(self) -> Mapping[str, Entry]:
        return {link_name(entry.id): entry for entry in self.knowledge.content.entries}

    def voice(self, script: Script) -> Voice:
        """The bot's own lines in a writing, now."""
        return Voice(self.knowledge, self.clock(), script)

    def signer(self, conversation: str) -> Signer:
        """Marks a conversation's buttons."""
        return Signer(self.key, conversation)

    async def reply(
        self, person: Person, text: str, id: str, *, script: Script | None = None, calculate: str | None = None
    ) -> Answered:
        """What the assistant answers a person who wrote, or pressed a button that says, this. `script`: of the reply whose button it was."""
        utterance = Utterance(
            text=text,
            conversation=person.conversation,
            id=id,
            role=person.role,
            customer=person.customer,
            channel="telegram",
            script=person.chosen or script,
            calculate=calculate,
        )
        return await self.assistant.reply(utterance)


def link_name(entry: str) -> str:
    """What stands behind ?start= in a link to an entry."""
    return entry.replace(".", "_") if len(entry) <= 64 else short(entry)
