"""The calendar behind date words: most recent past days, stretches of a month, holidays with a fixed day."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

Days = tuple[date, date]

HOLIDAYS: dict[str, tuple[int, int]] = {
    "元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "三八": (3, 8), "五一": (5, 1), "劳动节": (5, 1), "青年节": (5, 4),
    "六一": (6, 1), "儿童节": (6, 1), "618": (6, 18), "六一八": (6, 18), "建军节": (8, 1), "教师节": (9, 10), "国庆": (10, 1),
    "十一": (10, 1), "光棍节": (11, 11), "双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12), "双12": (12, 12),
    "平安夜": (12, 24), "圣诞": (12, 25),
}  # fmt: skip
# 国庆期间 is a stretch of days.
HOLIDAY_LENGTH = {"国庆": 7, "十一": 7, "五一": 5, "劳动节": 5, "元旦": 3}


def day_of(year: int, month: int, day: int) -> date | None:
    """The day, or None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def latest(today: date, month: int, day: int) -> date | None:
    """The most recent such day up to today; 29 February may be years ago."""
    for year in range(today.year, max(today.year - 9, 0), -1):
        if (found := day_of(year, month, day)) and found <= today:
            return found
    return None


def latest_of_month(today: date, day: int) -> date | None:
    """The most recent 5th, or 31st, up to today."""
    for back in range(13):
        month = today + relativedelta(months=-back)
        if (found := day_of(month.year, month.month, day)) and found <= today:
            return found
    return None


def weekday(today: date, weeks: int | None, number: int) -> date:
    """Weekday 0..6 of the week so many weeks from this one; without weeks the most recent one up to today."""
    if weeks is None:
        return today - timedelta(days=(today.weekday() - number) % 7)
    return today + timedelta(days=number - today.weekday() + 7 * weeks)


def week(today: date, weeks: int) -> Days:
    monday = weekday(today, weeks, 0)
    return monday, monday + timedelta(days=6)


def month(year: int, number: int) -> Days:
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def year(number: int) -> Days:
    return date(number, 1, 1), date(number, 12, 31)


def part_of_month(year: int, number: int, part: str) -> Days:
    """初 and 上旬 are the first ten days, 中 the next ten, 底 and 下旬 the rest."""
    first, last = month(year, number)
    if part in ("初", "上旬"):
        return first, first.replace(day=10)
    if part in ("中", "中旬"):
        return first.replace(day=11), first.replace(day=20)
    if part in ("底", "末", "下旬"):
        return first.replace(day=21), last
    return first, last


def part_of_year(number: int, part: str) -> Days:
    first, last = {"初": (1, 3), "头": (1, 3), "中": (5, 8), "底": (11, 12), "末": (11, 12), "上": (1, 6), "下": (7, 12)}[part]
    return month(number, first)[0], month(number, last)[1]


def latest_part(today: date, number: int, part: str) -> Days:
    """8月初 without a year: the most recent one that has begun."""
    days = part_of_month(today.year, number, part)
    return days if days[0] <= today else part_of_month(today.year - 1, number, part)
