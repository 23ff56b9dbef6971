"""From the bot's replies and the store's records to the JSON of the API, by hand: every message pays for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from starlette.responses import Response

from bot.areas import Area
from bot.assistant import Answered
from bot.knowledge import Knowledge
from bot.matching.normalize import traditional
from bot.messages import Asked, Card, Json, Reply, Script, Source
from bot.replies import Voice
from bot.store import History, OperatorMessage
from handlers.web.interface import Interface

_HEADERS = {"Cache-Control": "no-store"}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def answer(value: Mapping[str, Json] | Sequence[Json], headers: Mapping[str, str] | None = None) -> Response:
    """A response of the API. No cache keeps it."""
    return Response(_encode(value).encode(), headers={**_HEADERS, **(headers or {})}, media_type="application/json")


def answered(said_id: str, conversation: str, turn: Answered, at: datetime, knowledge: Knowledge) -> dict[str, Json]:
    """The turn that a message became."""
    return {
        "id": said_id,
        "conversation": conversation,
        "number": turn.number,
        "at": _moment(at),
        "reply": reply_view(turn.reply, knowledge, at),
    }


def reply_view(reply: Reply, knowledge: Knowledge, now: datetime) -> dict[str, Json]:
    """A reply; how old its sources are is told as of now."""
    today = now.date()
    return {
        "act": reply.act.value,
        "entry": reply.entry if reply.gap is None else None,
        "entries": list(reply.entries),
        "gap": reply.gap,
        "calculator": reply.calculator,
        "result": reply.result,
        "text": reply.text,
        "body": reply.body,
        "notes": list(reply.notes),
        "sources": [_source(source, knowledge, reply.script, today) for source in reply.sources],
        "prompt": reply.prompt,
        "options": [{"label": o.label, "entry": o.entry, "says": o.says} for o in reply.options],
        "card": _card(reply.card) if reply.card else None,
        "asked": _asked(reply.asked) if reply.asked else None,
        "script": reply.script.value,
        "action": reply.action.value if reply.action else None,
    }


def _card(card: Card) -> dict[str, Json]:
    return {
        "title": card.title,
        "headline": card.headline,
        "given": [{"label": g.label, "value": g.value} for g in card.given],
        "steps": list(card.steps),
    }


def _asked(asked: Asked) -> dict[str, Json]:
    return {
        "calculator": asked.calculator,
        "title": asked.title,
        "slot": asked.slot,
        "label": asked.label,
        "kind": asked.kind,
        "examples": list(asked.examples),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


@lru_cache(maxsize=2048)
def _source(source: Source, knowledge: Knowledge, script: Script, today: date) -> dict[str, Json]:
    # The same few sources stand under most replies, and their age changes once a day. Nobody changes the result.
    age = Voice(knowledge, datetime(today.year, today.month, today.day), script).age(source)  # noqa: DTZ001 - only its day counts
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "published": _day(source.published),
        "updated": _day(source.updated),
        "official": source.official,
        "page": source.page,
        "age": traditional(age) if script is Script.TRADITIONAL else age,
    }


def history_view(history: History, knowledge: Knowledge, now: datetime) -> dict[str, Json]:
    """A part of a conversation."""
    return {
        "id": history.conversation,
        "turns": [
            {
                "number": turn.number,
                "at": _moment(turn.at),
                "text": turn.text,
                "reply": reply_view(turn.reply, knowledge, now),
                "helpful": turn.helpful,
            }
            for turn in history.turns
        ],
        "messages": [message_view(m) for m in history.messages],
        "handoff": history.handoff.value if history.handoff else None,
        "more": history.more,
    }


def message_view(message: OperatorMessage) -> dict[str, Json]:
    """What an operator wrote."""
    return {"id": message.id, "at": _moment(message.at), "operator": message.operator, "text": message.text}


def topic_view(area: Area, texts: Interface) -> dict[str, Json]:
    """An area and its questions; an area without a label of its own keeps its file's name."""
    entries: list[Json] = [{"id": e.id, "question": e.question, "audience": e.audience.value} for e in area.entries]
    return {"area": area.name, "title": texts["areas"].get(area.name, area.name), "entries": entries}
