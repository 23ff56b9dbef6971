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
_GOES_ON = (
    update(CONVERSATIONS)
    .where(CONVERSATIONS.c.id == bindparam("conversation"))
    .values(state=bindparam("new_state"), turns=bindparam("number"), last_at=bindparam("at"))
)
_NEW_TURN = insert(TURNS).values({c: bindparam(c) for c in TURNS.columns.keys()})  # noqa: SIM118 - a column collection is no mapping
_NEW_PROCESSED = insert(PROCESSED).values({c: bindparam(c) for c in PROCESSED.columns.keys()})  # noqa: SIM118 - as above
# The rule, in one trip to a server; SQLite has no trips, and no statement that does three things.
_GO_ON = Statement(_NEW_PROCESSED.add_cte(_GOES_ON.cte("goes_on"), _NEW_TURN.cte("turn")))
_KEEP_STATE, _KEEP_TURN, _KEEP_ID = Statement(_GOES_ON), Statement(_NEW_TURN), Statement(_NEW_PROCESSED)
_KEEP_UNANSWERED = Statement(insert(UNANSWERED))
_CLOSE = Statement(
    update(HANDOFFS)
    .where(HANDOFFS.c.conversation == _conversation, HANDOFFS.c.state != HandoffState.CLOSED.value)
    .values(state=HandoffState.CLOSED.value, closed_at=bindparam("now"))
)
_OPEN = Statement(select(literal(1)).where(HANDOFFS.c.conversation == _conversation, HANDOFFS.c.state != HandoffState.CLOSED.value))
_NEW_HANDOFF = Statement(
    insert(HANDOFFS).values({c: bindparam(c) for c in HANDOFFS.c.keys() if c != "id"})  # noqa: SIM118 - as above
)


def _met(insertion: Any) -> Insert:
    # An update that changes nothing, not "do nothing": it waits for whoever is just erasing the customer.
    new = insertion.values(id=bindparam("customer"), channel=bindparam("channel"), first_at=bindparam("at"))
    met: Insert = new.on_conflict_do_update(index_elements=["id"], set_={"channel": CUSTOMERS.c.channel})
    return met


_MEET = Statement(_met(sqlite.insert(CUSTOMERS)), postgresql=_met(postgresql.insert(CUSTOMERS)))
_BEGIN = Statement(
    insert(CONVERSATIONS).values(
        id=bindparam("conversation"),
        customer=bindparam("customer"),
        channel=bindparam("channel"),
        state=bindparam("new_state"),
        turns=bindparam("number"),
        first_at=bindparam("at"),
        last_at=bindparam("at"),
    )
)


def record(connection: Connection, held: Held, utterance: Utterance, turn: Turn, now: datetime, latency: float) -> Answered:
    """Keep the turn and the new state; `latency` in seconds."""
    reply, erased = turn.reply, turn.reply.action is Action.ERASED
    known = held.known and not erased
    row: dict[str, Any] = {
        "conversation": name_of(utterance.conversation),
        "customer": name_of(utterance.customer or utterance.conversation),
        "channel": utterance.channel[:40],
        "update": name_of(utterance.id),
        "number": held.turns + 1 if known else 1,
        "new_state": storable(encode_conversation(turn.conversation)),
        "at": now,
        "text": storable(utterance.text),
        "act": reply.act.value,
        "entry": reply.entry,
        "score": reply.candidates[0].score if reply.candidates else None,
        "gap": reply.gap,
        "calculator": reply.calculator,
        "reply": storable(encode_reply(reply)),
        "latency_ms": round(latency * 1000, 2),
    }
    if erased:
        owner = _OWNER(connection, {"c": row["conversation"]}).scalar()
        _ERASE(connection, {"customer": owner or row["customer"]})
    if known and utterance.id and connection.dialect.name == "postgresql":
        _GO_ON(connection, row)
    else:
        if known:
            _KEEP_STATE(connection, row)
        else:
            _MEET(connection, row)
            _BEGIN(connection, row)
        _KEEP_TURN(connection, row)
        if utterance.id:
            _KEEP_ID(connection, row)
    if reply.act is Act.FALLBACK:
        _KEEP_UNANSWERED(connection, row)
    if reply.act is Act.HANDOFF:
        open_handoff(connection, row["conversation"], row["number"], now)
    elif held.with_person and known:
        _CLOSE(connection, {"c": row["conversation"], "now": now})  # the customer asked the bot to go on
    return Answered(row["number"], reply)


def open_handoff(connection: Connection, conversation: str, number: int, now: datetime) -> None:
    """A handoff from this turn on, unless one is open."""
    if _OPEN(connection, {"c": conversation}).first() is None:
        opened = {"conversation": conversation, "number": number, "reason": "customer", "opened_at": now}
        _NEW_HANDOFF(connection, opened | {"state": HandoffState.WAITING.value, "operator": None, "closed_at": None})
