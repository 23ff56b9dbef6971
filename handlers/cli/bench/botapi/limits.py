"""Telegram's limits on sending: so many a second overall and a chat, so many a minute a group."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from handlers.cli.bench.botapi.errors import flood
from handlers.cli.bench.botapi.state import Chat, ChatKind


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent; a chat may be ahead of its one a second by `chat_burst` messages."""

    overall_per_second: float = 30.0
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: float = 20.0


@dataclass(slots=True)
class _Bucket:
    rate: float
    size: float
    filled: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one more may pass, 0 when it may now."""
        self.filled = min(self.size, self.filled + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.filled >= 1 else (1 - self.filled) / self.rate


@dataclass(slots=True)
class Throttle:
    """Counts what was sent and refuses what is too much. A refused call counts for nothing."""

    limits: Limits
    _buckets: dict[int | None, _Bucket] = field(default_factory=dict)

    def check(self, chat: Chat, now: float) -> None:
        """`now` in monotonic seconds. Raises ApiError (429) with the seconds to wait, rounded up."""
        buckets = [self._bucket(None, self.limits.overall_per_second, self.limits.overall_per_second, now)]
        if chat.kind is ChatKind.PRIVATE:
            buckets.append(self._bucket(chat.id, self.limits.chat_per_second, self.limits.chat_burst, now))
        else:
            buckets.append(self._bucket(chat.id, self.limits.group_per_minute / 60, self.limits.group_per_minute, now))
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 0:
            raise flood(ceil(wait))
        for bucket in buckets:
            bucket.filled -= 1

    def _bucket(self, key: int | None, rate: float, size: float, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(rate, size, size, now)
        return bucket
