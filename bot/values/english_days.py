"""Days in English: Aug 5, August 5th 2024, 5 Aug, yesterday, 3 days ago, last month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from bot.values import calendar as cal
from bot.values.patterns import Match, Pattern

Reading = date | cal.Days | datetime | str | None

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SMALL = {word: n for n, word in enumerate(_WORDS)} | {"a": 1, "an": 1}
_FIGURE = f"(?:[0-9]{{1,4}}|{'|'.join(_SMALL)})"


def small(word: str) -> int:
    return int(word) if word.isdigit() else _SMALL[word]


def _month_day(m: Match, now: datetime) -> Reading:
    month, day = _MONTHS.index(m["m"][:3]) + 1, int(m["d"])
    found = cal.day_of(int(m["y"]), month, day) if m["y"] else cal.latest(now.date(), month, day)
    return found or "impossible_date"


def _word(m: Match, now: datetime) -> Reading:
    days = {"the day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0, "this morning": 0}
    return now.date() + timedelta(days=days.get(m.group(), 1))


def _ago(m: Match, now: datetime) -> Reading:
    n, unit = 0.5 if m["n"].startswith("half") else small(m["n"]), m["unit"]
    if unit in ("month", "year"):
        months = int(Decimal(n) * (12 if unit == "year" else 1))
        if months > 1200:
            return "impossible_date"
        return (now + relativedelta(months=-months, days=-15 if n == 0.5 and unit == "month" else 0)).date()
    if unit in ("hour", "minute"):
        return now - timedelta(hours=n) if unit == "hour" else now - timedelta(minutes=n)
    return now.date() - timedelta(days=int(n * (7 if unit == "week" else 1)))


def _last(m: Match, now: datetime) -> Reading:
    today, step = now.date(), {"last": -1, "this": 0, "next": 1}[m["which"]]
    if m["unit"] == "week":
        return cal.week(today, step)
    if m["unit"] == "year":
        return cal.year(today.year + step)
    if m["unit"] == "month":
        month = today.replace(day=1) + relativedelta(months=step)
        return cal.month(month.year, month.month)
    return cal.weekday(today, step, _WEEKDAYS.index(m["unit"][:3]))


def _weekday(m: Match, now: datetime) -> Reading:
    return cal.weekday(now.date(), None, _WEEKDAYS.index(m["day"][:3]))


_ST = "(?:st|nd|rd|th)?"
_THIS_YEAR = "(?:,? ?(?P<y>20[0-9]{2})(?![0-9]))?"
_DAY = "the day before yesterday|yesterday|today|tonight|tomorrow|last night|this morning"
_DIGITS = "0123456789"

ENGLISH: tuple[tuple[str, Pattern, Callable[[Match, datetime], Reading]], ...] = (
    (_DIGITS, Pattern(f"(?<![a-z])(?P<m>{_NAME}) ?(?P<d>[0-9]{{1,2}})(?![0-9:])", _ST, _THIS_YEAR), _month_day),
    (_DIGITS, Pattern(f"(?<![a-z0-9.])(?P<d>[0-9]{{1,2}}){_ST} ?(?:of )?(?P<m>{_NAME})(?![a-z])", _THIS_YEAR), _month_day),
    ("t", Pattern(f"(?<![a-z])(?:{_DAY})(?![a-z])"), _word),
    ("o", Pattern(f"(?<![a-z0-9.])(?P<n>{_FIGURE}|half an?) (?P<unit>day|week|month|year|hour|minute)s? ago(?![a-z])"), _ago),
    ("t", Pattern(f"(?<![a-z])(?P<which>last|this|next) (?P<unit>week|month|year|{_WEEKDAY})(?![a-z])"), _last),
    ("d", Pattern(f"(?<![a-z])(?:on )?(?P<day>{_WEEKDAY})(?![a-z])"), _weekday),
)
