"""One turn in the database: hold the conversation, read how it stands, record what was said and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Insert, bindparam, delete, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import func

from bot.assistant import Answered
from bot.conversation import Conversation
from bot.messages import Act, Action, Utterance
from bot.respond import Turn
from bot.store.codec import decode_conversation, decode_reply, encode_conversation, encode_reply
from bot.store.records import HandoffState
from bot.store.statement import Statement
from bot.store.tables import CONVERSATIONS, CUSTOMERS, HANDOFFS, PROCESSED, TURNS, UNANSWERED
from bot.store.texts import name_of, storable


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation as it stands: its state, how many turns it has had, and the turn that had this utterance before."""

    conversation: Conversation
    turns: int = 0
    known: bool = False
    with_person: bool = False
    answered: Answered | None = None


_conversation: BindParameter[str] = bindparam("c")
_id: BindParameter[str] = bindparam("u")
_HOLD = Statement(select(literal(1)).where(CONVERSATIONS.c.id == _conversation).with_for_update())
_HOLD_NEW = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended(_conversation, 0))))
_LOAD = Statement(
    select(
        CONVERSATIONS.c.state,
        CONVERSATIONS.c.turns,
        select(HANDOFFS.c.state)
        .where(HANDOFFS.c.conversation == _conversation, HANDOFFS.c.state != HandoffState.CLOSED.value)
        .scalar_subquery(),
        TURNS.c.number,
        TURNS.c.reply,
    )
    .select_from(CONVERSATIONS)
    .outerjoin(PROCESSED, (PROCESSED.c.conversation == CONVERSATIONS.c.id) & (PROCESSED.c.update == _id))
    .outerjoin(TURNS, (TURNS.c.conversation == PROCESSED.c.conversation) & (TURNS.c.number == PROCESSED.c.number))
    .where(CONVERSATIONS.c.id == _conversation)
)


def hold(connection: Connection, utterance: Utterance) -> Held:
    """How the utterance's conversation stands, which nobody else answers until this transaction ends."""
    names = {"c": name_of(utterance.conversation), "u": name_of(utterance.id)}
    # On SQLite there is one writer at a time. On a server the row is locked, and before there is a row its name.
    if connection.dialect.name == "postgresql" and _HOLD(connection, names).first() is None:
        _HOLD_NEW(connection, names)
        _HOLD(connection, names)
    # A statement of its own: one that had to wait for the lock would still see what stood beside the row before.
    row = _LOAD(connection, names).first()
    if row is None:
        return Held(Conversation())
    state, turns, handoff, number, reply = tuple(row)
    return Held(
        decode_conversation(state),
        turns,
        known=True,
        with_person=handoff == HandoffState.TAKEN.value,
        answered=Answered(number, decode_reply(reply)) if reply is not None else None,
    )


_OWNER = Statement(select(CONVERSATIONS.c.customer).where(CONVERSATIONS.c.id == _conversation))
_ERASE = Statement(delete(CUSTOMERS).where(CUSTOMERS.c.id == bindparam("customer")))
_NEW_CONVERSATION = Statement(insert(CONVERSATIONS))
_NEW_TURN = Statement(insert(TURNS))
_NEW_PROCESSED = Statement(insert(PROCESSED))
_NEW_UNANSWERED = Statement(insert(UNANSWERED))
_GOES_ON = Statement(
    update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == _conversation)
    .values(state=bindparam("new_state"), turns=bindparam("new_turns"), last_at=bindparam("now"))
)
_CLOSE = Statement(
    update(HANDOFFS)
    .where(HANDOFFS.c.conversation == _conversation, HANDOFFS.c.state != HandoffState.CLOSED.value)
    .values(state=HandoffState.CLOSED.value, closed_at=bindparam("now"))
)
_OPEN = Statement(select(literal(1)).where(HANDOFFS.c.conversation == _conversation, HANDOFFS.c.state != HandoffState.CLOSED.value))
_NEW_HANDOFF = Statement(
    insert(HANDOFFS).values({c: bindparam(c) for c in HANDOFFS.c.keys() if c != "id"})  # noqa: SIM118
)


def _met(insertion: Any) -> Insert:
    # An update that changes nothing, not "do nothing": it waits for whoever is just erasing the customer.
    new = insertion.values({name: bindparam(name) for name in ("id", "channel", "first_at")})
    met: Insert = new.on_conflict_do_update(index_elements=["id"], set_={"channel": CUSTOMERS.c.channel})
    return met


_MET = Statement(_met(sqlite.insert(CUSTOMERS)), postgresql=_met(postgresql.insert(CUSTOMERS)))


def record(connection: Connection, held: Held, utterance: Utterance, turn: Turn, now: datetime, latency: float) -> Answered:
    """Keep the turn and the new state; `latency` in seconds."""
    c, reply, fresh = name_of(utterance.conversation), turn.reply, not held.known
    customer = name_of(utterance.customer or utterance.conversation)
    text = storable(utterance.text)
    if reply.action is Action.ERASED:
        owner = _OWNER(connection, {"c": c}).scalar()
        _ERASE(connection, {"customer": owner or customer})
        fresh = True
    number = 1 if fresh else held.turns + 1
    state = storable(encode_conversation(turn.conversation))
    if fresh:
        channel = utterance.channel[:40]
        _MET(connection, {"id": customer, "channel": channel, "first_at": now})
        new = {"id": c, "customer": customer, "channel": channel, "state": state, "turns": 1, "first_at": now, "last_at": now}
        _NEW_CONVERSATION(connection, new)
    else:
        _GOES_ON(connection, {"c": c, "new_state": state, "new_turns": number, "now": now})
    row = {
        "conversation": c,
        "number": number,
        "at": now,
        "text": text,
        "act": reply.act.value,
        "entry": reply.entry,
        "score": reply.candidates[0].score if reply.candidates else None,
        "gap": reply.gap,
        "calculator": reply.calculator,
        "reply": storable(encode_reply(reply)),
        "latency_ms": round(latency * 1000, 2),
    }
    _NEW_TURN(connection, row)
    if utterance.id:
        _NEW_PROCESSED(connection, {"conversation": c, "update": name_of(utterance.id), "number": number})
    if reply.act is Act.FALLBACK:
        missed = {"conversation": c, "number": number, "text": text, "gap": reply.gap, "at": now}
        _NEW_UNANSWERED(connection, missed)
    if reply.act is Act.HANDOFF:
        open_handoff(connection, c, number, now)
    elif held.with_person and not fresh:
        _CLOSE(connection, {"c": c, "now": now})  # the customer asked the bot to go on
    return Answered(number, reply)


def open_handoff(connection: Connection, conversation: str, number: int, now: datetime) -> None:
    """A handoff from this turn on, unless one is open."""
    if _OPEN(connection, {"c": conversation}).first() is None:
        opened = {"conversation": conversation, "number": number, "reason": "customer", "opened_at": now}
        _NEW_HANDOFF(connection, opened | {"state": HandoffState.WAITING.value, "operator": None, "closed_at": None})
