"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NAME = sa.String(200)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "customers",
        sa.Column("id", NAME, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", NAME, nullable=False),
        sa.Column("customer", NAME, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"], "fk_conversations_customer_customers", ondelete="CASCADE"),
    )
    op.create_index("ix_conversations_customer", "conversations", ["customer"])
    op.create_table(
        "turns",
        sa.Column("conversation", NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("entry", NAME, nullable=True),
        sa.Column("score", sa.Float, nullable=True),
        sa.Column("gap", NAME, nullable=True),
        sa.Column("calculator", NAME, nullable=True),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("latency_ms", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "number", name="pk_turns"),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], "fk_turns_conversation_conversations", ondelete="CASCADE"),
    )
    op.create_index("ix_turns_at", "turns", ["at"])
    op.create_table(
        "processed_updates",
        sa.Column("conversation", NAME, nullable=False),
        sa.Column("update", NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "update", name="pk_processed_updates"),
        _of_turn("processed_updates"),
    )
    op.create_index("ix_processed_updates_conversation_number", "processed_updates", ["conversation", "number"])
    op.create_table(
        "feedback",
        sa.Column("conversation", NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "number", name="pk_feedback"),
        _of_turn("feedback"),
    )
    op.create_table(
        "unanswered",
        sa.Column("conversation", NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("gap", NAME, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("conversation", "number", name="pk_unanswered"),
        _of_turn("unanswered"),
    )
    op.create_index("ix_unanswered_at", "unanswered", ["at"])
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation", NAME, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("operator", NAME, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_handoffs"),
        _of_conversation("handoffs"),
    )
    op.create_index("ix_handoffs_conversation", "handoffs", ["conversation"])
    still_open = sa.text("state != 'closed'")
    op.create_index(
        "ix_handoffs_open", "handoffs", ["conversation"], unique=True, sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_table(
        "operator_messages",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("conversation", NAME, nullable=False),
        sa.Column("operator", NAME, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operator_messages"),
        _of_conversation("operator_messages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_operator_messages_conversation", "operator_messages", ["conversation"])


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_conversation_conversations"
    return sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name, ondelete="CASCADE")


def _of_turn(table: str) -> sa.ForeignKeyConstraint:
    columns, turn = ["conversation", "number"], ["turns.conversation", "turns.number"]
    return sa.ForeignKeyConstraint(columns, turn, f"fk_{table}_conversation_number_turns", ondelete="CASCADE")
