"""The deposit of a shop with several categories: the highest one, never the sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import Gathering, Message, Rule, Unusable, asked_slot, bare_answer, cue, fold, read, to_money
from bot.values import Money, Number, Value

AMOUNT = Rule(
    "amounts",
    (Money, Number),
    cue(r"保[证正]金|类目|品类|押金|deposit|categor"),
    apart_before=cue(r"(?:扣了?|罚了?|只交了?|已经?交了?)$"),
)
LABEL = cue(r"(?:类目|品类|category)\s*$")
NEXT_ONE = cue(r"(?<=[百千万])一(?=个)")
MORE = cue(r"还有|再加|加上|另外|外加|再来|还想加|plus")


@dataclass(frozen=True, slots=True)
class Deposit:
    """The highest of the categories' deposits, and their sum only for comparison."""

    highest: Decimal
    total: Decimal
    saved: Decimal
    amounts: tuple[Decimal, ...]
    count: int
    typical: bool  # within the range that the source calls usual


@calculator
class ShopDeposit:
    """The highest category decides."""

    name = "deposit"
    slots = (Slot("amounts", SlotKind.AMOUNTS),)
    facts = ("deposit_min", "deposit_max", "deposit_advised")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        # 一个类目两千一个类目五千 are two amounts, and no 2100
        message = read(NEXT_ONE.sub(",", fold(text)), now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        found = [v for v in message.values if AMOUNT.fits(message, v) and not numbered(message, v)]
        if message.corrects > -1:
            found = [v for v in found if v.start > message.corrects] or found
        if slot and not found and (answer := bare_answer(message, slot, (), (AMOUNT,))):
            found = [answer]
        amounts: list[Decimal] = []
        for value in found:
            amount = to_money(value)
            if isinstance(amount, Unusable):
                got.put("amounts", amount, message.said(value))
            else:
                amounts.append(amount)
        before = known.get("amounts")
        if amounts and isinstance(before, tuple) and MORE.search(message.text) and message.corrects < 0:
            amounts = [*before, *amounts]
        if amounts:
            got.put("amounts", tuple(amounts))
        return got.filled(slot)

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        return None if known.get("amounts") else self.slots[0]

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        amounts = known["amounts"]
        if not isinstance(amounts, tuple):
            raise TypeError("amounts is no tuple")
        highest, total = max(amounts), sum(amounts, Decimal(0))
        typical = facts.number("deposit_min") <= highest <= facts.number("deposit_max")
        result = Deposit(highest, total, total - highest, amounts, len(amounts), typical)
        return Outcome(self.name, "several" if len(amounts) > 1 else "one", result, self.facts)


def numbered(message: Message, value: Value) -> bool:
    """Whether a number only numbers a category (类目1是2000)."""
    return isinstance(value, Number) and value.value < 10 and bool(LABEL.search(message.before(value)))
