"""What opening a shop costs: equipment, licence, deposit and working capital."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import Gathering, Rule, Unusable, asked_slot, assign, cue, pick, read, to_money
from bot.values import Money, Number

AMOUNT = (Money, Number)
REFERENCE = cue(r"(?:封顶|最[多高]|文章说|据说)$")
RULES = (
    Rule("equipment", AMOUNT, cue(r"设备|硬件|器材|相机|灯光|equipment"), apart_before=REFERENCE),
    Rule("computer", AMOUNT, cue(r"电脑|笔记本|主机|computer|laptop|\bpc\b"), apart_before=REFERENCE),
    Rule("phone", AMOUNT, cue(r"手机|phone"), apart_before=REFERENCE),
    Rule("licence_fee", AMOUNT, cue(r"执照|代办|办照|办证|yyzz|licen[cs]e|agent"), apart_before=REFERENCE),
    Rule("deposit", AMOUNT, cue(r"保[证正]金|押金|bzj|deposit"), apart_before=REFERENCE),
    Rule(
        "working_capital",
        AMOUNT,
        cue(
            r"周转|流动资金|垫资|垫付|备用金|备用|进货|货款|压货|拍单|启动资金|本金|本钱|资金|working capital|"
            r"cash ?flow|float"
        ),
        apart_before=REFERENCE,
    ),
)
OWNED = cue(
    r"(?:电脑|手机|设备).{0,8}(?:都有|有了|现成|已有|已经有|自带|家里有|不用买|不用另买|不花钱|本来就有|自己有)"
    r"|(?:现成|已有|已经有|自己有|家里有|有)的?(?:一台)?(?:电脑|手机|设备)|(?:电脑|手机|设备)(?:费用?|钱)?(?:是|为)?零(?![\d.])|already have (?:a |the )?(?:computer|"
    r"equipment|phone|laptop)"
)
LICENCE = {
    "agent": cue(r"代办|中介|找人(?:去)?办|请人办|让人办|agent|agency"),
    "own": cue(
        r"自己(?:去|跑|跑去)?(?:工商局)?办|自办|自己(?:跑|弄|搞)|亲自|免费[办弄]|执照.{0,4}(?:免费|有了|已有|现成|办好)|"
        r"已经有执照|myself|already have (?:a |the )?licen"
    ),
}
ALREADY = cue(r"^\W*(?:都?有了?|已有|已经有了?|现成的?|不用买?|没有?|免费|不花钱|none|0元?)\W*$")


@dataclass(frozen=True, slots=True)
class EntryCost:
    """The items, their sum, and the article's estimate beside it."""

    equipment: Decimal
    licence: Decimal
    deposit: Decimal
    working_capital: Decimal
    total: Decimal
    estimate: Decimal
    over: Decimal  # the sum above the estimate; below zero when it is less
    licence_way: str  # own, agent, stated, or assumed
    equipment_told: bool


@calculator
class EntryCosts(InOrder):
    """The sum of four items; equipment that is there and a licence fetched oneself cost nothing."""

    name = "entry-cost"
    slots = (
        Slot("equipment", SlotKind.MONEY, required=False),
        Slot("licence", SlotKind.CHOICE, required=False, choices=choices("own", "agent")),
        Slot("licence_fee", SlotKind.MONEY, required=False),
        Slot("deposit", SlotKind.MONEY),
        Slot("working_capital", SlotKind.MONEY),
    )
    facts = ("licence_agent_fee", "entry_total_estimate", "deposit_min", "deposit_max")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot((s for s in self.slots if s.kind is SlotKind.MONEY), asked)
        found = assign(message, RULES, slot)
        got.money("equipment", found.get("equipment"))
        parts = [to_money(found[name]) for name in ("computer", "phone") if name in found]
        known_parts = [part for part in parts if isinstance(part, Decimal)]
        for part in parts:
            if isinstance(part, Unusable):
                got.put("equipment", part)
        if known_parts:
            whole = got.values.get("equipment")
            got.put("equipment", sum(known_parts, whole if isinstance(whole, Decimal) else Decimal(0)))
        elif "equipment" not in found and message.tells(OWNED):
            got.put("equipment", Decimal(0))
        way = pick(message, LICENCE, self.slots[1], asked)
        if way:
            got.put("licence", way)
        got.money("licence_fee", found.get("licence_fee"))
        got.money("deposit", found.get("deposit"))
        got.money("working_capital", found.get("working_capital"))
        if slot and not found and ALREADY.match(message.text):
            got.put(slot.name, Decimal(0))
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        def amount(name: str) -> Decimal:
            return Decimal(str(known.get(name, 0)))

        way = str(known.get("licence", "assumed"))
        licence = facts.number("licence_agent_fee") if way == "agent" else Decimal(0)
        if "licence_fee" in known and way != "own":
            way, licence = "stated", amount("licence_fee")
        total = amount("equipment") + licence + amount("deposit") + amount("working_capital")
        estimate = facts.number("entry_total_estimate")
        result = EntryCost(
            equipment=amount("equipment"),
            licence=licence,
            deposit=amount("deposit"),
            working_capital=amount("working_capital"),
            total=total,
            estimate=estimate,
            over=total - estimate,
            licence_way=way,
            equipment_told="equipment" in known,
        )
        return Outcome(self.name, "above" if total > estimate else "within", result, self.facts)
