"""Dated facts: every number that a rule fixes, once, with unit and source; answers and calculators read the same one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import ContentError


class FactValue(BaseModel):
    """What a fact is from a day on; without `from` it holds since ever (the article is undated)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: str = Field(min_length=1)
    source: str
    since: date | None = Field(default=None, alias="from")


class Fact(BaseModel):
    """A dated value with its unit, as knowledge/facts/*.yaml states it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    unit: str = ""
    values: tuple[FactValue, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A fact as it stands on one day; prints as the bare value."""

    name: str
    value: str
    unit: str
    source: str

    def __str__(self) -> str:
        return self.value

    @property
    def number(self) -> Decimal:
        """The value as a number; ContentError when the fact is no number."""
        try:
            return Decimal(self.value)
        except InvalidOperation:
            raise ContentError(f"口径 {self.name} 的值 {self.value!r} 不是数字", fix="在 facts/ 里写成数字") from None


class Facts(Mapping[str, Figure]):
    """The facts as they stand on one day, by name."""

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        self._figures = figures

    def __getitem__(self, name: str) -> Figure:
        return self._figures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def number(self, name: str) -> Decimal:
        """A fact's value as a number; KeyError when there is no such fact on that day."""
        return self._figures[name].number

    def whole(self, name: str) -> int:
        """A fact's value as a whole number."""
        return int(self.number(name))


def facts_at(facts: Iterable[Fact], day: date) -> Facts:
    """The facts as they stand on `day`: of each fact the latest value that has begun."""
    figures = {}
    for fact in facts:
        begun = [v for v in fact.values if v.since is None or v.since <= day]
        if begun:
            latest = max(begun, key=lambda v: v.since or date.min)
            figures[fact.id] = Figure(fact.id, latest.value, fact.unit, latest.source)
    return Facts(figures)
