"""Numerals, Chinese, Arabic and mixed (1万2), and the vague amounts made of them (几百, 一百多, 2000-5000)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot.values.folding import NUMERAL, fold
from bot.values.patterns import Match, Pattern

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_TOKEN = Pattern("([0-9]+(?:\\.[0-9]+)?)|([零一二两三四五六七八九])|([十百千k万w亿])")
_PLAIN = Pattern("[0-9]+(?:\\.[0-9]+)?")
_PAIR = Pattern("([一二两三四五六七八九十百千万亿]*?)([一二两三四五六七八九])([二两三四五六七八九])([十百千万亿]*)")

# A Chinese numeral starts with a digit or 十; 百, 千, 万 only in 上百, 百来.
ARABIC = "(?:[0-9]{1,3}(?:,[0-9]{3}){1,3}(?![0-9])|[0-9]{1,15}(?![0-9]))(?:\\.[0-9]{1,4}(?![0-9.]))?"
_CHINESE = "[一二两三四五六七八九十零廿卅][零一二两三四五六七八九十百千万亿]{0,23}+(?:点[零一二三四五六七八九]{1,6}(?![十分钟半]))?"
_ENGLISH = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "mil": 1_000_000}
_MIXED = f"{ARABIC}(?: ?(?:[十百千万亿]|[wk](?![a-z]))(?:[{NUMERAL}]{{0,12}})| ?(?:hundred|thousand|million|mil)(?![a-z]))?"
# 类目A两千: a letter grown together with figures is a code, not so with Chinese numerals
_NOT_INSIDE = f"(?<![_{NUMERAL}])(?:(?<![a-z])|(?=[一二两三四五六七八九十]))(?<![0-9][./:])"
_SOME = (
    "(?:好几|几|数)[十百千万亿]{1,3}|好几|[一二三四五六七八九]?十几[万亿]?|[1-9]0几|一百几十"
    "|上[百千万亿]{1,2}|百八?十(?=来|块|元|单|个)|[百千万][一二三四五六七八九](?=[蚊块元])|[百千万](?=来|把)"
)
_FIGURE = f"(?:{_SOME}|{_MIXED}|{_CHINESE})"
_MORE = "(?: ?(?:出头|\\+(?=[单笔条次件个家元块天人份的 ,.;!?\x00]|$)|[多余来把])(?![少久次种钱谢])(?:万|亿|w(?![a-z]))?)?"
_AMOUNT = Pattern(
    f"(?:(?P<under>不到|低于|小于|不足)|(?P<about>(?:大概|大约|(?<![预违节签])约|差不多|将近|接近|估摸|也就)(?:是|有|在|要)? ?))?"
    f"(?P<minus>(?<![0-9a-z%元块单天号日月次点时年件个-])-|负)?{_NOT_INSIDE}(?P<first>{_FIGURE})(?P<more>{_MORE})"
    f"(?:(?P<middle> ?(?:元|块|单|天|次|个|小时|%)?) ?(?:-|~|到|至|--)(?! ?-) ?(?P<second>{_MIXED}|{_CHINESE}))?"
)

_MOST = 150  # no message has more; a flood of them must not cost time


@dataclass(frozen=True, slots=True)
class Amount:
    """A numeral found in folded text, before anyone knows what it counts."""

    start: int
    end: int
    value: Decimal
    low: Decimal
    high: Decimal
    open: bool = False  # 一百多: the range ends just below `high`
    negative: bool = False
    bare: bool = True  # may stand alone as a Number

    @property
    def vague(self) -> bool:
        return self.low != self.high

    def top(self, step: Decimal) -> Decimal:
        return self.high - step if self.open else self.high


def parse_numeral(text: str) -> Decimal | None:
    """588, 12,800, 1万2, 1.2w, 五百八十八, 两千三, 二〇二四, 三点五; None where it is no numeral."""
    s = fold(text).strip().replace(",", "").replace("廿", "二十").replace("卅", "三十")
    if not s or len(s) > 32:
        return None
    if _PLAIN.fullmatch(s):
        return Decimal(s)
    whole, point, decimals = s.partition("点")
    if point:
        base = parse_numeral(whole)
        if base is None or not decimals or any(c not in _DIGITS for c in decimals):
            return None
        return base + Decimal("0." + "".join(str(_DIGITS[c]) for c in decimals))
    if len(s) > 1 and all(c in _DIGITS for c in s):
        return None if "两" in s else Decimal("".join(str(_DIGITS[c]) for c in s))
    return _with_units(s)


def _with_units(s: str) -> Decimal | None:
    """Sums up units from the left; each must be smaller than the one before it, within 万 and 亿."""
    total = section = Decimal(0)  # total counts whole 万 and 亿, section what is below
    digit: Decimal | None = None
    last = 0  # the unit just read: 两千三 is 两千三百
    small = big = 10**9
    literal = False
    at = 0
    while at < len(s):
        m = _TOKEN.match(s, at)
        if m is None:
            return None
        at = m.end()
        if m[1] or m[2]:
            if digit is not None and digit != 0:
                return None
            if m[2] == "零":
                digit, last = None, 0
                continue
            digit = Decimal(m[1]) if m[1] else Decimal(_DIGITS[m[2]])
            literal = len(m[1] or "") > 1
            continue
        unit = _UNITS[m[3]]
        if unit < 10_000:
            if unit >= small or (digit is None and unit != 10):
                return None
            section += (Decimal(1) if digit is None else digit) * unit
            small = unit
        else:
            section += digit or 0
            if (section == 0 and total == 0) or unit > big:
                return None
            # 一万亿: the unit multiplies all that was read
            total = (total + section) * unit if unit == big or total == 0 else total + section * unit
            section = Decimal(0)
            big, small = unit, 10**9
        digit, last = None, unit
    if digit is not None:
        shorthand = last >= 100 and not literal and digit < 10 and digit == int(digit)
        section += digit * last / 10 if shorthand else digit
    return total + section


def _step(figure: str, value: Decimal) -> Decimal:
    """The size of the last written place: 一百多 runs to 200, 1500多 to 1600."""
    for c in reversed(figure):
        if c in _UNITS:
            return Decimal(_UNITS[c])
        if c not in "0":
            break
    if value == 0 or value != int(value):
        return Decimal(1)
    step = 1
    while int(value) % (step * 10) == 0:
        step *= 10
    return Decimal(step)


def _figure(s: str) -> tuple[Decimal, Decimal] | None:
    """Low and high of one figure: 几百, 两三百, 十几, 588."""
    if "几" in s or s[0] == "数":
        s = s.removeprefix("好").replace("数", "几")
        few = ("2", "9") if s[0] == "几" or s == "一百几十" else ("1", "9")
        if s[0] in "123456789" and s[1:] == "0几":
            return Decimal(s[0] + "1"), Decimal(s[0] + "9")
        low, high = (parse_numeral(s.replace("几", "零一二三四五六七八九"[int(d)])) for d in few)
        return (low, high) if low is not None and high is not None else None
    if s[0] == "上":
        base = parse_numeral("一" + s[1:])
        return (base, base * 10 - 1) if base is not None else None
    if s in ("百十", "百八十"):
        return Decimal(80), Decimal(180)
    if (word := s.lstrip("0123456789.,").strip()) in _ENGLISH:
        value = parse_numeral(s.removesuffix(word).strip())
        return None if value is None else (value * _ENGLISH[word], value * _ENGLISH[word])
    if s[0] in "百千万":
        s = "一" + s
    if (pair := _PAIR.fullmatch(s)) and (not pair[1] or pair[1][-1] in _UNITS):
        a, b = _DIGITS[pair[2]], _DIGITS[pair[3]]
        if b == a + 1 or ((a, b) == (3, 5) and not pair[1]):
            low, high = parse_numeral(pair[1] + pair[2] + pair[4]), parse_numeral(pair[1] + pair[3] + pair[4])
            if low is not None and high is not None and low < high:
                return low, high
    value = parse_numeral(s.replace(" ", ""))
    return None if value is None else (value, value)


def find_amounts(text: str) -> Iterator[Amount]:
    """All numerals of folded text from left to right."""
    at = 0
    for _ in range(_MOST):
        m = _AMOUNT.search(text, at)
        if m is None:
            return
        at = m.end()
        first = m["first"]
        span = _figure(first)
        if span is None:
            continue
        low, high = value, _ = span
        end, is_open = m.end("more"), False
        more = m["more"].strip()
        if more and more[0] in "来把" and _step(first, low) == 1:
            more, end = "", m.end("first")  # 一来二去
        if more:
            scale = _UNITS.get(more.removeprefix("出头")[-1:], 1)
            if more[0] in "多余出+":
                low, high, is_open = low * scale, (low + _step(first, low)) * scale, True
            elif more[0] == "把":
                low, high = low * scale * Decimal("0.9"), low * scale * Decimal("1.1")
            else:
                low, high = low * scale, (low + 5 if _step(first, low) == 10 else low * Decimal("1.1")) * scale
            value = value * scale
        if m["second"]:
            joined = None if more or low != high or not _one_unit(text, m) else _range(first, low, m["second"])
            if joined:
                (low, high), end, value = joined, m.end("second"), joined[0]
            else:
                at = m.end("more")
        if m["about"] and low == high:
            low, high = value * Decimal("0.9"), value * Decimal("1.1")
        if m["under"] and low == high:
            low, is_open = Decimal(0), value > 0
        bare = low != high or first[0] in "0123456789" or end - m.start("first") >= 2
        if (pair := _PAIR.fullmatch(first)) and not pair[1] and not pair[4] and not m["second"]:
            bare = False  # 三四, 五六 alone are more often no number at all
        if first in ("五一", "六一", "三八"):
            bare = False  # holidays
        yield Amount(m.start(), end, value, low, high, is_open, bool(m["minus"]) and value != 0, bare)


def _one_unit(text: str, m: Match) -> bool:
    """3天-5天 is one range, 3单-588块 is none."""
    unit = (m["middle"] or "").strip()
    return not unit or text.startswith((unit, " " + unit), m.end("second"))


def _range(first: str, low: Decimal, second: str) -> tuple[Decimal, Decimal] | None:
    high = parse_numeral(second.replace(" ", ""))
    if high is None:
        return None
    scale = _UNITS.get(second[-1], 1)
    if scale > 1 and not any(c in _UNITS for c in first) and low < high / scale:
        low = low * scale  # 2-3万 is 20,000 to 30,000
    return (low, high) if low < high else None
