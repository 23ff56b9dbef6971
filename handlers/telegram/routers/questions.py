"""Whatever a customer writes in a private chat, new or edited."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import ContentType, Message

from handlers.telegram.answering import Talk, utterance_id
from handlers.telegram.filters import Where

# What somebody sends; everything else (somebody joined, a title changed) is said by Telegram itself.
_SENT = {
    ContentType.ANIMATION,
    ContentType.AUDIO,
    ContentType.CONTACT,
    ContentType.DICE,
    ContentType.DOCUMENT,
    ContentType.GAME,
    ContentType.LOCATION,
    ContentType.PAID_MEDIA,
    ContentType.PHOTO,
    ContentType.POLL,
    ContentType.STICKER,
    ContentType.STORY,
    ContentType.VENUE,
    ContentType.VIDEO,
    ContentType.VIDEO_NOTE,
    ContentType.VOICE,
}


def questions_router() -> Router:
    """Text and captions are questions; other media are explained."""
    router = Router(name="questions")
    for observer in (router.message, router.edited_message):
        observer.filter(Where(F.chat.type == "private"))
        observer.register(question, Where(F.text | F.caption))
    router.message.register(no_text, Where(F.content_type.in_(_SENT)))
    return router


async def question(message: Message, talk: Talk) -> None:
    """Answer it; an edited one in the place of its answer."""
    # What was pasted from an inline result of ours is our own text.
    if message.via_bot is not None and message.bot is not None and message.via_bot.id == message.bot.id:
        return
    await talk.ask(message.text or message.caption or "", utterance_id(message), question=message)


async def no_text(message: Message, talk: Talk) -> None:
    """Only text is understood; of an album only its first picture is told so."""
    album = f"album:{message.media_group_id}" if message.media_group_id else ""
    if not album or await talk.answer_to(album) is None:
        talk.drafts.say(talk.person.chat, talk.text("media.no_text"), answers=album)
