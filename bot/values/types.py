"""The kinds of value a person can write, each with the place in the text where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Found:
    """A place in the text that was searched: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Money(Found):
    """An amount in yuan; a vague one (一百来块) is the range low..high, both included."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Count(Found):
    """A whole number of something; `unit` is the measure word as written in simplified Chinese (单, 次, 件, 家, 个品牌…)."""

    low: int
    high: int
    unit: str
    ordinal: bool = False  # 第三次: the third one, not three of them


@dataclass(frozen=True, slots=True)
class Percent(Found):
    """A share, 15 % as Decimal("0.15"); a vague one (10-20%) also has low..high."""

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Day(Found):
    """A calendar day, or a vague stretch of days (8月初) from first to last, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Moment(Found):
    """A day with a time of day; without a written day it is the most recent such time."""

    at: datetime
    day_given: bool = True


@dataclass(frozen=True, slots=True)
class Duration(Found):
    """A length of time: whole months plus hours (两天半 is 60 hours, 一个半月 is 1 month and 15 days)."""

    months: int
    hours: Decimal
    vague: bool = False  # 一天多, 3-5天: at least this long


@dataclass(frozen=True, slots=True)
class Number(Found):
    """A number without any unit; only its surroundings can tell what it counts. A vague one (200左右) also has low..high."""

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bad(Found):
    """Something that looks like a value and cannot be one; `reason` is a key of replies.yaml (impossible_date, negative…)."""

    reason: str


Value = Money | Count | Percent | Day | Moment | Duration | Number | Bad
