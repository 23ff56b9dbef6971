"""The routers, in the order in which they are asked; the first handler whose filters pass takes the update."""

from __future__ import annotations

from aiogram import Dispatcher, Router

from handlers.telegram.customers import Customers
from handlers.telegram.middlewares import Log, NotTooFast, WhoIsIt
from handlers.telegram.parts import Parts
from handlers.telegram.routers.buttons import buttons_router
from handlers.telegram.routers.commands import commands_router
from handlers.telegram.routers.errors import errors_router
from handlers.telegram.routers.groups import groups_router
from handlers.telegram.routers.inline import inline_router
from handlers.telegram.routers.questions import questions_router


def routers() -> tuple[Router, ...]:
    """Each made anew: a router belongs to one dispatcher."""
    return (
        errors_router(),
        groups_router(),  # before all that takes messages: most of what is said in a group is not for us
        commands_router(),
        buttons_router(),
        inline_router(),
        questions_router(),  # last: any text that nobody took is a question, anything else is told that it cannot be read
    )


def dispatcher(parts: Parts, rate: tuple[int, float] | None) -> Dispatcher:
    """The dispatcher of one bot. What is remembered stands in our store: aiogram's own state is not used."""
    made = Dispatcher(disable_fsm=True, parts=parts)
    made.update.outer_middleware(Log())
    made.update.outer_middleware(WhoIsIt(parts, Customers(parts.store)))
    fast = NotTooFast(parts, rate)
    for observer in (made.message, made.edited_message, made.callback_query):
        observer.middleware(fast)
    made.include_routers(*routers())
    return made
