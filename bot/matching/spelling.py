"""Homophone slips (保正金, 避勉): an unknown pair of characters that sounds like a common one is read as that one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.matching.features import Vocabulary

# A pair is common when it stands in at least this share of all texts; rarer ones are no safe guess.
_COMMON_IDF = 8.0


@dataclass(frozen=True)
class Spelling:
    """Common pairs of characters by their sound, and all pairs that are known at all."""

    common: Mapping[tuple[str, str], str]
    known: Mapping[str, int]
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
        return cls({sound: pair for sound, (_, pair) in best.items()}, vocabulary.index["c"], pinyin)

    @classmethod
    def among(cls, pairs: str, known: Mapping[str, int], pinyin: Mapping[str, str]) -> Spelling:
        """The spelling whose common pairs are these, written one after the other."""
        both = zip(pairs[::2], pairs[1::2], strict=True)
        return cls({(pinyin[first], pinyin[second]): first + second for first, second in both}, known, pinyin)

    def repair(self, text: str) -> str:
        """The text with unknown pairs replaced; one character of a pair must be right, and words that are known stay."""
        chars = list(text)
        i = 0
        while i < len(chars) - 1:
            first, second = chars[i], chars[i + 1]
            sound = (self.pinyin.get(first, ""), self.pinyin.get(second, ""))
            if sound[0] and sound[1] and first + second not in self.known:
                pair = self.common.get(sound)
                if pair is not None and (pair[0] == first or pair[1] == second):
                    chars[i : i + 2] = pair
                    i += 1
            i += 1
        return "".join(chars)
