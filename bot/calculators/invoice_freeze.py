"""How much is frozen when invoices were not issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.arithmetic import cents, exact
from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import Gathering, Rule, asked_slot, assign, cue, read
from bot.values import Money, Number

AMOUNT = Rule(
    "amount",
    (Money, Number),
    cue(r"发?票|没开|未开|不开|开票|应开|要开|该开|补贴|服务费|账单|invoice|fapiao|fp|bill"),
    enough=True,
    reach=12,
    apart_before=cue(r"(?:冻结了?(?:我|我的)?|冻了|扣了?我?|罚了?我?)\s*$"),
    apart_after=cue(r"\s*(?:被)?(?:冻结了|的罚款)"),
)


@dataclass(frozen=True, slots=True)
class InvoiceFreeze:
    """The frozen amount; `example_by_rate` is what the article's example ought to give by the article's own rate."""

    amount: Decimal
    frozen: Decimal
    exact: Decimal
    rate: Decimal
    example_by_rate: Decimal


@calculator
class InvoiceFreezes(InOrder):
    """A share of the amount without invoice."""

    name = "invoice-freeze"
    slots = (Slot("amount", SlotKind.MONEY),)
    facts = ("invoice_freeze_rate", "invoice_freeze_months", "invoice_example_amount", "invoice_example_frozen")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        value = assign(message, (AMOUNT,), slot).get("amount")
        lone = [v for v in message.values if isinstance(v, Number)]
        if value is None and len(lone) == 1 and AMOUNT.fits(message, lone[0]) and not message.before(lone[0]).strip():
            value = lone[0]
        got.money("amount", value)
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        amount, rate = Decimal(str(known["amount"])), facts.number("invoice_freeze_rate")
        share = amount * rate
        result = InvoiceFreeze(amount, cents(share), exact(share), rate, cents(facts.number("invoice_example_amount") * rate))
        return Outcome(self.name, "frozen", result, self.facts)
