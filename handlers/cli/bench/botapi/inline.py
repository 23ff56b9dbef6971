"""Answers to inline queries, and what Telegram demands of them."""

from __future__ import annotations

from handlers.cli.bench.botapi.arguments import Arguments
from handlers.cli.bench.botapi.entities import units
from handlers.cli.bench.botapi.errors import ApiError, Wire, bad, checked_utf8
from handlers.cli.bench.botapi.markup import keyboard
from handlers.cli.bench.botapi.methods import LONGEST_TEXT, formatted
from handlers.cli.bench.botapi.state import World

MOST_RESULTS = 50
LONGEST_ID = 64
_KINDS = frozenset("article audio contact document game gif location mpeg4_gif photo sticker venue video voice".split())


def answer_inline(world: World, args: Arguments) -> bool:
    """answerInlineQuery. Raises ApiError."""
    results = args.data("results", "inline query results")
    if not isinstance(results, list):
        raise bad("Expected an Array of inline query results")
    checked = [_result(r) for r in results]
    if len(checked) > MOST_RESULTS:
        raise bad("RESULTS_TOO_MUCH")
    ids = [r["id"] for r in checked]
    if len(set(ids)) < len(ids):
        raise bad("RESULT_ID_DUPLICATE")
    if len(args.text("next_offset").encode("utf-8", "surrogatepass")) > 64:
        raise bad("NEXT_OFFSET_INVALID")
    button = args.data("button", "inline query results button")
    if button is not None and (not isinstance(button, dict) or not button.get("text")):
        raise bad("Can't parse InlineQueryResultsButton: Can't find field \"text\"")
    world.answer(
        args.text("inline_query_id"),
        {
            "results": checked,
            "cache_time": args.number("cache_time", 300),
            "is_personal": args.flag("is_personal"),
            "next_offset": args.text("next_offset"),
            "button": button,
        },
    )
    return True


def _result(given: object) -> Wire:
    if not isinstance(given, dict):
        raise _error("InlineQueryResult must be an Object")
    for name in ("type", "id"):
        if not isinstance(given.get(name), str):
            raise _error(f'Can\'t find field "{name}"')
    if not 0 < len(checked_utf8(given["id"], "Strings").encode()) <= LONGEST_ID:
        raise bad("RESULT_ID_INVALID")
    if given["type"] not in _KINDS:
        raise _error(f'type "{given["type"]}" is unsupported for the inline query result')
    checked = dict(given)
    if given["type"] == "article":
        if not isinstance(given.get("title"), str):
            raise _error('Can\'t find field "title"')
        if not given["title"].strip():
            raise bad("ARTICLE_TITLE_EMPTY")
        if not isinstance(given.get("input_message_content"), dict):
            raise _error("input_message_content is required")
        checked["input_message_content"] = _content(given["input_message_content"])
    checked["reply_markup"] = keyboard(given.get("reply_markup"))
    return checked


def _content(given: Wire) -> Wire:
    text = given.get("message_text")
    if not isinstance(text, str) or not text:
        raise bad("Message text is empty")
    plain, entities = formatted(text, Arguments(given), entities="entities")
    if not plain:
        raise bad("MESSAGE_EMPTY")
    if units(plain) > LONGEST_TEXT:
        raise bad("MESSAGE_TOO_LONG")
    return {"message_text": plain, "entities": [e.wire() for e in entities]}


def _error(message: str) -> ApiError:
    return bad(f"Can't parse inline query result: {message}")
