"""Days and moments: 2024-08-05, 去年12月30号, 上周三, 三个月前, 昨晚八点半, 今年国庆, 3 days ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.values.clock import PART, Time, find_times
from bot.values.day_words import find_days
from bot.values.patterns import Pattern
from bot.values.types import Bad, Day, Moment, Value

_BETWEEN = Pattern("(?:[ ,t]|的|当天|那天|大概|大约|差不多|是|在){0,3}")
_PART = Pattern(f" ?(?:{PART})(?![点单])")


def find_dates(text: str, now: datetime) -> list[Value]:
    """All days and moments of folded text, in order, not overlapping."""
    days = find_days(text, now)
    times = list(find_times(text))
    found: list[Value] = []
    at = 0
    for i, day in enumerate(days):
        while times and times[0].start < day.start:
            clock = times.pop(0)
            if clock.end <= day.start and clock.start >= at:
                found.append(_alone(clock, now))
        end = day.end
        if times and isinstance(day, Day) and times[0].start < (days[i + 1].start if i + 1 < len(days) else len(text)):
            gap = _BETWEEN.match(text, end)
            if gap and gap.end() >= times[0].start >= end:
                clock = times.pop(0)
                found.append(_joined(day, clock, now))
                at = clock.end
                continue
        while times and times[0].start < end:
            times.pop(0)
        if isinstance(day, Day) and (part := _PART.match(text, end)):
            day = replace(day, end=part.end())
        found.append(day)
        at = day.end
    found += (_alone(clock, now) for clock in times if clock.start >= at)
    return found


def _joined(day: Day, clock: Time, now: datetime) -> Value:
    if not clock.possible:
        return Bad(day.start, clock.end, "impossible_date")
    if day.first != day.last:
        return replace(day, end=clock.end)
    at = _at(day.first, clock, now)
    return Moment(day.start, clock.end, at) if at else Bad(day.start, clock.end, "impossible_date")


def _alone(clock: Time, now: datetime) -> Value:
    """A time without a day: the most recent one, as people tell what has happened."""
    at = _at(now.date(), clock, now) if clock.possible else None
    if at is None:
        return Bad(clock.start, clock.end, "impossible_date")
    try:
        # compared without zones: both are wall clock times of the same place
        if at.replace(tzinfo=None) > now.replace(tzinfo=None):
            at -= timedelta(days=1)
    except OverflowError:
        return Bad(clock.start, clock.end, "impossible_date")
    return Moment(clock.start, clock.end, at, day_given=False)


def _at(day: date, clock: Time, now: datetime) -> datetime | None:
    days, hour = (clock.days + 1, 0) if clock.hour == 24 else (clock.days, clock.hour)
    try:
        return datetime.combine(day + timedelta(days=days), time(hour, clock.minute), tzinfo=now.tzinfo)
    except OverflowError:
        return None
