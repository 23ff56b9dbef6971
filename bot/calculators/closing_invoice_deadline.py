"""Until when a seller who closes the shop must have issued the year's invoices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.calculators.arithmetic import deadline_case, last_day
from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import Gathering, Rule, apart, asked_slot, cue, only_day, read, to_come
from bot.values import Day, Duration, Moment

STARTED = Rule(
    "date",
    (Day, Moment, Duration),
    cue(r"发起|关店|退店|申请|提交|点了|开始|注销|闭店|流程|关的|已经|过了|过去|clos|start|ago"),
    reach=12,
)


@dataclass(frozen=True, slots=True)
class InvoiceDeadline:
    """The last day for the invoices and how far it is."""

    started: date
    last: date
    days: int
    days_left: int
    days_late: int


@calculator
class ClosingInvoiceDeadline(InOrder):
    """So many days after the closing was started."""

    name = "closing-invoice-deadline"
    slots = (Slot("date", SlotKind.DAY),)
    facts = ("closing_invoice_days",)

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        usable = tuple(v for v in message.values if not (isinstance(v, Duration) and (apart(message, v) or to_come(message, v))))
        got.day("date", only_day(replace(message, values=usable), STARTED, slot), known.get("date"))
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        started = known["date"]
        if not isinstance(started, date):
            raise TypeError("date is no day")
        days, today = facts.whole("closing_invoice_days"), now.date()
        last = last_day(started, days)
        left = (last - today).days
        return Outcome(
            self.name, deadline_case(last, today), InvoiceDeadline(started, last, days, max(0, left), max(0, -left)), self.facts
        )
