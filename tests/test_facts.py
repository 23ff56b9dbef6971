"""Dated facts: of each the latest value that has begun."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from bot.errors import ContentError
from bot.facts import Fact, facts_at

FEE = Fact.model_validate(
    {
        "id": "fee",
        "label": "费",
        "unit": "元",
        "values": [
            {"value": "10", "source": "new", "from": "2024-01-01"},
            {"value": "5", "source": "old"},
            {"value": "12.50", "source": "newest", "from": "2026-01-01"},
        ],
    }
)
LATER = Fact.model_validate({"id": "later", "label": "以后", "values": [{"value": "一天", "source": "s", "from": "2026-01-01"}]})


@pytest.mark.parametrize(
    ("day", "value", "source"),
    [
        pytest.param(date(2000, 1, 1), "5", "old", id="before any dated value"),
        pytest.param(date(2023, 12, 31), "5", "old", id="the day before a change"),
        pytest.param(date(2024, 1, 1), "10", "new", id="the day of a change"),
        pytest.param(date(2025, 12, 31), "10", "new", id="the day before the next"),
        pytest.param(date(2026, 1, 1), "12.50", "newest", id="the next"),
        pytest.param(date.max, "12.50", "newest", id="ever after"),
    ],
)
def test_a_fact_is_what_it_was_on_the_day(day: date, value: str, source: str) -> None:
    figure = facts_at([FEE], day)["fee"]
    assert (figure.value, figure.source, str(figure)) == (value, source, value)


def test_a_fact_that_has_not_begun_is_not_there() -> None:
    facts = facts_at([FEE, LATER], date(2025, 6, 1))
    assert set(facts) == {"fee"}
    assert len(facts) == 1
    assert "later" not in facts
    with pytest.raises(KeyError):
        facts.number("later")


def test_numbers_are_exact() -> None:
    facts = facts_at([FEE], date(2026, 6, 1))
    assert facts.number("fee") == Decimal("12.50")
    assert facts.whole("fee") == 12


def test_a_fact_that_is_no_number_says_so_when_it_is_used_as_one() -> None:
    facts = facts_at([LATER], date.max)
    with pytest.raises(ContentError, match=r"later.*一天"):
        facts.number("later")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"id": "Fee", "label": "费", "values": [{"value": "1", "source": "s"}]}, id="capitals in the id"),
        pytest.param({"id": "fee", "label": "费", "values": []}, id="no value"),
        pytest.param({"id": "fee", "label": "费", "values": [{"value": "", "source": "s"}]}, id="an empty value"),
        pytest.param({"id": "fee", "label": "费", "values": [{"value": "1"}]}, id="no source"),
        pytest.param({"id": "fee", "label": "费", "values": [{"value": 1, "source": "s"}]}, id="a bare number"),
        pytest.param(
            {"id": "fee", "label": "费", "values": [{"value": "1", "source": "s", "since": "2024-01-01"}]}, id="since for from"
        ),
    ],
)
def test_an_ill_formed_fact_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fact.model_validate(broken)
