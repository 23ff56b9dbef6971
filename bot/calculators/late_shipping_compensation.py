"""What the buyer gets for late shipping: by what was paid for each order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.arithmetic import cents, exact
from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import (
    Gathering,
    Message,
    Rule,
    Unusable,
    asked_slot,
    bare_answer,
    cue,
    pick,
    read,
    same_result,
    to_money,
    vague,
)
from bot.values import Bad, Count, Money, Number, Value

PAID = cue(
    r"实付|实际付|付了|付的|付款|已付|支付|花了?|定金|尾款|到手|买了?|拍了?|价|单|一共|金额|paid|pay|bought|cost|"
    r"spent|order"
)
# what stands right before or after an amount that was not paid
OTHER_BEFORE = cue(
    r"(?:原价|标价|吊牌价?|划线价|市场价|满|减|立减|优惠了?|便宜了?|省了?|返|退了?|补|赔了?(?:我|偿|付)?|给我?|"
    r"扣了?|运费|邮费|封顶|最[多高]就?赔?|上限)(?:才|就|只)?(?:是|要|了|:)?\s*$"
)
OTHER_AFTER = cue(r"\s*(?:块钱?|元)?的?(?:优惠|券|红包|折|运费|邮费|封顶|上限|赔(?:偿|付)?[款金])")
NUMBER_AFTER = cue(r"\s*(?:整|多?的|买|拍|下单|付|一单|that|for|order|kuai|yuan|rmb)")
NUMBER_BEFORE = cue(r"(?:分别|各|都|每单|每笔|单价?)是?\s*$")
FORCE = cue(
    r"不可抗力|台风|疫情|地震|洪水|暴雨|暴雪|大雪|自然灾害|封控|封城|封路|政策|管控|force majeure|typhoon|covid|"
    r"flood|earthquake"
)
EACH = cue(r"都|每[单笔个]|各|均|一样|each")
MORE = cue(r"还有|再加|加上|另外|外加|再来|再算|plus")
ORDER_UNITS = cue(r"[单笔]|^[个件]$|orders?")
REALLY = cue(r"(?:实付|实际(?:付款?|支付|花)了?|到手价?|最后付了?|券后价?)(?:是|了|:)?\s*$")
YES_NO = {"no": cue(r"^\W*(?:不|没|无|否|no\b)"), "yes": cue(r"^\W*(?:是|对|嗯|yes\b)")}


@dataclass(frozen=True, slots=True)
class Compensation:
    """What each order gives and in all; `exact` is before rounding, `otherwise` what it would be without force majeure."""

    total: Decimal
    exact: Decimal
    amounts: tuple[Decimal, ...]
    each: tuple[Decimal, ...]
    cases: tuple[str, ...]
    about: str
    otherwise: Decimal


def compensation(paid: Decimal, facts: Facts) -> tuple[str, Decimal]:
    """The case of one order and its compensation before rounding."""
    if paid <= facts.number("late_comp_free_up_to"):
        return "none", Decimal(0)
    if paid < facts.number("late_comp_rate_from"):
        return "flat", facts.number("late_comp_flat")
    share, cap = paid * facts.number("late_comp_rate"), facts.number("late_comp_cap")
    return ("capped", cap) if share >= cap else ("rate", share)


@calculator
class LateShippingCompensation:
    """≤3 nothing, below 300 a flat sum, from 300 on a share with a cap; each order on its own."""

    name = "late-shipping-compensation"
    slots = (
        Slot("amounts", SlotKind.AMOUNTS),
        Slot("force_majeure", SlotKind.CHOICE, required=False, choices=choices("yes", "no")),
        Slot("about", SlotKind.TEXT, required=False, hidden=True),
    )
    facts = ("late_comp_free_up_to", "late_comp_flat", "late_comp_rate_from", "late_comp_rate", "late_comp_cap")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        if FORCE.search(message.text):
            got.put("force_majeure", "yes" if message.tells(FORCE) else "no")
        elif asked == "force_majeure" and (answer_ := pick(message, YES_NO, self.slots[1], asked)):
            got.put("force_majeure", answer_)
        slot = asked_slot(self.slots[:1], asked)
        found = paid_values(message, bare=slot is not None)
        if slot and not found:
            answer = bare_answer(message, slot, (), (AMOUNT,))
            found = [answer] if answer else []
        amounts: list[Decimal] = []
        about = []
        for value in found:
            amount = to_money(value, same_result(facts, compensation))
            if isinstance(amount, Unusable):
                got.put("amounts", amount, message.said(value))
                continue
            amounts.append(amount)
            if vague(value):
                about.append(message.said(value))
        amounts = presale(message, found, repeated(message, amounts))
        before = known.get("amounts")
        if amounts and isinstance(before, tuple) and MORE.search(message.text) and message.corrects < 0:
            amounts = [*before, *amounts]
        if amounts:
            got.put("about", "、".join(about))
            got.put("amounts", tuple(amounts))
        return got.filled(slot)

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        return None if known.get("amounts") or known.get("force_majeure") == "yes" else self.slots[0]

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        paid = known.get("amounts", ())
        amounts = paid if isinstance(paid, tuple) else ()
        exempt = known.get("force_majeure") == "yes"
        ruled = [compensation(amount, facts) for amount in amounts]
        regular = sum((cents(sum_) for _, sum_ in ruled), Decimal(0))
        each = tuple(Decimal(0) if exempt else cents(sum_) for _, sum_ in ruled)
        cases = tuple(case for case, _ in ruled)
        result = Compensation(
            total=sum(each, Decimal(0)),
            exact=Decimal(0) if exempt else exact(sum((sum_ for _, sum_ in ruled), Decimal(0))),
            amounts=amounts,
            each=each,
            cases=cases,
            about=str(known.get("about", "")),
            otherwise=regular,
        )
        case = "force_majeure" if exempt else cases[0] if len(set(cases)) == 1 else "mixed"
        return Outcome(self.name, case, result, self.facts)


AMOUNT = Rule("amounts", (Money, Number), PAID, apart_before=OTHER_BEFORE, apart_after=OTHER_AFTER)


def paid_values(message: Message, *, bare: bool) -> list[Value]:
    """The amounts that were paid: all money that is nothing else, and numbers that something marks as a price."""
    found: list[Value] = []
    for i, value in enumerate(message.values):
        if not AMOUNT.fits(message, value):
            continue
        before = message.values[i - 1] if i else None
        if bare or isinstance(value, Money | Bad) or marked(message, value, before, found):
            found.append(value)
    at = message.corrects
    later = [v for v in found if v.start > at]
    if at > -1 and later:
        return later
    # 599元包邮,实付549 is one order: what was really paid counts
    really = [v for v in found if REALLY.search(message.before(v))]
    several = any(isinstance(v, Count) and counts_orders(v) for v in message.values)
    return really if really and not several else found


def marked(message: Message, value: Value, previous: Value | None, found: list[Value]) -> bool:
    """Whether a bare number is plainly a price: a cue beside it, a list that goes on, or a clause of its own."""
    ahead, behind = message.before(value), message.after(value)
    if PAID.search(ahead) or NUMBER_BEFORE.search(ahead) or NUMBER_AFTER.match(behind):
        return True
    if isinstance(previous, Count) and ORDER_UNITS.match(previous.unit) and not ahead.strip(" 是的:"):
        return True
    if found and previous in found and not message.text[found[-1].end : value.start].strip(" ,、和跟与及还有加上一单笔and&+/"):
        return True
    return not ahead.strip() and (value.start == 0 or not behind.strip(" 吧呢啊的"))


def repeated(message: Message, amounts: list[Decimal]) -> list[Decimal]:
    """三单都是588 is three orders."""
    orders = [v.low for v in message.values if isinstance(v, Count) and v.low == v.high and counts_orders(v)]
    if len(amounts) == 1 and len(orders) == 1 and 1 < orders[0] <= 200 and EACH.search(message.text):
        return amounts * orders[0]
    return amounts


def counts_orders(value: Count) -> bool:
    """Whether a count counts orders."""
    return bool(ORDER_UNITS.match(value.unit)) and not value.ordinal


def presale(message: Message, found: list[Value], amounts: list[Decimal]) -> list[Decimal]:
    """Earnest money and the balance (定金100尾款488) are one order."""
    if len(amounts) == len(found) == 2 and "定金" in message.text and "尾款" in message.text:
        return [sum(amounts, Decimal(0))]
    return amounts
