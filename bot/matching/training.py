"""Learning from the wordings: the linear model, the refusal gate, and the two numbers that decide. Needs scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, repeat

import numpy as np
from numpy.typing import NDArray

from bot.matching.classifier import DenseWeights, LinearModel, SparseWeights
from bot.matching.decision import Bands, Evidence, Gate
from bot.matching.features import Extractor, Vocabulary
from bot.matching.model import Corpus, Kind, Model
from bot.matching.spelling import Spelling

FAMILY_WEIGHTS: Mapping[str, float] = {"c": 1.0, "p": 0.85, "w": 1.5, "l": 0.4}
FOLDS = 10
# Of the ten folds so many are played: their held-out texts already number thousands, and each costs a whole training.
PLAYED = 2
# A corpus of up to so many texts needs every fold and every feature it has.
SMALL = 3000
# Of fewer entries (or gaps) than this none is left out whole: too little would remain.
FEWEST = 3
EVEN = 0.5
# Changes with the way of learning, so that what an older version kept is not read.
FORMAT = 11
# Beyond this many classes a linear classifier learned one against the rest takes minutes; the frequency model takes a
# second and stays within reach of it (docs/architecture.md, "Understanding").
MOST_DISCRIMINATIVE = 600
# The bands are fitted on at most this many held-out texts: more change the numbers by less than their own error.
MOST_HELD_OUT = 12_000


@dataclass(frozen=True)
class Budget:
    """What may go wrong: wrong direct answers among messages we know, and gaps answered as if known (shares)."""

    wrong: float = 0.02
    gaps: float = 0.05


@dataclass(frozen=True)
class Fit:
    """What the cross-validation found at the bands it chose; shares of held-out texts. Printed at each build."""

    texts: int
    classes: int
    top1: float
    top3: float
    direct_right: float
    direct_wrong: float
    asked: float
    gaps_answered: float
    unseen_gaps_answered: float


@dataclass(frozen=True)
class Trained:
    """The model with its gate and bands, and what they are worth."""

    model: Model
    gate: Gate
    bands: Bands
    fit: Fit


@dataclass(frozen=True)
class _HeldOut:
    """A text that the model had not seen: was its class known at all, and was the best entry right?"""

    kind: Kind
    seen_class: bool
    right: bool
    among_three: bool
    signal: float | None  # the score of the likeliest class of all when that is a signal
    evidence: Evidence


Progress = Callable[[str, float], None]


def train(corpus: Corpus, extractor: Extractor, progress: Progress, budget: Budget) -> Trained:
    """Learn from the corpus; `progress(what, share done)` is called now and then."""
    # Imported here: the command line loads this module for what was learned, and seldom learns.
    from concurrent.futures import ProcessPoolExecutor

    small = len(corpus.texts) <= SMALL
    played = range(FOLDS if small else PLAYED)
    held_out: list[_HeldOut] = []
    if small:
        features = _Features(corpus, extractor)
        model = features.model(range(len(corpus.texts)))
        for fold in played:
            held_out += _held_out(features, fold)
    else:
        # Processes, not threads: liblinear's random numbers are shared by all threads, and a model must come out the same.
        with ProcessPoolExecutor(2, initializer=_end_with_parent) as pool:
            whole = pool.submit(_learn_whole, corpus, extractor)
            for done, part in enumerate(pool.map(_play, repeat(corpus), repeat(extractor), played), 1):
                held_out += part
                progress("cross-validation", 0.85 * done / len(played))
            model = whole.result()
    gate = _learn_gate(held_out)
    sure = np.array([gate.sure(h.evidence) for h in held_out])
    bands = _fit_bands(held_out, sure, budget)
    progress("model", 1.0)
    return Trained(model, gate, bands, _worth(held_out, sure, bands, corpus))


def _end_with_parent() -> None:
    """A learner that nobody waits for any more stops at once, however its parent ended."""
    import os
    from multiprocessing import parent_process
    from threading import Thread

    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _learn_whole(corpus: Corpus, extractor: Extractor) -> Model:
    return _Features(corpus, extractor).model(range(len(corpus.texts)))


def _play(corpus: Corpus, extractor: Extractor, fold: int) -> list[_HeldOut]:
    return _held_out(_Features(corpus, extractor), fold)


class _Features:
    """The corpus as a sparse matrix of counts, made once and cut for every fold."""

    def __init__(self, corpus: Corpus, extractor: Extractor) -> None:
        self.corpus = corpus
        self.extractor = extractor
        self.documents = [extractor.features(text) for text in corpus.texts]

    def model(self, rows: Sequence[int]) -> Model:
        """A model learned from some of the texts."""
        corpus = self.corpus.only(rows)
        documents = [self.documents[i] for i in rows]
        # A feature seen once or twice says little and costs most of the room; a small folder needs every one it has.
        vocabulary = Vocabulary.learn(documents, FAMILY_WEIGHTS, min_df=3 if len(rows) > SMALL else 1)
        linear = _fit_linear(vocabulary, documents, corpus, len(self.corpus.kinds) <= MOST_DISCRIMINATIVE)
        spelling = Spelling.of(vocabulary, self.extractor.pinyin)
        return Model(self.extractor, vocabulary, linear, corpus.kinds, corpus.by_class(), spelling)


def _fit_linear(
    vocabulary: Vocabulary, documents: Sequence[Mapping[str, object]], corpus: Corpus, discriminative: bool
) -> LinearModel:
    from scipy import sparse

    rows = [vocabulary.vector(d) for d in documents]  # type: ignore[arg-type]  # counts are a narrower mapping
    starts = np.concatenate(([0], np.cumsum([len(places) for places, _ in rows])))
    matrix = sparse.csr_matrix(
        (np.concatenate([v for _, v in rows]), np.concatenate([p for p, _ in rows]), starts),
        shape=(len(rows), vocabulary.size),
    )
    classes, labels = np.unique(np.array(corpus.labels), return_inverse=True)
    names = tuple(str(c) for c in classes)
    if discriminative and len(names) > 1:
        return _fit_discriminative(matrix, labels, names)
    return _fit_frequencies(matrix, labels, names)


def _fit_discriminative(matrix: object, labels: NDArray[np.intp], names: tuple[str, ...]) -> LinearModel:
    from sklearn.svm import LinearSVC

    svm = LinearSVC(C=1.0, tol=0.05, random_state=0).fit(matrix, labels)
    coefficients, intercept = np.asarray(svm.coef_), np.asarray(svm.intercept_)
    if len(names) == 2:  # scikit-learn keeps one row for two classes
        coefficients, intercept = np.vstack([-coefficients, coefficients]), np.concatenate([-intercept, intercept])
    weights = DenseWeights(np.ascontiguousarray(coefficients.T, dtype=np.float32))
    return LinearModel(names, weights, intercept.astype(np.float32), sharpness=8.0)


def _fit_frequencies(matrix: object, labels: NDArray[np.intp], names: tuple[str, ...]) -> LinearModel:
    """The middle of each class, damped by the square root and kept sparse: measured, it finds far more than naive Bayes."""
    from scipy import sparse

    rows = np.arange(len(labels))
    owner = sparse.csr_matrix((np.ones(len(labels)), (labels, rows)), shape=(len(names), len(labels)))
    inside = sparse.csr_matrix(owner @ matrix)
    inside.data = np.sqrt(inside.data)
    lengths = np.sqrt(np.asarray(inside.multiply(inside).sum(axis=1)).ravel())
    by_feature = sparse.csc_matrix(sparse.diags(1.0 / np.maximum(lengths, 1e-9)) @ inside)
    weights = SparseWeights(
        by_feature.indptr.astype(np.int64), by_feature.indices.astype(np.int32), by_feature.data.astype(np.float32)
    )
    return LinearModel(names, weights, np.zeros(len(names), dtype=np.float32), sharpness=12.0)


def _held_out(features: _Features, fold: int) -> list[_HeldOut]:
    """One fold: a tenth of the wordings left out, and a tenth of the entries and gaps left out whole, as if unknown."""
    corpus = features.corpus
    unknown = {name for name, turn in _turns(corpus) if turn == fold}
    train: list[int] = []
    test: list[int] = []
    for i, label in enumerate(corpus.labels):
        held = i % FOLDS == fold
        if label in unknown:
            # Every wording of an unknown gap tests the refusal; of an entry a tenth, there are many more of them.
            if held or corpus.kinds[label] is Kind.GAP:
                test.append(i)
        else:
            (test if held else train).append(i)
    labels = {corpus.labels[i] for i in train}
    if len(labels) < 2 or not any(corpus.kinds[name] is Kind.ENTRY for name in labels):
        return []  # nothing to tell apart, or nothing to find
    model = features.model(train)
    return list(_examine(model, corpus, test[:: 1 + PLAYED * len(test) // MOST_HELD_OUT]))


def _turns(corpus: Corpus) -> Iterator[tuple[str, int]]:
    """In which fold each entry and gap is left out whole; signals never are."""
    for kind in (Kind.ENTRY, Kind.GAP):
        names = sorted(c for c, k in corpus.kinds.items() if k is kind)
        if len(names) >= FEWEST:
            yield from zip(names, cycle(range(FOLDS)), strict=False)


def _examine(model: Model, corpus: Corpus, rows: Iterable[int]) -> Iterator[_HeldOut]:
    for i in rows:
        reading = model.read(corpus.texts[i])
        found = [model.linear.classes[c] for c in reading.entries[:3]]
        label = corpus.labels[i]
        yield _HeldOut(
            kind=corpus.kinds[label],
            seen_class=label in model.kinds,
            right=found[0] == label,
            among_three=label in found,
            signal=float(reading.scores[reading.likeliest]) if model.kinds[reading.top] is Kind.SIGNAL else None,
            evidence=reading.evidence,
        )


def _learn_gate(held_out: Sequence[_HeldOut]) -> Gate:
    from sklearn.linear_model import LogisticRegression

    right = np.array([h.right for h in held_out])
    if right.all() or not right.any():  # a folder too small to learn from: trust the probability of the best entry
        return Gate(tuple(8.0 if name == "best" else 0.0 for name in Evidence._fields), -4.0)
    evidence = np.array([h.evidence for h in held_out])
    middle, spread = evidence.mean(axis=0), evidence.std(axis=0) + 1e-9
    learned = LogisticRegression(max_iter=1000).fit((evidence - middle) / spread, right)
    slopes = learned.coef_[0] / spread
    bias = float(learned.intercept_[0] - (slopes * middle).sum())
    return Gate(tuple(float(w) for w in slopes), bias)


def _fit_bands(held_out: Sequence[_HeldOut], sure: NDArray[np.float64], budget: Budget) -> Bands:
    """The lowest threshold that keeps the budget, and below it the lowest ambiguity that pays: where asking finds the
    right entry among three more often than it bothers somebody who asked something else."""
    entries = np.array([h.kind is Kind.ENTRY and h.seen_class for h in held_out])
    right = np.array([h.right for h in held_out])
    among = np.array([h.among_three for h in held_out])
    gaps = np.array([h.kind is Kind.GAP for h in held_out])
    grid = np.linspace(0.02, 0.99, 195)

    def share(mask: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
        return float(mask.sum() / max(1, of.sum()))

    kept = [
        t
        for t in grid
        if share((sure >= t) & entries & ~right, entries) <= budget.wrong and share((sure >= t) & gaps, gaps) <= budget.gaps
    ]
    # Few held-out texts keep any budget; below even odds nothing is answered all the same.
    threshold = max(EVEN, float(kept[0])) if kept else float(grid[-1])
    asking = [t for t in grid if t <= threshold]
    gain = [
        ((sure >= t) & (sure < threshold) & entries & among).sum() - ((sure >= t) & (sure < threshold) & ~entries).sum()
        for t in asking
    ]
    ambiguity = float(asking[int(np.argmax(gain))])
    return Bands(round(threshold, 3), round(ambiguity, 3), _fit_signal(held_out))


def _fit_signal(held_out: Sequence[_HeldOut]) -> float:
    """The score that best tells real signals from messages of known classes that merely resemble one most.

    With few other messages to compare, it is no lower than the classifier's own boundary (0)."""
    heard = sorted((h.signal, h.kind is Kind.SIGNAL) for h in held_out if h.signal is not None and h.seen_class)
    real = np.array([signal for _, signal in heard], dtype=bool)
    # Counts, not shares: to miss a greeting or a wish for a person is worse than to greet somebody who babbled.
    below = np.concatenate(([0], np.cumsum(~real)))
    above = np.concatenate((np.cumsum(real[::-1])[::-1], [0]))
    best = int(np.argmax(below + above))
    bar = heard[best][0] - 1e-6 if best < len(heard) else 0.0
    others = sum(h.kind is not Kind.SIGNAL for h in held_out)
    return round(bar if others > SMALL else max(0.0, bar), 3)


def _worth(held_out: Sequence[_HeldOut], sure: NDArray[np.float64], bands: Bands, corpus: Corpus) -> Fit:
    direct = sure >= bands.threshold
    entries = np.array([h.kind is Kind.ENTRY and h.seen_class for h in held_out])
    gaps = np.array([h.kind is Kind.GAP for h in held_out])
    unseen = np.array([not h.seen_class for h in held_out])
    right = np.array([h.right for h in held_out])
    among = np.array([h.among_three for h in held_out])

    def share(mask: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
        return round(float((mask & of).sum() / max(1, of.sum())), 4)

    return Fit(
        texts=len(corpus.texts),
        classes=len(corpus.kinds),
        top1=share(right, entries),
        top3=share(among, entries),
        direct_right=share(direct & right, entries),
        direct_wrong=share(direct & ~right, entries),
        asked=share((sure >= bands.ambiguity) & ~direct, entries),
        gaps_answered=share(direct, gaps & ~unseen),
        unseen_gaps_answered=share(direct, gaps & unseen),
    )
