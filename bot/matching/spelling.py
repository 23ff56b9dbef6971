"""Homophone slips (保正金, 避勉): a rare pair of characters that sounds like a common one is read as that one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.matching.features import Vocabulary

# A pair is common when it stands in at least this share of all texts; rarer ones are no safe guess.
_COMMON_IDF = 8.0
# A pair is taken for a slip when it is unknown, or this much rarer (in idf: 33 times) than its like: wordings have slips too.
_RARER = 3.5


@dataclass(frozen=True)
class Spelling:
    """Common pairs of characters by their sound, beside all pairs that are known and how rare they are."""

    common: Mapping[tuple[str, str], str]
    vocabulary: Vocabulary
    pinyin: Mapping[str, str]

    @classmethod
    def of(cls, vocabulary: Vocabulary, pinyin: Mapping[str, str]) -> Spelling:
        """The spelling of a vocabulary: of two common pairs that sound alike the commoner counts."""
        best: dict[tuple[str, str], tuple[float, str]] = {}
        for pair, place in vocabulary.index["c"].items():
            if len(pair) != 2 or pair[0] not in pinyin or pair[1] not in pinyin:
                continue
            idf = vocabulary.idf[place]
            sound = (pinyin[pair[0]], pinyin[pair[1]])
            if idf <= _COMMON_IDF and (sound not in best or idf < best[sound][0]):
                best[sound] = (idf, pair)
        return cls({sound: pair for sound, (_, pair) in best.items()}, vocabulary, pinyin)

    @classmethod
    def among(cls, pairs: str, vocabulary: Vocabulary, pinyin: Mapping[str, str]) -> Spelling:
        """The spelling whose common pairs are these, written one after the other."""
        both = zip(pairs[::2], pairs[1::2], strict=True)
        return cls({(pinyin[first], pinyin[second]): first + second for first, second in both}, vocabulary, pinyin)

    def repair(self, text: str) -> str:
        """The text with rare pairs replaced; one character of a pair must be right, and words that are common enough stay."""
        known, idf = self.vocabulary.index["c"], self.vocabulary.idf
        chars = list(text)
        i = 0
        while i < len(chars) - 1:
            first, second = chars[i], chars[i + 1]
            pair = self.common.get((self.pinyin.get(first, ""), self.pinyin.get(second, "")))
            if pair is not None and pair != first + second and (pair[0] == first or pair[1] == second):
                place = known.get(first + second)
                if place is None or idf[place] - idf[known[pair]] >= _RARER:
                    chars[i : i + 2] = pair
                    i += 1
            i += 1
        return "".join(chars)
