"""The tables of the store; migrations/ says how a database gets them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

NAME = 200  # characters of a customer's, a conversation's, an utterance's or an operator's name

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC in every database and aware again when it comes back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What its values are."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC. Raises ValueError for a datetime without a zone: nobody can say when that was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _of(table: str) -> Any:
    """The column that names what a row belongs to, and goes with it."""
    return Field(sa_type=String(NAME), sa_column_args=[ForeignKey(f"{table}.id", ondelete="CASCADE")])


def _of_turn() -> ForeignKeyConstraint:
    """The turn that a row belongs to, and goes with."""
    return ForeignKeyConstraint(["conversation", "number"], ["turns.conversation", "turns.number"], ondelete="CASCADE")


_UNSENT = text("state IN ('waiting', 'sending')")


class _Table(SQLModel):
    metadata = MetaData(naming_convention=CONVENTION)


METADATA = _Table.metadata


class CustomerRow(_Table, table=True):
    """A customer, first seen on a channel; every other row about them goes with this one."""

    __tablename__ = "customers"

    id: str = Field(sa_type=String(NAME), primary_key=True)
    channel: str = Field(sa_type=String(40))
    first_at: datetime = Field(sa_type=Moment)
    role: str | None = Field(default=None, sa_type=String(16))
    language: str | None = Field(default=None, sa_type=String(16))


class ConversationRow(_Table, table=True):
    """A conversation and its dialogue state. `turns` counts all that were ever recorded, purged ones too."""

    __tablename__ = "conversations"

    id: str = Field(sa_type=String(NAME), primary_key=True)
    customer: str = _of("customers")
    channel: str = Field(sa_type=String(40))
    state: str = Field(sa_type=Text)
    turns: int
    first_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)

    # last_at has no index: it changes with every turn, and only the purge asks for it.
    __table_args__ = (Index(None, "customer"),)


class TurnRow(_Table, table=True):
    """One utterance and its reply; `reply` is the whole of it, the columns before it are what is counted and searched."""

    __tablename__ = "turns"

    conversation: str = Field(
        sa_type=String(NAME), primary_key=True, sa_column_args=[ForeignKey("conversations.id", ondelete="CASCADE")]
    )
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Moment)
    text: str = Field(sa_type=Text)
    act: str = Field(sa_type=String(16))
    entry: str | None = Field(sa_type=String(NAME))
    score: float | None
    gap: str | None = Field(sa_type=String(NAME))
    calculator: str | None = Field(sa_type=String(NAME))
    reply: str = Field(sa_type=Text)
    latency_ms: float

    __table_args__ = (Index(None, "at"),)


class ProcessedUpdateRow(_Table, table=True):
    """An id that a channel gave an utterance and the turn that answered it: what makes the same id get the same reply."""

    __tablename__ = "processed_updates"

    conversation: str = Field(sa_type=String(NAME), primary_key=True)
    update: str = Field(sa_type=String(NAME), primary_key=True)
    number: int

    __table_args__ = (_of_turn(), Index(None, "conversation", "number"))


class FeedbackRow(_Table, table=True):
    """What the customer thought of one answer."""

    __tablename__ = "feedback"

    conversation: str = Field(sa_type=String(NAME), primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    helpful: bool
    comment: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (_of_turn(),)


class UnansweredRow(_Table, table=True):
    """A turn that no entry answered, for editors to learn from."""

    __tablename__ = "unanswered"

    conversation: str = Field(sa_type=String(NAME), primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = Field(sa_type=Text)
    gap: str | None = Field(sa_type=String(NAME))
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (_of_turn(), Index(None, "at"))


class HandoffRow(_Table, table=True):
    """A wish for a person, from turn `number` on; a conversation has at most one that is not closed."""

    __tablename__ = "handoffs"

    id: int | None = Field(default=None, primary_key=True)
    conversation: str = _of("conversations")
    number: int
    reason: str = Field(sa_type=String(40))
    state: str = Field(sa_type=String(16))
    operator: str | None = Field(sa_type=String(NAME))
    opened_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(sa_type=Moment)

    __table_args__ = (
        Index(None, "conversation"),
        Index(
            "ix_handoffs_open",
            "conversation",
            unique=True,
            sqlite_where=text("state != 'closed'"),
            postgresql_where=text("state != 'closed'"),
        ),
    )


class OperatorMessageRow(_Table, table=True):
    """What an operator wrote to a customer. Ids are never given twice: who has read up to one misses none after it."""

    __tablename__ = "operator_messages"

    id: int | None = Field(default=None, primary_key=True)
    conversation: str = _of("conversations")
    operator: str = Field(sa_type=String(NAME))
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (Index(None, "conversation"), {"sqlite_autoincrement": True})


class InboxRow(_Table, table=True):
    """An update that a channel brought. The row outlives its handling as a note that it was here; its payload does not."""

    __tablename__ = "inbox"

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(sa_type=String(40))
    update: str = Field(sa_type=String(NAME))
    chat: str = Field(sa_type=String(NAME))
    payload: str = Field(sa_type=Text)
    state: str = Field(sa_type=String(8))
    tries: int
    error: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (
        UniqueConstraint("channel", "update"),
        Index("ix_inbox_open", "channel", "id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        {"sqlite_autoincrement": True},
    )


class OutboxRow(_Table, table=True):
    """A message for a channel to send; `message` is the channel's number for it. Once it is sent its params are dropped."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(sa_type=String(40))
    chat: str = Field(sa_type=String(NAME))
    method: str = Field(sa_type=String(40))
    params: str = Field(sa_type=Text)
    answers: str = Field(sa_type=String(NAME))
    edits: int | None
    state: str = Field(sa_type=String(8))
    tries: int
    doubtful: bool
    not_before: datetime | None = Field(sa_type=Moment)
    message: int | None = Field(sa_type=BigInteger)
    error: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (
        Index(None, "channel", "chat", "answers"),
        Index("ix_outbox_unsent", "channel", "id", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
        {"sqlite_autoincrement": True},
    )


class MarkRow(_Table, table=True):
    """How far a channel has read in something that only grows."""

    __tablename__ = "marks"

    channel: str = Field(sa_type=String(40), primary_key=True)
    name: str = Field(sa_type=String(40), primary_key=True)
    value: int = Field(sa_type=BigInteger)


CUSTOMERS = METADATA.tables["customers"]
CONVERSATIONS = METADATA.tables["conversations"]
TURNS = METADATA.tables["turns"]
PROCESSED = METADATA.tables["processed_updates"]
FEEDBACK = METADATA.tables["feedback"]
UNANSWERED = METADATA.tables["unanswered"]
HANDOFFS = METADATA.tables["handoffs"]
MESSAGES = METADATA.tables["operator_messages"]
INBOX = METADATA.tables["inbox"]
OUTBOX = METADATA.tables["outbox"]
MARKS = METADATA.tables["marks"]
