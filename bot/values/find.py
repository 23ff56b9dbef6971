"""Finds every value in a text; the longest and most specific reading wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bot.values import counts, dates, durations, money, percent
from bot.values.folding import erase, fold, hide
from bot.values.numerals import Amount, find_amounts
from bot.values.patterns import Pattern
from bot.values.types import Bad, Count, Duration, Money, Number, Value

_ABOUT = Pattern(" ?(?:左右|上下|的样子)")
_LETTER = Pattern("[a-z]")
_WORD = Pattern("[a-z]{3}")
_AND = Pattern("[ 零又加]{0,2}")
_ORDINAL = Pattern("(?P<unit>天|年|周|步|轮|期|条)")
_LONGEST = 20_000  # nobody writes more; what follows is not read


def find_values(text: str, now: datetime) -> tuple[Value, ...]:
    """All values of the text, in order, not overlapping; positions refer to the text as given."""
    hidden = hide(fold(text[:_LONGEST]))
    # Dates go first: their digits are nobody else's.
    found = dates.find_dates(hidden, now)
    rest = erase(hidden, [(v.start, v.end) for v in found])
    found += _special(rest)
    if len(found) > 1:
        found.sort(key=lambda v: (v.start, -v.end))
    rest = erase(rest, _disjoint(found))
    found += [v for amount in find_amounts(rest) if (v := _value(rest, amount)) is not None]
    found.sort(key=lambda v: (v.start, -v.end))
    return tuple(_kept(found, hidden))


def _kept(found: list[Value], text: str) -> list[Value]:
    """Of overlapping values the first and longest; 1天12小时 becomes one."""
    kept: list[Value] = []
    for v in found:
        last = kept[-1] if kept else None
        if last is not None and v.start < last.end:
            continue
        joined = None
        if isinstance(last, Duration) and isinstance(v, Duration) and _AND.fullmatch(text, last.end, v.start):
            joined = durations.together(last, v)
        if joined:
            kept[-1] = joined
        else:
            kept.append(v)
    return kept


def _disjoint(found: list[Value]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for v in found:
        if not spans or v.start >= spans[-1][1]:
            spans.append((v.start, v.end))
    return spans


def _special(text: str) -> list[Value]:
    """Values that are written without any figure."""
    found: list[Value] = []
    if "俩" in text or "仨" in text:
        found += map(counts.pair, counts.PAIR.finditer(text))
    if "次" in text or "回" in text or "遍" in text:
        found += map(counts.first, counts.FIRST.finditer(text))
    if _WORD.search(text):
        found += map(counts.worded, counts.WORDED.finditer(text))
    if "半" in text:
        found += (v for m in durations.HALF.finditer(text) if (v := durations.half(m)) is not None)
    return found


def _value(text: str, amount: Amount) -> Value | None:
    """What an amount counts, told by what stands around it; None where it is no value."""
    start, end = amount.start, amount.end
    left = text[max(0, start - 8) : start]
    if about := _ABOUT.match(text, end):
        amount = _widened(amount)
        end = about.end()
    if amount.negative:
        return Bad(start, _unit_end(text, end), "negative")
    if left.endswith("第"):
        unit = counts.UNIT.match(text, end) or _ORDINAL.match(text, end)
        return counts.counted(amount, start - 1, unit.end(), unit["unit"].strip(), ordinal=True) if unit else None
    if m := money.BEFORE.search(left):
        if left[: m.start()].endswith(("-", "负")):
            return Bad(start - len(m.group()) - 1, end, "negative")
        tail = money.AFTER.match(text, end)
        span = money.money(amount, tail) if tail else money.plain(amount)
        return span and Money(start - len(m.group()), tail.end() if tail else end, *span)
    if m := percent.BEFORE.search(left):
        return percent.share(amount, start - len(m.group()), end, percent.base_of(m))
    if percent.RATE.search(left) and (points := percent.POINTS.match(text, end)):
        return percent.share(amount, start, points.end(), Decimal(100))
    return _with_unit(text, amount, start, end)


def _with_unit(text: str, amount: Amount, start: int, end: int) -> Value | None:
    """Told by what follows: a share, a length of time, money, a count; else a bare number."""
    if m := percent.AFTER.match(text, end):
        return percent.after(amount, start, m.end(), m)
    if m := durations.UNIT.match(text, end):
        about = _ABOUT.match(text, m.end())
        return durations.duration(start, about.end() if about else m.end(), amount.value, m, amount.vague or about is not None)
    if m := money.AFTER.match(text, end):
        about = _ABOUT.match(text, m.end())
        amount = _widened(amount) if about else amount
        span = money.money(amount, m)
        return span and Money(start, about.end() if about else m.end(), *span)
    if m := counts.UNIT.match(text, end):
        if m["none"] and amount.value == 1:
            return Count(start, m.end(), 0, 0, m["unit"])
        about = _ABOUT.match(text, m.end("unit"))
        amount = _widened(amount) if about else amount
        return counts.counted(amount, start, about.end() if about else m.end("unit"), m["unit"])
    if m := counts.ENGLISH.match(text, end):
        return counts.counted(amount, start, m.end(), counts.english(m))
    if not amount.bare or counts.UNREAD.match(text, end) or _LETTER.match(text, end):
        return None
    if counts.CODE.search(text, max(0, start - 8), start):
        return None
    if amount.vague:
        return Number(start, end, amount.value, amount.low, amount.top(Decimal("0.01")))
    return Number(start, end, amount.value)


def _widened(amount: Amount) -> Amount:
    """左右: ten per cent to both sides, unless it is a range already."""
    if amount.vague:
        return amount
    return replace(amount, low=amount.value * Decimal("0.9"), high=amount.value * Decimal("1.1"))


def _unit_end(text: str, end: int) -> int:
    for pattern in (percent.AFTER, durations.UNIT, money.AFTER, counts.UNIT):
        if m := pattern.match(text, end):
            return m.end()
    return end
