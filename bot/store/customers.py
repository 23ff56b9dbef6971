"""What a customer chose about themselves: whether they buy or sell, and in which writing they are answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.messages import Role, Script
from bot.store.records import Customer
from bot.store.tables import CUSTOMERS, PROCESSED
from bot.store.texts import name_of


def customer(connection: Connection, id: str) -> Customer:
    """What is known of a customer; nothing of one who was never here."""
    wanted = select(CUSTOMERS.c.role, CUSTOMERS.c.language).where(CUSTOMERS.c.id == name_of(id))
    role, language = connection.execute(wanted).first() or (None, None)
    return Customer(id, Role(role) if role in set(Role) else None, Script(language) if language in set(Script) else None)


def choose(connection: Connection, id: str, channel: str, chosen: dict[str, str | None], now: datetime) -> None:
    """Keep a choice, of a customer who may be new."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {"id": name_of(id), "channel": channel[:40], "first_at": now, **chosen}
    connection.execute(dialect.insert(CUSTOMERS).values(row).on_conflict_do_update(index_elements=["id"], set_=chosen))


def answered(connection: Connection, conversation: str, utterance: str) -> int | None:
    """The turn that answered an utterance; None when it was not answered yet."""
    c = PROCESSED.c
    wanted = select(c.number).where(c.conversation == name_of(conversation), c.update == name_of(utterance))
    return connection.execute(wanted).scalar()
