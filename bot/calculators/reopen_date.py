"""When a closed shop may apply again, and when it may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import Gathering, Rule, apart, asked_slot, assign, cue, pick, read, to_come
from bot.values import Day, Duration, Moment

REFUND = cue(
    r"退保|退.{0,2}(?:保证金|押金)|退还?了?保证金|保证金.{0,6}(?:退|到账)|退押金|押金.{0,4}退|退款|到账|打回|打款|退回|返还|返咗|"
    r"保证金|押金|refund|deposit"
)
CLOSED = cue(r"关[的了掉]?店?|关闭|停业|注销|退店|闭店|退出|不[做干开]了?|封|清退|clos|shut")
REASONS = {
    "forged": cue(
        r"造假|作假|假(?:资料|证|执照|材料|公章|授权)|伪造|虚假(?:资料|材料|申请|资质)|p[s图]?(?:过|了)?的?(?:营业)?(?:执照|证|图|材料|资料)|冒用|"
        r"forg|fake (?:doc|paper|licen)"
    ),
    "violation": cue(r"违规|违反|违法|封店|封号|封禁|[给被]封|封了|封掉|清退|售假|卖假|假货|处罚|永久|三无|violat|banned"),
    "own": cue(
        r"自己(?:主动)?(?:关|退|注销|不|停)|主动(?:关|退|申请|注销|停)|自愿|我关|我把店|我们关|不想[做干开]|"
        r"不[做干]了|自行|自己的|myself|voluntar|i closed"
    ),
}
PLATFORM = cue(
    r"(?:平台|官方|系统|抖音|抖店).{0,4}(?:关|停|强制|给.{0,2}关)|被(?:强制)?关|被(?:平台|官方|抖音|抖店|系统)|"
    r"by (?:the )?platform|was closed"
)
DISCLAIMED = cue(r"(?:没有?|未|不是因?为?|并非|冇)(?:任何)?(?:违规|违反|违法|造假|作假)")
FOR_GOOD = ("violation", "forged")
UNSURE = cue(r"不知道|不清楚|不确定|不晓得|没说|未说明|唔知|don'?t know|not sure|unknown")


@dataclass(frozen=True, slots=True)
class Reopening:
    """From which day one may apply, and whether that day has come; no day at all when the closure is for good."""

    reason: str
    basis: str  # refund, or closing when the day of the refund is not known
    start: date | None
    earliest: date | None
    reached: bool
    days_left: int


REFUND_RULE = Rule("refund", (Day, Moment, Duration), REFUND, reach=8)
CLOSING_RULE = Rule("closing", (Day, Moment, Duration), CLOSED, reach=10)


@calculator
class ReopenDate:
    """Six months after the deposit came back; never after a violation or forged papers."""

    name = "reopen-date"
    slots = (
        Slot("reason", SlotKind.CHOICE, required=False, choices=choices("own", "violation", "forged", "unknown")),
        Slot("date", SlotKind.DAY),
        Slot("basis", SlotKind.CHOICE, required=False, choices=choices("refund", "closing"), hidden=True),
        Slot("by_platform", SlotKind.CHOICE, required=False, choices=choices("yes", "no"), hidden=True),
    )
    facts = ("reopen_wait_months",)

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        reason = pick(message, REASONS, self.slots[0], asked)
        if reason in FOR_GOOD and DISCLAIMED.search(message.text):
            reason = None
        if reason is None and asked == "reason" and (UNSURE.search(message.text) or DISCLAIMED.search(message.text)):
            reason = "unknown"
        if reason:
            got.put("reason", reason)
        elif PLATFORM.search(message.text):
            got.put("by_platform", "yes")
        slot = asked_slot(self.slots[1:2], asked)
        usable = tuple(v for v in message.values if not (isinstance(v, Duration) and (apart(message, v) or to_come(message, v))))
        found = assign(replace(message, values=usable), (REFUND_RULE, CLOSING_RULE), slot)
        days = [v for v in usable if isinstance(v, Day | Moment)]
        # the prompt asks for the day of the refund; a day told unasked is taken for the day of closing
        told = (("refund", found.get("refund")), ("closing", found.get("closing")), ("", found.get("date")))
        basis, value = next(((b, v) for b, v in told if v), ("closing", days[0] if len(days) == 1 else None))
        if value and not (basis == "closing" and known.get("basis") == "refund" and slot is None and message.corrects < 0):
            got.put("basis", basis or str(known.get("basis", "refund")))
            got.day("date", value, known.get("date"))
            if "date" not in got.values:
                del got.values["basis"]
            if got.values.get("reason", known.get("reason")) in FOR_GOOD:
                got.problems.clear()  # no day matters to what is closed for good
        return got.filled(slot)

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        reason = known.get("reason")
        if reason in FOR_GOOD:
            return None
        if reason is None and known.get("by_platform") == "yes":
            return self.slots[0]
        return None if "date" in known else self.slots[1]

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        reason = str(known.get("reason", "unknown"))
        start = known.get("date")
        basis = str(known.get("basis", "closing"))
        if reason in FOR_GOOD:
            return Outcome(self.name, f"never_{reason}", Reopening(reason, basis, None, None, False, 0), self.facts)
        if not isinstance(start, date):
            raise TypeError("date is no day")
        earliest = start + relativedelta(months=facts.whole("reopen_wait_months"))
        left = (earliest - now.date()).days
        result = Reopening(reason, basis, start, earliest, left <= 0, max(0, left))
        return Outcome(self.name, "reached" if result.reached else "waiting", result, self.facts)
