"""The matcher: a message in, the decision and its candidates out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt

from rapidfuzz import fuzz, process

from bot.matching.decision import Ambiguous, Bands, Decision, Gate, Heard, Match, NoMatch, decide
from bot.matching.model import Kind, Model, Reading
from bot.matching.normalize import normalize
from bot.matching.segments import halves
from bot.messages import Candidate

CANDIDATES = 5
# So many understandings of short messages are kept, for when the same is said again.
REMEMBERED = 4096
REMEMBERED_CHARS = 80
OPTIONS = 4
# Share of a message's characters that must be known before it is taken for small talk.
FAMILIAR = 0.6
# A gap is named from this score on; at -1, the classifier's far margin, the message has nothing in common with it.
NAMED = -0.75
# Both parts of a double question are among the likeliest entries of the whole message.
DOUBLE_AMONG = 3
# Likeness (0..100) from which a text is a wording but for a slip of the finger; shorter texts must be equal.
NEARLY = 92
NEARLY_FROM = 6


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing in the message and how much it speaks for the best entry."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Understanding:
    """How a message was understood: its comparable form, the five best entries, the decision and the reason for it.

    `is_wording`: it is one of the wordings, to the letter or nearly."""

    text: str
    candidates: tuple[Candidate, ...]
    decision: Decision
    why: str
    is_wording: bool = False


@dataclass(frozen=True)
class Matcher:
    """Finds the entry that a message asks for. `roles` names the entries written for a role: it tips near ties only."""

    model: Model
    gate: Gate
    bands: Bands
    exact: Mapping[str, str]
    roles: Mapping[str, Collection[str]]

    def match(self, text: str, role: str | None = None) -> Understanding:
        """Understand a message; its cost does not grow with its length."""
        return self._remembered(text, role) if len(text) <= REMEMBERED_CHARS else self._understand(text, role)

    @cached_property
    def _remembered(self) -> Callable[[str, str | None], Understanding]:
        # What people tap, and how they greet, comes letter by letter the same again and again.
        return lru_cache(maxsize=REMEMBERED)(self._understand)

    def _understand(self, text: str, role: str | None) -> Understanding:
        normal = normalize(text)
        reading = self._read(normal)
        candidates = self._candidates(reading, role)
        if (known := self._known_wording(normal, reading)) is not None:
            first = _first(candidates, known[0], self.model)
            return Understanding(normal, first, self._owner(known[0]), known[1], is_wording=True)
        kind = self.model.kinds[reading.top]
        heard = reading.scores[reading.likeliest] >= self.bands.signal and reading.evidence.familiar >= FAMILIAR
        if kind is Kind.SIGNAL and heard:
            return Understanding(normal, candidates, Heard(reading.top), "最像对话用语")
        if double := self._double(text, candidates):
            found = (*double, *(c for c in candidates if c.entry not in {d.entry for d in double}))
            return Understanding(normal, found[:CANDIDATES], Match((double[0].entry, double[1].entry)), "一句话里有两个问题")
        gap = reading.top if kind is Kind.GAP and reading.scores[reading.likeliest] >= NAMED else None
        decision = decide(candidates, gap, self.bands)
        return Understanding(normal, candidates, decision, _reason(decision, candidates, gap, self.bands))

    def rank(self, text: str, among: Sequence[str]) -> tuple[Candidate, ...]:
        """The given entries by their share of the message among themselves, best first: for choices and follow-ups."""
        reading = self._read(normalize(text))
        place = {name: i for i, name in enumerate(self.model.linear.classes)}
        known = [name for name in among if name in place]
        total = sum(float(reading.shares[place[name]]) for name in known) or 1.0
        ranked = [Candidate(name, float(reading.shares[place[name]]) / total) for name in known]
        return tuple(sorted(ranked, key=lambda c: -c.score))

    def features(self, text: str, entry: str, most: int = 8) -> tuple[Feature, ...]:
        """The features of a message that speak most for (or against) an entry."""
        reading = self._read(normalize(text))
        if entry not in self.model.linear.classes:
            return ()
        column = self.model.linear.classes.index(entry)
        names = {
            place: f"{family}:{name}" for family, known in self.model.vocabulary.index.items() for name, place in known.items()
        }
        classes = len(self.model.linear.classes)
        found = [
            Feature(names[int(p)], float(v * self.model.linear.weights.row(int(p), classes)[column]))
            for p, v in zip(reading.places, reading.values, strict=True)
        ]
        return tuple(sorted(found, key=lambda f: -abs(f.weight))[:most])

    def _read(self, normal: str) -> Reading:
        return self.model.read(normal, CANDIDATES)

    def _candidates(self, reading: Reading, role: str | None) -> tuple[Candidate, ...]:
        """The best entries; the first is as sure as the gate says, the others in proportion to it."""
        sure = self.gate.sure(reading.evidence)
        classes = self.model.linear.classes
        best = float(reading.shares[reading.entries[0]]) or 1.0
        ranked = [Candidate(classes[i], round(sure * float(reading.shares[i]) / best, 4)) for i in reading.entries]
        if role is not None and role in self.roles and len(ranked) > 1 and ranked[1].score > 0.8 * ranked[0].score:
            mine = self.roles[role]
            if ranked[0].entry not in mine and ranked[1].entry in mine:
                ranked[0], ranked[1] = Candidate(ranked[1].entry, ranked[0].score), Candidate(ranked[0].entry, ranked[1].score)
        return tuple(ranked)

    def _known_wording(self, normal: str, reading: Reading) -> tuple[str, str] | None:
        """The class whose wording the message is, to the letter or but for a slip; and which of the two."""
        if owner := self.exact.get(normal.replace(" ", "")):
            return owner, "与一条问法相同"
        if len(normal) < NEARLY_FROM:
            return None
        order = reading.shares.argsort()[::-1][:3]
        for name in (self.model.linear.classes[int(i)] for i in order):
            if process.extractOne(normal, self.model.wordings[name], scorer=fuzz.ratio, score_cutoff=NEARLY):
                return name, "与一条问法几乎相同"
        return None

    def _owner(self, name: str) -> Decision:
        kind = self.model.kinds[name]
        if kind is Kind.ENTRY:
            return Match((name,))
        return NoMatch(name) if kind is Kind.GAP else Heard(name)

    def _double(self, text: str, whole: tuple[Candidate, ...]) -> tuple[Candidate, Candidate] | None:
        """The two entries asked for when the message cuts into two questions: each part is at least worth asking about,
        together they are sure enough to answer, and the whole message points to both."""
        best: tuple[float, Candidate, Candidate] | None = None
        likely = [c.entry for c in whole]
        for left, right in halves(text):
            first = self._surest(left)
            if (
                first.entry not in likely[:DOUBLE_AMONG]
                or first.score < self.bands.ambiguity
                or sqrt(first.score) < self.bands.threshold
            ):
                continue  # whatever the second half asks
            # The second half often leaves the subject out (企业号咋开,开了有啥用): it is read with the first one's terms too.
            terms = self.model.extractor.lexicon.concepts(normalize(left))[:2]
            readings = [right, f"{' '.join(terms)} {right}"] if terms else [right]
            second = max(map(self._surest, readings), key=lambda c: c.score)
            together = sqrt(first.score * second.score)
            if (
                first.entry != second.entry
                and likely[0] in (first.entry, second.entry)
                and second.entry in likely[:DOUBLE_AMONG]
                and second.score >= self.bands.ambiguity
                and together >= self.bands.threshold
                and (best is None or together > best[0])
            ):
                # The surer of the two for the message as a whole leads.
                pair = (first, second) if first.entry == likely[0] else (second, first)
                best = (together, *pair)
        return best and (best[1], best[2])

    def _surest(self, text: str) -> Candidate:
        reading = self._read(normalize(text))
        return Candidate(self.model.linear.classes[reading.entries[0]], round(self.gate.sure(reading.evidence), 4))


def _first(candidates: tuple[Candidate, ...], name: str, model: Model) -> tuple[Candidate, ...]:
    """The candidates with `name` first, as sure as can be, when it is an entry."""
    if model.kinds[name] is not Kind.ENTRY:
        return candidates
    return (Candidate(name, 1.0), *(c for c in candidates if c.entry != name))[:CANDIDATES]


def _reason(decision: Decision, candidates: tuple[Candidate, ...], gap: str | None, bands: Bands) -> str:
    sure = candidates[0].score if candidates else 0.0
    match decision:
        case Match():
            return f"把握 {sure:.2f} ≥ threshold {bands.threshold}"
        case Ambiguous():
            return f"ambiguity {bands.ambiguity} ≤ 把握 {sure:.2f} < threshold {bands.threshold}"
        case NoMatch() if gap:
            return f"更像没有出处的问题 {gap},把握 {sure:.2f} < threshold {bands.threshold}"
        case _:
            return f"把握 {sure:.2f} < ambiguity {bands.ambiguity}"
