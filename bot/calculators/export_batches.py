"""How many exports an amount of orders takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import Gathering, Rule, asked_slot, assign, cue, read
from bot.values import Count, Number

ORDERS = Rule(
    "orders",
    (Count, Number),
    cue(r"订单|单子|导出?|下载|汇出|数据|共|有|export|orders?|download"),
    units=cue(r"[单笔条票]|^个?$|数据|记录|orders?"),
    enough=True,
    apart_before=cue(r"(?:最多|上限|限制|单次|一次|每次|分|不超过)(?:只能|是|导|能)?(?:导出?)?\s*$"),
)


@dataclass(frozen=True, slots=True)
class Batches:
    """The number of exports, and how many orders the last one holds."""

    orders: int
    batches: int
    per_batch: int
    last: int
    about: str


def batches(orders: int, per_batch: int) -> int:
    """The orders divided by the size of an export, rounded up."""
    return -(-orders // per_batch)


@calculator
class ExportBatches(InOrder):
    """Orders by the most that one export holds."""

    name = "export-batches"
    slots = (Slot("orders", SlotKind.COUNT), Slot("about", SlotKind.TEXT, required=False, hidden=True))
    facts = ("export_max_orders",)

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        found = assign(message, (ORDERS,), slot)

        def same(orders: Decimal) -> object:
            return batches(int(orders), facts.whole("export_max_orders")) if facts else orders

        value = found.get("orders")
        lone = [v for v in message.values if isinstance(v, Number)]
        if value is None and len(lone) == 1 and len(message.values) == 1 and ORDERS.fits(message, lone[0]):
            value = lone[0]
        got.count("orders", value, same=same)
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        orders, most = int(str(known["orders"])), facts.whole("export_max_orders")
        count = batches(orders, most)
        result = Batches(orders, count, most, orders - most * (count - 1), str(known.get("about", "")))
        return Outcome(self.name, "one" if count == 1 else "several", result, self.facts)
