"""Rate limits for each customer and each address, counted in memory or, for several processes together, in Redis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import monotonic, time
from typing import TYPE_CHECKING, Any

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from bot.settings import Settings
from handlers.web.problems import Problem

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

# A Redis that does not answer is asked again after so long; meanwhile each process counts for itself.
ASK_AGAIN_SECONDS = 5.0
REDIS_SECONDS = 0.25
_SWEEP_EVERY = 2048


class CountsInMemory(Storage):
    """Counters that expire. The library's own goes through every counter on every request, which 20,000 customers feel."""

    STORAGE_SCHEME = ["async+xiaoer-memory"]  # noqa: RUF012 - the library's registry wants a list

    def __init__(self, clock: Callable[[], float] = time) -> None:
        super().__init__()
        self._clock = clock
        self._counts: dict[str, tuple[int, float]] = {}
        self._until_sweep = _SWEEP_EVERY

    @property
    def base_exceptions(self) -> type[Exception]:
        """What can go wrong here: nothing."""
        return ValueError

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count up; the first one starts a window of `expiry` seconds."""
        now = self._clock()
        self._sweep(now)
        count, expires = self._counts.get(key, (0, 0.0))
        if expires <= now:
            count, expires = 0, now + expiry
        self._counts[key] = (count + amount, expires)
        return count + amount

    async def get(self, key: str) -> int:
        """The count in the running window."""
        count, expires = self._counts.get(key, (0, 0.0))
        return count if expires > self._clock() else 0

    async def get_expiry(self, key: str) -> float:
        """When the running window ends, in seconds since 1970."""
        return self._counts.get(key, (0, self._clock()))[1]

    async def check(self) -> bool:
        """It is always there."""
        return True

    async def reset(self) -> int | None:
        """Forget every count; how many there were."""
        gone = len(self._counts)
        self._counts.clear()
        return gone

    async def clear(self, key: str) -> None:
        """Forget one count."""
        self._counts.pop(key, None)

    def _sweep(self, now: float) -> None:
        """Let go of what has expired, once in many requests."""
        self._until_sweep -= 1
        if self._until_sweep <= 0:
            self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
            self._until_sweep = max(_SWEEP_EVERY, len(self._counts))


@dataclass
class _Counted:
    """Where is counted now, and since when Redis does not answer."""

    memory: FixedWindowRateLimiter
    redis: FixedWindowRateLimiter | None
    ask_redis_from: float = 0.0


class Limits:
    """Refuses what comes too fast. A Redis that fails never refuses anybody: the process counts by itself and says so."""

    def __init__(self, settings: Settings) -> None:
        self.customer = _item(settings.rate_customer)
        self.address = _item(settings.rate_address)
        redis = None
        self._pool: ConnectionPool | None = None
        if settings.redis:
            from redis.asyncio import ConnectionPool  # only who uses it waits for it

            self._pool = ConnectionPool.from_url(settings.redis, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
            # The library's annotation knows fewer options than it takes.
            options: dict[str, Any] = {"implementation": "redispy", "connection_pool": self._pool}
            redis = FixedWindowRateLimiter(RedisStorage(f"async+{settings.redis}", **options))
        self._counted = _Counted(FixedWindowRateLimiter(CountsInMemory()), redis)

    async def close(self) -> None:
        """Let go of Redis."""
        if self._pool is not None:
            await self._pool.disconnect()

    async def of_customer(self, customer: str) -> None:
        """Count a message of a customer. Raises Problem 429 when there were too many."""
        await self._count(self.customer, "customer", customer)

    async def of_address(self, address: str) -> None:
        """Count a request from an address. Raises Problem 429 when there were too many."""
        await self._count(self.address, "address", address)

    async def _count(self, item: RateLimitItem | None, kind: str, who: str) -> None:
        if item is None:
            return
        seconds = await self._seconds_to_wait(item, kind, who)
        if seconds is not None:
            raise Problem(429, "too_many", headers={"Retry-After": str(seconds)}, seconds=seconds)

    async def _seconds_to_wait(self, item: RateLimitItem, kind: str, who: str) -> int | None:
        counted = self._counted
        if counted.redis is not None and monotonic() >= counted.ask_redis_from:
            try:
                return await _wait(counted.redis, item, kind, who)
            except Exception as error:  # whatever a network and a server can do must not refuse a customer
                counted.ask_redis_from = monotonic() + ASK_AGAIN_SECONDS
                structlog.get_logger().warning("redis_unreachable", error=type(error).__name__)
        return await _wait(counted.memory, item, kind, who)


def _item(rate: str) -> RateLimitItem | None:
    return None if rate == "off" else parse(rate)


async def _wait(limiter: FixedWindowRateLimiter, item: RateLimitItem, kind: str, who: str) -> int | None:
    """None when it may pass, else the seconds until it may."""
    if await limiter.hit(item, kind, who):
        return None
    stats = await limiter.get_window_stats(item, kind, who)
    return max(1, ceil(stats.reset_time - time()))
