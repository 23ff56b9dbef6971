"""How the bot presents itself: commands, descriptions, the menu button."""

from __future__ import annotations

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import (
    GetMyCommands,
    GetMyDescription,
    GetMyShortDescription,
    SetChatMenuButton,
    SetMyCommands,
    SetMyDescription,
    SetMyShortDescription,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    MenuButtonCommands,
)

from bot.messages import Script
from handlers.telegram.methods import call
from handlers.telegram.texts import Texts

PRIVATE = ("start", "topics", "calc", "human", "cancel", "language", "privacy", "help")
GROUP = ("ask", "help")
# Telegram knows languages by two letters: zh cannot tell simplified from traditional, so a chat that reads traditional gets a menu
# of its own (`menu_of`). Who speaks neither language sees the Chinese one.
_LANGUAGES = ((None, Script.SIMPLIFIED), ("zh", Script.SIMPLIFIED), ("en", Script.ENGLISH))


async def introduce(bot: Bot, texts: Texts) -> None:
    """Set what is not yet as it should be; what Telegram refuses to change is left as it is until the next start."""
    try:
        for language, script in _LANGUAGES:
            await _commands(bot, texts, language, script)
            await _descriptions(bot, texts, language, script)
        await call(bot, SetChatMenuButton(menu_button=MenuButtonCommands()), 20)
    except AiogramError as error:  # these calls have limits of their own, and nobody waits for them
        structlog.get_logger().warning("profile_not_set", error=type(error).__name__)


async def _commands(bot: Bot, texts: Texts, language: str | None, script: Script) -> None:
    for scope, names in ((BotCommandScopeAllPrivateChats(), PRIVATE), (BotCommandScopeAllGroupChats(), GROUP)):
        wanted = commands(texts, script, names)
        if await bot(GetMyCommands(scope=scope, language_code=language)) != wanted:
            await call(bot, SetMyCommands(commands=wanted, scope=scope, language_code=language), 20)


async def _descriptions(bot: Bot, texts: Texts, language: str | None, script: Script) -> None:
    described = (await bot(GetMyDescription(language_code=language))).description
    if described != (wanted := texts("profile.description", script)):
        await call(bot, SetMyDescription(description=wanted, language_code=language), 20)
    described = (await bot(GetMyShortDescription(language_code=language))).short_description
    if described != (wanted := texts("profile.short", script)):
        await call(bot, SetMyShortDescription(short_description=wanted, language_code=language), 20)


def commands(texts: Texts, script: Script, names: tuple[str, ...]) -> list[BotCommand]:
    """The commands of a menu."""
    return [BotCommand(command=name, description=texts(f"commands.{name}", script)) for name in names]


def menu_of(chat: int, texts: Texts, script: Script) -> SetMyCommands:
    """The menu of one private chat, in its own writing."""
    return SetMyCommands(commands=commands(texts, script, PRIVATE), scope=BotCommandScopeChat(chat_id=chat))
