"""What a text is compared by: character, pinyin and word n-grams and vocabulary concepts, weighted by rarity."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

_LATIN = re.compile(r"[a-z]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]")

# Each family has a length of its own, so that a long pinyin form never drowns the characters.
FAMILIES = ("c", "p", "w", "l")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Vocabulary: what people say (normalized) and the term it stands for."""

    terms: Mapping[str, str]
    han: re.Pattern[str] | None
    latin: re.Pattern[str] | None

    @classmethod
    def of(cls, terms: Mapping[str, str]) -> Lexicon:
        """A lexicon whose longest sayings are found first."""
        by_length = sorted(terms, key=len, reverse=True)
        han = [re.escape(s) for s in by_length if _HAN.search(s)]
        latin = [re.escape(s) for s in by_length if not _HAN.search(s)]
        return cls(
            terms,
            re.compile("|".join(han)) if han else None,
            re.compile(rf"(?<![a-z])(?:{'|'.join(latin)})(?:s|ed|ing)?(?![a-z])") if latin else None,
        )

    def concepts(self, text: str) -> list[str]:
        """The terms that a normalized text speaks of, in its order of families (Chinese, then Latin)."""
        found = [self.terms[m] for m in self.han.findall(text)] if self.han else []
        return found + self.foreign(text)

    def foreign(self, text: str) -> list[str]:
        """The terms behind the Latin words of the text (deposit, bzj -> 保证金)."""
        if self.latin is None or not _LATIN.search(text):
            return []
        return [term for m in self.latin.findall(text) if (term := self._term(m))]

    def _term(self, word: str) -> str | None:
        for ending in ("", "s", "ed", "ing"):
            if word.endswith(ending) and (term := self.terms.get(word.removesuffix(ending))):
                return term
        return None


class Extractor:
    """Turns a normalized text into named features with counts; the same for training and for understanding."""

    def __init__(self, lexicon: Lexicon, pinyin: Mapping[str, str]) -> None:
        self.lexicon = lexicon
        self.pinyin = pinyin

    def features(self, text: str) -> dict[str, Counter[str]]:
        """The features of a normalized text by family."""
        foreign = self.lexicon.foreign(text)
        if foreign:
            # An English word or pinyin initials speak of the same thing as the Chinese term: compare them as that term.
            text = f"{text} {' '.join(foreign)}"
        padded = f" {text} "
        chars: Counter[str] = Counter(c for c in text if c != " ")
        chars.update([padded[i : i + 2] for i in range(len(padded) - 1)])
        chars.update([padded[i : i + 3] for i in range(len(padded) - 2)])
        table = self.pinyin
        sounds = [s for c in text if (s := table.get(c))]
        spoken: Counter[str] = Counter([f"{a} {b}" for a, b in pairwise(sounds)])
        spoken.update(sounds)
        latin = _LATIN.findall(text)
        words: Counter[str] = Counter(latin)
        words.update([f"{a} {b}" for a, b in pairwise(latin)])
        return {"c": chars, "p": spoken, "w": words, "l": Counter(self.lexicon.concepts(text))}


@dataclass(frozen=True)
class Vocabulary:
    """The known features: their place in the model and their weight (inverse document frequency)."""

    index: Mapping[str, int]
    idf: NDArray[np.float32]
    weights: Mapping[str, float]

    @classmethod
    def learn(cls, documents: Sequence[dict[str, Counter[str]]], weights: Mapping[str, float], min_df: int) -> Vocabulary:
        """The vocabulary of the documents; a feature seen in fewer than `min_df` documents is dropped."""
        df: Counter[str] = Counter(f"{family}:{name}" for doc in documents for family in doc for name in doc[family])
        kept = sorted(name for name, n in df.items() if n >= min_df)
        n = len(documents)
        idf = np.array([log((1 + n) / (1 + df[name])) + 1 for name in kept], dtype=np.float32)
        return cls({name: i for i, name in enumerate(kept)}, idf, dict(weights))

    def vector(self, features: Mapping[str, Counter[str]]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The known features of a text: places and values, each family of length `weights[family]`."""
        places: list[int] = []
        values: list[float] = []
        for family, counts in features.items():
            start = len(places)
            weight = self.weights.get(family, 0.0)
            if not weight:
                continue
            total = 0.0
            for name, n in counts.items():
                place = self.index.get(f"{family}:{name}")
                if place is not None:
                    value = (1.0 + log(n)) * float(self.idf[place])
                    total += value * value
                    places.append(place)
                    values.append(value)
            if total:
                scale = weight / sqrt(total)
                values[start:] = [v * scale for v in values[start:]]
        return np.array(places, dtype=np.int32), np.array(values, dtype=np.float32)


def pinyin_table() -> dict[str, str]:
    """Each Chinese character's commonest reading, without tone. Slow to import: only training calls it."""
    from pypinyin import Style, pinyin

    table = {}
    for char in map(chr, range(0x4E00, 0x9FA6)):
        readings = pinyin(char, style=Style.NORMAL, errors="ignore")
        if readings:
            table[char] = str(readings[0][0])
    return table
