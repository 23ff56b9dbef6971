"""Shares: 15%, 百分之三十, 两成, 三成五, 15个点, 千分之五."""

from __future__ import annotations

from decimal import Decimal

from bot.values.numerals import Amount, parse_numeral
from bot.values.patterns import Match, Pattern
from bot.values.types import Percent

_DIGIT = "[0-9一二两三四五六七八九]"
BEFORE = Pattern("(?P<base>百分之|千分之|万分之) ?$")
_BASES = {"百": Decimal(100), "千": Decimal(1000), "万": Decimal(10_000)}
AFTER = Pattern(
    f" ?(?:(?P<hundred>%|个(?:百分)?点(?![子心赞击])|percents?(?![a-z])|per cent)|(?P<thousand>‰)"
    f"|(?P<tenth>成)(?![功交员本为立熟年语绩果长团品双新])(?P<half>半|{_DIGIT}(?![单次个%元块]))?)"
)
# 佣金15点 is a rate; without such a word before it, 15点 is three in the afternoon.
RATE = Pattern("(?:佣金?|比例|费率|提成|抽成?|扣点|点数|返点)[是为给了到按设约: ]{0,3}$")
POINTS = Pattern("点")


def after(amount: Amount, start: int, end: int, m: Match) -> Percent:
    """The Percent of an amount and the sign that follows it."""
    if m["tenth"]:
        extra = Decimal(0)
        if m["half"]:
            extra = Decimal(5) if m["half"] == "半" else parse_numeral(m["half"]) or Decimal(0)
        return share(amount, start, end, Decimal(10), extra / 100)
    return share(amount, start, end, Decimal(1000) if m["thousand"] else Decimal(100))


def share(amount: Amount, start: int, end: int, base: Decimal, extra: Decimal = Decimal(0)) -> Percent:
    low, high = amount.low / base + extra, amount.high / base + extra
    if amount.vague:
        return Percent(start, end, amount.value / base + extra, low, high)
    return Percent(start, end, low)


def base_of(m: Match) -> Decimal:
    return _BASES[m["base"][0]]
