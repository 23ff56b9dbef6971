"""Every line asked in a conversation of its own, and what its reply is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from math import sqrt

from bot.conversation import Conversation
from bot.evaluation.asked import Asked, Scope
from bot.knowledge import Knowledge
from bot.matching.decision import Match
from bot.messages import Act, Reply, Utterance
from bot.respond import respond


class Verdict(StrEnum):
    """What became of a question."""

    RIGHT = "right"  # answered, or asked for a slot, about an entry that answers it
    WRONG = "wrong"  # the same about another entry
    OFFERED = "offered"  # asked which is meant, the right entry among the options
    NOT_OFFERED = "not_offered"
    REFUSED = "refused"
    MISHEARD = "misheard"  # taken for small talk or a wish for a person


@dataclass(frozen=True, slots=True)
class Judged:
    """A line with its reply. `score` is how sure the reply was of its entry; `answerable`: a low enough threshold would
    answer it (what is heard as small talk or as a gap's own wording is answered at none)."""

    number: int
    asked: Asked
    reply: Reply
    answerable: bool

    @property
    def top(self) -> str | None:
        """The likeliest entry, whatever the act."""
        return self.reply.candidates[0].entry if self.reply.candidates else None

    @property
    def score(self) -> float:
        """How sure the reply was of its entry; of two entries as sure as of both together."""
        scores = [c.score for c in self.reply.candidates]
        if len(self.reply.entries) == 2:
            return sqrt(scores[0] * scores[1])
        return scores[0] if scores else 0.0

    @property
    def verdict(self) -> Verdict:
        """What became of the question."""
        match self.reply.act:
            case Act.ANSWER | Act.ASK:
                return Verdict.RIGHT if self.reply.entry in self.asked.gold else Verdict.WRONG
            case Act.CLARIFY:
                offered = any(o.entry in self.asked.gold for o in self.reply.options)
                return Verdict.OFFERED if offered else Verdict.NOT_OFFERED
            case Act.FALLBACK:
                return Verdict.REFUSED
            case _:
                return Verdict.MISHEARD

    @property
    def both(self) -> bool:
        """Whether both questions of a double one are answered."""
        return self.reply.act is Act.ANSWER and set(self.asked.gold) <= set(self.reply.entries)

    @property
    def unsaid(self) -> str | None:
        """The first pattern that the reply lacks."""
        return next((p.pattern for p in self.asked.must if not p.search(self.reply.text)), None)

    @property
    def said(self) -> str | None:
        """The first pattern that the reply must not have and has."""
        return next((p.pattern for p in self.asked.must_not if p.search(self.reply.text)), None)

    @property
    def calculated(self) -> bool:
        """Whether the right calculator answered, with the right figures."""
        right = self.reply.act is Act.ANSWER and self.reply.calculator == self.asked.calc
        return right and self.unsaid is None and self.said is None

    @property
    def got(self) -> str:
        """The reply in a few words: its act and what it is about."""
        reply = self.reply
        about = [o.entry for o in reply.options if o.entry] if reply.act is Act.CLARIFY else [*reply.entries]
        return " ".join(filter(None, (reply.act.value, "|".join(about), reply.gap, reply.calculator)))

    @property
    def fault(self) -> str | None:
        """What is wrong with the reply; None when nothing is. Asking which is meant is no fault when the right entry is offered."""
        if self.said is not None:
            return f"说了不该说的 {self.said}"
        match self.asked.scope:
            case Scope.CALCULATION:
                return self._calculation_fault()
            case Scope.CHITCHAT:
                return None if self.reply.act is Act.SMALLTALK else "没有当作闲聊"
            case Scope.HANDOFF:
                return None if self.reply.act is Act.HANDOFF else "没有转人工"
            case Scope.OUTSIDE:
                return "没有出处,却当作知道" if self.verdict in (Verdict.RIGHT, Verdict.WRONG) else None
            case Scope.KNOWN:
                return self._known_fault()

    def _calculation_fault(self) -> str | None:
        if self.reply.calculator != self.asked.calc:
            return f"没有用计算器 {self.asked.calc}"
        if self.reply.act is not Act.ANSWER:
            return "没有算出结果"
        return None if self.unsaid is None else f"没有说到 {self.unsaid}"

    def _known_fault(self) -> str | None:
        match self.verdict:
            case Verdict.WRONG:
                return "答成了别的知识点"
            case Verdict.NOT_OFFERED:
                return "反问的选项里没有对的"
            case Verdict.REFUSED:
                return "没有答"
            case Verdict.MISHEARD:
                return "当成了对话用语"
            case _ if self.asked.double and not self.both:
                return "两个问题没有都答到"
            case Verdict.RIGHT if self.unsaid is not None:
                return f"没有说到 {self.unsaid}"
            case _:
                return None


def evaluate(
    lines: Mapping[int, Asked], knowledge: Knowledge, today: date, zone: tzinfo, step: Callable[[], None] = lambda: None
) -> Iterator[Judged]:
    """Each line judged, at noon of its day (`today` when it names none); `step` is called after each."""
    bands = knowledge.matcher.bands
    eager = replace(knowledge.matcher, bands=replace(bands, threshold=0.0, ambiguity=0.0))
    for number, asked in lines.items():
        now = datetime.combine(asked.today or today, time(12), zone)
        reply = respond(Utterance(asked.q), Conversation(), knowledge, now).reply
        answerable = bool(reply.candidates) and isinstance(eager.match(asked.q).decision, Match)
        yield Judged(number, asked, reply, answerable)
        step()
