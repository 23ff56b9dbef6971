"""What was learned from the wordings, and how one text is read with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bot.matching.classifier import Floats, LinearModel, Places
from bot.matching.decision import Evidence
from bot.matching.features import Extractor, Vocabulary
from bot.matching.spelling import Spelling


class Kind(StrEnum):
    """What a class of the model stands for."""

    ENTRY = "entry"
    GAP = "gap"
    SIGNAL = "signal"


@dataclass(frozen=True)
class Corpus:
    """The texts to learn from: normalized wordings and the class each belongs to."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    kinds: Mapping[str, Kind]

    def by_class(self) -> dict[str, tuple[str, ...]]:
        """The wordings of each class."""
        grouped: dict[str, list[str]] = {name: [] for name in self.kinds}
        for text, label in zip(self.texts, self.labels, strict=True):
            grouped[label].append(text)
        return {name: tuple(texts) for name, texts in grouped.items()}

    def only(self, rows: Sequence[int]) -> Corpus:
        """The corpus of some of its texts; classes without any are gone."""
        labels = tuple(self.labels[i] for i in rows)
        present = set(labels)
        return Corpus(tuple(self.texts[i] for i in rows), labels, {c: k for c, k in self.kinds.items() if c in present})


@dataclass(frozen=True)
class Reading:
    """One text as the model sees it; shares by class in the order of the model's classes."""

    text: str
    places: Places
    values: Floats
    scores: Floats
    shares: Floats
    entries: tuple[int, ...]
    likeliest: int
    top: str
    evidence: Evidence


@dataclass(frozen=True)
class Model:
    """Features, vocabulary, weights and the wordings themselves; everything needed to read a text."""

    extractor: Extractor
    vocabulary: Vocabulary
    linear: LinearModel
    kinds: Mapping[str, Kind]
    wordings: Mapping[str, tuple[str, ...]]
    spelling: Spelling

    @cached_property
    def is_entry(self) -> NDArray[np.bool_]:
        """Which classes are entries."""
        return np.array([self.kinds[c] is Kind.ENTRY for c in self.linear.classes])

    @cached_property
    def _entries(self) -> int:
        return int(self.is_entry.sum())

    @cached_property
    def _not_entries(self) -> Floats:
        """What, added to the scores, leaves only those of entries."""
        return np.where(self.is_entry, 0.0, -np.inf).astype(np.float32)

    def read(self, text: str, among: int = 5) -> Reading:
        """The text's scores, its `among` likeliest entries (best first) and the evidence for the first."""
        text = self.spelling.repair(text)
        features = self.extractor.features(text)
        places, values = self.vocabulary.vector(features)
        scores = self.linear.scores(places, values)
        shares = self.linear.probabilities(scores)
        entry_scores = scores + self._not_entries
        count = max(1, min(among, self._entries))
        top = np.argpartition(-entry_scores, count - 1)[:count]
        best = tuple(int(i) for i in top[np.argsort(-entry_scores[top], kind="stable")])
        rest = float(scores[~self.is_entry].max()) if self._entries < len(scores) else -1.0
        second = best[1] if len(best) > 1 else None
        chars = text.replace(" ", "")
        known = sum(map(self.vocabulary.index["c"].__contains__, chars))
        alike = [self.likeness(text, self.linear.classes[i]) for i in best[:2]]
        evidence = Evidence(
            best=float(shares[best[0]]),
            second=float(shares[second]) if second is not None else 0.0,
            known_gaps=float(1.0 - shares[self.is_entry].sum()),
            score=float(scores[best[0]]),
            lead=float(scores[best[0]] - scores[second]) if second is not None else 1.0,
            lead_over_gaps=float(scores[best[0]]) - rest,
            alike=alike[0],
            alike_lead=alike[0] - max(alike[1:], default=0.0),
            familiar=known / max(1, len(chars)),
            concepts=min(4, len(features["l"])) / 4,
        )
        likeliest = int(scores.argmax())
        return Reading(text, places, values, scores, shares, best, likeliest, self.linear.classes[likeliest], evidence)

    def likeness(self, text: str, name: str) -> float:
        """How alike (0..1) the text is to the nearest wording of a class."""
        nearest = process.extractOne(text, self.wordings[name], scorer=fuzz.ratio)
        return nearest[1] / 100 if nearest else 0.0
