"""What selling products without date, certificate and maker costs: by how many times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import Gathering, Rule, asked_slot, assign, cue, read
from bot.values import Count, Money, Number

TIMES = Rule(
    "times",
    (Count, Number),
    cue(r"第|卖|三无|被[抓罚查封判]|违规|查到|了|caught|three-no|times?"),
    units=cue(r"^(?:次|回|遍|轮|times?)$"),
    enough=True,
    apart_before=cue(r"(?:申诉|联系|最多|每|再卖?|再被?抓?)(?:了|过)?\s*$"),
    apart_after=cue(r"\s*(?:申诉|机会|以内|之内|以上|及以上)"),
    reach=6,
)
DEPOSIT = Rule(
    "deposit",
    (Money, Number),
    cue(r"保[证正]金|押金|账上|账户|余额|还有|还剩|bzj|deposit|balance"),
    apart_before=cue(r"(?:扣了?我?|罚了?我?|每次)\s*$"),
)
FIRST = cue(r"首次|头一?[次回]|第一[次回]|初犯|初次|first time")


@dataclass(frozen=True, slots=True)
class ThreeNoPenalty:
    """What this time costs and all times together, by the reading "each time"; expelled, the whole deposit goes."""

    times: int
    expelled: bool
    this_time: Decimal
    total: Decimal
    fee: Decimal
    deposit: Decimal | None
    nth: bool  # told as "the third time" and not as "three times"
    about: str


@calculator
class ThreeNoPenalties(InOrder):
    """A fixed sum up to the limit of times; from the next on the shop is expelled."""

    name = "three-no-penalty"
    slots = (
        Slot("times", SlotKind.COUNT),
        Slot("deposit", SlotKind.MONEY, required=False),
        Slot("nth", SlotKind.CHOICE, required=False, choices=choices("yes", "no"), hidden=True),
        Slot("about", SlotKind.TEXT, required=False, hidden=True),
    )
    facts = ("three_no_fee", "three_no_fee_times", "three_no_expel_times")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots[:2], asked)
        found = assign(message, (TIMES, DEPOSIT), slot)
        value = found.get("times")

        def same(times: Decimal) -> object:
            return facts is not None and times >= facts.whole("three_no_expel_times")

        got.money("deposit", found.get("deposit"))
        if value:
            got.put("nth", "yes" if isinstance(value, Count) and value.ordinal else "no")
            # only from the expulsion on does the number of times no longer matter
            vague = isinstance(value, Count) and value.low != value.high and same(Decimal(value.low))
            got.count("times", value, same=same if vague else None)
            if "times" not in got.values:
                del got.values["nth"]
        elif message.tells(FIRST):
            got.put("nth", "yes")
            got.put("times", 1)
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        times, fee = int(str(known["times"])), facts.number("three_no_fee")
        told = known.get("deposit")
        deposit = told if isinstance(told, Decimal) else None
        nth = known.get("nth") == "yes"
        if times > facts.whole("three_no_fee_times"):
            gone = deposit if deposit is not None else Decimal(0)
            result = ThreeNoPenalty(times, True, gone, gone, fee, deposit, nth, str(known.get("about", "")))
            return Outcome(self.name, "expelled", result, self.facts)
        result = ThreeNoPenalty(times, False, fee, fee * times, fee, deposit, nth, str(known.get("about", "")))
        return Outcome(self.name, "first" if times == 1 else "nth" if nth else "several", result, self.facts)
