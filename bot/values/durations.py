"""Lengths of time: 30小时, 两天半, 一个半月, 半年, 一天一夜."""

from __future__ import annotations

from decimal import Decimal

from bot.values.patterns import Match, Pattern
from bot.values.types import Duration

UNIT = Pattern(
    " ?(?P<half>个半|半)?整?(?P<unit>个半(?:小时|钟头|月|星期|礼拜)|个(?P<some>多)(?:小时|钟头|月|星期|礼拜)"
    "|个?(?:小时|钟头|星期|礼拜|季度)|个月|天|周(?![转传专砖期末围边岁])|年|分钟"
    "|日(?=之?内|以内|后|无理由)|(?<=[一两])日|(?:hours?|hrs?|h|days?|weeks?|months?|years?|minutes?|mins?)(?![a-z]))"
    "(?:[一两二三四五六七]夜|(?P<tail>半)(?!价|路|夜|年|个|天|小时)|(?P<more>多|几|出头)(?!少|久))?"
)
HALF = Pattern("(?<![个天时年月周头期拜另各])大?半(?:个)?(?P<unit>天|小时|钟头|月|年|个?星期|个?礼拜|周)(?P<more>多)?")

_HOURS = {"天": 24, "日": 24, "周": 168, "星期": 168, "礼拜": 168, "小时": 1, "钟头": 1, "h": 1, "d": 24, "w": 168}
_MONTHS = {"月": 1, "季度": 3, "年": 12, "mo": 1, "y": 12}


def length_of(figure: Decimal, unit: str) -> tuple[int, Decimal] | None:
    """Months and hours of so many units; half a month is 15 days, half a year 6 months."""
    unit = unit.removeprefix("个").removeprefix("多")
    if unit.startswith("半"):
        figure, unit = figure + Decimal("0.5"), unit[1:]
    if unit == "分钟" or unit.startswith("mi"):
        return 0, figure / 60
    if unit.isascii():
        unit = unit[:2] if unit.startswith("mo") else unit[0]
    if hours := _HOURS.get(unit):
        return 0, figure * hours
    whole = figure * _MONTHS[unit]
    if whole > 12_000:
        return None
    return int(whole), (whole - int(whole)) * 30 * 24


def duration(start: int, end: int, figure: Decimal, m: Match, vague: bool) -> Duration | None:
    """The Duration of a figure and the unit that follows it."""
    if m["half"] or m["tail"]:
        figure += Decimal("0.5")
    length = length_of(figure, m["unit"])
    return length and Duration(start, end, *length, vague=vague or bool(m["more"] or m["some"]))


def half(m: Match) -> Duration | None:
    """半天, 半个月: no figure stands before it."""
    length = length_of(Decimal("0.5"), m["unit"])
    return length and Duration(m.start(), m.end(), *length, vague=bool(m["more"]))


def together(a: Duration, b: Duration) -> Duration | None:
    """1天12小时 is one length: the second part must be smaller than the first."""
    if (b.months, b.hours) >= (a.months, a.hours) or (a.hours and b.months):
        return None
    return Duration(a.start, b.end, a.months + b.months, a.hours + b.hours, vague=a.vague or b.vague)
