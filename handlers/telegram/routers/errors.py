"""Errors that have an answer. All others go on to the inbox, which tries the update again and in the end sets it aside."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import ExceptionTypeFilter
from aiogram.types import ErrorEvent

from handlers.telegram.answering import Foreign, Stale, shown
from handlers.telegram.drafts import Drafts
from handlers.telegram.parts import Parts, Person


def errors_router() -> Router:
    """Presses of buttons that mean nothing any more."""
    router = Router(name="errors")
    router.errors.register(stale, ExceptionTypeFilter(Stale))
    return router


async def stale(event: ErrorEvent, drafts: Drafts, person: Person, parts: Parts) -> None:
    """Say so; in a private chat, where nobody else could press them, the buttons go."""
    query = event.update.callback_query
    if query is None:
        raise event.exception
    foreign = isinstance(event.exception, Foreign) and not person.private
    drafts.toast(query, parts.texts("buttons.foreign" if foreign else "buttons.stale", person.script), alert=True)
    if (message := shown(query)) is not None and person.private and message.reply_markup is not None:
        drafts.buttons(message, None)
