"""What a text is compared by: character, pinyin and word n-grams and vocabulary concepts, weighted by rarity."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log, sqrt
from operator import add

import numpy as np
from numpy.typing import NDArray

_LATIN = re.compile(r"[a-z]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]")

# Each family has a length of its own, so that a long pinyin form never drowns the characters.
FAMILIES = ("c", "p", "w", "l")
# Longer sayings than these are compared by their n-grams alone.
MOST_CHARS = 8
MOST_WORDS = 4
_ENDINGS = ("", "s", "ed", "ing")


@dataclass(frozen=True)
class Lexicon:
    """Vocabulary: what people say (normalized) and the term it stands for; `longest` counts characters or words."""

    terms: Mapping[str, str]
    longest_han: int
    longest_latin: int

    @classmethod
    def of(cls, terms: Mapping[str, str]) -> Lexicon:
        """A lexicon of these sayings."""
        han = (len(s) for s in terms if _HAN.search(s))
        latin = (len(s.split()) for s in terms if not _HAN.search(s))
        return cls(terms, min(MOST_CHARS, max(han, default=0)), min(MOST_WORDS, max(latin, default=0)))

    @cached_property
    def heads(self) -> frozenset[str]:
        """The two characters that a saying may begin with."""
        return frozenset(saying[:2] for saying in self.terms)

    def concepts(self, text: str, foreign: Sequence[str] | None = None) -> list[str]:
        """The terms that a normalized text speaks of: Chinese ones in their order, longest first, then the Latin ones."""
        found = []
        i, end = 0, len(text)
        while i < end - 1:
            if text[i : i + 2] not in self.heads:
                i += 1
                continue
            for length in range(min(self.longest_han, end - i), 1, -1):
                term = self.terms.get(text[i : i + length])
                if term is not None:
                    found.append(term)
                    i += length - 1
                    break
            i += 1
        return found + list(self.foreign(text) if foreign is None else foreign)

    def foreign(self, text: str) -> list[str]:
        """The terms behind the Latin words of the text (deposit, bzj, out of stock)."""
        words = _LATIN.findall(text)
        found = []
        i = 0
        while i < len(words):
            for length in range(min(self.longest_latin, len(words) - i), 0, -1):
                term = self._latin(" ".join(words[i : i + length]))
                if term is not None:
                    found.append(term)
                    i += length - 1
                    break
            i += 1
        return found

    def _latin(self, saying: str) -> str | None:
        for ending in _ENDINGS:
            if saying.endswith(ending) and (term := self.terms.get(saying.removesuffix(ending))):
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
        pairs = list(map(add, padded, padded[1:]))
        chars = [c for c in text if c != " "]
        chars += pairs
        chars += map(add, pairs, padded[2:])
        table = self.pinyin
        sounds = [s for c in text if (s := table.get(c))]
        spoken = [f"{a} {b}" for a, b in pairwise(sounds)]
        spoken += sounds
        words = _LATIN.findall(text)
        words += [f"{a} {b}" for a, b in pairwise(words)]
        return {"c": Counter(chars), "p": Counter(spoken), "w": Counter(words), "l": Counter(self.lexicon.concepts(text, foreign))}


@dataclass(frozen=True)
class Vocabulary:
    """The known features by family: their place in the model and their weight (inverse document frequency)."""

    index: Mapping[str, Mapping[str, int]]
    idf: Sequence[float]
    weights: Mapping[str, float]

    @property
    def size(self) -> int:
        """How many features there are."""
        return len(self.idf)

    @classmethod
    def learn(cls, documents: Sequence[Mapping[str, Counter[str]]], weights: Mapping[str, float], min_df: int) -> Vocabulary:
        """The vocabulary of the documents; a feature seen in fewer than `min_df` documents is dropped."""
        index: dict[str, dict[str, int]] = {}
        idf: list[float] = []
        for family in FAMILIES:
            df: Counter[str] = Counter(name for doc in documents for name in doc[family])
            kept = sorted(name for name, n in df.items() if n >= min_df)
            index[family] = {name: len(idf) + i for i, name in enumerate(kept)}
            idf += [log((1 + len(documents)) / (1 + df[name])) + 1 for name in kept]
        return cls(index, idf, dict(weights))

    def vector(self, features: Mapping[str, Counter[str]]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The known features of a text: places and values, each family of length `weights[family]`."""
        places: list[int] = []
        values: list[float] = []
        idf = self.idf
        for family, counts in features.items():
            known = self.index[family]
            found = [(place, n) for name, n in counts.items() if (place := known.get(name)) is not None]
            if found:
                own = [idf[place] if n == 1 else (1.0 + log(n)) * idf[place] for place, n in found]
                scale = self.weights[family] / sqrt(sum([v * v for v in own]))
                places += [place for place, _ in found]
                values += [v * scale for v in own]
        return np.array(places, dtype=np.int32), np.array(values, dtype=np.float32)


def pinyin_table() -> dict[str, str]:
    """Each Chinese character's commonest reading, without tone. Slow to import: only training calls it."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import Style, pinyin

    table = {}
    for char in map(chr, range(0x4E00, 0x9FA6)):
        readings = pinyin(char, style=Style.NORMAL, errors="ignore")
        if readings:
            table[char] = str(readings[0][0])
    return table
