"""What becomes of stored data: given to its customer, erased at their wish, deleted when it is old."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, exists, select

from bot.inbox import Sending
from bot.messages import Json
from bot.store.inbox import OPEN
from bot.store.records import HandoffState, Purged
from bot.store.tables import CONVERSATIONS, CUSTOMERS, HANDOFFS, INBOX, MESSAGES, METADATA, OUTBOX, TURNS
from bot.store.texts import name_of

# Columns that hold JSON, and are given out as what it says.
_JSON = frozenset({CONVERSATIONS.c.state, TURNS.c.reply})
_FINISHED = (Sending.SENT.value, Sending.FAILED.value)
# How many conversations are purged in one transaction: customers wait meanwhile.
PURGE = 100


def export(connection: Connection, customer: str) -> Mapping[str, Json] | None:
    """Every row kept of the customer, by table; None when nothing is."""
    name = name_of(customer)
    own = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.customer == name)
    kept: dict[str, Json] = {}
    for table in METADATA.sorted_tables:
        if table is CUSTOMERS:
            rows = _rows(connection, table, table.c.id == name)
            if not rows:
                return None
        elif table is CONVERSATIONS:
            rows = _rows(connection, table, table.c.customer == name)
        elif "conversation" in table.c:
            rows = _rows(connection, table, table.c.conversation.in_(own))
        else:
            continue
        kept[table.name] = cast(Json, rows)
    return kept


def _rows(connection: Connection, table: Table, which: Any) -> list[dict[str, Json]]:
    found = connection.execute(select(table).where(which).order_by(*table.primary_key))
    return [{column.name: _shown(column, value) for column, value in zip(table.c, row, strict=True)} for row in found]


def _shown(column: Any, value: Any) -> Json:
    if isinstance(value, datetime):
        return value.isoformat()
    if column in _JSON:
        try:
            return cast(Json, json.loads(value))
        except ValueError:
            pass  # damaged, but theirs
    return cast(Json, value)


def erase(connection: Connection, customer: str) -> int:
    """Delete every row of the customer; how many conversations there were."""
    name = name_of(customer)
    # Held first, so that turns that are being answered are recorded before, or begin afresh after.
    held = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.customer == name).order_by(CONVERSATIONS.c.id).with_for_update()
    conversations = len(connection.execute(held).all())
    connection.execute(delete(CUSTOMERS).where(CUSTOMERS.c.id == name))
    return conversations


def purge(connection: Connection, before: datetime) -> tuple[Purged, bool]:
    """Delete some of what is older; how much that was, and whether that is all."""
    idle = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.last_at < before).limit(PURGE).with_for_update(skip_locked=True)
    conversations = list(connection.execute(idle).scalars())
    turns = connection.execute(delete(TURNS).where(TURNS.c.conversation.in_(conversations))).rowcount
    connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id.in_(conversations)))
    # Conversations that go on lose their old turns.
    old = list(connection.execute(select(TURNS.c.conversation).where(TURNS.c.at < before).distinct().limit(PURGE)).scalars())
    turns += connection.execute(delete(TURNS).where(TURNS.c.conversation.in_(old), TURNS.c.at < before)).rowcount
    done = len(conversations) < PURGE and len(old) < PURGE
    if done:
        connection.execute(delete(MESSAGES).where(MESSAGES.c.at < before))
        connection.execute(delete(HANDOFFS).where(HANDOFFS.c.state == HandoffState.CLOSED.value, HANDOFFS.c.closed_at < before))
        _forget_customers(connection, before)
        # A channel's mail that is done with: by now it will not come again.
        connection.execute(delete(INBOX).where(INBOX.c.at < before, INBOX.c.state != OPEN))
        connection.execute(delete(OUTBOX).where(OUTBOX.c.at < before, OUTBOX.c.state.in_(_FINISHED)))
    return Purged(len(conversations), turns), done


def _forget_customers(connection: Connection, before: datetime) -> None:
    """Delete who came before then and has no conversation left."""
    none_left = ~exists().where(CONVERSATIONS.c.customer == CUSTOMERS.c.id) & (CUSTOMERS.c.first_at < before)
    gone = list(connection.execute(select(CUSTOMERS.c.id).where(none_left).with_for_update()).scalars())
    # Asked again: somebody may have begun a conversation while we waited for their row.
    connection.execute(delete(CUSTOMERS).where(CUSTOMERS.c.id.in_(gone), none_left))
