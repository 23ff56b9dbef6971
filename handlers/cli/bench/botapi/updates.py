"""The queue of updates that the bot has not confirmed, and its readers: a long poll or a webhook."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from time import monotonic

from handlers.cli.bench.botapi.errors import OTHER_POLLER, WEBHOOK_ACTIVE, WEBHOOK_SET, Wire, conflict
from handlers.cli.bench.botapi.state import dumps

DEFAULT_TYPES = frozenset({"message", "edited_message", "channel_post", "edited_channel_post", "inline_query"}) | frozenset(
    {"chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll"}
    | {"poll_answer", "my_chat_member", "chat_join_request", "chat_boost", "removed_chat_boost"}
)
KNOWN_TYPES = DEFAULT_TYPES | {"chat_member", "message_reaction", "message_reaction_count", "business_connection"}
KNOWN_TYPES |= {"business_message", "edited_business_message", "deleted_business_messages"}
LONGEST_POLL = 50
CONFLICT_PAUSE = 3.0
# An offset that is further ahead than this belongs to another numbering.
FAR_AHEAD = 10


@dataclass(slots=True)
class Pending:
    """An update on its way: its id, its JSON text, the lane (a chat, a user) in which a webhook gets it in order, until
    when (Unix seconds). A `forced` one is given once even to a poller whose offset is past it."""

    id: int
    json: str
    lane: object
    expires: float
    forced: bool = False


@dataclass(slots=True)
class Updates:
    """`clock` gives Unix seconds. `on_update` is called after something was added."""

    clock: Callable[[], float]
    next_id: int = 100_000_001
    pending: deque[Pending] = field(default_factory=deque)
    allowed: frozenset[str] = DEFAULT_TYPES
    webhook_set: bool = False
    conflict_pause: float = CONFLICT_PAUSE
    on_update: Callable[[], None] = lambda: None
    polls: int = 0
    conflicts: int = 0
    history: deque[Pending] = field(default_factory=lambda: deque(maxlen=20_000))
    held: list[Pending] | None = None
    _sorted: bool = True
    _poll: asyncio.Future[str] | None = None
    _next_conflict: float = 0.0

    def add(self, kind: str, body: Wire, lane: object, *, seconds: float = 86_400) -> int | None:
        """A new update; its id, None when the bot did not ask for that kind."""
        if kind not in self.allowed:
            return None
        id = self.next_id
        self.next_id += 1
        self.add_raw(id, dumps({"update_id": id, kind: body}), lane, seconds=seconds)
        return id

    def add_raw(self, id: int, json: str, lane: object, *, seconds: float = 86_400, forced: bool = False) -> None:
        """Anything at all, as the bot shall get it."""
        pending = Pending(id, json, lane, self.clock() + seconds, forced)
        self.history.append(pending)
        if self.held is not None:
            self.held.append(pending)
        else:
            self._queue(pending)
            self.notify()

    def extend(self, many: Iterable[Pending]) -> None:
        """Updates that were held back come in their order, all at once."""
        for pending in many:
            self._queue(pending)
        self.notify()

    def _queue(self, pending: Pending) -> None:
        if pending.forced or (self.pending and self.pending[-1].id >= pending.id):
            self._sorted = False
        self.pending.append(pending)

    def release(self, order: Callable[[list[Pending]], Iterable[Pending]]) -> None:
        """What was held back comes now, in that order."""
        held, self.held = self.held or [], None
        self.extend(replace(pending, forced=True) for pending in order(held))

    def notify(self) -> None:
        """Wake whoever waits for updates."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result("")
        self.on_update()

    def renumber(self, first: int) -> None:
        """Ids go on from another number, as after a week without updates."""
        self.next_id = first

    def put_back(self, untaken: list[Pending]) -> None:
        """What a webhook has not taken, when it is no more."""
        for pending in sorted(untaken, key=lambda p: p.id):
            self._queue(pending)

    def clear(self) -> None:
        """Forget all that is pending."""
        self.pending.clear()
        self._sorted = True

    async def get(self, offset: int, limit: int, timeout: float) -> list[Pending]:
        """What a poller gets: confirms what is before `offset`, waits up to `timeout` seconds for something. Raises
        ApiError (409) while a webhook is set, and when another poller or setWebhook comes meanwhile."""
        self.polls += 1
        if self.webhook_set:
            await self._conflict(WEBHOOK_ACTIVE)
        self.abort(OTHER_POLLER)
        self._confirm(offset)
        if self.pending or timeout <= 0:
            return self._first(limit)
        waiting = self._poll = asyncio.get_running_loop().create_future()
        try:
            reason = await asyncio.wait_for(waiting, timeout)
        except TimeoutError:
            reason = ""
        finally:
            if self._poll is waiting:
                self._poll = None
        if reason:
            await self._conflict(reason)
        return self._first(limit)

    def abort(self, reason: str = WEBHOOK_SET) -> None:
        """End the long poll that waits, with a conflict."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(reason)
        self._poll = None

    async def _conflict(self, reason: str) -> None:
        # The first is told at once, the next ones within three seconds are kept waiting: as Telegram does it.
        self.conflicts += 1
        now = monotonic()
        if now < self._next_conflict:
            await asyncio.sleep(self.conflict_pause)
        else:
            self._next_conflict = now + self.conflict_pause
        raise conflict(reason)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        elif 0 < offset <= self.next_id + FAR_AHEAD:
            if self._sorted:
                while self.pending and self.pending[0].id < offset:
                    self.pending.popleft()
            else:
                self.pending = deque(p for p in self.pending if p.forced or p.id >= offset)
        if not self.pending:
            self._sorted = True

    def _first(self, limit: int) -> list[Pending]:
        now = self.clock()
        while self.pending and self.pending[0].expires < now:
            self.pending.popleft()
        first = list(islice((p for p in self.pending if p.expires >= now), limit))
        for pending in first:
            pending.forced = False
        return first
