"""A channel's durable mail; what a customer chose about themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NAME = sa.String(200)
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("state = 'open'")
UNSENT = sa.text("state IN ('waiting', 'sending')")


def upgrade() -> None:
    """Create the tables and columns."""
    op.add_column("customers", sa.Column("role", sa.String(16), nullable=True))
    op.add_column("customers", sa.Column("language", sa.String(16), nullable=True))
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("update", NAME, nullable=False),
        sa.Column("chat", NAME, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("channel", "update", name="uq_inbox_channel_update"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_open", "inbox", ["channel", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("chat", NAME, nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("answers", NAME, nullable=False),
        sa.Column("edits", sa.Integer, nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("message", sa.BigInteger, nullable=True),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_channel_chat_answers", "outbox", ["channel", "chat", "answers"])
    op.create_index("ix_outbox_unsent", "outbox", ["channel", "id"], sqlite_where=UNSENT, postgresql_where=UNSENT)
    op.create_table(
        "marks",
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("channel", "name", name="pk_marks"),
    )
