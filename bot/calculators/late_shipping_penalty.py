"""What late shipping costs the seller: so much for each judgement, with a cap for each order and for each day."""

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
    cue(r"超时|没发|未发|没有发|晚发|迟发|延迟|订单|单子|违规|被罚|被扣|late|orders?|dingdan"),
    units=cue(r"[单笔票]|^[个件]$|orders?"),
    enough=True,
    apart_before=cue(r"(?:第|扣了?我?|罚了?我?|最多|上限|封顶)$"),
    apart_after=cue(r"\s*(?:要?扣|要?罚)(?:多少|几|我)"),
)
TIMES = Rule(
    "times",
    (Count,),
    cue(r"判|次|记|罚|扣|超时|judg"),
    units=cue(r"^(?:次|回|遍|轮|times?)"),
    enough=True,
    apart_before=cue(r"(?:申诉|申述|投诉|联系|催|打|最多|上限|封顶|还有|每|问)(?:了|过)?\s*$"),
    apart_after=cue(r"\s*(?:申诉|机会|上限)"),
)
FIRST = cue(r"首次|首判|首轮|头一?[次回]|第一[次回]|初次|刚被?判|first")
ONE = cue(r"(?:一|1|这|那|有)(?:单|笔|个订单|个单)")


@dataclass(frozen=True, slots=True)
class LatePenalty:
    """What is deducted in all and on each day of judgement; `uncapped` is without the daily cap."""

    total: Decimal
    orders: int
    times: int
    charged_times: int
    days: tuple[Decimal, ...]
    uncapped: Decimal
    capped: bool
    banned: bool
    about: str
    beyond: bool  # more judgements told than the rule knows


def days_deducted(orders: int, times: int, facts: Facts) -> tuple[Decimal, ...]:
    """What each day of judgement deducts: the judgements of one order fall on different days."""
    day = min(orders * facts.number("late_fee"), facts.number("late_fee_daily_cap"))
    return (day,) * min(times, facts.whole("late_fee_max_times"))


@calculator
class LateShippingPenalty(InOrder):
    """Orders times fee for each judgement day, the first two judgements of an order only."""

    name = "late-shipping-penalty"
    slots = (
        Slot("orders", SlotKind.COUNT),
        Slot("times", SlotKind.COUNT, required=False),
        Slot("about", SlotKind.TEXT, required=False, hidden=True),
    )
    facts = ("late_fee", "late_fee_max_times", "late_fee_daily_cap", "late_judgement_max", "late_ban_over")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        found = assign(message, (ORDERS, TIMES), slot)

        def same(orders: Decimal) -> object:
            # a vague number of orders does no harm where the daily cap is reached anyway
            return days_deducted(int(orders), 1, facts) if facts else orders

        got.count("times", found.get("times"))
        if "times" not in got.values and message.tells(FIRST) and "times" not in found:
            got.put("times", 1)
        got.count("orders", found.get("orders"), same=same)
        if "orders" not in found and ONE.search(message.text) and "orders" not in known:
            got.put("orders", 1)
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        orders, times = int(str(known["orders"])), int(str(known.get("times", 1)))
        days = days_deducted(orders, times, facts)
        uncapped = orders * facts.number("late_fee") * len(days)
        total = sum(days, Decimal(0))
        result = LatePenalty(
            total=total,
            orders=orders,
            times=times,
            charged_times=len(days),
            days=days,
            uncapped=uncapped,
            capped=total < uncapped,
            banned=times > facts.whole("late_ban_over"),
            about=str(known.get("about", "")),
            beyond=times > facts.whole("late_judgement_max"),
        )
        case = "capped" if result.capped else "plain"
        return Outcome(self.name, case, result, self.facts)
