"""How long and how often one may appeal: against a violation notice, or against an arbitration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.calculators.arithmetic import deadline_case, last_day
from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import Gathering, Message, Rule, apart, asked_slot, assign, cue, pick, read
from bot.values import Count, Day, Duration, Moment, Number

KINDS = {
    "arbitration": cue(
        r"仲裁|判责|判[我俺咱](?:方|们|店)?(?:的)?(?:赔|责|输|全责|败)|判(?:商家|卖家|店家|店铺)(?:赔|责|输|败|全责)|败诉|赔付.{0,4}生效|"
        r"重新举证|举证|arbitrat|ruling|liable"
    ),
    "violation": cue(r"违规|罚单|扣分|封禁|处罚|被罚|violat|penalty|ticket"),
}
EVIDENCE = cue(r"重新举证|举证|补(?:充|交)?(?:证据|材料)|证据不[足够]|驳回|rejected|evidence")
LEGAL = cue(r"重新举证|举证|证据不[足够]|evidence")
DATE = Rule(
    "date",
    (Day, Moment, Duration),
    cue(r"生效|判|仲裁|驳回|下来|出来|通知|收到|结果|已经|过了|过去|前|了|since|effect|reject|ago"),
    enough=True,
    reach=12,
)
USED = Rule(
    "used",
    (Count,),
    cue(r"申诉|申述|申訴|失败|没过|不过|驳回|没通过|没成|用|appeal"),
    units=cue(r"^(?:次|回|遍|times?)"),
    apart_before=cue(r"(?:再|能|可以|还有|还剩|剩|共|总共|最多|有|给|几|超时|判了?|违规了?|罚了?)\s*$"),
    apart_after=cue(r"\s*(?:吗|机会(?!.{0,4}用)|上限|违规|处罚)"),
)
SPENT = cue(r"用[掉了过完去]{0,2}$")
NEVER = cue(
    r"一[次回]都?(?:没|未|冇)(?!.{0,2}(?:成|过|批|用))|(?:还|从)?(?:没有?|未|冇)(?:去)?(?:申诉|申述|用)过?|haven'?t appealed|not appealed"
)
ALL = cue(r"(?:两|2|二|俩)[次回](?:都|全)?.{0,4}(?:失败|没过|驳回|用[完掉光]|不通过|没通过|没成)|都用[完掉光]了|twice")
ONCE = cue(r"(?:appealed|tried|failed).{0,12}once|once.{0,12}(?:appealed|failed)|first appeal|used (?:up )?(?:one|1)\b")


@dataclass(frozen=True, slots=True)
class Appeal:
    """The last day (arbitration) or the chances left (violation)."""

    kind: str
    phase: str
    start: date | None
    last: date | None
    days: int  # the period in days; 0 where the sources give none
    days_left: int
    chances: int
    used: int | None
    remaining: int | None


@calculator
class AppealDeadline:
    """Arbitration: a period from taking effect, once. Violation: a number of chances and no period that a source states."""

    name = "appeal-deadline"
    slots = (
        Slot("kind", SlotKind.CHOICE, choices=choices("violation", "arbitration")),
        Slot("phase", SlotKind.CHOICE, required=False, choices=choices("initial", "evidence")),
        Slot("date", SlotKind.DAY),
        Slot("used", SlotKind.COUNT, required=False),
        Slot("dated", SlotKind.TEXT, required=False, hidden=True),
    )
    facts = ("violation_appeals", "arbitration_appeal_days", "arbitration_appeals", "arbitration_evidence_days")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        kind = pick(message, KINDS, self.slots[0], asked)
        if kind and not (kind == "violation" and known.get("kind") == "arbitration" and asked != "kind" and message.corrects < 0):
            got.put("kind", kind)
        kind = str(got.values.get("kind", known.get("kind", "")))
        if kind != "violation" and (LEGAL.search(message.text) or (kind == "arbitration" and EVIDENCE.search(message.text))):
            got.put("phase", "evidence")
        elif asked == "phase" and (
            phase := pick(message, {"evidence": EVIDENCE, "initial": cue(r"判责|生效|第一次|首次")}, self.slots[1], asked)
        ):
            got.put("phase", phase)
        # after the answer on violations a bare number of times is what was used up
        slot = asked_slot((self.slots[2], self.slots[3]), "used" if asked == "kind" and known.get("kind") == "violation" else asked)
        usable = tuple(v for v in message.values if not (isinstance(v, Duration) and apart(message, v)))
        found = assign(Message(message.text, usable, now), (DATE, USED), slot)
        self._used(got, found.get("used"))
        if kind != "violation":
            got.day("date", found.get("date"), known.get("date"))
            if "date" in got.values:
                got.values = {"dated": str(got.values.get("phase", known.get("phase", "initial"))), **got.values}
        return got.filled(slot)

    @staticmethod
    def _used(got: Gathering, value: object) -> None:
        text = got.message.text
        spent = [v for v in got.message.values if isinstance(v, Count) and SPENT.search(got.message.before(v))]
        value = spent[-1] if spent else value
        if NEVER.search(text):
            got.put("used", 0)
        elif isinstance(value, Count | Number):
            got.count("used", value, zero=True)
        elif ALL.search(text):
            got.put("used", 2)
        elif ONCE.search(text):
            got.put("used", 1)

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        if "kind" not in known:
            return self.slots[0]
        spent = known.get("used") not in (None, 0) and known.get("phase") != "evidence"
        # the day of taking effect says nothing about the day of the rejection
        undated = "date" not in known or known.get("dated", "initial") != known.get("phase", "initial")
        if known["kind"] == "arbitration" and undated and not spent:
            return self.slots[2]
        return None

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        told = known.get("used")
        used = int(str(told)) if told is not None else None
        if known["kind"] == "violation":
            chances = facts.whole("violation_appeals")
            remaining = None if used is None else max(0, chances - used)
            result = Appeal("violation", "initial", None, None, 0, 0, chances, used, remaining)
            case = "violation_unknown" if remaining is None else "violation_left" if remaining else "violation_none"
            return Outcome(self.name, case, result, ("violation_appeals",))
        chances, phase = facts.whole("arbitration_appeals"), str(known.get("phase", "initial"))
        remaining = None if used is None else max(0, chances - used)
        start = known.get("date")
        name = "arbitration_evidence_days" if phase == "evidence" else "arbitration_appeal_days"
        days = facts.whole(name)
        used_facts = ("arbitration_appeals", name)
        if phase == "initial" and remaining == 0:
            spent = start if isinstance(start, date) else None
            return Outcome(
                self.name, "arbitration_used", Appeal("arbitration", phase, spent, None, days, 0, chances, used, 0), used_facts
            )
        if not isinstance(start, date):
            raise TypeError("date is no day")
        last = last_day(start, days)
        result = Appeal("arbitration", phase, start, last, days, max(0, (last - now.date()).days), chances, used, remaining)
        return Outcome(
            self.name,
            f"{'evidence' if phase == 'evidence' else 'arbitration'}_{deadline_case(last, now.date())}",
            result,
            used_facts,
        )
