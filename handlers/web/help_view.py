"""What the help centre's pages show, put into the reader's language; the templates only lay it out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from bot.areas import Area
from bot.entries import Audience, Entry
from bot.facts import Facts, Figure
from bot.knowledge import Knowledge
from bot.matching.normalize import traditional
from bot.messages import Script, Source
from bot.replies import Voice
from bot.templates import money, percent, plain_number, render
from handlers.web.interface import Interface, Language, interface

SCRIPTS = {
    Language.SIMPLIFIED: Script.SIMPLIFIED,
    Language.TRADITIONAL: Script.TRADITIONAL,
    Language.ENGLISH: Script.ENGLISH,
}
SUMMARY = 150

_STEP = re.compile(r"\s*(\d{1,2})[.、)]\s*(?=\D)")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of an answer, or a numbered list that starts at `first`."""

    lines: tuple[str, ...]
    first: int = 0


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as it is shown; the dates are in words, "" where there is none."""

    title: str
    publisher: str
    published: str
    updated: str
    age: str
    official: bool
    page: str


@dataclass(frozen=True, slots=True)
class FigureView:
    """A number of the answer: what it is, how much, and since when it is documented."""

    label: str
    value: str
    since: str


@dataclass(frozen=True, slots=True)
class Link:
    """A question to go to; `gist` is the English sentence for English readers, `summary` the beginning of the answer."""

    id: str
    question: str
    audience: str
    gist: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area's questions for one audience; `anchor` is its place in the overview."""

    anchor: str
    title: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The areas for one audience."""

    audience: str
    title: str
    areas: tuple[AreaView, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """An entry's page. `plain` is its answer as one text; `modified` the last day that a source or number of it speaks of."""

    id: str
    question: str
    gist: str
    audience: str
    area: AreaView
    blocks: tuple[Block, ...]
    plain: str
    caution: str
    figures: tuple[FigureView, ...]
    sources: tuple[SourceView, ...]
    cited: tuple[Source, ...]
    modified: date | None
    related: tuple[Link, ...]


@dataclass(frozen=True)
class Reader:
    """Somebody who reads the help centre in one language at one moment."""

    knowledge: Knowledge
    areas: tuple[Area, ...]
    language: Language
    now: datetime

    @cached_property
    def voice(self) -> Voice:
        """The bot's voice in the reader's script."""
        return Voice(self.knowledge, self.now, SCRIPTS[self.language])

    @property
    def ui(self) -> Interface:
        """The labels of the pages."""
        return interface(self.language)

    @property
    def name(self) -> str:
        """Whose help centre it is."""
        return self.zh(self.voice.line("name"))

    @property
    def english(self) -> bool:
        """Whether the content, which is Chinese, is not in the reader's language."""
        return self.language is Language.ENGLISH

    def zh(self, text: str) -> str:
        """A text of the content in the reader's characters."""
        return traditional(text) if self.language is Language.TRADITIONAL else text

    def day(self, day: date | None) -> str:
        """A date in words; "" for none."""
        if day is None:
            return ""
        return day.isoformat() if self.english else f"{day.year}年{day.month}月{day.day}日"

    def audience(self, audience: str) -> str:
        """For whom an entry is written."""
        return self.ui["help"][f"for_{audience}"]

    def area_title(self, name: str) -> str:
        """An area's title; a folder of somebody's own has only the name of its file."""
        return self.ui.sections.get("areas", {}).get(name) or name.replace("-", " ")

    def link(self, entry: Entry, *, summary: bool = False) -> Link:
        """An entry to go to."""
        gist = (entry.gist or "") if self.english else ""
        text = self.summary(entry) if summary and not gist else ""
        return Link(entry.id, self.zh(entry.question), self.audience(entry.audience), gist, text)

    def links(self, entries: Sequence[str]) -> tuple[Link, ...]:
        """The entries of these ids that there are, each once."""
        return tuple(self.link(self.knowledge.entries[e]) for e in dict.fromkeys(entries) if e in self.knowledge.entries)

    def summary(self, entry: Entry) -> str:
        """The beginning of an entry's answer in one line, for result lists and search engines."""
        if self.english and entry.gist:
            return entry.gist
        text = " ".join(render(entry.answer, facts=self._facts).split())
        return self.zh(text if len(text) <= SUMMARY else text[: SUMMARY - 1] + "…")

    def groups(self, wanted: str = "") -> tuple[Group, ...]:
        """All questions by audience and area; only those for one audience (and for everyone) if one is `wanted`."""
        found = []
        for audience in Audience:
            if wanted and audience not in (wanted, Audience.EVERYONE):
                continue
            shown = tuple(
                AreaView(f"{audience.value}-{area.name}", self.area_title(area.name), tuple(self.link(e) for e in mine))
                for area in self.areas
                if (mine := [e for e in area.entries if _shelf(e, area) == audience.value])
            )
            if shown:
                found.append(Group(audience.value, self.audience(audience), shown))
        return tuple(found)

    def article(self, entry: Entry) -> Article:
        """An entry's page."""
        used = _Used(self._facts)
        plain = self.zh(render(entry.answer, facts=used))
        cited = tuple(self.knowledge.sources[s] for s in dict.fromkeys(entry.sources))
        figures = tuple(self._figures(used.names))
        dates = [d for s in cited for d in (s.published, s.updated) if d] + [d for _, d in figures if d]
        return Article(
            id=entry.id,
            question=self.zh(entry.question),
            gist=(entry.gist or "") if self.english else "",
            audience=self.audience(entry.audience),
            area=self._area_of(entry),
            blocks=tuple(blocks(plain)),
            plain=plain,
            caution=self.zh(entry.caution or ""),
            figures=tuple(view for view, _ in figures),
            sources=tuple(self._source(s) for s in cited),
            cited=cited,
            modified=max(dates, default=None),
            related=self.links([*entry.related, *(f.entry for f in entry.follow_ups)]),
        )

    @property
    def _facts(self) -> Facts:
        return self.knowledge.facts(self.now.date())

    def _area_of(self, entry: Entry) -> AreaView:
        area = next(a for a in self.areas if any(e.id == entry.id for e in a.entries))
        return AreaView(f"{_shelf(entry, area)}-{area.name}", self.area_title(area.name))

    def _source(self, source: Source) -> SourceView:
        dated = source.published or source.updated
        return SourceView(
            title=self.zh(source.title),
            publisher=self.zh(source.publisher),
            published=self.day(source.published),
            updated=self.day(source.updated),
            age=self.zh(self.voice.age(source)) if dated else "",
            official=source.official,
            page=self.zh(source.page or ""),
        )

    def _figures(self, names: Sequence[str]) -> Iterator[tuple[FigureView, date | None]]:
        facts = {fact.id: fact for fact in self.knowledge.content.facts}
        for name in names:
            figure = self._facts[name]
            since = next((v.since for v in facts[name].values if v.value == figure.value and v.source == figure.source), None)
            yield FigureView(self.zh(facts[name].label), self.zh(_amount(figure)), self.day(since)), since


class _Used(Mapping[str, Figure]):
    """The facts of a day, noting which ones an answer takes."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._names: dict[str, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    def __getitem__(self, name: str) -> Figure:
        figure = self._facts[name]
        self._names[name] = None
        return figure

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def _amount(figure: Figure) -> str:
    """A fact's value with its unit; shares are percentages, telephone numbers and texts stand as they are."""
    if figure.unit == "元":
        return money(figure)
    if figure.unit == "比例":
        return percent(figure)
    number = figure.value.replace(".", "", 1).isdigit() and figure.unit not in ("", "号码")
    return f"{plain_number(figure)} {figure.unit}" if number else figure.value


def _shelf(entry: Entry, area: Area) -> str:
    """Under which audience an entry stands in the overview: what is for everyone stands with the rest of its area."""
    if entry.audience is not Audience.EVERYONE:
        return entry.audience.value
    others = Counter(e.audience.value for e in area.entries if e.audience is not Audience.EVERYONE)
    return others.most_common(1)[0][0] if others else Audience.EVERYONE.value


def blocks(text: str) -> Iterator[Block]:
    """An answer's paragraphs and numbered lists."""
    steps: list[str] = []
    first = 0
    for line in (line.strip() for line in text.splitlines()):
        step = _STEP.match(line)
        if steps and not (step and int(step[1]) == first + len(steps)):
            yield Block(tuple(steps), first)
            steps = []
        if step:
            first = first if steps else int(step[1])
            steps.append(line[step.end() :])
        elif line:
            yield Block((line,))
    if steps:
        yield Block(tuple(steps), first)
