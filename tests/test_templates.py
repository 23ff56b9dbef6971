"""Templates: filters, strictness, and nothing a template can do but say something."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from bot.errors import ContentError
from bot.facts import Figure
from bot.templates import names_in, render


def figure(value: str) -> Figure:
    return Figure("fee", value, "元", "notice")


@pytest.mark.parametrize(
    ("template", "x", "text"),
    [
        pytest.param("{{ x | money }}", Decimal("5.88"), "5.88 元", id="yuan and cents"),
        pytest.param("{{ x | money }}", Decimal("3"), "3 元", id="whole yuan"),
        pytest.param("{{ x | money }}", Decimal("3.00"), "3 元", id="no empty cents"),
        pytest.param("{{ x | money }}", Decimal("2.5"), "2.50 元", id="two digits of cents"),
        pytest.param("{{ x | money }}", Decimal("0.125"), "0.13 元", id="half a cent goes up"),
        pytest.param("{{ x | money }}", Decimal("12800"), "12,800 元", id="thousands"),
        pytest.param("{{ x | money }}", Decimal("9999"), "9999 元", id="no comma below ten thousand"),
        pytest.param("{{ x | money }}", figure("200"), "200 元", id="a fact"),
        pytest.param("{{ x | money }}", 7, "7 元", id="an int"),
        pytest.param("{{ x | money }}", "7.1", "7.10 元", id="digits"),
        pytest.param("{{ x | percent }}", Decimal("0.3"), "30%", id="percent"),
        pytest.param("{{ x | percent }}", figure("0.015"), "1.5%", id="part of a percent"),
        pytest.param("{{ x | wan }}", 500000, "50 万", id="round"),
        pytest.param("{{ x | wan }}", 505000, "50.5 万", id="half round"),
        pytest.param("{{ x | wan }}", 500001, "500,001 ", id="not round"),
        pytest.param("{{ x | day }}", date(2026, 11, 8), "2026年11月8日", id="day"),
        pytest.param("{{ x | moment }}", datetime(2026, 11, 8, 9, 5), "2026年11月8日 09:05", id="moment"),  # noqa: DTZ001 - only printed
        pytest.param("{{ x | number }}", Decimal("100"), "100", id="zeros that count"),
        pytest.param("{{ x }}", Decimal("100.50"), "100.5", id="a bare decimal"),
        pytest.param("{{ x }}", figure("6"), "6", id="a bare fact"),
        pytest.param("{{ x }}", Decimal("1E+3"), "1000", id="never an exponent"),
    ],
)
def test_values_are_written_as_people_write_them(template: str, x: object, text: str) -> None:
    assert render(template, x=x) == text.strip()


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ y }}", id="an unknown name"),
        pytest.param("{{ x.y }}", id="an unknown attribute"),
        pytest.param("{{ x | cash }}", id="an unknown filter"),
        pytest.param("{{ x", id="open braces"),
        pytest.param("{% if x %}", id="an open block"),
        pytest.param("{{ x | money }}", id="money of a word"),
        pytest.param("{{ ''.__class__.__mro__[1].__subclasses__() }}", id="a way out of the sandbox"),
        pytest.param("{{ x.__init__.__globals__ }}", id="another way out"),
        pytest.param("{{ [].append(1) }}", id="a change"),
    ],
)
def test_a_template_that_cannot_be_said_is_a_content_error(template: str) -> None:
    with pytest.raises(ContentError):
        render(template, x="词")


@pytest.mark.parametrize("said", ["{{ 7*7 }}", "{% for x in y %}", "{{ facts }}", "{# #}"])
def test_a_value_is_never_a_template_itself(said: str) -> None:
    assert render("您说{{ x }}", x=said) == f"您说{said}"


def test_the_names_that_a_template_needs_are_found() -> None:
    assert names_in("{{ facts.a | money }}{% set b = 1 %}{{ b }}{% for c in d %}{{ c }}{% endfor %}") == {"facts", "d"}


def test_names_of_a_broken_template_are_a_content_error() -> None:
    with pytest.raises(ContentError):
        names_in("{{ facts.a ")
