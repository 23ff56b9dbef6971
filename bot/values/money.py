"""Money as people write it: 588块, 三百二十元五毛, 三块五, ¥299.9, rmb 300."""

from __future__ import annotations

from decimal import Decimal

from bot.values.counts import MEASURE_START
from bot.values.numerals import Amount, parse_numeral
from bot.values.patterns import Match, Pattern

_DIGIT = "[0-9一二两三四五六七八九]"
BEFORE = Pattern("(?:¥|rmb|cny|人民币)[:=]? ?$")
_CENT = Decimal("0.01")
AFTER = Pattern(
    f" ?(?:(?P<yuan>块钱|元钱|块(?!状|头)|蚊|元(?!旦|素|宵|器|气)|rmb|cny|yuan|人民币|大洋|¥)(?P<more>多)?"
    f"(?:零?(?P<jiao>{_DIGIT})(?:[毛角](?:钱|(?P<fen>{_DIGIT})分?(?![{MEASURE_START}0-9]))?"
    f"|(?![{MEASURE_START}0-9十百千万个.:/-]|[%毛角])))?"
    f"|(?P<mao>毛钱?(?![利巾衣病绒重发线孔毯呢])|角(?![度色落])|分钱)(?:(?P<tenth>{_DIGIT})(?![{MEASURE_START}0-9十百千万]))?)"
)


def money(amount: Amount, m: Match) -> tuple[Decimal, Decimal] | None:
    """Low and high in yuan of an amount and the unit that follows it."""
    if m["mao"]:
        size = Decimal("0.01") if m["mao"][0] == "分" else Decimal("0.1")
        extra = (parse_numeral(m["tenth"]) or Decimal(0)) * Decimal("0.01") if m["tenth"] else Decimal(0)
        return amount.low * size + extra, amount.high * size + extra
    low, high = plain(amount)
    if m["more"] and low == high:
        return low, low + 1 - _CENT
    if m["jiao"]:
        extra = (parse_numeral(m["jiao"]) or Decimal(0)) / 10
        if m["fen"]:
            extra += (parse_numeral(m["fen"]) or Decimal(0)) / 100
        return low + extra, high + extra
    return low, high


def plain(amount: Amount) -> tuple[Decimal, Decimal]:
    """一百多块 ends a cent below two hundred."""
    return amount.low, amount.top(_CENT)
