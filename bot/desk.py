"""A calculator filled by name, one value a slot: what the terminal and the web's forms share; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.calculators import Calculator, Outcome, Slot, SlotKind, SlotValue
from bot.calculators.texts import CalculatorText, SlotText
from bot.conversation import Form, FormState
from bot.entries import Entry
from bot.forms import Asking, Computed, Redirected, fill_form, problem_text, slot_text
from bot.knowledge import Knowledge
from bot.replies import Voice


class Need(StrEnum):
    """How a form needs a slot."""

    REQUIRED = "required"  # asked for whatever the others say
    DEPENDS = "depends"  # asked for after some answers only
    OPTIONAL = "optional"  # never asked for, but it changes the result


@dataclass(frozen=True, slots=True)
class Worked:
    """A form after its values: `problems` names what is wrong with which slot's value; `missing` is the slot still needed;
    the outcome is there when nothing is wrong and nothing missing."""

    form: Form
    problems: Mapping[str, str]
    missing: str | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Desk:
    """One calculator at one moment, speaking with one voice."""

    rule: Calculator
    knowledge: Knowledge
    voice: Voice
    now: datetime

    @property
    def slots(self) -> Mapping[str, Slot]:
        """The slots that a person may fill."""
        return {slot.name: slot for slot in self.rule.slots if not slot.hidden}

    @property
    def texts(self) -> CalculatorText:
        """What a person reads of the calculator."""
        return self.knowledge.content.calculators[self.rule.name]

    def open(self, entry: Entry | None = None) -> Form:
        """An empty form of an entry with what the entry itself settles; without an entry, of the one that settles least."""
        owners = [e for e in self.knowledge.content.entries if e.calculator == self.rule.name]
        owner = entry or min(owners, key=lambda e: len(e.given))
        given: Mapping[str, SlotValue] = dict(entry.given) if entry else {}
        return Form(owner.id, self.rule.name, FormState.ASKING, given)

    def work(self, form: Form, told: Mapping[str, str]) -> Worked:
        """The form with the values told by slot. KeyError when the calculator has no such slot."""
        problems: dict[str, str] = {}
        # The rule's own order: what a later slot means may hang on an earlier one.
        for name in (*self.slots, *(told.keys() - self.slots)):
            if name in told:
                form, problem = self.take(form, name, told[name])
                if problem is not None:
                    problems[name] = problem
        if problems:
            return Worked(form, problems)
        if (missing := self.rule.missing(form.values)) is not None:
            return Worked(replace(form, asked=missing.name, state=FormState.ASKING), {}, missing=missing.name)
        return Worked(form, {}, outcome=self.rule.run(form.values, self.knowledge.facts(self.now.date()), self.now))

    def take(self, form: Form, slot: str, said: str) -> tuple[Form, str | None]:
        """The form after a value for one slot, and what is wrong with the value; then the form stays as it was.

        A note that the calculator keeps for the slot (a day without its time) counts as taken. KeyError when there is no such slot."""
        asking = replace(form, asked=self.slots[slot].name, state=FormState.ASKING)
        filled, problem = self.fill(asking, said)
        if problem is None and not self._took(said, asking, filled):
            problem = self.voice.line("not_understood")
        return (filled, None) if problem is None else (form, problem)

    def fill(self, form: Form, said: str) -> tuple[Form, str | None]:
        """The form after an answer to its slot `asked`, which may fill others instead; and what was wrong with the answer."""
        step = fill_form(form, choice_of(slot_text(form, self.knowledge), said) or said, self.knowledge, self.now)
        match step:
            case Asking(filled, problem) if problem is not None:
                return filled, problem_text(problem, filled, self.knowledge, self.voice)
            case Asking(filled) | Computed(filled) | Redirected(_, filled):
                return filled, None
            case None:
                return form, self.voice.line("not_understood")

    def _took(self, said: str, before: Form, after: Form) -> bool:
        notes = [s.name for s in self.rule.slots if s.hidden]
        return (
            before.asked in after.values
            or choice_of(slot_text(before, self.knowledge), said) is not None
            or any(after.values.get(n) != before.values.get(n) for n in notes)
        )

    def needs(self, form: Form) -> Mapping[str, Need]:
        """How each slot that is still open is needed; one that changes nothing here (its entry settled it) is left out.

        Found by trying: the form is filled with a sample of every kind along every choice."""
        paths = list(self._paths(form, ()))
        asked = [set(names) for names, _ in paths]
        found: dict[str, Need] = {}
        for name, slot in self.slots.items():
            if name in form.values:
                continue
            if all(name in names for names in asked):
                found[name] = Need.REQUIRED
            elif any(name in names for names in asked) or any(self._matters(done, slot) for _, done in paths):
                found[name] = Need.DEPENDS if slot.required else Need.OPTIONAL
        return found

    def _paths(self, form: Form, asked: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Form]]:
        """Every way of answering what is asked: the slots in their order, and the form at the end."""
        missing = self.rule.missing(form.values)
        if missing is None or missing.name in asked:
            yield asked, form
            return
        for said in self._samples(missing):
            filled, problem = self.take(form, missing.name, said)
            if problem is None:
                yield from self._paths(filled, (*asked, missing.name))

    def _matters(self, done: Form, slot: Slot) -> bool:
        """Whether a value of the slot changes the result of a finished form."""
        before = self._result(done)
        filled = (self.take(done, slot.name, said) for said in self._samples(slot))
        return any(problem is None and self._result(form) != before for form, problem in filled)

    def _result(self, form: Form) -> str | None:
        if self.rule.missing(form.values) is not None:
            return None
        return self.voice.outcome(self.rule.run(form.values, self.knowledge.facts(self.now.date()), self.now))

    def _samples(self, slot: Slot) -> tuple[str, ...]:
        if slot.kind is SlotKind.CHOICE:
            return tuple(choice.value for choice in slot.choices)
        return {SlotKind.DAY: ("今天",), SlotKind.MOMENT: ("两小时前",), SlotKind.PERCENT: ("10%",)}.get(slot.kind, ("2", "9"))


def choice_of(slot: SlotText, said: str) -> str | None:
    """The choice of a slot that was named, or told by its number."""
    if said.isascii() and said.isdigit() and 0 < int(said) <= len(slot.choices):
        return list(slot.choices)[int(said) - 1]
    return slot.choice(said)
