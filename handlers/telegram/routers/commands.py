"""Commands, in private chats."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import Message

from bot.messages import Script
from handlers.telegram import menus
from handlers.telegram.answering import Talk, utterance_id
from handlers.telegram.filters import Where
from handlers.telegram.markup import pages
from handlers.telegram.profile import menu_of


def commands_router() -> Router:
    """Each command, and the help for those that we do not have."""
    router = Router(name="commands")
    # Most messages are no commands: they are not compared with each of them.
    router.message.filter(Where(F.chat.type == "private"), Where(F.text.startswith("/") | F.caption.startswith("/")))
    router.message.register(start, CommandStart())
    for name, handler in (
        ("topics", topics),
        ("calc", calc),
        ("human", human),
        ("cancel", cancel),
        ("language", language),
        ("privacy", privacy),
        ("help", help_),
        ("ask", ask),
    ):
        router.message.register(handler, Command(name))
    router.message.register(help_, Where(F.text.regexp(r"^/[A-Za-z]")))
    return router


async def start(message: Message, command: CommandObject, talk: Talk) -> None:
    """Welcome, or answer the entry that a deep link names (t.me/bot?start=seller_deposit-amount)."""
    if talk.person.script is Script.TRADITIONAL:
        talk.drafts.commands(talk.person.chat, menu_of(talk.person.chat, talk.parts.texts, Script.TRADITIONAL))
    named = (command.args or "").strip()
    entry = talk.parts.linked(named)
    if entry is not None:
        await talk.ask(entry.question, utterance_id(message), question=message, chosen=entry.question, script=talk.person.script)
        return
    if named:
        talk.drafts.say(talk.person.chat, talk.text("start.unknown_link"))
    p = talk.parts
    talk.menu(menus.start(p.texts, p.knowledge, p.areas, talk.signer, talk.person.script, talk.person.role))


async def topics(message: Message, talk: Talk) -> None:
    """The areas."""
    talk.menu(menus.all_areas(talk.parts.texts, talk.parts.areas, talk.signer, talk.person.script))


async def calc(message: Message, talk: Talk) -> None:
    """The calculators."""
    talk.menu(menus.calculators(talk.parts.texts, talk.parts.knowledge, talk.signer, talk.person.script))


async def human(message: Message, talk: Talk) -> None:
    """A person, please."""
    script = talk.person.script
    await talk.ask(talk.parts.voice(script).line("person"), utterance_id(message), question=message, script=script)


async def cancel(message: Message, talk: Talk) -> None:
    """Leave the open form."""
    await talk.ask(talk.text("buttons.cancel_says"), utterance_id(message), question=message, script=talk.person.script)


async def language(message: Message, talk: Talk) -> None:
    """The writings to be answered in."""
    talk.menu(menus.languages(talk.parts.texts, talk.signer, talk.person.script, talk.person.chosen))


async def privacy(message: Message, talk: Talk) -> None:
    """What is kept, with export and deletion."""
    talk.menu(menus.privacy(talk.parts.texts, talk.signer, talk.person.script))


async def help_(message: Message, talk: Talk) -> None:
    """How to use the bot."""
    bot = message.bot
    name = (await bot.me()).username if bot else ""
    for page in pages([("", talk.text("help.text", bot=name or ""))]):
        talk.drafts.say(talk.person.chat, page)


async def ask(message: Message, command: CommandObject, talk: Talk) -> None:
    """/ask works here too."""
    if command.args:
        await talk.ask(command.args, utterance_id(message), question=message)
    else:
        talk.drafts.say(talk.person.chat, talk.text("help.ask"))
