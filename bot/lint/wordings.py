"""Wordings that stand in two places, or nearly: the model would be told that one text means two things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import fuzz

from bot.content import Content
from bot.lint.finding import Finding, Severity
from bot.lint.places import Place, Places
from bot.matching.normalize import normalize

# Likeness (rapidfuzz's ratio, 0..100) from which two texts are nearly the same one.
NEARLY = 95.0
NEARLY_GAP = 90.0
NEARLY_EXAMPLE = 97.0


@dataclass(frozen=True, slots=True)
class Owned:
    """A text, its comparable form, and the item that owns it; `field` is where it stands there."""

    kind: str
    owner: str
    field: str
    text: str
    normal: str

    @classmethod
    def of(cls, kind: str, owner: str, field: str, text: str) -> Owned:
        """A text of an item."""
        return cls(kind, owner, field, text, normalize(text))

    def place(self, places: Places) -> Place:
        """Where it stands."""
        return places.at(self.kind, self.owner, self.field, self.text)


def wordings_of(content: Content) -> Iterator[Owned]:
    """Every text that the model learns. Signals come first: what clashes with one is told where the entry stands."""
    for signal in content.signals:
        yield from (Owned.of("signals", signal.id, "wordings", w) for w in signal.wordings)
    for entry in content.entries:
        yield Owned.of("entries", entry.id, "question", entry.question)
        yield from (Owned.of("entries", entry.id, "wordings", w) for w in entry.wordings)
        yield from (Owned.of("entries", entry.id, "ask_first", w) for w in entry.ask_first)
    for gap in content.gaps:
        yield from (Owned.of("gaps", gap.id, "wordings", w) for w in gap.wordings)


def examples_of(content: Content) -> Iterator[Owned]:
    """Every example, in the order of the files."""
    for kind, items in (("entries", content.entries), ("gaps", content.gaps), ("signals", content.signals)):
        for item in items:
            yield from (Owned.of(kind, item.id, "examples", e) for e in item.examples)


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
    """The pairs (row, column, likeness) of unequal texts at least so alike.

    Texts that alike are a few edits apart; cut into one piece more than that, a text keeps one of its pieces whole in the
    other. Only texts that share a piece are compared: 80,000 wordings take seconds, not minutes."""
    stretch = (200 - least) / least
    index: dict[str, list[_Piece]] = {}
    sizes: dict[int, set[int]] = {}
    for row, text in enumerate(rows):
        for piece in _pieces(row, text, least):
            index.setdefault(text[piece.start : piece.end], []).append(piece)
            sizes.setdefault(len(text), set()).add(piece.end - piece.start)
    for column, text in enumerate(columns):
        shortest, longest = len(text) / stretch, len(text) * stretch
        near = {size for length, found in sizes.items() if shortest <= length <= longest for size in found}
        shared: set[int] = set()
        for size in near:
            for start in range(len(text) - size + 1):
                for piece in index.get(text[start : start + size], ()):
                    if abs(piece.start - start) <= piece.edits and shortest <= len(rows[piece.row]) <= longest:
                        shared.add(piece.row)
        for row in sorted(shared):
            if rows[row] != text and (score := fuzz.ratio(rows[row], text, score_cutoff=least)):
                yield row, column, score


class _Piece(NamedTuple):
    """A piece of a row, and how many edits may lie between the row and a text that is alike."""

    row: int
    start: int
    end: int
    edits: int


def _pieces(row: int, text: str, least: float) -> Iterator[_Piece]:
    """The text in pieces; none when a single edit would already be too much."""
    longest = int(len(text) * (200 - least) / least)
    edits = int((1 - least / 100) * (len(text) + longest) + 1e-9)
    if edits == 0:
        return
    size, rest = divmod(len(text), edits + 1)
    start = 0
    for n in range(edits + 1):
        end = start + size + (n < rest)
        yield _Piece(row, start, end, edits)
        start = end
