"""Wordings that stand in two places, or nearly: the model would be told that one text means two things."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from bot.content import Content
from bot.lint.finding import Finding, Severity
from bot.lint.places import Place, Places
from bot.matching.normalize import normalize

# Likeness (rapidfuzz's ratio, 0..100) from which two texts are nearly the same one.
NEARLY = 95.0
NEARLY_GAP = 90.0
NEARLY_EXAMPLE = 97.0
# So many texts are compared with all of like length at once; more cost memory, fewer time.
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Owned:
    """A text and the item that owns it; `field` is where it stands there."""

    kind: str
    owner: str
    field: str
    text: str

    @property
    def normal(self) -> str:
        """The comparable form."""
        return normalize(self.text)

    def place(self, places: Places) -> Place:
        """Where it stands."""
        return places.at(self.kind, self.owner, self.field, self.text)


def wordings_of(content: Content) -> Iterator[Owned]:
    """Every text that the model learns, in the order of the files."""
    for entry in content.entries:
        yield Owned("entries", entry.id, "question", entry.question)
        yield from (Owned("entries", entry.id, "wordings", w) for w in entry.wordings)
        yield from (Owned("entries", entry.id, "ask_first", w) for w in entry.ask_first)
    for gap in content.gaps:
        yield from (Owned("gaps", gap.id, "wordings", w) for w in gap.wordings)
    for signal in content.signals:
        yield from (Owned("signals", signal.id, "wordings", w) for w in signal.wordings)


def examples_of(content: Content) -> Iterator[Owned]:
    """Every example, in the order of the files."""
    for kind, items in (("entries", content.entries), ("gaps", content.gaps), ("signals", content.signals)):
        for item in items:
            yield from (Owned(kind, item.id, "examples", e) for e in item.examples)


def check_wordings(content: Content, places: Places) -> Iterator[Finding]:
    """Wordings owned twice or nearly, and examples that are wordings."""
    first: dict[str, Owned] = {}
    for owned in wordings_of(content):
        key = owned.normal.replace(" ", "")
        if not key:
            yield _finding(owned, places, Severity.WARNING, f"「{owned.text}」归一化以后什么也不剩", "换成有文字的问法")
        elif (other := first.setdefault(key, owned)) is not owned:
            yield from _twice(owned, other, places)
    texts = tuple(first.values())
    yield from _nearly(texts, places)
    yield from _examples(tuple(examples_of(content)), first, texts, places)


def _finding(owned: Owned, places: Places, severity: Severity, text: str, fix: str) -> Finding:
    return Finding.at(owned.place(places), severity, owned.owner, text, fix)


def _twice(owned: Owned, other: Owned, places: Places) -> Iterator[Finding]:
    same = "" if owned.text == other.text else f",写作「{other.text}」"
    if other.owner != owned.owner:
        text = f"问法「{owned.text}」也是 {other.owner} 的({_where(other, places)}{same})"
        yield _finding(owned, places, Severity.ERROR, text, "只留在该回答它的那一处")
    elif other.field == owned.field:
        text = f"问法「{owned.text}」写了两遍({_where(other, places)}{same})"
        yield _finding(owned, places, Severity.WARNING, text, "删掉一条")


def _nearly(texts: Sequence[Owned], places: Places) -> Iterator[Finding]:
    normals = [t.normal for t in texts]
    for i, j, score in alike(normals, normals, NEARLY):
        one, other = texts[i], texts[j]
        if i < j and one.owner != other.owner and {one.kind, other.kind} != {"entries", "gaps"}:
            text = f"问法「{other.text}」和 {one.owner} 的「{one.text}」几乎相同({score:.0f}),见 {_where(one, places)}"
            yield _finding(other, places, Severity.ERROR, text, "只留一处,或把两句的区别写出来")
    gaps, entries = ([t for t in texts if t.kind == kind] for kind in ("gaps", "entries"))
    for i, j, score in alike([g.normal for g in gaps], [e.normal for e in entries], NEARLY_GAP):
        gap, entry = gaps[i], entries[j]
        text = f"缺口的问法「{gap.text}」和知识点 {entry.owner} 的「{entry.text}」太像({score:.0f}),见 {_where(entry, places)}"
        yield _finding(gap, places, Severity.ERROR, text, "把缺口特有的说法写进去,或删掉其中一条")


def _examples(examples: Sequence[Owned], first: dict[str, Owned], texts: Sequence[Owned], places: Places) -> Iterator[Finding]:
    fix = "测试问法不能收进问法:换一句没写过的"
    left = []
    for example in examples:
        same = first.get(example.normal.replace(" ", ""))
        if same is None:
            left.append(example)
        else:
            text = f"测试问法「{example.text}」就是 {same.owner} 的一条问法({_where(same, places)}),什么也证明不了"
            yield _finding(example, places, Severity.ERROR, text, fix)
    for i, j, score in alike([e.normal for e in left], [t.normal for t in texts], NEARLY_EXAMPLE):
        text = f"测试问法「{left[i].text}」和 {texts[j].owner} 的问法「{texts[j].text}」几乎相同({score:.0f})"
        yield _finding(left[i], places, Severity.WARNING, text, fix)


def _where(owned: Owned, places: Places) -> str:
    place = owned.place(places)
    return f"{place.file.rpartition('/')[2]}:{place.line}"


def alike(rows: Sequence[str], columns: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    """The pairs (row, column, likeness) of unequal texts at least so alike. Only texts of like length are compared:
    texts whose lengths differ more cannot be that alike, and 80,000 wordings take seconds."""
    by_length = sorted(range(len(columns)), key=lambda j: len(columns[j]))
    lengths = [len(columns[j]) for j in by_length]
    stretch = (200 - least) / least
    for chunk in _chunks(rows):
        shortest, longest = len(rows[chunk[0]]), len(rows[chunk[-1]])
        if 100 - 100 / (longest * (1 + stretch)) < least:
            continue  # one character more would already be too much
        begin, end = bisect_left(lengths, shortest / stretch), bisect_right(lengths, longest * stretch)
        window = by_length[begin:end]
        scores = process.cdist(
            [rows[i] for i in chunk],
            [columns[j] for j in window],
            scorer=fuzz.ratio,
            score_cutoff=least,
            dtype=np.float32,
            workers=-1,
        )
        for i, j in np.argwhere(scores >= least):
            if rows[chunk[i]] != columns[window[j]]:
                yield chunk[i], window[j], float(scores[i, j])


def _chunks(rows: Sequence[str]) -> Iterator[list[int]]:
    """The rows' numbers in chunks of one length each, shortest first."""
    chunk: list[int] = []
    for i in sorted(range(len(rows)), key=lambda i: len(rows[i])):
        if chunk and (len(chunk) == CHUNK or len(rows[i]) != len(rows[chunk[0]])):
            yield chunk
            chunk = []
        chunk.append(i)
    if chunk:
        yield chunk
