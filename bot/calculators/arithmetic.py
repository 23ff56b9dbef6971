"""The sums that rules share: money to the cent, days that count from the next one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """An amount rounded half up to the cent."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def exact(amount: Decimal) -> Decimal:
    """An amount without idle zeros behind the point, to be shown as it is."""
    short = amount.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def last_day(event: date, days: int) -> date:
    """The last of so many days, counted from the day after the event; the calendar's end at the latest."""
    try:
        return event + timedelta(days=days)
    except OverflowError:
        return date.max


def deadline_case(last: date, today: date) -> str:
    """open, today (the last day) or passed."""
    if today < last:
        return "open"
    return "today" if today == last else "passed"
