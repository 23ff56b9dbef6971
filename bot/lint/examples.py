"""Examples that do not prove what they are there to prove: that their entry, gap or signal is found."""

from __future__ import annotations

from collections.abc import Iterator

from bot.knowledge import Knowledge
from bot.lint.finding import Finding, Severity
from bot.lint.places import Places
from bot.lint.wordings import Owned, examples_of
from bot.matching.decision import Heard, Match, NoMatch
from bot.matching.matcher import Understanding

# So many examples show that an entry is found in more than one way of speaking.
ENOUGH = 3


def check_examples(knowledge: Knowledge, places: Places) -> Iterator[Finding]:
    """Every example asked, and entries that have too few."""
    for entry in knowledge.content.entries:
        if len(entry.examples) < ENOUGH:
            place = places.at("entries", entry.id, "examples")
            text = f"只有 {len(entry.examples)} 条测试问法"
            yield Finding.at(place, Severity.WARNING, entry.id, text, f"在 examples 里补到 {ENOUGH} 条以上,不要和问法重复")
    for example in examples_of(knowledge.content):
        heard = knowledge.matcher.match(example.text)
        match example.kind:
            case "entries":
                wrong = _entry(example, heard)
            case "gaps":
                wrong = _gap(example, heard)
            case _:
                wrong = _signal(example, heard, knowledge)
        if wrong is not None:
            severity, text, fix = wrong
            yield Finding.at(example.place(places), severity, example.owner, f"测试问法「{example.text}」{text}", fix)


Wrong = tuple[Severity, str, str]


def _entry(example: Owned, heard: Understanding) -> Wrong | None:
    found = [c.entry for c in heard.candidates]
    fix = f"给 {example.owner} 补几条这种说法的问法"
    if example.owner not in found[:3]:
        return Severity.ERROR, f"找不到它的知识点,前三是 {'、'.join(found[:3])}", fix
    match heard.decision:
        case Heard(signal):
            return Severity.WARNING, f"被当成对话用语 {signal}", fix
        case NoMatch(gap) if gap:
            return Severity.WARNING, f"被当成缺口 {gap}", f"{fix},或改 {gap} 的问法"
    if found[0] != example.owner:
        return Severity.WARNING, f"首位是 {found[0]},它的知识点排在第 {found.index(example.owner) + 1}", fix
    return None


def _gap(example: Owned, heard: Understanding) -> Wrong | None:
    if not isinstance(heard.decision, Match):
        return None
    answered = "、".join(heard.decision.entries)
    return Severity.ERROR, f"没有出处,却按 {answered} 直接回答了", f"给 {example.owner} 补几条这种说法的问法"


def _signal(example: Owned, heard: Understanding, knowledge: Knowledge) -> Wrong | None:
    kind = knowledge.signals[example.owner].kind
    if isinstance(heard.decision, Heard) and knowledge.signals[heard.decision.signal].kind is kind:
        return None
    instead = f",而是 {heard.decision.signal}" if isinstance(heard.decision, Heard) else f"({heard.why})"
    return Severity.ERROR, f"没有听成 {kind.value}{instead}", f"给 {example.owner} 补几条这种说法的问法"
