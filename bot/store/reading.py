"""What is read from the store: a conversation's history, handoffs, operators' messages, what could not be answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, desc, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from bot.store.codec import decode_reply
from bot.store.records import Handoff, HandoffState, History, OperatorMessage, PastTurn, Unanswered
from bot.store.tables import FEEDBACK, HANDOFFS, MESSAGES, TURNS, UNANSWERED
from bot.store.texts import name_of

_TURN = select(TURNS.c.number, TURNS.c.at, TURNS.c.text, TURNS.c.reply, FEEDBACK.c.helpful).outerjoin(
    FEEDBACK, and_(FEEDBACK.c.conversation == TURNS.c.conversation, FEEDBACK.c.number == TURNS.c.number)
)
_MESSAGE = select(MESSAGES.c.id, MESSAGES.c.conversation, MESSAGES.c.operator, MESSAGES.c.text, MESSAGES.c.at)


def history(connection: Connection, conversation: str, before: int | None, limit: int) -> History:
    """The last `limit` turns before turn `before` (None: before now), and the operators' messages from among them on."""
    name = name_of(conversation)
    wanted = _TURN.where(TURNS.c.conversation == name).order_by(desc(TURNS.c.number)).limit(limit + 1)
    rows = connection.execute(wanted if before is None else wanted.where(TURNS.c.number < before)).all()
    more, rows = len(rows) > limit, rows[:limit]
    turns = tuple(_past(row) for row in reversed(rows))
    during: list[ColumnElement[bool]] = []
    if more:
        during.append(MESSAGES.c.at >= turns[0].at)
    if before is not None:
        next_at = select(TURNS.c.at).where(TURNS.c.conversation == name, TURNS.c.number == before).scalar_subquery()
        during.append(or_(next_at.is_(None), MESSAGES.c.at < next_at))
    messages = connection.execute(_MESSAGE.where(MESSAGES.c.conversation == name, *during).order_by(MESSAGES.c.id))
    latest = select(HANDOFFS.c.state).where(HANDOFFS.c.conversation == name).order_by(desc(HANDOFFS.c.id)).limit(1)
    state = connection.execute(latest).scalar()
    return History(conversation, turns, _messages(messages), HandoffState(state) if state else None, more)


def handoffs(connection: Connection) -> tuple[Handoff, ...]:
    """The open ones, the longest waiting first."""
    last = (
        select(TURNS.c.text).where(TURNS.c.conversation == HANDOFFS.c.conversation).order_by(desc(TURNS.c.number)).limit(1)
    ).scalar_subquery()
    wanted = (
        select(
            HANDOFFS.c.conversation,
            HANDOFFS.c.number,
            HANDOFFS.c.reason,
            HANDOFFS.c.state,
            HANDOFFS.c.opened_at,
            HANDOFFS.c.operator,
            func.coalesce(last, ""),
        )
        .where(HANDOFFS.c.state != HandoffState.CLOSED.value)
        .order_by(HANDOFFS.c.opened_at, HANDOFFS.c.id)
    )
    return tuple(Handoff(c, n, why, HandoffState(s), at, who, text) for c, n, why, s, at, who, text in connection.execute(wanted))


def messages_after(connection: Connection, last: int, limit: int) -> tuple[OperatorMessage, ...]:
    """Every conversation's messages with a greater id, oldest first."""
    return _messages(connection.execute(_MESSAGE.where(MESSAGES.c.id > last).order_by(MESSAGES.c.id).limit(limit)))


def newest_message(connection: Connection) -> int:
    """The greatest id of an operator's message; 0 when there is none."""
    return int(connection.execute(select(func.coalesce(func.max(MESSAGES.c.id), 0))).scalar_one())


def messages_of(connection: Connection, conversation: str, after: int) -> tuple[OperatorMessage, ...]:
    """One conversation's messages with a greater id, oldest first."""
    wanted = _MESSAGE.where(MESSAGES.c.conversation == name_of(conversation), MESSAGES.c.id > after).order_by(MESSAGES.c.id)
    return _messages(connection.execute(wanted))


def unanswered(connection: Connection, limit: int) -> tuple[Unanswered, ...]:
    """The latest turns that no entry answered, newest first."""
    u = UNANSWERED.c
    rows = connection.execute(select(u.conversation, u.number, u.text, u.gap, u.at).order_by(desc(u.at)).limit(limit))
    return tuple(Unanswered(*row) for row in rows)


def _past(row: Iterable[Any]) -> PastTurn:
    number, at, text, reply, helpful = row
    return PastTurn(number, at, text, decode_reply(reply), helpful)


def _messages(rows: Iterable[Iterable[Any]]) -> tuple[OperatorMessage, ...]:
    return tuple(OperatorMessage(*row) for row in rows)
