"""Reads the day words that a pattern has matched; most recent past where nothing else is said."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from bot.values import calendar as cal
from bot.values.durations import length_of
from bot.values.numerals import parse_numeral
from bot.values.patterns import Match, Pattern

Reading = date | cal.Days | datetime | str | None  # a str is the reason why it is Bad

_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "上年": -1, "上一年": -1, "今年": 0, "本年": 0, "明年": 1, "后年": 2}
_MONTHS = {"上上个月": -2, "上上月": -2, "上个月": -1, "上月": -1, "下个月": 1, "下月": 1}  # else this month
_WEEKS = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}
_DAYS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
_WEEKDAYS = {c: i for i, c in enumerate("一二三四五六")} | {str(i + 1): i for i in range(6)} | {"日": 6, "天": 6}
_TOLD = Pattern("(?:[在从自到于]|日期|时间|日子) ?[是:为]? ?$")


def _int(s: str) -> int:
    value = parse_numeral(s.replace("廿", "二十"))
    return int(value) if value is not None else 0


def _year(s: str | None, now: datetime) -> int | None:
    if not s:
        return None
    if s in _YEARS:
        return now.year + _YEARS[s]
    n = _int(s.removesuffix("年"))
    return n + 2000 if n < 100 else n


def _plain_year(year: int | None) -> bool:
    return year is None or 1900 <= year <= 2200


def _dated(year: int | None, month: int, day: int, now: datetime) -> Reading:
    if not _plain_year(year):
        return None
    found = cal.latest(now.date(), month, day) if year is None else cal.day_of(year, month, day)
    return found or "impossible_date"


def full(m: Match, now: datetime) -> Reading:
    return _dated(_year(m["y"], now), int(m["m"]), int(m["d"]), now)


def month_day(m: Match, now: datetime) -> Reading:
    first = _dated(_year(m["y"], now), _int(m["m"]), _int(m["d"]), now)
    if not m["to"] or not isinstance(first, date):
        return first
    last = cal.day_of(first.year, first.month, _int(m["to"]))
    return (first, last) if last and last >= first else "impossible_date"


def of_month(m: Match, now: datetime) -> Reading:
    """上个月15号; the 31st of a month of 30 days does not exist."""
    month = now.date().replace(day=1) + relativedelta(months=_MONTHS.get(m["month"], 0))
    return cal.day_of(month.year, month.month, _int(m["d"])) or "impossible_date"


def day_only(m: Match, now: datetime) -> Reading:
    first, last = _int(m["d"]), _int(m["to"]) if m["to"] else 0
    if first > 31:
        return "impossible_date" if first < 100 else None
    found = cal.latest_of_month(now.date(), first)
    if last and found:
        to = cal.day_of(found.year, found.month, last)
        return (found, to) if to and to >= found else "impossible_date"
    return found or "impossible_date"


def short(m: Match, now: datetime) -> Reading:
    """8/5 and 8-5: only what looks like a date; 2-3 is a range and 1/2 a fraction."""
    month, day = int(m["m"]), int(m["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    padded = m["m"][0] == "0" or m["d"][0] == "0"
    told = (padded and m["sep"] != ".") or bool(m["told"]) or bool(_TOLD.search(m.string, max(0, m.start() - 8), m.start()))
    sep = m["sep"]
    range_like = sep == "-" and day > month and not _looks_dated(month, day)
    if not told and (sep == "." or month == day <= 9 or range_like or (sep == "/" and month < day <= 5)):
        return None
    if day > 29 and cal.day_of(2024, month, day) is None:
        return "impossible_date"
    return cal.latest(now.date(), month, day)


def _looks_dated(month: int, day: int) -> bool:
    """11-20 and 12-25 are mostly days, 10-20 mostly a range."""
    return month >= 10 and not (month == 10 and day % 5 == 0)


def month_part(m: Match, now: datetime) -> Reading:
    month, year = _int(m["m"]), _year(m["y"], now)
    if not 1 <= month <= 12:
        return "impossible_date"
    if not _plain_year(year):
        return None
    part = m["part"] or ""
    return cal.latest_part(now.date(), month, part) if year is None else cal.part_of_month(year, month, part)


def relative_month(m: Match, now: datetime) -> Reading:
    month = now.date().replace(day=1) + relativedelta(months=_MONTHS.get(m["month"], 0))
    return cal.part_of_month(month.year, month.month, m["part"] or "")


def bare_part(m: Match, now: datetime) -> Reading:
    today = now.date()
    days = cal.part_of_month(today.year, today.month, m["part"])
    if days[0] <= today:
        return days
    past = today + relativedelta(months=-1)
    return cal.part_of_month(past.year, past.month, m["part"])


def year_part(m: Match, now: datetime) -> Reading:
    year = _year(m["y"], now)
    if not _plain_year(year):
        return None
    part = (m["part"] or "").replace("年", "").removesuffix("半")
    if year is None:
        days = cal.part_of_year(now.year, part)
        return days if days[0] <= now.date() else cal.part_of_year(now.year - 1, part)
    return cal.part_of_year(year, part) if part else cal.year(year)


def weekday(m: Match, now: datetime) -> Reading:
    weeks = _WEEKS[m["which"]] if m["which"] else None
    if m["day"] in ("末", "end"):
        saturday = cal.weekday(now.date(), weeks, 5)
        return saturday, saturday + timedelta(days=1)
    return cal.weekday(now.date(), weeks, _WEEKDAYS[m["day"]])


def week(m: Match, now: datetime) -> Reading:
    return cal.week(now.date(), _WEEKS[m["which"]])


def near(m: Match, now: datetime) -> Reading:
    return now.date() + timedelta(days=_DAYS[m["which"]])


def lately(m: Match, now: datetime) -> Reading:
    """前两天, 前几天: some day of the past few, not one certain day."""
    days = 10 if m["n"] == "几" else 4
    return now.date() - timedelta(days=days), now.date() - timedelta(days=1)


def before(now: datetime, months: int, hours: Decimal) -> datetime | None:
    """So long before now; month ends clamp."""
    if months > 1200 or hours > 24 * 36600:
        return None
    try:
        return now + relativedelta(months=-months) - timedelta(minutes=int(hours * 60))
    except (OverflowError, ValueError):
        return None


def ago(m: Match, now: datetime) -> Reading:
    """3天前, 三个月前, 半年前, 30小时前, 几天前."""
    figure, unit = m["n"].removeprefix("好"), m["unit"]
    if "几" in figure:
        first, last = (_back(now, Decimal(_int(figure.replace("几", d))), unit) for d in ("九", "一" if "十" in figure else "二"))
        return (first.date(), last.date()) if first and last else None
    value = Decimal("0.5") if figure == "半" else parse_numeral(figure)
    if value is None:
        return None
    if m["half"]:
        value += Decimal("0.5")
    at = _back(now, value, unit)
    if at is None:
        return "impossible_date"
    if "时" in unit or "钟" in unit:
        return at
    if m["more"]:
        further = _back(now, value + 1, unit)
        return (further.date(), at.date()) if further else None
    return at.date()


def _back(now: datetime, value: Decimal, unit: str) -> datetime | None:
    length = length_of(value, unit)
    return before(now, *length) if length else None


def holiday(m: Match, now: datetime) -> Reading:
    name = m["name"]
    month, day = cal.HOLIDAYS[name]
    year = _year(m["y"], now)
    found = cal.latest(now.date(), month, day) if year is None else cal.day_of(year, month, day) if _plain_year(year) else None
    if found and m["long"]:
        return found, found + timedelta(days=cal.HOLIDAY_LENGTH.get(name, 1) - 1)
    return found
