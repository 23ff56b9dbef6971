"""What the judged lines add up to: shares over all of them and by tag, confusions, failures, the thresholds' curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluation.asked import Scope
from bot.evaluation.judged import Judged, Verdict
from bot.knowledge import Knowledge
from bot.messages import Act

CURVE_STEPS = 200


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0..1; 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    def __str__(self) -> str:
        return f"{self.value:.1%}" if self.of else "–"


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of a set of lines. The first ones are over lines that an entry answers without calculating."""

    top1: Share
    top3: Share
    direct_right: Share
    answered_right: Share  # the same without those that ask for a slot first
    direct_wrong: Share
    clarified_right: Share
    clarified_wrong: Share
    refused: Share
    misheard: Share
    must: Share  # of those with patterns, whatever their act
    must_direct: Share  # of those answered directly and right
    double: Share
    near_answered: Share
    near_clarified: Share
    near_refused: Share
    far_answered: Share
    far_clarified: Share
    far_refused: Share
    calculators: Share
    chitchat: Share
    handoff: Share
    must_not: Share  # over all lines

    def named(self) -> Mapping[str, Share]:
        """The measures by name, in the order of LABELS."""
        return {name: getattr(self, name) for name in LABELS}


LABELS = {
    "top1": "首位候选对",
    "top3": "前三候选有对的",
    "direct_right": "直接答对(含追问)",
    "answered_right": "直接答对(只算给出答案)",
    "direct_wrong": "直接答错",
    "clarified_right": "反问,有对的选项",
    "clarified_wrong": "反问,没有对的选项",
    "refused": "没答",
    "misheard": "当成对话用语",
    "must": "该说的说到了",
    "must_direct": "直接答对的里,该说的说到了",
    "double": "双问都答到",
    "near_answered": "近域无出处,当作知道",
    "near_clarified": "近域无出处,反问",
    "near_refused": "近域无出处,没答",
    "far_answered": "远域,当作知道",
    "far_clarified": "远域,反问",
    "far_refused": "远域,没答",
    "calculators": "计算正确",
    "chitchat": "闲聊",
    "handoff": "转人工",
    "must_not": "没说不该说的",
}


@dataclass(frozen=True, slots=True)
class TagFigures:
    """The figures of the lines with one tag."""

    tag: str
    lines: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Pair:
    """How often a question of `gold` (an entry; a tag for what nothing answers) had `got` as its likeliest entry."""

    gold: str
    got: str
    count: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What would be answered were the threshold this one."""

    threshold: float
    right: Share
    wrong: Share
    near: Share


@dataclass(frozen=True)
class Report:
    """All that a measurement tells. `unknown` are gold entries that the knowledge does not have."""

    lines: int
    threshold: float
    ambiguity: float
    figures: Figures
    tags: tuple[TagFigures, ...]
    pairs: tuple[Pair, ...]
    failures: tuple[Judged, ...]
    curve: tuple[CurvePoint, ...]
    unknown: tuple[str, ...]

    @property
    def confusions(self) -> tuple[Pair, ...]:
        """The pairs that should not be, the commonest first."""
        return tuple(p for p in self.pairs if p.gold != p.got)


def summarize(judged: Sequence[Judged], knowledge: Knowledge) -> Report:
    """The report of the judged lines."""
    tags = dict.fromkeys(sorted({tag for j in judged for tag in j.asked.tags}))
    by_tag = {tag: [j for j in judged if tag in j.asked.tags] for tag in tags}
    return Report(
        lines=len(judged),
        threshold=knowledge.matcher.bands.threshold,
        ambiguity=knowledge.matcher.bands.ambiguity,
        figures=_figures(judged),
        tags=tuple(TagFigures(tag, len(some), _figures(some)) for tag, some in by_tag.items()),
        pairs=_pairs(judged),
        failures=tuple(j for j in judged if j.fault is not None),
        curve=tuple(_at(judged, step / CURVE_STEPS) for step in range(CURVE_STEPS + 1)),
        unknown=tuple(sorted({g for j in judged for g in j.asked.gold} - set(knowledge.entries))),
    )


def _share(judged: Iterable[Judged], holds: Callable[[Judged], bool]) -> Share:
    of = list(judged)
    return Share(sum(holds(j) for j in of), len(of))


def _figures(judged: Sequence[Judged]) -> Figures:
    scope = {s: [j for j in judged if j.asked.scope is s] for s in Scope}
    known, outside = scope[Scope.KNOWN], scope[Scope.OUTSIDE]
    near = [j for j in outside if "far" not in j.asked.tags]
    far = [j for j in outside if "far" in j.asked.tags]
    wanting = [j for j in known if j.asked.must]

    def became(of: Iterable[Judged], *verdicts: Verdict) -> Share:
        return _share(of, lambda j: j.verdict in verdicts)

    answered, clarified = (Verdict.RIGHT, Verdict.WRONG), (Verdict.OFFERED, Verdict.NOT_OFFERED)
    return Figures(
        top1=_share(known, lambda j: j.top in j.asked.gold),
        top3=_share(known, lambda j: any(c.entry in j.asked.gold for c in j.reply.candidates[:3])),
        direct_right=became(known, Verdict.RIGHT),
        answered_right=_share(known, lambda j: j.verdict is Verdict.RIGHT and j.reply.act is Act.ANSWER),
        direct_wrong=became(known, Verdict.WRONG),
        clarified_right=became(known, Verdict.OFFERED),
        clarified_wrong=became(known, Verdict.NOT_OFFERED),
        refused=became(known, Verdict.REFUSED),
        misheard=became(known, Verdict.MISHEARD),
        must=_share(wanting, lambda j: j.unsaid is None),
        must_direct=_share((j for j in wanting if j.verdict is Verdict.RIGHT), lambda j: j.unsaid is None),
        double=_share((j for j in known if j.asked.double), lambda j: j.both),
        near_answered=became(near, *answered),
        near_clarified=became(near, *clarified),
        near_refused=became(near, Verdict.REFUSED, Verdict.MISHEARD),
        far_answered=became(far, *answered),
        far_clarified=became(far, *clarified),
        far_refused=became(far, Verdict.REFUSED, Verdict.MISHEARD),
        calculators=_share(scope[Scope.CALCULATION], lambda j: j.calculated),
        chitchat=_share(scope[Scope.CHITCHAT], lambda j: j.reply.act is Act.SMALLTALK),
        handoff=_share(scope[Scope.HANDOFF], lambda j: j.reply.act is Act.HANDOFF),
        must_not=_share((j for j in judged if j.asked.must_not), lambda j: j.said is None),
    )


def _pairs(judged: Iterable[Judged]) -> tuple[Pair, ...]:
    counted: Counter[tuple[str, str]] = Counter()
    for j in judged:
        if j.top is None:
            continue
        if j.asked.gold:
            counted[j.top if j.top in j.asked.gold else j.asked.gold[0], j.top] += 1
        elif j.asked.scope is Scope.OUTSIDE and j.verdict is Verdict.WRONG:
            counted["far" if "far" in j.asked.tags else "near", j.top] += 1
    return tuple(Pair(gold, got, n) for (gold, got), n in sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _at(judged: Sequence[Judged], threshold: float) -> CurvePoint:
    known = [j for j in judged if j.asked.scope is Scope.KNOWN]
    near = [j for j in judged if j.asked.scope is Scope.OUTSIDE and "far" not in j.asked.tags]

    def direct(j: Judged) -> bool:
        return j.answerable and j.score >= threshold

    return CurvePoint(
        threshold=threshold,
        right=_share(known, lambda j: direct(j) and j.top in j.asked.gold),
        wrong=_share(known, lambda j: direct(j) and j.top not in j.asked.gold),
        near=_share(near, direct),
    )
