"""What a person reads of a calculator: its prompts, choices, problems and answers, as knowledge/calculators.yaml states them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel

from bot.calculators.base import Calculator, SlotKind
from bot.errors import ContentError

Line = Annotated[str, Field(min_length=1)]


class ChoiceText(BaseModel):
    """A choice's button and the ways of saying it; `entry` is the entry that it is really about, which then answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Line
    says: tuple[Line, ...] = ()
    entry: str | None = None


class SlotText(BaseModel):
    """How a slot is named and asked for, and what is said about a value that cannot be used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Line
    prompt: Line
    examples: tuple[Line, ...] = ()
    choices: Mapping[str, ChoiceText] = {}
    problems: Mapping[str, Line] = {}

    def choice(self, text: str) -> str | None:
        """The choice that an answer names in full: its value, its label or one of its ways of saying."""
        said = _bare(text)
        for value, choice in self.choices.items():
            if said in {_bare(line) for line in (value, choice.label, *choice.says)}:
                return value
        return None


class CalculatorText(BaseModel):
    """The texts of one calculator; `answer` and `answer_en` are templates of `case`, `r` and `facts`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line
    title_en: Line
    slots: Mapping[str, SlotText]
    answer: Line
    answer_en: Line


class CalculatorTexts(RootModel[Mapping[str, CalculatorText]]):
    """The texts of all calculators by name."""

    model_config = ConfigDict(frozen=True)

    def __getitem__(self, name: str) -> CalculatorText:
        return self.root[name]

    def __contains__(self, name: str) -> bool:
        return name in self.root

    def check(self, rules: Mapping[str, Calculator]) -> None:
        """ContentError unless every calculator, slot and choice has its text, and nothing else has one."""
        _same("计算器", set(self.root), set(rules), "")
        for name, rule in rules.items():
            slots = {slot.name: slot for slot in rule.slots if not slot.hidden}
            _same("槽位", set(self[name].slots), set(slots), name)
            for slot_name, slot in slots.items():
                wanted = {choice.value for choice in slot.choices} if slot.kind is SlotKind.CHOICE else set()
                _same("选项", set(self[name].slots[slot_name].choices), wanted, f"{name}.{slot_name}")


def _same(what: str, given: set[str], wanted: set[str], place: str) -> None:
    if given != wanted:
        lacking, idle = "、".join(sorted(wanted - given)), "、".join(sorted(given - wanted))
        detail = ";".join(part for part in (lacking and f"缺{what} {lacking}", idle and f"多出{what} {idle}") if part)
        raise ContentError(detail, file="calculators.yaml", entry=place, fix="名称与 bot/calculators/ 里的一致")


def _bare(text: str) -> str:
    # Imported late: what reads slots is needed only when something is calculated.
    from bot.calculators.reading import fold

    return "".join(c for c in fold(text).lower() if c.isalnum() or c == "_")
