"""Dialogue states and replies as JSON and back: compact, exact, and forgiving of what an older version wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from bot.calculators import SlotValue
from bot.conversation import Conversation, Form, FormState
from bot.messages import Act, Action, Asked, Button, Candidate, Card, Given, Json, Reply, Script, Source
from bot.store.records import StoreError

# The state's version: raise it when what Conversation means changes, and conversations begin afresh.
VERSION = 1

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
# All that reading a broken value can raise: OSError and LookupError come from the names of zones, ArithmeticError from numbers.
_DAMAGES = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, OSError)

T = TypeVar("T")


# --- the dialogue state --------------------------------------------------------------------------------------------


def encode_conversation(conversation: Conversation) -> str:
    """The state as JSON; what stands at its default is left out."""
    c = conversation
    state: dict[str, object] = {"v": VERSION, "script": c.script.value, "turns": c.turns}
    if c.topic is not None:
        state["topic"] = c.topic
    if c.question:
        state["question"] = c.question
    if c.shown:
        state["shown"] = c.shown
    if c.form:
        state["form"] = _form(c.form)
    if c.options:
        state["options"] = [(b.label, b.entry, b.says) for b in c.options]
    if c.misses:
        state["misses"] = c.misses
    if c.unsolved:
        state["unsolved"] = c.unsolved
    if c.erasing:
        state["erasing"] = True
    return _compact(state)


def decode_conversation(stored: str) -> Conversation:
    """The state; a fresh one when it was written by another version or is damaged, so that the customer can go on."""
    try:
        state = json.loads(stored)
        if _is(state["v"], int) != VERSION:
            return Conversation()
        form = state.get("form")
        return Conversation(
            script=Script(state["script"]),
            topic=_maybe(state.get("topic"), str),
            question=_is(state.get("question", ""), str),
            shown=_each(state.get("shown", ()), str),
            form=_read_form(form) if form is not None else None,
            options=tuple(_button(b) for b in state.get("options", ())),
            misses=_is(state.get("misses", 0), int),
            unsolved=_is(state.get("unsolved", 0), int),
            erasing=_is(state.get("erasing", False), bool),
            turns=_is(state["turns"], int),
        )
    except _DAMAGES:
        return Conversation()


def _form(form: Form) -> dict[str, object]:
    values = {name: _value(value) for name, value in form.values.items()}
    return {
        "entry": form.entry,
        "calculator": form.calculator,
        "state": form.state.value,
        "values": values,
        "asked": form.asked,
        "tries": form.tries,
    }


def _read_form(form: Mapping[str, Any]) -> Form:
    return Form(
        entry=_is(form["entry"], str),
        calculator=_is(form["calculator"], str),
        state=FormState(form["state"]),
        values={name: _read_value(value) for name, value in form["values"].items()},
        asked=_maybe(form["asked"], str),
        tries=_is(form["tries"], int),
    )


def _value(value: SlotValue) -> object:
    """A slot's value; what JSON does not have is tagged with its kind."""
    if isinstance(value, str | int):  # bool is an int, and JSON knows both
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, tuple):
        return {"decimals": [str(v) for v in value]}
    if isinstance(value, datetime):
        # The zone's name as well: what is reckoned from a moment depends on its zone's calendar, not on one offset.
        zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        return {"moment": value.isoformat(), "zone": zone} if zone else {"moment": value.isoformat()}
    return {"day": value.isoformat()}


def _read_value(value: object) -> SlotValue:
    if type(value) in (str, int, bool):
        return cast("str | int | bool", value)
    match value:
        case {"decimal": str(number)}:
            return Decimal(number)
        case {"decimals": [*numbers]}:
            return tuple(Decimal(n) for n in numbers)
        case {"moment": str(moment), "zone": str(zone)}:
            return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
        case {"moment": str(moment)}:
            return datetime.fromisoformat(moment)
        case {"day": str(day)}:
            return date.fromisoformat(day)
    raise ValueError("no slot value")


# --- replies -------------------------------------------------------------------------------------------------------


def encode_reply(reply: Reply) -> str:
    """The whole reply as JSON; what stands at its default is left out."""
    r = reply
    kept: dict[str, object] = {"act": r.act.value, "text": r.text, "script": r.script.value}
    if r.body != r.text:
        kept["body"] = r.body
    if r.entries:
        kept["entries"] = r.entries
    if r.candidates:
        kept["candidates"] = [(c.entry, c.score) for c in r.candidates]
    if r.gap is not None:
        kept["gap"] = r.gap
    if r.calculator is not None:
        kept["calculator"] = r.calculator
    if r.result is not None:
        kept["result"] = r.result
    if r.notes:
        kept["notes"] = r.notes
    if r.sources:
        kept["sources"] = [_source(s) for s in r.sources]
    if r.prompt:
        kept["prompt"] = r.prompt
    if r.options:
        kept["options"] = [(b.label, b.entry, b.says) for b in r.options]
    if r.asked:
        kept["asked"] = {name: getattr(r.asked, name) for name in _ASKED}
    if r.card:
        given = [(g.label, g.value) for g in r.card.given]
        kept["card"] = {"title": r.card.title, "headline": r.card.headline, "given": given, "steps": r.card.steps}
    if r.action is not None:
        kept["action"] = r.action.value
    return _compact(kept)


def decode_reply(stored: str) -> Reply:
    """The reply. Raises StoreError when this is none."""
    try:
        kept = json.loads(stored)
        text = _is(kept["text"], str)
        asked, card = kept.get("asked"), kept.get("card")
        return Reply(
            act=Act(kept["act"]),
            text=text,
            body=_is(kept.get("body", text), str),
            entries=_each(kept.get("entries", ()), str),
            candidates=tuple(Candidate(_is(entry, str), float(score)) for entry, score in kept.get("candidates", ())),
            gap=_maybe(kept.get("gap"), str),
            calculator=_maybe(kept.get("calculator"), str),
            result=cast(Json, kept.get("result")),
            notes=_each(kept.get("notes", ()), str),
            sources=tuple(_read_source(s) for s in kept.get("sources", ())),
            prompt=_is(kept.get("prompt", ""), str),
            options=tuple(_button(b) for b in kept.get("options", ())),
            script=Script(kept["script"]),
            asked=_read_asked(asked) if asked is not None else None,
            card=_read_card(card) if card is not None else None,
            action=Action(kept["action"]) if "action" in kept else None,
        )
    except _DAMAGES as error:
        raise StoreError("库里的一条回复已损坏,读不出来") from error


_ASKED = tuple(field.name for field in fields(Asked))


def _source(s: Source) -> tuple[object, ...]:
    published, updated = s.published, s.updated
    return (
        s.id,
        s.title,
        s.publisher,
        published.isoformat() if published else None,
        updated.isoformat() if updated else None,
        s.official,
        s.page,
    )


def _read_source(source: list[Any]) -> Source:
    id, title, publisher, published, updated, official, page = source
    return Source(
        _is(id, str),
        _is(title, str),
        _is(publisher, str),
        date.fromisoformat(published) if published is not None else None,
        date.fromisoformat(updated) if updated is not None else None,
        _is(official, bool),
        _maybe(page, str),
    )


def _read_asked(asked: Mapping[str, Any]) -> Asked:
    texts = {name: _is(asked[name], str) for name in _ASKED if name != "examples"}
    return Asked(**texts, examples=_each(asked["examples"], str))


def _read_card(card: Mapping[str, Any]) -> Card:
    given = tuple(Given(_is(label, str), _is(value, str)) for label, value in card["given"])
    return Card(_is(card["title"], str), _is(card["headline"], str), given, _each(card["steps"], str))


# --- pieces --------------------------------------------------------------------------------------------------------


def _button(button: list[Any]) -> Button:
    label, entry, says = button
    return Button(_is(label, str), _maybe(entry, str), _maybe(says, str))


def _is(value: object, kind: type[T]) -> T:
    """The value, if it is exactly of this kind (True is no number here)."""
    if type(value) is not kind:
        raise ValueError(f"no {kind.__name__}")
    return value


def _maybe(value: object, kind: type[T]) -> T | None:
    return None if value is None else _is(value, kind)


def _each(values: Any, kind: type[T]) -> tuple[T, ...]:
    return tuple([_is(value, kind) for value in values])
