"""From a reply to drafts: what every handler that asked the assistant does with what came back."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import CallbackQuery, Message

from bot.assistant import Answered
from bot.messages import Action, Script
from handlers.telegram.callbacks import Signer
from handlers.telegram.customers import Customers
from handlers.telegram.drafts import Drafts
from handlers.telegram.markup import Keyboard, pages
from handlers.telegram.parts import Parts, Person
from handlers.telegram.view import blocks, keyboard


class Stale(Exception):
    """A button that does not mean anything any more; errors.py tells the presser."""


class Foreign(Stale):
    """A button that was made for somebody else."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One update being answered: the parts, the person, and where the answer goes."""

    parts: Parts
    person: Person
    signer: Signer
    drafts: Drafts
    customers: Customers

    def text(self, name: str, **names: object) -> str:
        """A label in the person's writing."""
        return self.parts.texts(name, self.person.script, **names)

    def menu(self, menu: tuple[str, Keyboard | None]) -> None:
        """Show a menu."""
        self.drafts.say(self.person.chat, *menu)

    async def ask(
        self,
        text: str,
        id: str,
        *,
        question: Message | None = None,
        chosen: str = "",
        script: Script | None = None,
        calculate: str | None = None,
    ) -> None:
        """Ask the assistant and show what it replies. `question` is what is answered, `chosen` the label of the button pressed."""
        answered = await self.parts.reply(self.person, text, id, script=script, calculate=calculate)
        edited = question is not None and question.edit_date
        edits = await self.answer_to(str(question.message_id)) if question is not None and edited else None
        self.show(answered, question=question, chosen=chosen, edits=edits)

    async def answer_to(self, question: str) -> int | None:
        """The message that was kept as the answer to this."""
        return await self.parts.store.inbox("telegram").answer_to(str(self.person.chat), question)

    def show(self, answered: Answered, *, question: Message | None, chosen: str, edits: int | None) -> None:
        """Put a reply into drafts: its first message in the place of an earlier answer where there is one."""
        reply, number = answered.reply, answered.number
        voice = self.parts.voice(reply.script)
        head = [("i", f"▸ {chosen}")] if chosen else []
        texts = pages([*head, *blocks(reply, voice)])
        buttons = keyboard(reply, number, self.parts.texts, voice, self.parts.knowledge, self.signer)
        answers = str(question.message_id) if question is not None else ""
        to = None if self.person.private else question
        for place, page in enumerate(texts):
            last = place == len(texts) - 1
            self.drafts.say(
                self.person.chat,
                page,
                buttons if last else None,
                answers=answers if place == 0 else "",
                to=to if place == 0 else None,
                edits=edits if place == 0 else None,
            )
        if reply.action is Action.EXPORT:
            caption = self.parts.texts("privacy.caption", reply.script)
            self.drafts.document(self.person.chat, self.person.customer, caption)
        if reply.action is Action.ERASED:
            self.customers.forget(self.person.customer)
            self.drafts.forget.append(str(self.person.chat))


def shown(query: CallbackQuery) -> Message | None:
    """The message under which a button was pressed, while Telegram still shows it to us."""
    return query.message if isinstance(query.message, Message) else None


def utterance_id(message: Message) -> str:
    """What tells one thing said from another; an edit is another."""
    edited = f":{message.edit_date}" if message.edit_date else ""
    return f"{message.chat.id}:{message.message_id}{edited}"


def press_id(query: CallbackQuery) -> str:
    """What tells one press from another."""
    return f"press:{query.id}"
