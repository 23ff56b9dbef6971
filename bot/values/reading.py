"""Reads an answer to a question that asked for exactly one thing: 588, 五百八十八吧, 大概是八月五号, 就10点."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from bot.values import calendar as cal
from bot.values.durations import length_of
from bot.values.find import find_values
from bot.values.folding import fold
from bot.values.numerals import parse_numeral
from bot.values.patterns import Pattern
from bot.values.types import Bad, Count, Day, Duration, Moment, Money, Number, Percent, Value

_LEAD = Pattern(
    "^(?:[ ,.:;!~\x00]|应该|好像|可能|大概|大约|差不多|也就|就是|就|是|嗯+|哦+|啊|那个|那|我|一共"
    "|总共|共|付了|花了|实付|实际|的|在|有|算|按|填|约|呃|额)*"
)
_TRAIL = Pattern("(?:[ ,.:;!?~\x00]|吧|啊|呢|哦|喔|了|的|左右|上下|这样|样子|呀|哈|嘛|咯|谢谢|那天|当天|好像)*$")
_CORRECTED = Pattern("不对|不是|错|改成|改为|更正|应该是|而是|哦不")
_SHORT_DAY = Pattern("(?:(?P<y>(?:20)?[0-9]{2})[-/. 年])?(?P<m>[0-9]{1,2})[-/. 月](?P<d>[0-9]{1,2})")
_MMDD = Pattern("(?P<m>0[1-9]|1[0-2])(?P<d>[0-3][0-9])")
_LATER = Pattern("(?:之|以)?后$")
_HOLIDAYS = {"五一": (5, 1), "十一": (10, 1), "六一": (6, 1), "618": (6, 18), "六一八": (6, 18)}
_POINTS = Pattern("([^:]+)点")
_HALF = Pattern("(?:一|各?占?)?(?:半|一半|对半)")

V = TypeVar("V", Money, Count, Percent, Day, Moment, Duration, Number, Bad)


def _core(text: str) -> tuple[str, int, int]:
    """The folded answer without the small words around it, and where it stands."""
    folded = fold(text)
    lead = _LEAD.match(folded)
    start = lead.end() if lead else 0
    trail = _TRAIL.search(folded, start)
    end = trail.start() if trail else len(folded)
    return folded[start:end], start, end


def _pick(values: list[V], text: str) -> V | None:
    """Of several the first, or after a correction (不对,是688) the last."""
    if not values:
        return None
    return values[-1] if len(values) > 1 and _CORRECTED.search(fold(text)) else values[0]


def _of(kind: type[V], values: tuple[Value, ...], text: str) -> V | None:
    return _pick([v for v in values if isinstance(v, kind)], text)


def _number(values: tuple[Value, ...], text: str) -> Number | None:
    """A bare number; a single character (五) counts here, for it is the whole answer."""
    if found := _of(Number, values, text):
        return found
    if values:
        return None
    core, start, end = _core(text)
    value = parse_numeral(core)
    return None if value is None or value >= 10**9 else Number(start, end, value)


def _bad(values: tuple[Value, ...], reason: str) -> Bad | None:
    return next((v for v in values if isinstance(v, Bad) and v.reason == reason), None)


def _answers(text: str, now: datetime) -> tuple[Value, ...]:
    """What stands in the answer; 几块钱, no value inside a question, is a vague one here."""
    values = find_values(text, now)
    if not values and _core(text)[0].startswith("几"):
        at = _core(text)[1]
        values = find_values(text[:at] + "好" + text[at:], now)
        return tuple(type(v)(**{**{f: getattr(v, f) for f in v.__slots__}, "start": at, "end": v.end - 1}) for v in values)
    return values


def read_money(text: str, now: datetime) -> Money | Bad | None:
    """An amount in yuan; a number without unit is one too."""
    values = _answers(text, now)
    if found := _of(Money, values, text):
        return found
    if number := _number(values, text):
        if number.low is not None and number.high is not None:
            return Money(number.start, number.end, number.low, number.high)
        return Money(number.start, number.end, number.value, number.value)
    return _bad(values, "negative")


def read_count(text: str, now: datetime) -> Count | Bad | None:
    """A whole number; one without measure word has the unit ""."""
    values = _answers(text, now)
    if found := _of(Count, values, text):
        return found
    if (number := _number(values, text)) and (number.low is not None or number.value == int(number.value)):
        low = number.value if number.low is None else number.low
        high = number.value if number.high is None else number.high
        return Count(number.start, number.end, math.floor(low), math.floor(high), "")
    return _bad(values, "negative")


def read_percent(text: str, now: datetime) -> Percent | Bad | None:
    """A share; 20 is 20 %, and so is 0.2."""
    values = _answers(text, now)
    if found := _of(Percent, values, text):
        return found
    core, start, end = _core(text)
    if _HALF.fullmatch(core):
        return Percent(start, end, Decimal("0.5"))
    if number := _number(values, text):
        base = Decimal(1) if 0 < number.value < 1 else Decimal(100)
        if number.low is not None and number.high is not None:
            return Percent(number.start, number.end, number.value / base, number.low / base, number.high / base)
        return Percent(number.start, number.end, number.value / base)
    # 20点 looks like a time of day where no rate was asked for
    if (clock := _of(Moment, values, text)) and (points := _POINTS.fullmatch(core)):
        value = parse_numeral(points[1])
        return Percent(clock.start, clock.end, value / 100) if value is not None else None
    return _bad(values, "negative")


def read_day(text: str, now: datetime) -> Day | Bad | None:
    """A day; here 8.5, 0805 and 15 are days too, and 3天后 counts from today."""
    values = find_values(text, now)
    if days := _of(Day, values, text):
        return days
    if (moment := _of(Moment, values, text)) and moment.day_given:
        return Day(moment.start, moment.end, moment.at.date(), moment.at.date())
    if bad := _bad(values, "impossible_date"):
        return bad
    core, start, end = _core(text)
    if m := _SHORT_DAY.fullmatch(core) or _MMDD.fullmatch(core):
        year = m.groupdict().get("y")
        month, day = int(m["m"]), int(m["d"])
        whole = (2000 + int(year) % 100) if year else None
        found = cal.day_of(whole, month, day) if whole else cal.latest(now.date(), month, day)
        return Day(start, end, found, found) if found else Bad(start, end, "impossible_date")
    if core in _HOLIDAYS and (holiday := cal.latest(now.date(), *_HOLIDAYS[core])):
        return Day(start, end, holiday, holiday)
    if (length := _of(Duration, values, text)) and not length.months and _LATER.search(core):
        try:
            later = now.date() + timedelta(hours=int(length.hours))
        except OverflowError:
            return Bad(start, end, "impossible_date")
        return Day(length.start, end, later, later)
    return _numbered_day(values, text, now)


def _numbered_day(values: tuple[Value, ...], text: str, now: datetime) -> Day | Bad | None:
    number = _number(values, text)
    if number is None or number.low is not None or number.value != int(number.value):
        return None
    if not 1 <= number.value <= 31:
        return Bad(number.start, number.end, "impossible_date") if number.value < 100 else None
    found: date | None = cal.latest_of_month(now.date(), int(number.value))
    return Day(number.start, number.end, found, found) if found else None


def read_moment(text: str, now: datetime) -> Moment | Day | Bad | None:
    """A day with a time; a Day where the time is missing, so that the form can ask for it."""
    values = find_values(text, now)
    if found := _of(Moment, values, text):
        return found
    if days := _of(Day, values, text):
        return days
    if bad := _bad(values, "impossible_date"):
        return bad
    if number := _number(values, text):
        if number.low is not None or number.value != int(number.value) or not 0 <= number.value <= 24:
            return None
        if number.value == 24:
            return Bad(number.start, number.end, "impossible_date")
        at = datetime.combine(now.date(), time(int(number.value)), tzinfo=now.tzinfo)
        if at > now:
            at -= timedelta(days=1)
        return Moment(number.start, number.end, at, day_given=False)
    return None


def read_duration(text: str, now: datetime, unit: str = "小时") -> Duration | Bad | None:
    """A length of time; a number without unit counts hours, or what `unit` says."""
    values = _answers(text, now)
    if found := _of(Duration, values, text):
        return found
    if number := _number(values, text):
        length = length_of(number.value, unit)
        return length and Duration(number.start, number.end, *length, vague=number.low is not None)
    return _bad(values, "negative")
