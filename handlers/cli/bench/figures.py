"""What `xiaoer bench` reports: times in milliseconds, memory in MiB, as measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from time import perf_counter_ns

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: messages of each kind, starts of the command, made-up folders and questions to each."""

    messages: int
    starts: int
    sizes: tuple[int, ...]
    asked: int


FULL = Plan(messages=3000, starts=9, sizes=(1_000, 5_000, 20_000, 100_000), asked=1000)
QUICK = Plan(messages=500, starts=3, sizes=(1_000, 5_000), asked=200)


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one message takes."""

    messages: int
    p50: float
    p99: float

    @classmethod
    def of(cls, nanoseconds: Sequence[int]) -> Latency:
        """The latency over single measurements."""
        ordered = sorted(nanoseconds)
        return cls(len(ordered), median(ordered) / 1e6, ordered[ceil(0.99 * len(ordered)) - 1] / 1e6)


def timed(work: Callable[[str], object], messages: Sequence[str]) -> Latency:
    """The latency of some work on each of the messages."""
    taken = []
    for message in messages:
        begun = perf_counter_ns()
        work(message)
        taken.append(perf_counter_ns() - begun)
    return Latency.of(taken)


@dataclass(frozen=True, slots=True)
class Machine:
    """What it was measured on."""

    cpus: int
    system: str
    python: str


@dataclass(frozen=True, slots=True)
class Speed:
    """The knowledge folder at work: understanding alone, whole replies, and both for messages of 4,000 characters."""

    wordings: int
    classes: int
    match: Latency
    respond: Latency
    long_match: Latency
    long_respond: Latency
    per_second: float


@dataclass(frozen=True, slots=True)
class Start:
    """`xiaoer ask` from the shell to the answer, with a warm cache."""

    runs: int
    seconds: float
    slowest_seconds: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One way of finding the entry: how fast, and how often right (share) on wordings it has not seen."""

    latency: Latency
    top1: float


@dataclass(frozen=True, slots=True)
class Grown:
    """A made-up folder of one size: learned, then asked; beside rapidfuzz over the same wordings."""

    wordings: int
    entries: int
    train_seconds: float
    peak_mib: float
    matcher: Compared
    ratio: Compared
    weighted_ratio: Compared


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that one run measured."""

    machine: Machine
    speed: Speed
    start: Start
    growth: tuple[Grown, ...]
    took_seconds: float
