"""Every call that was made: when, with what, how many at once, and how it ended."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from handlers.cli.bench.botapi.errors import Wire


@dataclass(slots=True)
class Call:
    """One call. `arrived` and `ended` in monotonic seconds; `status` 0 while it is being handled and for a dropped
    connection; `accepted` is whether it took effect; `in_flight` and `in_chat` count the sending calls under way when it
    arrived, itself included, overall and in its chat (0 for calls that send nothing)."""

    number: int
    method: str
    params: Wire
    chat: int | None
    arrived: float
    ended: float = 0.0
    status: int = 0
    error: str = ""
    accepted: bool = False
    message: int | None = None
    in_flight: int = 0
    in_chat: int = 0
    through_webhook: bool = False


@dataclass(slots=True)
class Journal:
    """The calls, the last `most` of them with everything that was sent; only counts when `most` is 0."""

    most: int = 100_000
    calls: deque[Call] = field(default_factory=deque)
    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    most_in_flight: int = 0
    most_in_chat: int = 0
    _flying: int = 0
    _flying_in: Counter[int] = field(default_factory=Counter)
    _number: int = 0

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __len__(self) -> int:
        return self._number

    def of(self, *methods: str, chat: int | None = None) -> tuple[Call, ...]:
        """The calls of these methods (in any spelling), in the order in which they came; in one chat if it is given."""
        names = {m.lower() for m in methods}
        return tuple(c for c in self.calls if c.method.lower() in names and chat in (None, c.chat))

    def begin(self, method: str, params: Wire, chat: int | None, now: float, *, sends: bool, through_webhook: bool) -> Call:
        """A call arrives."""
        self._number += 1
        call = Call(self._number, method, params, chat, now, through_webhook=through_webhook)
        self.counts[method] += 1
        if sends:
            self._flying += 1
            call.in_flight = self._flying
            self.most_in_flight = max(self.most_in_flight, self._flying)
            if chat is not None:
                self._flying_in[chat] += 1
                call.in_chat = self._flying_in[chat]
                self.most_in_chat = max(self.most_in_chat, call.in_chat)
        if self.most:
            self.calls.append(call)
            if len(self.calls) > self.most:
                self.calls.popleft()
        return call

    def end(self, call: Call, now: float, status: int) -> None:
        """A call has been answered with `status`, 0 when its connection was dropped."""
        call.ended, call.status = now, status
        self.statuses[status] += 1
        if call.in_flight:
            self._flying -= 1
            if call.chat is not None:
                self._flying_in[call.chat] -= 1
                if not self._flying_in[call.chat]:
                    del self._flying_in[call.chat]

    def clear(self) -> None:
        """Forget what is over."""
        self.calls.clear()
        self.counts.clear()
        self.statuses.clear()
        self.most_in_flight, self.most_in_chat = self._flying, 0
