"""One channel's mail in the database: the inbox of updates and the outbox of messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.inbox import Arrived, Open, Outgoing, Prepared, Sending, Waiting
from bot.store.database import Database
from bot.store.statement import Statement
from bot.store.tables import INBOX, MARKS, OUTBOX
from bot.store.texts import name_of, storable
from bot.store.together import Together

OPEN, DONE, ASIDE = "open", "done", "aside"
_UNSENT = (Sending.WAITING.value, Sending.SENDING.value)

_i, _o = INBOX.c, OUTBOX.c


def _row(table: Table) -> dict[str, Any]:
    """A new row's columns, given by their names; its number the database gives."""
    return {name: bindparam(name) for name in table.columns.keys() if name != "id"}  # noqa: SIM118 - a column collection is no mapping


def _taking(dialect: Any) -> Any:
    new = dialect.insert(INBOX).values(_row(INBOX))
    return new.on_conflict_do_nothing(index_elements=["channel", "update"]).returning(_i.id)


# These run for every update and every message.
_TAKE = Statement(_taking(sqlite), postgresql=_taking(postgresql))
_FINISH = Statement(
    update(INBOX)
    .where(_i.id == bindparam("which"), _i.state == OPEN)
    .values(state=bindparam("new_state"), payload=bindparam("rest"), error=bindparam("why"))
)
_KEEP = Statement(insert(OUTBOX).values(_row(OUTBOX)).returning(_o.id))
_SENDING = Statement(update(OUTBOX).where(_o.id == bindparam("which")).values(state=Sending.SENDING.value, tries=_o.tries + 1))
_SENT = Statement(
    update(OUTBOX).where(_o.id == bindparam("which")).values(state=Sending.SENT.value, params="", message=bindparam("number"))
)
_OUTGOING = (_o.id, _o.chat, _o.method, _o.params, _o.edits, _o.tries, _o.not_before, _o.doubtful, _o.state)


class SqlInbox:
    """A channel's Inbox in the store's database. Small writes that come at the same time share a commit."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._together = Together(database)

    async def take_in(self, arrived: Sequence[Arrived], now: datetime) -> tuple[Open, ...]:
        """Keep a batch in one commit; those that are new."""

        def work(connection: Connection) -> tuple[Open, ...]:
            taken = []
            for one in arrived:
                chat = name_of(one.chat)
                row = {
                    "channel": self._channel,
                    "update": name_of(one.update),
                    "chat": chat,
                    "payload": storable(one.payload),
                    "state": OPEN,
                    "tries": 0,
                    "error": "",
                    "at": now,
                }
                id = _TAKE(connection, row).scalar()
                if id is not None:
                    taken.append(Open(id, chat, one.payload))
            return tuple(taken)

        return await self._together.write(work)

    async def open_ones(self, limit: int = 1000) -> tuple[Open, ...]:
        """What was kept and not handled, oldest first."""
        mine = (_i.channel == self._channel) & (_i.state == OPEN)
        wanted = select(_i.id, _i.chat, _i.payload, _i.tries).where(mine).order_by(_i.id).limit(limit)
        return await self._database.read(lambda c: tuple(Open(*row) for row in c.execute(wanted)))

    async def tried(self, id: int, error: str) -> int:
        """Count a try of an update."""
        counted = update(INBOX).where(_i.id == id).values(tries=_i.tries + 1, error=storable(error)).returning(_i.tries)
        return await self._together.write(lambda c: int(c.execute(counted).scalar() or 0))

    async def done(
        self, id: int, prepared: Sequence[Prepared], now: datetime, *, aside: str = "", begin: bool = False
    ) -> tuple[Outgoing, ...]:
        """The update is handled and its messages are kept, in one transaction."""
        finished = {"which": id, "new_state": ASIDE if aside else DONE, "rest": "", "why": storable(aside)}

        def work(connection: Connection) -> tuple[Outgoing, ...]:
            if _FINISH(connection, finished).rowcount == 0:
                return ()
            return self._keep(connection, prepared, now, begin=begin)

        return await self._together.write(work)

    async def post(self, prepared: Sequence[Prepared], mark: str, value: int, now: datetime) -> tuple[Outgoing, ...]:
        """Keep messages that answer no update and move the mark up, in one transaction."""
        mine = (MARKS.c.channel == self._channel) & (MARKS.c.name == mark)

        def work(connection: Connection) -> tuple[Outgoing, ...]:
            if connection.execute(update(MARKS).where(mine, MARKS.c.value < value).values(value=value)).rowcount == 0:
                if connection.execute(select(MARKS.c.value).where(mine)).first() is not None:
                    return ()
                connection.execute(insert(MARKS), {"channel": self._channel, "name": mark, "value": value})
            return self._keep(connection, prepared, now)

        return await self._database.write(work)

    async def mark(self, name: str) -> int:
        """How far was read; 0 at first."""
        wanted = select(MARKS.c.value).where(MARKS.c.channel == self._channel, MARKS.c.name == name)
        return await self._database.read(lambda c: int(c.execute(wanted).scalar() or 0))

    async def unsent(self) -> tuple[Outgoing, ...]:
        """What is kept and not sent, oldest first."""
        wanted = select(*_OUTGOING).where(_o.channel == self._channel, _o.state.in_(_UNSENT)).order_by(_o.id)
        return await self._database.read(lambda c: tuple(_outgoing(*row) for row in c.execute(wanted)))

    async def sending(self, id: int) -> None:
        """From now on the channel may have it."""
        await self._together.write(lambda connection: _SENDING(connection, {"which": id}))

    async def sent(self, id: int, message: int | None) -> None:
        """The channel has it."""
        await self._together.write(lambda connection: _SENT(connection, {"which": id, "number": message}))

    async def put_off(self, id: int, until: datetime, *, doubtful: bool) -> None:
        """It is to be sent again, not before `until`."""
        waits = {"state": Sending.WAITING.value, "not_before": until}
        statement = update(OUTBOX).where(_o.id == id).values(waits | ({"doubtful": True} if doubtful else {}))
        await self._together.write(_changing(statement))

    async def failed(self, id: int, error: str) -> None:
        """The channel refuses it for good."""
        refused = {"state": Sending.FAILED.value, "params": "", "error": storable(error)}
        await self._together.write(_changing(update(OUTBOX).where(_o.id == id).values(refused)))

    async def give_up(self, chat: str, error: str) -> int:
        """Everything that waits for a chat is dropped; how many that was."""
        refused = {"state": Sending.FAILED.value, "params": "", "error": storable(error)}
        statement = update(OUTBOX).where(self._of(chat), _o.state.in_(_UNSENT)).values(refused)
        return await self._together.write(lambda c: int(c.execute(statement).rowcount))

    async def answer_to(self, chat: str, answers: str) -> int | None:
        """The message that was last kept as an answer to this."""
        wanted = select(_o.id).where(self._of(chat), _o.answers == name_of(answers)).order_by(_o.id.desc()).limit(1)
        return await self._database.read(lambda c: c.execute(wanted).scalar())

    async def message_of(self, id: int) -> int | None:
        """The channel's number of a kept message; that of the message it edits."""
        wanted = select(_o.message, _o.edits).where(_o.id == bindparam("which"))

        def work(connection: Connection) -> int | None:
            which: int | None = id
            while which is not None:
                row = connection.execute(wanted, {"which": which}).first()
                if row is None or row.message is not None:
                    return row.message if row else None
                which = row.edits
            return None

        return await self._database.read(work)

    async def forget(self, chat: str) -> None:
        """Drop what is still kept of what was written and sent in a chat; what waits to be sent stays."""
        finished = update(OUTBOX).where(self._of(chat), _o.state.not_in(_UNSENT)).values(params="", error="")
        mine = (_i.channel == self._channel) & (_i.chat == name_of(chat)) & (_i.state != OPEN)

        def work(connection: Connection) -> None:
            connection.execute(finished)
            connection.execute(update(INBOX).where(mine).values(payload="", error=""))

        await self._together.write(work)

    async def purge(self, before: datetime) -> int:
        """Forget what was finished and kept before; how many updates."""
        sent = delete(OUTBOX).where(_o.channel == self._channel, _o.at < before, _o.state.not_in(_UNSENT))
        done = delete(INBOX).where(_i.channel == self._channel, _i.at < before, _i.state != OPEN)

        def work(connection: Connection) -> int:
            connection.execute(sent)
            return int(connection.execute(done).rowcount)

        return await self._database.write(work)

    async def waiting(self) -> Waiting:
        """How much is under way."""
        updates = select(func.count()).select_from(INBOX).where(_i.channel == self._channel, _i.state == OPEN)
        messages = select(func.count()).select_from(OUTBOX).where(_o.channel == self._channel, _o.state.in_(_UNSENT))
        return await self._database.read(
            lambda c: Waiting(int(c.execute(updates).scalar() or 0), int(c.execute(messages).scalar() or 0))
        )

    def _of(self, chat: str) -> Any:
        return (_o.channel == self._channel) & (_o.chat == name_of(chat))

    def _keep(
        self, connection: Connection, prepared: Sequence[Prepared], now: datetime, *, begin: bool = False
    ) -> tuple[Outgoing, ...]:
        kept: list[Outgoing] = []
        for one in prepared:
            begun = begin and not kept
            chat = name_of(one.chat)
            row = {
                "channel": self._channel,
                "chat": chat,
                "method": one.method,
                "params": json.dumps(dict(one.params)),  # ASCII: a lone surrogate is as storable as any letter
                "answers": name_of(one.answers),
                "edits": one.edits,
                "state": (Sending.SENDING if begun else Sending.WAITING).value,
                "tries": int(begun),
                "doubtful": False,
                "not_before": None,
                "message": None,
                "error": "",
                "at": now,
            }
            id = _KEEP(connection, row).scalar_one()
            kept.append(Outgoing(id, chat, one.method, one.params, one.edits, begun=begun))
        return tuple(kept)


def _outgoing(
    id: int,
    chat: str,
    method: str,
    params: str,
    edits: int | None,
    tries: int,
    not_before: datetime | None,
    doubtful: bool,
    state: str,
) -> Outgoing:
    return Outgoing(id, chat, method, json.loads(params), edits, tries, not_before, doubtful or state == Sending.SENDING.value)


def _changing(statement: Any) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(statement)

    return work
