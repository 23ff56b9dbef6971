"""Search as you type: the questions that a beginning may become, found in the entries' questions and wordings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.entries import Entry
from bot.knowledge import Knowledge
from bot.matching.normalize import normalize

MOST = 6
# More typed than this is a whole message, not a beginning.
LONGEST = 40
_BETWEEN = "\n"
# How many places of what was typed are looked at, and how many likely texts are compared letter by letter.
_PLACES = 400
_COMPARED = 60
_LIKE = 62.0
_SHARED = 0.5


@dataclass(frozen=True, slots=True)
class Suggested:
    """An entry that may be meant, with its question as it is shown."""

    entry: str
    question: str


@dataclass(frozen=True, eq=False)
class _Texts:
    """Normalized texts of entries, in one string for quick search; `owners` are the entries' numbers, `bonus` what speaks for
    a text apart from the words (a question before a wording)."""

    texts: Sequence[str]
    joined: str
    starts: Sequence[int]
    owners: Sequence[int]
    bonus: Sequence[float]

    @classmethod
    def of(cls, texts: Iterable[tuple[str, int, float]]) -> _Texts:
        kept = [(text, owner, bonus) for text, owner, bonus in texts if text]
        starts = list(accumulate((len(text) + 1 for text, _, _ in kept), initial=0))[:-1]
        joined = _BETWEEN.join(text for text, _, _ in kept)
        return cls([t for t, _, _ in kept], joined, starts, [o for _, o, _ in kept], [b for _, _, b in kept])

    def containing(self, part: str) -> dict[int, float]:
        """The entries with a text that holds `part`, and how well: as a beginning, in a question, in a short text."""
        found: dict[int, float] = {}
        at = self.joined.find(part)
        for _ in range(_PLACES):
            if at < 0:
                break
            number = bisect_right(self.starts, at) - 1
            text = self.texts[number]
            score = self.bonus[number] + len(part) / len(text) + (0.5 if self.starts[number] == at else 0.0)
            owner = self.owners[number]
            found[owner] = max(found.get(owner, 0.0), score)
            # One place in each text is enough.
            at = self.joined.find(part, self.starts[number] + len(text))
        return found


class Suggester:
    """Finds entries by the beginning, or any part, of a question: in Chinese of either script, in pinyin, by initials, with slips."""

    def __init__(self, entries: Sequence[Entry], pinyin: Mapping[str, str]) -> None:
        """`pinyin` is the reading of each character."""
        self._entries, self._pinyin = entries, pinyin
        spoken = [(e.question, i, 1.0) for i, e in enumerate(entries)]
        spoken += [(w, i, 0.0) for i, e in enumerate(entries) for w in (*e.wordings, *e.ask_first)]
        written = [(normalize.__wrapped__(text), owner, bonus) for text, owner, bonus in spoken]
        self._written = _Texts.of(written)
        # Readings of questions and short wordings: what is typed as pinyin is short.
        short = [(t, o, b) for t, o, b in written if b or len(t) <= 12]
        self._read = _Texts.of(("".join(pinyin.get(c, c) for c in t).replace(" ", ""), o, b) for t, o, b in short)
        self._initials = _Texts.of(("".join(pinyin.get(c, c)[:1] for c in t if c != " "), o, b) for t, o, b in short)
        self._holding = _holding(self._written.texts)
        self._lengths = np.array([len(t) for t in self._written.texts], dtype=np.float32)
        self.suggest = lru_cache(maxsize=2048)(self._suggest)

    def _suggest(self, typed: str) -> tuple[Suggested, ...]:
        """At most six entries, the likeliest first; none when nothing was typed."""
        part = normalize(typed[: LONGEST * 2])[:LONGEST]
        if not part:
            return ()
        found = self._written.containing(part)
        letters = "".join(self._pinyin.get(c, c) for c in part if c != " ")
        if len(found) < MOST and letters.isascii():
            # Typed as pinyin, in part or whole, or with characters that only sound right.
            if len(letters) > 1:
                _merge(found, self._read.containing(letters), 0.9)
            if part.isascii():
                _merge(found, self._initials.containing(letters), 0.8)
        if len(found) < MOST and len(part) > 1:
            _merge(found, self._like(part), 0.5)
        best = sorted(found, key=lambda owner: (-found[owner], owner))[:MOST]
        return tuple(Suggested(self._entries[owner].id, self._entries[owner].question) for owner in best)

    def _like(self, part: str) -> dict[int, float]:
        """Entries with a text much like `part`: the characters in common choose a few, a letter by letter comparison ranks them."""
        shared = np.zeros(len(self._written.texts), dtype=np.float32)
        known = 0
        for char in dict.fromkeys(part):
            if (places := self._holding.get(char)) is not None:
                shared[places] += 1
                known += 1
        if not known:
            return {}
        # A short text with the same characters in common is the likelier one.
        score = shared - self._lengths * 0.01
        likely = np.argpartition(-score, min(_COMPARED, len(score) - 1))[:_COMPARED]
        texts = {int(i): self._written.texts[i] for i in likely if shared[i] >= max(1.0, _SHARED * known)}
        found: dict[int, float] = {}
        for _, ratio, number in process.extract(part, texts, scorer=fuzz.partial_ratio, score_cutoff=_LIKE, limit=None):
            owner = self._written.owners[number]
            found[owner] = max(found.get(owner, 0.0), ratio / 100 + self._written.bonus[number] * 0.1)
        return found


def suggester(knowledge: Knowledge) -> Suggester:
    """A suggester over the knowledge's entries. Takes a moment: it reads every wording."""
    return Suggester(knowledge.content.entries, knowledge.matcher.model.extractor.pinyin)


def _holding(texts: Sequence[str]) -> dict[str, NDArray[np.int32]]:
    places: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        for char in set(text):
            places.setdefault(char, []).append(number)
    return {char: np.array(numbers, dtype=np.int32) for char, numbers in places.items()}


def _merge(found: dict[int, float], more: Mapping[int, float], weight: float) -> None:
    for owner, score in more.items():
        found[owner] = max(found.get(owner, 0.0), weight * score)
