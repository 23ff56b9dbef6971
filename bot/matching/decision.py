"""From scores to a decision in three bands: answer, ask which is meant, decline."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import NamedTuple

from bot.messages import Candidate


@dataclass(frozen=True, slots=True)
class Match:
    """The message asks this; a double question asks two."""

    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The message may ask any of these, the likeliest first."""

    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Nothing we know answers it; `gap` names what was asked when we know at least that."""

    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Not a question but something said to the conversation: a greeting, a wish for a person."""

    signal: str


Decision = Match | Ambiguous | NoMatch | Heard


class Evidence(NamedTuple):
    """What the gate looks at: how the likeliest entry stands against all else. Shares and ratios are 0..1."""

    best: float  # probability of the likeliest entry
    second: float  # of the next entry
    known_gaps: float  # of all gaps and signals together
    score: float  # the likeliest entry's own score
    lead: float  # its score less the next entry's
    lead_over_gaps: float
    alike: float  # likeness of its nearest wording
    alike_lead: float  # that less the likeness of the nearest wording of the next entry
    familiar: float  # share of the message's characters that the model knows
    concepts: float  # vocabulary terms in the message, at most 4, as a share of 4


@dataclass(frozen=True, slots=True)
class Gate:
    """The refusal gate, learned by leaving classes out: how sure it is that the likeliest entry answers the message.

    `weights` are in the order of Evidence's fields."""

    weights: tuple[float, ...]
    bias: float

    def sure(self, evidence: Evidence) -> float:
        """The probability (0..1) that the likeliest entry is the right answer."""
        total = self.bias + sum(w * v for w, v in zip(self.weights, evidence, strict=True))
        return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Bands:
    """The two numbers that decide, fitted at each build: an entry as sure as `threshold` is answered; from `ambiguity` up
    to there the reply asks which one is meant; below, it declines. `signal` is the score from which a message that is
    most like small talk or another signal is taken for one; it is fitted beside them."""

    threshold: float
    ambiguity: float
    signal: float


def decide(candidates: tuple[Candidate, ...], gap: str | None, bands: Bands) -> Match | Ambiguous | NoMatch:
    """The decision over the likeliest entries (best first); `gap` is set when a known gap is likelier than any of them."""
    sure = candidates[0].score if candidates else 0.0
    if sure >= bands.threshold:
        return Match((candidates[0].entry,))
    if sure >= bands.ambiguity and gap is None:
        return Ambiguous(tuple(c.entry for c in candidates))
    return NoMatch(gap)
