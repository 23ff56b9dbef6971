"""What people do to a conversation beside talking: rate an answer, take it over, write to the customer, close it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from bot.store.records import HandoffState, OperatorMessage, StoreError
from bot.store.tables import CONVERSATIONS, FEEDBACK, HANDOFFS, MESSAGES, TURNS
from bot.store.texts import name_of, storable
from bot.store.turns import open_handoff


def rate(connection: Connection, conversation: str, number: int, helpful: bool, comment: str, now: datetime) -> bool:
    """Keep what the customer thinks of one answer, in place of what was thought before; False: there is no such turn."""
    name = name_of(conversation)
    turn = select(literal(1)).where(TURNS.c.conversation == name, TURNS.c.number == number)
    if not _hold(connection, name) or connection.execute(turn).first() is None:
        return False
    connection.execute(delete(FEEDBACK).where(FEEDBACK.c.conversation == name, FEEDBACK.c.number == number))
    rated = {"conversation": name, "number": number, "helpful": helpful, "comment": storable(comment), "at": now}
    connection.execute(insert(FEEDBACK), rated)
    return True


def write(connection: Connection, conversation: str, operator: str, text: str, now: datetime) -> OperatorMessage:
    """An operator's message; the operator has the conversation from now on. Raises StoreError for an unknown conversation."""
    name, operator, text = name_of(conversation), name_of(operator), storable(text)
    if not _hold(connection, name):
        raise StoreError(f"没有会话 {conversation}")
    if connection.dialect.name == "postgresql":
        # One writer of messages at a time, so that a greater id is never seen before a smaller one.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(MESSAGES.name))))
    turns = connection.execute(select(CONVERSATIONS.c.turns).where(CONVERSATIONS.c.id == name)).scalar_one()
    open_handoff(connection, name, turns, now)
    taken = {"state": HandoffState.TAKEN.value, "operator": operator}
    connection.execute(update(HANDOFFS).where(_is_open(name)).values(taken))
    row = {"conversation": name, "operator": operator, "text": text, "at": now}
    id = connection.execute(insert(MESSAGES).returning(MESSAGES.c.id), row).scalar_one()
    return OperatorMessage(id, conversation, operator, text, now)


def close_handoff(connection: Connection, conversation: str, now: datetime) -> bool:
    """The bot goes on; False: no handoff was open."""
    name = name_of(conversation)
    closed = {"state": HandoffState.CLOSED.value, "closed_at": now}
    return _hold(connection, name) and connection.execute(update(HANDOFFS).where(_is_open(name)).values(closed)).rowcount > 0


def _is_open(name: str) -> ColumnElement[bool]:
    return (HANDOFFS.c.conversation == name) & (HANDOFFS.c.state != HandoffState.CLOSED.value)


def _hold(connection: Connection, name: str) -> bool:
    """Whether there is such a conversation; on a server its turns wait until this transaction ends."""
    return connection.execute(select(literal(1)).where(CONVERSATIONS.c.id == name).with_for_update()).first() is not None
