"""What exaggerated claims about a product cost: minor and serious cases, each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator, choices
from bot.calculators.reading import Gathering, Rule, asked_slot, assign, cue, pick, read
from bot.values import Count, Number, Value

TIMES = cue(r"^(?:次|回|遍|轮|个|条|件|times?|)$")
MINOR = cue(r"不(?:算|是)?[很太]?严重|轻微|轻度|较轻|情节轻|轻的|轻(?=\W|$|\d)|小问题|minor|slight|light")
SERIOUS = cue(r"严重|情节重|重度|较重|重的|恶劣|serious|severe|major")
RULES = (
    Rule("minor", (Count, Number), MINOR, units=TIMES),
    Rule("serious", (Count, Number), SERIOUS, units=TIMES),
)
# without minor or serious beside it a number of times is kept until it is known which
ALONE = Rule(
    "times",
    (Count,),
    cue(r"夸大|虚假|虚构|宣传|被罚|被抓|违规|功效|exaggerat|false"),
    units=cue(r"^(?:次|回|遍|轮|times?)$"),
    enough=True,
    apart_before=cue(r"(?:申诉|联系|最多|每|再)(?:了|过)?\s*$"),
    apart_after=cue(r"\s*(?:申诉|机会)"),
)
TIMELESS = cue(r"不(?:算|是)?[很太]?严重")
FIRST = cue(r"首次|头一?[次回]|第一[次回]|初犯|初次|first time")
BOTH = cue(r"各|都是|each|分别都")
NO_OTHER = {
    "minor": cue(r"(?:没有?|无|冇)轻微|轻微的?(?:没有?|无|冇|0)"),
    "serious": cue(r"(?:没有?|无|冇)严重|严重的?(?:没有?|无|冇|0)"),
}


@dataclass(frozen=True, slots=True)
class ExaggerationPenalty:
    """What is deducted in all, and for which kind."""

    total: Decimal
    minor: int
    serious: int
    minor_total: Decimal
    serious_total: Decimal


@calculator
class ExaggerationPenalties:
    """Times by the fee of their kind."""

    name = "exaggeration-penalty"
    slots = (
        Slot("severity", SlotKind.CHOICE, choices=choices("minor", "serious")),
        Slot("times", SlotKind.COUNT),
        Slot("minor", SlotKind.COUNT, required=False),
        Slot("serious", SlotKind.COUNT, required=False),
    )
    facts = ("exaggeration_minor_fee", "exaggeration_serious_fee")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots[1:], asked)
        found = assign(message, RULES, None)
        if len(found) == 1 and BOTH.search(message.text) and MINOR.search(message.text) and SERIOUS.search(message.text):
            found = dict.fromkeys(("minor", "serious"), next(iter(found.values())))
        for name, value in found.items():
            got.count(name, value, zero=True)
        for name, nothing in NO_OTHER.items():
            if nothing.search(message.text):
                got.put(name, 0)
        if not found:
            self._alone(got, assign(message, (ALONE,), slot), slot, known)
            self._sorted(got, known, asked)
        return got.filled(slot)

    @staticmethod
    def _alone(got: Gathering, found: Mapping[str, Value], slot: Slot | None, known: Mapping[str, SlotValue]) -> None:
        """A number of times without its kind: a correction of the one kind known, else kept."""
        value = found.get(slot.name if slot else "times") or found.get("times")
        kinds = [kind for kind in ("minor", "serious") if known.get(kind)]
        if value and slot and slot.name in ("minor", "serious"):
            got.count(slot.name, value, zero=True)
        elif value and len(kinds) == 1:
            got.count(kinds[0], value)
        elif value:
            got.count("times", value)
        elif got.message.tells(FIRST):
            got.put("times", 1)

    def _sorted(self, got: Gathering, known: Mapping[str, SlotValue], asked: str | None) -> None:
        """Times and severity together, whichever turn told them, make the times of that kind."""
        if asked != "severity" and MINOR.search(got.message.text) and SERIOUS.search(TIMELESS.sub("", got.message.text)):
            return  # 轻的重的各扣多少 asks for both
        severity = pick(got.message, {"minor": MINOR, "serious": SERIOUS}, self.slots[0], asked)
        if severity:
            got.put("severity", severity)
        kind, times = got.values.get("severity", known.get("severity")), got.values.get("times", known.get("times"))
        if isinstance(kind, str) and isinstance(times, int) and ("severity" in got.values or "times" in got.values):
            got.put(kind, times)

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        if "minor" in known or "serious" in known:
            return None
        return self.slots[1] if "severity" in known else self.slots[0]

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        minor, serious = int(str(known.get("minor", 0))), int(str(known.get("serious", 0)))
        light = minor * facts.number("exaggeration_minor_fee")
        heavy = serious * facts.number("exaggeration_serious_fee")
        result = ExaggerationPenalty(light + heavy, minor, serious, light, heavy)
        case = "both" if minor and serious else "serious" if serious else "minor" if minor else "nothing"
        return Outcome(self.name, case, result, self.facts)
