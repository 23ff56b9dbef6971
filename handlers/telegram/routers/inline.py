"""Inline mode: @bot and a few letters, in any chat, offer entries to paste."""

from __future__ import annotations

from aiogram import Router
from aiogram.methods import AnswerInlineQuery
from aiogram.types import InlineQuery, InlineQueryResultArticle, InlineQueryResultUnion, InputTextMessageContent, LinkPreviewOptions

from bot.entries import Entry
from bot.matching.normalize import shorten, traditional
from bot.messages import Act, Script
from handlers.telegram import menus
from handlers.telegram.answering import Talk
from handlers.telegram.callbacks import short
from handlers.telegram.markup import pages
from handlers.telegram.view import blocks

MOST = 10
CACHE_SECONDS = 300


def inline_router() -> Router:
    """Inline queries."""
    router = Router(name="inline")
    router.inline_query.register(offer)
    return router


async def offer(query: InlineQuery, talk: Talk) -> None:
    """The entries that were perhaps meant; nothing typed yet: what is asked often. What is pasted is the answer with its sources."""
    parts, script = talk.parts, talk.person.script
    typed = query.query.strip()
    names = [s.entry for s in parts.suggester.suggest(shorten(typed, 80))] if typed else []
    if typed and len(names) < MOST:
        names += [c.entry for c in parts.knowledge.matcher.match(typed, None).candidates]
    if not typed:
        names = [e.id for e in menus.hot_entries(parts.knowledge, parts.areas, talk.person.role)]
    found = [parts.knowledge.entries[n] for n in dict.fromkeys(names) if n in parts.knowledge.entries]
    results: list[InlineQueryResultUnion] = [_result(entry, talk, script) for entry in found[:MOST]]
    # Personal: what is offered, and its writing, differ between people.
    talk.drafts.results(AnswerInlineQuery(inline_query_id=query.id, results=results, cache_time=CACHE_SECONDS, is_personal=True))


def _result(entry: Entry, talk: Talk, script: Script) -> InlineQueryResultArticle:
    voice = talk.parts.voice(script)
    reply = voice.reply(Act.ANSWER, voice.answer(entry), entries=(entry.id,))
    question = traditional(entry.question) if script is Script.TRADITIONAL else entry.question
    html = pages([("b", question), *blocks(reply, voice)])[0]
    content = InputTextMessageContent(
        message_text=html, parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)
    )
    description = " ".join(reply.body.split())[:120]
    return InlineQueryResultArticle(id=short(entry.id), title=question, description=description, input_message_content=content)
