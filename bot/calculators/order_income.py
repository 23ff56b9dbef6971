"""What the seller keeps of an order after the influencer's commission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from bot.calculators.arithmetic import cents, exact
from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import Gathering, Rule, Unusable, asked_slot, assign, cue, pick, read
from bot.values import Bad, Money, Number, Percent

TYPES = {
    "none": cue(
        r"(?:推广)?类型.{0,6}无|推广.{0,4}[\"“「'是为写:]\s*无|显示.{0,4}无|[\"“「'『]无[\"”」'』]|无推广|"
        r"自然流量|自然单|平台(?:直接)?推|自己卖|"
        r"(?:没有?|不走|不是|没走|没用|没参加|冇)(?:经过|通过)?(?:精选)?(?:联盟|达人|带货)|不扣佣金?|没佣金|"
        r"no (?:promotion|influencer|commission)|without (?:an )?influencer"
    ),
    "alliance": cue(r"精选联盟|联盟|达人|带货|jxlm|主播|网红|alliance|influencer|affiliate|creator"),
}
NONE_ANSWER = cue(r"^\W*(?:推广类型)?(?:是|就是|写的?|显示)?(?:的是)?\W*(?:无|没有|none|冇)\W*(?:的|吧)?\W*$")
SHARE = cue(r"佣金率?|抽成|提成|分成|返佣|点|扣|yj|commission|rate")
RATE = Rule("rate", (Percent,), SHARE, enough=True, reach=14)
COMMISSION = Rule(
    "commission",
    (Money,),
    cue(r"佣金|抽成|提成|分成|返佣|yj|commission"),
    reach=8,
    apart_after=cue(r"\s*的(?:订单|单|商品|东西|货)"),
)
BARE_RATE = Rule(
    "bare", (Number,), cue(r"佣金率?|抽成|提成|分成比?例?|比例|yj|commission|rate"), reach=5, apart_after=cue(r"\s*的")
)
SOLD = cue(r"订单|金额|卖|价|成交|amount|price")
AMOUNT = Rule(
    "amount",
    (Money, Number),
    cue(r"订单|单|卖|价|售|成交|付|金额|货款|的|amount|order|sold|price|sale"),
    enough=True,
    apart_before=cue(r"(?:原价|标价|划线价|运费|成本|进价|进货价?|优惠|券|减)(?:是|了|:)?\s*$"),
    apart_after=cue(r"\s*(?:的)?(?:运费|成本|优惠|券)"),
)


@dataclass(frozen=True, slots=True)
class OrderIncome:
    """Income after commission, which is no profit."""

    amount: Decimal
    commission: Decimal
    income: Decimal
    exact: Decimal  # the commission before rounding
    rate: Decimal | None  # as told; without effect where no commission is due
    promotion: str
    assumed: bool  # the type was concluded from the commission that was told


@calculator
class OrderIncomes:
    """Amount less commission where an influencer sold it; the whole amount otherwise."""

    name = "order-income"
    slots = (
        Slot("amount", SlotKind.MONEY),
        Slot("promotion", SlotKind.CHOICE, choices=choices("alliance", "none")),
        Slot("rate", SlotKind.PERCENT),
        Slot("commission", SlotKind.MONEY, required=False),
    )
    facts = ()

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        promotion = pick(message, TYPES, self.slots[1], asked)
        if promotion is None and asked == "promotion" and NONE_ANSWER.match(message.text):
            promotion = "none"
        if promotion:
            got.put("promotion", promotion)
        slot = asked_slot((self.slots[0], self.slots[2], self.slots[3]), asked)
        # an amount of money after the question for the commission is the commission
        answering = asked in ("rate", "commission")
        amount = replace(AMOUNT, enough=False, cue=SOLD) if answering else AMOUNT
        found = assign(message, (RATE, COMMISSION, amount) if answering else (RATE, COMMISSION, BARE_RATE, amount), slot)
        if answering and not found and (paid := [v for v in message.values if isinstance(v, Money | Bad)]):
            found["commission"] = paid[-1]
        left = [
            v
            for v in message.values
            if isinstance(v, Number) and v not in (found.get("amount"), None if "rate" in found else found.get("bare"))
        ]
        lone = not slot and len(left) == 1 and AMOUNT.fits(message, left[0])
        if "amount" not in found and lone and (not message.before(left[0]).strip() or {"rate", "commission", "bare"} & set(found)):
            found["amount"] = left[0]
        if "rate" in found:
            got.share("rate", found["rate"])
        elif "bare" in found:
            # 佣金20 may mean 20 % or 20 yuan; a share below one and a named rate leave no doubt
            bare = found["bare"]
            sure = isinstance(bare, Number) and (
                bare.value < 1 or "率" in message.text or "比例" in message.text or "rate" in message.text.lower()
            )
            if sure:
                got.share("rate", bare)
            else:
                got.put("rate", Unusable("unclear"), message.said(bare))
        self._commission(got, found.get("commission") if "rate" not in found else None, known)
        got.money("amount", found.get("amount"))
        return self._checked(got, known).filled(slot)

    @staticmethod
    def _commission(got: Gathering, value: object, known: Mapping[str, SlotValue]) -> None:
        if isinstance(value, Money | Bad | Number):
            got.money("commission", value)
        elif "rate" in got.values and "commission" in known:
            # the last word counts: a rate told later replaces the amount told before
            got.put("commission", Decimal(-1))

    @staticmethod
    def _checked(got: Gathering, known: Mapping[str, SlotValue]) -> Gathering:
        commission, amount = got.values.get("commission"), got.values.get("amount", known.get("amount"))
        if isinstance(commission, Decimal) and isinstance(amount, Decimal) and commission > amount:
            del got.values["commission"]
            got.put("commission", Unusable("too_large"), f"{commission:f}")
        return got

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        if "amount" not in known:
            return self.slots[0]
        if known.get("promotion") == "none":
            return None
        if "rate" in known or told_commission(known) is not None:
            return None
        return self.slots[2] if "promotion" in known else self.slots[1]

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        amount = Decimal(str(known["amount"]))
        rate = Decimal(str(known["rate"])) if "rate" in known else None
        fixed = told_commission(known)
        if known.get("promotion") == "none":
            due = Decimal(0)
        elif fixed is not None:
            due, rate = fixed, None
        else:
            due = amount * (rate or Decimal(0))
        commission = min(cents(due), amount)
        promotion = str(known.get("promotion", "alliance"))
        result = OrderIncome(amount, commission, cents(amount - commission), exact(due), rate, promotion, "promotion" not in known)
        case = "none" if promotion == "none" else "amount" if fixed is not None else "rate"
        return Outcome(self.name, case, result, self.facts)


def told_commission(known: Mapping[str, SlotValue]) -> Decimal | None:
    """The commission as an amount; below zero it was replaced by a rate."""
    value = known.get("commission")
    return value if isinstance(value, Decimal) and value >= 0 else None
