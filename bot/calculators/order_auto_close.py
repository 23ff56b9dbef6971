"""On which day an order that never ships is closed by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.calculators.arithmetic import deadline_case, last_day
from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import Gathering, Rule, apart, asked_slot, cue, only_day, read, to_come
from bot.values import Day, Duration, Moment

ORDERED = Rule(
    "date",
    (Day, Moment, Duration),
    cue(r"下的?单|拍的?|买的?|付款|付的?|订单|单子|订的?|等了?|已经|过了|过去|没发|不发|order|bought|placed|ago"),
    reach=12,
)
OTHER = cue(r"预售|现货|承诺|说是?|发货时间|页面|显示|退款|要等|小时")


@dataclass(frozen=True, slots=True)
class AutoClose:
    """The day of closing and how far it is."""

    ordered: date
    closes: date
    elapsed: int
    days_left: int
    days: int


@calculator
class OrderAutoClose(InOrder):
    """So many days after the order, when it was neither shipped nor refunded."""

    name = "order-auto-close"
    slots = (Slot("date", SlotKind.DAY),)
    facts = ("order_auto_close_days",)

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        usable = tuple(
            v
            for v in message.values
            if not isinstance(v, Duration) or not (apart(message, v) or to_come(message, v) or OTHER.search(message.before(v)))
        )
        got.day("date", only_day(replace(message, values=usable), ORDERED, slot), known.get("date"))
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        ordered = known["date"]
        if not isinstance(ordered, date):
            raise TypeError("date is no day")
        days, today = facts.whole("order_auto_close_days"), now.date()
        closes = last_day(ordered, days)
        result = AutoClose(ordered, closes, (today - ordered).days, max(0, (closes - today).days), days)
        return Outcome(self.name, deadline_case(closes, today), result, self.facts)
