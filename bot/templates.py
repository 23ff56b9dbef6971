"""The one Jinja environment: sandboxed, strict about unknown names, with the filters that answers use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.errors import ContentError
from bot.facts import Figure

_CENT = Decimal("0.01")


def _number(value: Figure | Decimal | int | str) -> Decimal:
    try:
        return value.number if isinstance(value, Figure) else Decimal(value)
    except InvalidOperation:
        raise ContentError(f"{value!r} 不是数字", fix="money、percent、wan 只用在数字上") from None


def plain_number(value: Figure | Decimal | int | str) -> str:
    """A number as people write it: no trailing zeros, thousands separated from 10,000 on."""
    number = _number(value)
    text = format(number, ",f") if abs(number) >= 10_000 else format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Figure | Decimal | int | str) -> str:
    """An amount in yuan, rounded half up to the cent: "5.88 元", "12,800 元"."""
    amount = _number(value).quantize(_CENT, ROUND_HALF_UP)
    whole = amount == amount.to_integral_value()
    text = plain_number(amount.to_integral_value()) if whole else format(amount, ",f" if abs(amount) >= 10_000 else "f")
    return f"{text} 元"


def percent(value: Figure | Decimal | int | str) -> str:
    """A share as a percentage: 0.3 is "30%"."""
    return f"{plain_number(_number(value) * 100)}%"


def wan(value: Figure | Decimal | int | str) -> str:
    """A large number in units of ten thousand where it is round: 500000 is "50 万", 500001 is "500,001 "."""
    number = _number(value)
    return f"{plain_number(number)} " if number % 1000 else f"{plain_number(number / 10_000)} 万"


def day(value: date) -> str:
    """A date in words: 2026年11月28日."""
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """A date and time of day: 2026年11月21日 20:30."""
    return f"{day(value)} {value:%H:%M}"


def _finalize(value: Any) -> Any:
    return plain_number(value) if isinstance(value, Decimal) else value


_FILTERS: dict[str, Callable[..., str]] = {
    "money": money,
    "percent": percent,
    "wan": wan,
    "day": day,
    "moment": moment,
    "number": plain_number,
}

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_finalize)
_environment.filters.update(_FILTERS)


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Template:
    return _environment.from_string(source)


def render(source: str, **names: object) -> str:
    """The template with its names filled in. Raises ContentError when it cannot be rendered.

    Only content is ever a template; what a customer wrote is passed in as a name."""
    try:
        return _compiled(source).render(**names).strip()
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        head = source.strip().splitlines()[0][:40]
        raise ContentError(f"模板「{head}…」写错了: {error}", fix="只用 facts.名字 和文档里列出的变量、过滤器") from error


def names_in(source: str) -> set[str]:
    """The variables that a template needs from outside. Raises ContentError when it is no template."""
    try:
        return meta.find_undeclared_variables(_environment.parse(source))
    except TemplateError as error:
        raise ContentError(f"模板写错了: {error.message}", fix="检查 {{ }} 和 {% %} 是否成对") from error
