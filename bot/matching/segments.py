"""Where one message holds two questions: the places it may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.matching.normalize import clean

_CUT = re.compile(r"[。！？!?；;\n,，、]+|(?:还有|還有|另外|顺便|順便|以及)|(?<=[a-zA-Z]),? (?:and|also)\b")
# What makes a clause a question; a story's other clauses have none of it.
_ASKS = re.compile(
    r"[?？]|吗|嗎|呢|么|麼|啥|怎|咋|哪|(?<![有好这那前过十這過])[几幾]|多少|多久|多长|多長|谁|誰|不能|[能会會可要行得算是给給让讓该該用](?:以)?不|能否|是否|可否"
    r"|如何|为何|為何|有没|有沒|有冇|点[样解]|點[樣解]|边度|邊度|没$|不$"
    r"|\b(?:how|what|where|when|which|who|why|can|could|do|does|is|are|will|should|any)\b",
    re.IGNORECASE,
)
_LONGEST = 120
_SHORTEST = 3


def halves(text: str) -> Iterator[tuple[str, str]]:
    """The ways of cutting a message in two clauses that both ask something; none for a long story."""
    if len(text) > _LONGEST:
        return
    parts = [p for piece in _CUT.split(clean(text)) if len(p := piece.strip()) >= _SHORTEST]
    for cut in range(1, len(parts)):
        left, right = " ".join(parts[:cut]), " ".join(parts[cut:])
        if _ASKS.search(left) and _ASKS.search(right):
            yield left, right
