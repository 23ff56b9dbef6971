"""Counting what comes too fast: in memory, in Redis for several processes together, and in memory again when Redis is away."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from bot.knowledge import Knowledge
from bot.settings import Settings
from handlers.web.limits import CountsInMemory, Limits
from handlers.web.problems import Problem
from tests.browser import free_port
from tests.conftest import write_small
from tests.services import redis_url
from tests.web import learned, opened


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return learned(write_small(tmp_path_factory.mktemp("web") / "knowledge"))


class Clock:
    """Seconds that pass when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def passed(limits: Limits, customer: str, times: int) -> int:
    """How many of so many messages may pass."""
    refused = []
    for _ in range(times):
        try:
            await limits.of_customer(customer)
        except Problem as problem:
            refused.append((problem.status, int(problem.headers["Retry-After"]) > 0))
    assert set(refused) <= {(429, True)}
    return times - len(refused)


async def test_a_window_begins_with_the_first_message_and_ends_after_its_time() -> None:
    clock = Clock()
    counts = CountsInMemory(clock)
    assert [await counts.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert await counts.get_expiry("a") == 1060
    clock.now = 1059.9
    assert await counts.incr("a", 60) == 4
    clock.now = 1060
    assert await counts.get("a") == 0
    assert await counts.incr("a", 60) == 1


async def test_counts_of_customers_who_left_are_let_go() -> None:
    clock = Clock()
    counts = CountsInMemory(clock)
    for number in range(5000):
        await counts.incr(f"customer {number}", 60)
        clock.now += 1
    for _ in range(5000):
        await counts.incr("somebody", 60)
    assert len(counts._counts) < 100


async def test_each_customer_is_counted_alone() -> None:
    limits = Limits(Settings(rate_customer="3/minute"))
    assert await passed(limits, "one", 5) == 3
    assert await passed(limits, "two", 2) == 2


async def test_off_is_off() -> None:
    assert await passed(Limits(Settings(rate_customer="off")), "one", 1000) == 1000


async def test_two_processes_count_together_in_redis() -> None:
    settings, customer = Settings(rate_customer="5/minute", redis=redis_url()), uuid4().hex
    first, second = Limits(settings), Limits(settings)
    assert await passed(first, customer, 3) == 3
    assert await passed(second, customer, 3) == 2
    for limits in (first, second):
        await limits.close()


async def test_a_redis_that_is_away_refuses_nobody_who_may_pass(small: Knowledge, tmp_path: Path) -> None:
    away = f"redis://127.0.0.1:{free_port()}/0"
    with structlog.testing.capture_logs() as logs:
        limits = Limits(Settings(rate_customer="3/minute", redis=away))
        assert await passed(limits, "one", 5) == 3
        await limits.close()
    assert [line["event"] for line in logs] == ["redis_unreachable"]  # once, and asked again only after a while
    async with opened(tmp_path, small, redis=away) as client:
        await client.say("店在哪里")
