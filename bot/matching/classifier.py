"""The linear model over entries, gaps and signals: a matrix of feature weights, read with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int32]


@dataclass(frozen=True)
class DenseWeights:
    """A weight for every feature and class; shape (features, classes)."""

    matrix: Floats

    def total(self, places: Places, values: Floats, classes: int) -> Floats:
        """The weighted sum of the rows at `places`: one score a class."""
        return np.asarray(values @ self.matrix.take(places, axis=0), dtype=np.float32)

    def row(self, place: int, classes: int) -> Floats:
        """The weights of one feature in every class."""
        return np.asarray(self.matrix[place])


@dataclass(frozen=True)
class SparseWeights:
    """Only the weights of classes a feature occurs in, row after row: for folders with very many entries."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    weights: Floats

    def total(self, places: Places, values: Floats, classes: int) -> Floats:
        """The weighted sum of the rows at `places`: one score a class."""
        begin, end = self.starts[places], self.starts[places + 1]
        lengths = end - begin
        if not lengths.sum():
            return np.zeros(classes, dtype=np.float32)
        at = np.repeat(begin - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
        scores = np.bincount(self.columns[at], weights=self.weights[at] * np.repeat(values, lengths), minlength=classes)
        return scores.astype(np.float32)

    def row(self, place: int, classes: int) -> Floats:
        """The weights of one feature in every class."""
        row = np.zeros(classes, dtype=np.float32)
        here = slice(self.starts[place], self.starts[place + 1])
        row[self.columns[here]] = self.weights[here]
        return row


@dataclass(frozen=True)
class LinearModel:
    """Scores a text's features for every class; `sharpness` turns scores into probabilities (softmax)."""

    classes: tuple[str, ...]
    weights: DenseWeights | SparseWeights
    bias: Floats
    sharpness: float

    def scores(self, places: Places, values: Floats) -> Floats:
        """One score a class, in the order of `classes`."""
        return self.weights.total(places, values, len(self.classes)) + self.bias

    def probabilities(self, scores: Floats) -> Floats:
        """The scores as shares that add up to 1."""
        return softmax(scores, self.sharpness)


def softmax(scores: Floats, sharpness: float) -> Floats:
    """exp(sharpness * score), scaled to add up to 1 along the last axis."""
    powers = np.exp(sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)
