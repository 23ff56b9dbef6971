"""Whether a parcel counts as shipped only for show, by what is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import (
    Gathering,
    Rule,
    Unusable,
    ago,
    apart,
    asked_slot,
    assign,
    cue,
    on_day,
    pick,
    read,
    same_clock,
    to_count,
)
from bot.values import Bad, Count, Day, Duration, Moment, Number, Value

WHEN = (Moment, Day, Duration)
PICKED = Rule(
    "picked_up", WHEN, cue(r"揽收|揽件|揽|取件|收件|收走|取走|拿走|寄出|发出|发货|没动|没更新|没有更新|picked|pick.?up"), reach=14
)
PAID = Rule("paid", WHEN, cue(r"付款|支付|付的?钱|下单|买家付|paid|payment"), reach=8)
REUSED = Rule(
    "reused",
    (Moment, Day, Duration, Count),
    cue(r"用过|使用过?|被.{0,4}用|收过|重复|寄过|发过|别人|used"),
    units=cue(r"天|日"),
    reach=14,
)
NO_TRANSIT = cue(
    r"(?:没有?|未|冇|无|不见)(?:任何|什么|再|有|见到?|看[到见]|显示|出现|后续|新的?)*(?:中转|分拨|转运|动静|动过?|更新|"
    r"轨迹|变化|下文|进展|物流|记录|信息|走件|发往)"
    r"|(?:中转|分拨|物流|轨迹|信息|记录)[^,。;]{0,8}(?:没有?(?:动|更新|变|出来)?|未(?:更新|出)|不更新|不动|不变|"
    r"为空|卡住|停|空白)|一直(?:没|不|停|卡|是揽收)|不动了?|卡在|卡住|停在|还是?(?:停|显示)?.{0,2}揽收"
    r"|no (?:transit|update|movement|scan)|not moved|hasn'?t moved|stuck"
)
TRANSIT = cue(
    r"已经?(?:中转|到.{0,4}(?:分拨|中转|转运))|有(?:了)?(?:中转|分拨|转运)|到了.{0,6}(?:分拨|中转|转运)|(?:中转|"
    r"分拨|转运)(?:记录)?(?:有了?|正常|更新了)|in transit|updated"
)
USED_BY_OTHER = cue(
    r"(?:单号|运单|快递号|面单)[^。;]{0,16}(?:用过|重复|被.{0,6}用|别人|他人|其他人|别的|使用过)|(?:别人|他人|"
    r"其他人|别的(?:买家|客户|地址)).{0,6}(?:用过|使用过?|收过)|"
    r"(?:waybill|tracking number).{0,24}used|(?:重复|用过)的?(?:单号|运单)"
)
NOT_REUSED = cue(r"(?:单号|运单).{0,6}(?:没有?|未|不)(?:重复|被.{0,4}用|用过)|没有?被?(?:别人|他人)?(?:用过|使用过)|新单号")
EARLY = cue(
    r"揽收.{0,10}(?:早于|早过|先于|比.{0,4}(?:付款|支付|下单).{0,4}(?:早|还早)|在.{0,4}(?:付款|支付|"
    r"下单)(?:之)?前)|比.{0,4}(?:付款|支付|下单).{0,6}早|"
    r"(?:付款|支付|下单|付钱)(?:之)?前.{0,6}(?:就)?.{0,2}揽|(?:没|未|还没)(?:付款|支付|付钱).{0,6}揽|"
    r"先揽收.{0,4}后?(?:付款|支付)|(?:picked up|pick-?up) before (?:the )?(?:payment|paid)"
)
MISMATCH = cue(
    r"(?:轨迹|物流|路线|路径|签收|快递|包裹|地址)[^。;,]{0,12}(?:不符|不对|不一致|对不上|不匹配|不一样|跑偏|错)|"
    r"(?:到|去|往|寄|发|送|跑)(?:到|往|去)?了?(?:别的|其他|另一个?|另外|别处|外地|外省|别家)(?:的)?(?:城市|省|"
    r"地方|地址|市|区)?|"
    r"不是(?:我|收货|买家|客户)的?(?:收货)?(?:地址|城市|地方)|(?:wrong|another|different|other) (?:city|address|"
    r"place|province)|not match"
)
TWO_CITIES = cue(
    r"(?:我在|我是|地址[是在]|买家在|客户在)([\u4e00-\u9fff]{2})[^。;]{0,16}?(?:签收|送|派|投|显示|发|跑|寄)(?:收|送|递)?[了在到去]+([\u4e00-\u9fff]{2})"
)
# 轨迹到福州,地址在厦门,对不上: the two stand in different clauses
TRACK = cue(r"轨迹|物流|路线|签收|地址|track|address")
DIFFERS = cue(r"对不上|对不起来|不相?符|不一致|不匹配|不一样|不是一个(?:地方|城市|省)|两个(?:地方|城市|省)|doesn'?t match|mismatch")
# 30小时后才有中转: the record came, and came too late
TOO_LATE = cue(r"(?:小时|天)(?:之|以)?后?才(?:有|更新|出现|显示|到|动|中转|走)")
MATCHES = cue(r"(?:轨迹|物流|路线|地址).{0,4}(?:相符|一致|对得上|没问题|正常|匹配|吻合)")
NOT_EARLY = cue(r"揽收.{0,4}(?:晚于|在.{0,4}(?:付款|支付|下单)(?:之)?后)|付款(?:之)?后.{0,4}揽收")
SIGNS = {
    "no_transit": NO_TRANSIT,
    "reused": cue(r"重复|用过|被别人用|单号|reused|used before"),
    "early": cue(r"早于|付款前|支付前|先揽|比付款|early|before payment"),
    "mismatch": cue(r"不符|不对|对不上|别的(?:城市|地方)|其他(?:城市|地方)|外地|轨迹|wrong|another city"),
    "none_of_these": cue(r"都没有|都不是|没有(?:这些)?|以上都|none"),
}
SLOT_OF_SIGN = {
    "no_transit": ("transit", "no"),
    "reused": ("reused", "yes"),
    "early": ("early", "yes"),
    "mismatch": ("mismatch", "yes"),
}
YES_NO = {"no": cue(r"^\W*(?:没|无|未|否|不|冇|no\b)"), "yes": cue(r"^\W*(?:有|是|对|嗯|yes\b)")}


@dataclass(frozen=True, slots=True)
class FakeShipping:
    """The signs that apply, and how far the clock has come where the time decides."""

    hits: tuple[str, ...]
    hours: Decimal | None
    hours_left: Decimal | None
    picked_up: datetime | None
    reused_days: int | None
    transit: str
    told: tuple[str, ...]


@calculator
class FakeShippingCheck:
    """No transit record in time, a waybill used by another, a pick-up before payment, a track elsewhere."""

    name = "fake-shipping-check"
    slots = (
        Slot("sign", SlotKind.CHOICE, choices=choices(*SIGNS)),
        Slot("transit", SlotKind.CHOICE, choices=choices("yes", "no")),
        Slot("picked_up", SlotKind.MOMENT),
        Slot("reused_days", SlotKind.COUNT),
        Slot("reused", SlotKind.CHOICE, required=False, choices=choices("yes", "no"), hidden=True),
        Slot("early", SlotKind.CHOICE, required=False, choices=choices("yes", "no"), hidden=True),
        Slot("mismatch", SlotKind.CHOICE, required=False, choices=choices("yes", "no"), hidden=True),
        Slot("picked_day", SlotKind.DAY, required=False, hidden=True),
    )
    facts = ("fake_transit_hours", "fake_waybill_days")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        self._signs(got, asked, known)
        usable = tuple(v for v in message.values if not (isinstance(v, Duration) and apart(message, v)))
        slot = asked_slot(self.slots[2:4], asked)
        found = assign(replace(message, values=usable), (PICKED, PAID, REUSED), slot)
        if slot and slot.name == "reused_days" and "reused" not in found:
            told = found.get("reused_days") or next((v for v in usable if isinstance(v, WHEN) and v not in found.values()), None)
            if told:
                found["reused"] = told
        self._moments(got, found, known, facts)
        return got.filled(slot)

    def _signs(self, got: Gathering, asked: str | None, known: Mapping[str, SlotValue]) -> None:
        message = got.message
        text = message.text
        if asked == "transit" and (answer := pick(message, {}, self.slots[1], asked) or first(text, YES_NO)):
            got.put("transit", answer)
        for slot, no, yes in (("reused", NOT_REUSED, USED_BY_OTHER), ("early", NOT_EARLY, EARLY), ("mismatch", MATCHES, MISMATCH)):
            if no.search(text):
                got.put(slot, "no")
            elif yes.search(text):
                got.put(slot, "yes")
        cities = TWO_CITIES.search(text)
        if (cities and cities[1] != cities[2]) or ("mismatch" not in got.values and message.tells(DIFFERS) and TRACK.search(text)):
            got.put("mismatch", "yes")
        if NO_TRANSIT.search(text) or TOO_LATE.search(text):
            got.put("transit", "no")
        elif TRANSIT.search(text):
            got.put("transit", "yes")
        if asked == "sign" and not got.values:
            sign = pick(message, {}, self.slots[0], asked) or first(text, SIGNS)
            if sign == "none_of_these":
                got.put("sign", sign)
            elif sign:
                got.put(*SLOT_OF_SIGN[sign])

    @staticmethod
    def _moments(got: Gathering, found: Mapping[str, Value], known: Mapping[str, SlotValue], facts: Facts | None) -> None:
        message = got.message
        if reused := found.get("reused"):
            days = days_since(reused, message.now)
            got.put("reused_days", days, message.said(reused))
            if isinstance(days, int):
                got.put("reused", "yes")
        if picked := found.get("picked_up"):
            put_moment(got, picked, known, facts)
        paid, at = found.get("paid"), got.values.get("picked_up")
        if isinstance(paid, Moment) and isinstance(at, datetime):
            got.put("early", "yes" if at < paid.at else "no")
            got.values["picked_up"] = got.values.pop("picked_up")

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        sign, transit, picked_up, reused_days = self.slots[:4]
        if known.get("transit") == "no" and "picked_up" not in known:
            return picked_up
        if known.get("reused") == "yes" and "reused_days" not in known:
            return reused_days
        if any(name in known for name in ("transit", "reused", "early", "mismatch", "sign")):
            return None
        if "picked_up" in known:
            return transit
        return picked_up if "picked_day" in known else sign

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        limit = facts.number("fake_transit_hours")
        at = known.get("picked_up")
        at = same_clock(at, now) if isinstance(at, datetime) else None
        hours = Decimal(int((now - at).total_seconds() // 60)) / 60 if at else None
        days = known.get("reused_days")
        days = days if isinstance(days, int) else None
        signs = (
            ("no_transit", known.get("transit") == "no" and hours is not None and hours >= limit),
            ("reused", known.get("reused") == "yes" and days is not None and days <= facts.number("fake_waybill_days")),
            ("early", known.get("early") == "yes"),
            ("mismatch", known.get("mismatch") == "yes"),
        )
        hits = tuple(name for name, applies in signs if applies)
        waiting = known.get("transit") == "no" and hours is not None and hours < limit
        told = tuple(name for name in ("transit", "reused", "early", "mismatch") if name in known)
        result = FakeShipping(
            hits=hits,
            hours=tenth(hours),
            hours_left=tenth(limit - hours) if waiting and hours is not None else None,
            picked_up=at,
            reused_days=days,
            transit=str(known.get("transit", "")),
            told=told,
        )
        return Outcome(self.name, "hit" if hits else "waiting" if waiting else "none", result, self.facts)


def first(text: str, patterns: Mapping[str, re.Pattern[str]]) -> str | None:
    """The first choice whose words stand in the text."""
    return next((name for name, pattern in patterns.items() if pattern.search(text)), None)


def tenth(hours: Decimal | None) -> Decimal | None:
    """Hours to one decimal, cut and not rounded: 23 h 59 min is no 24 h."""
    return None if hours is None else (hours * 10 // 1) / 10


def days_since(value: Value, now: datetime) -> int | Unusable:
    """How many days lie between a value and now."""
    match value:
        case Count() | Number() | Bad():
            return to_count(value, zero=True)
        case Duration():
            at = ago(value, now)
            return (now.date() - at.date()).days if at else Unusable("too_large")
        case Moment():
            return max(0, (now.date() - value.at.date()).days)
        case Day():
            if value.first != value.last:
                return Unusable("vague")
            return (now.date() - value.first).days if value.first <= now.date() else Unusable("future")
        case _:
            return Unusable("unclear")


def put_moment(got: Gathering, value: Value, known: Mapping[str, SlotValue], facts: Facts | None) -> None:
    """Keep the moment of pick-up; a day without a time is enough where any time of it gives the same result."""
    message, now = got.message, got.message.now
    said = message.said(value)
    match value:
        case Moment():
            at = on_day(message, value, known.get("picked_day"))
            got.put("picked_up", Unusable("future") if at > now else at, said)
        case Duration():
            at_least = ago(value, now)
            if (
                at_least
                and value.vague
                and not (facts and at_least <= now - timedelta(hours=float(facts.number("fake_transit_hours"))))
            ):
                got.put("picked_up", Unusable("vague"), said)
            else:
                got.put("picked_up", at_least or Unusable("too_large"), said)
        case Day():
            end = datetime.combine(value.last, time(23, 59), now.tzinfo)
            if value.first > now.date():
                got.put("picked_up", Unusable("future"), said)
            elif facts and now - end >= timedelta(hours=float(facts.number("fake_transit_hours"))):
                got.put("picked_up", end)
            elif value.first == value.last:
                got.put("picked_day", value.first)
            else:
                got.put("picked_up", Unusable("vague"), said)
        case Bad():
            got.put("picked_up", Unusable(value.reason), said)
        case _:
            got.put("picked_up", Unusable("unclear"), said)
