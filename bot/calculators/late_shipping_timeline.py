"""When a late order is judged again: at fixed intervals after the first judgement, up to the limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import (
    Gathering,
    Message,
    Unusable,
    ago,
    apart,
    asked_slot,
    bare_answer,
    cue,
    on_day,
    read,
    same_clock,
)
from bot.values import Bad, Day, Duration, Moment, Value

NOON = 12
MORNING = cue(r"早|凌晨|上午|am|:")
PASSED = cue(r"判|超时|过了|过去|已经|有了?|都|前|整整|到(?:现在|这会|如今|目前)|至今|ago|since|past|judged|passed")


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments of judgement, how many have come, and until when to ship or settle."""

    first: datetime
    second: datetime
    third: datetime
    moments: tuple[datetime, ...]
    so_far: int
    ship_before: datetime | None
    hours_left: int | None
    all_passed: bool


@calculator
class LateShippingTimeline(InOrder):
    """First judgement, then one more after each interval until the limit is reached."""

    name = "late-shipping-timeline"
    slots = (Slot("first", SlotKind.MOMENT), Slot("day", SlotKind.DAY, required=False, hidden=True))
    facts = ("late_interval_hours", "late_judgement_max")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots[:1], asked)
        values: list[Value] = [
            v for v in message.values if isinstance(v, Moment | Day | Duration | Bad) and counts(message, v, slot)
        ]
        if message.corrects > -1:
            values = [v for v in values if v.start > message.corrects] or values
        value = next((v for v in values if isinstance(v, Moment)), values[0] if values else None)
        if value is None and slot:
            value = bare_answer(message, slot, [v for v in message.values if isinstance(v, Duration)], ())
        bad = next((v for v in values if isinstance(v, Bad)), None)
        if bad and not (isinstance(value, Moment) and value.day_given):
            value = bad
        if value:
            self._take(got, value, known)
        return got.filled(slot)

    @staticmethod
    def _take(got: Gathering, value: Value, known: Mapping[str, SlotValue]) -> None:
        message, said = got.message, got.message.said(value)
        now = message.now
        match value:
            case Moment():
                before = known.get("first")
                at = on_day(message, value, before.date() if isinstance(before, datetime) else known.get("day"))
                if (
                    isinstance(before, datetime)
                    and not value.day_given
                    and at.hour < NOON <= before.hour
                    and not MORNING.search(said)
                ):
                    # 昨晚8点,不对,是9点 stays in the evening
                    at += timedelta(hours=NOON)
                got.put("first", Unusable("future") if at > now else at, said)
            case Day():
                if value.first != value.last:
                    got.put("first", Unusable("vague"), said)
                elif value.first > now.date():
                    got.put("first", Unusable("future"), said)
                else:
                    # a day is half the answer: it is kept, and the time is asked for
                    got.put("day", value.first)
            case Duration():
                got.put("first", Unusable("vague") if value.vague else ago(value, now) or Unusable("too_large"), said)
            case Bad():
                got.put("first", Unusable(value.reason), said)
            case _:
                got.put("first", Unusable("unclear"), said)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        first = known["first"]
        if not isinstance(first, datetime):
            raise TypeError("first is no moment")
        first = same_clock(first, now)
        interval, most = timedelta(hours=float(facts.number("late_interval_hours"))), facts.whole("late_judgement_max")
        moments = tuple(first + interval * i for i in range(most))
        ahead = [moment for moment in moments if moment > now]
        result = Timeline(
            first=first,
            second=first + interval,
            third=first + interval * 2,
            moments=moments,
            so_far=most - len(ahead),
            ship_before=ahead[0] if ahead else None,
            hours_left=int((ahead[0] - now).total_seconds() // 3600) if ahead else None,
            all_passed=not ahead,
        )
        return Outcome(self.name, "passed" if not ahead else "second" if len(ahead) == most - 1 else "third", result, self.facts)


def counts(message: Message, value: Value, slot: Slot | None) -> bool:
    """Whether the value can be the first judgement: a length of time only when it is what has passed since."""
    if isinstance(value, Bad):
        return value.reason == "impossible_date"
    if not isinstance(value, Duration):
        return True
    if apart(message, value):
        return False
    near = message.before(value) + message.after(value)
    return slot is not None or bool(PASSED.search(near))
