"""Groups: an answer to whoever mentions the bot, replies to it or asks with /ask; silence for all others."""

from __future__ import annotations

import re

from aiogram import F, Router
from aiogram.filters import JOIN_TRANSITION, ChatMemberUpdatedFilter, Command, CommandObject
from aiogram.types import ChatMemberUpdated, Message

from handlers.telegram.answering import Talk, utterance_id
from handlers.telegram.filters import Where

_GROUPS = Where(F.chat.type.in_({"group", "supergroup"}))


def groups_router() -> Router:
    """Everything that is said in a group ends here, answered or not."""
    router = Router(name="groups")
    router.message.filter(_GROUPS)
    router.edited_message.filter(_GROUPS)
    router.my_chat_member.filter(_GROUPS)
    router.my_chat_member.register(hello, ChatMemberUpdatedFilter(JOIN_TRANSITION))
    router.message.register(ask, Command("ask"))
    router.message.register(help_, Command("help", "start"))
    router.message.register(mentioned)
    router.edited_message.register(mentioned)
    return router


async def hello(event: ChatMemberUpdated, talk: Talk) -> None:
    """The bot was added: say how to reach it."""
    talk.drafts.say(event.chat.id, talk.text("help.hello_group"))


async def ask(message: Message, command: CommandObject, talk: Talk) -> None:
    """/ask with a question; alone it asks about the message it replies to."""
    replied = message.reply_to_message
    text = command.args or (replied and (replied.text or replied.caption)) or ""
    if text:
        await talk.ask(text, utterance_id(message), question=message)
    else:
        talk.drafts.say(talk.person.chat, talk.text("help.ask"), to=message)


async def help_(message: Message, talk: Talk) -> None:
    """How to reach the bot here."""
    talk.drafts.say(talk.person.chat, talk.text("help.hello_group"), to=message)


async def mentioned(message: Message, talk: Talk) -> None:
    """The bot is mentioned or replied to; without the mention the rest is the question."""
    assert message.bot is not None
    me = await message.bot.me()
    said = message.text or message.caption or ""
    mention = re.compile(rf"@{re.escape(me.username or '')}\b", re.IGNORECASE)
    replied = message.reply_to_message
    to_us = replied is not None and replied.from_user is not None and replied.from_user.id == me.id
    if message.via_bot is not None or not said or said.startswith("/") or not (to_us or mention.search(said)):
        return
    text = mention.sub(" ", said).strip()
    if text:
        await talk.ask(text, utterance_id(message), question=message)
    elif not message.edit_date:
        talk.drafts.say(talk.person.chat, talk.text("help.hello_group"), to=message)
