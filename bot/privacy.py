"""Personal numbers in what people write: phones, identity cards and bank cards, masked for the record or hidden from the reply."""

from __future__ import annotations

import re
from collections.abc import Callable

HIDDEN = "***"

# What people write digits with: ASCII, full width, Chinese (幺 is how 1 is read out).
_DIGITS = "0123456789０１２３４５６７８９〇零一二三四五六七八九幺"
_VALUES = {c: int(v) for c, v in zip(_DIGITS, "0123456789" * 2 + "00123456789" + "1", strict=False)}
_D = f"[{_DIGITS}]"
# Between the groups of a number that is written for reading.
_GAP = r"[ \u3000\-‐–·.]?"

_NUMBER = re.compile(
    rf"""(?<!{_D})(?:\+?[8８][6６]{_GAP})?(?P<number>
        {_D}{{6}}{_GAP}{_D}{{8}}{_GAP}{_D}{{3}}[0-9０-９xXｘＸ]         # identity cards
      | {_D}{{4}}(?:{_GAP}{_D}{{4}}){{3}}(?:{_GAP}{_D}{{1,3}})?      # bank cards
      | {_D}{{15}}                                               # old identity cards
      | {_D}{{3}}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}}                       # mobile phones
      | {_D}{{3,4}}{_GAP}{_D}{{7,8}}                               # landlines
    )(?!{_D})""",
    re.VERBOSE,
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})\d{7,8}")
# A region and a birthday in their places (GB 11643). The check character is not asked for: with one digit mistyped it is
# still somebody's number.
_BIRTHDAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(rf"[1-9]\d{{5}}(?:(?:18|19|20)\d{{2}}{_BIRTHDAY}\d{{3}}[\dX]|\d{{2}}{_BIRTHDAY}\d{{3}})")
_UNIONPAY = re.compile(r"62\d{14,17}")


def mask(text: str) -> str:
    """The text with every personal number reduced to its ends: 138****8000."""
    return _replaced(text, lambda kept: f"{kept[:3]}****{kept[-4:]}" if len(kept) < 15 else f"{'*' * (len(kept) - 4)}{kept[-4:]}")


def hide(text: str) -> str:
    """The text with every personal number replaced by a mark that no rule can read a value from."""
    return _replaced(text, lambda kept: HIDDEN)


def _replaced(text: str, write: Callable[[str], str]) -> str:
    def replace(found: re.Match[str]) -> str:
        number = found["number"]
        kept = "".join(c for c in number if c in _VALUES or c in "xXｘＸ")
        return write(kept) if _is_personal(kept) else found[0]

    return _NUMBER.sub(replace, text)


def _is_personal(kept: str) -> bool:
    plain = "".join(str(_VALUES[c]) if c in _VALUES else "X" for c in kept)
    named = any(kind.fullmatch(plain) for kind in (_MOBILE, _LANDLINE, _IDENTITY, _UNIONPAY))
    return named or (len(plain) >= 15 and plain.isdigit() and _luhn(plain))


def _luhn(digits: str) -> bool:
    """Whether the check digit of a bank card is right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
