"""Searching the help centre: what the matcher understands, filled up with questions that look alike; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.entries import Gap, SignalKind
from bot.knowledge import Knowledge
from bot.matching.decision import Ambiguous, Heard, Match, NoMatch
from bot.matching.normalize import clean, normalize

# Of what is typed no more is searched for: it stands in an address.
LONGEST = 200
MOST = 8

Suggest: TypeAlias = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: `sure` entries answer it, `likely` ones may; `gap` is what it is about when nothing answers it;
    `to_person` when it asks for somebody to talk to. All empty: nothing is known."""

    text: str
    sure: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    gap: Gap | None = None
    to_person: bool = False


def search(typed: str, knowledge: Knowledge, suggest: Suggest) -> Found:
    """The entries for what somebody typed into the search box; `suggest` gives entries that look like it, best first."""
    text = " ".join(clean(typed).split())[:LONGEST].strip()
    if not normalize(text):
        return Found(text)
    heard = knowledge.matcher.match(text)
    floor = knowledge.matcher.bands.ambiguity / 2
    nearby = [c.entry for c in heard.candidates if c.score >= floor]
    alike = suggest(text)
    match heard.decision:
        case Match(entries):
            return Found(text, sure=entries, likely=_without(entries, [*nearby, *alike]))
        case Ambiguous(entries):
            return Found(text, likely=_without((), [*entries, *alike]))
        case NoMatch(gap) if gap:
            known = knowledge.gaps[gap]
            return Found(text, likely=_without((), known.nearest), gap=known)
        case Heard(signal):
            person = knowledge.signals[signal].kind is SignalKind.HANDOFF
            return Found(text, likely=_without((), alike), to_person=person)
        case _:
            return Found(text, likely=_without((), [*nearby, *alike]))


def _without(taken: Sequence[str], entries: Sequence[str]) -> tuple[str, ...]:
    return tuple(e for e in dict.fromkeys(entries) if e not in taken)[:MOST]
