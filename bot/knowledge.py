"""The knowledge that a reply is made from: content, facts, calculators and the matcher, loaded from one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from bot import cache
from bot.calculators import Calculator, calculators, find_calculator
from bot.content import SHIPPED, Content, digest, files_of, place_of, read_content
from bot.entries import Entry, Gap, Line, Signal
from bot.errors import ContentError
from bot.facts import Facts, facts_at
from bot.matching.features import Extractor, Lexicon
from bot.matching.matcher import Matcher
from bot.matching.model import Corpus, Kind
from bot.matching.normalize import normalize
from bot.matching.training import Budget, Fit, Trained, train
from bot.messages import Role, Source
from bot.templates import names_in, render

Progress = Callable[[str, float], None]

# What every line of the bot and every answer to small talk may name.
LINE_NAMES = frozenset({"facts", "name", "subject"})


@dataclass(frozen=True, eq=False)
class Knowledge:
    """One folder's content, ready to answer. `fit` tells what its cross-validation found."""

    content: Content
    files: Sequence[Path]
    matcher: Matcher
    fit: Fit

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """The entries by id."""
        return {e.id: e for e in self.content.entries}

    @cached_property
    def gaps(self) -> Mapping[str, Gap]:
        """The gaps by id."""
        return {g.id: g for g in self.content.gaps}

    @cached_property
    def signals(self) -> Mapping[str, Signal]:
        """The signals by id."""
        return {s.id: s for s in self.content.signals}

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The sources by id."""
        return {s.id: Source(s.id, s.title, s.publisher, s.published, s.updated, s.official, s.page) for s in self.content.sources}

    @cached_property
    def calculators(self) -> Mapping[str, Calculator]:
        """The calculators that entries of this folder use, by name."""
        used = {e.calculator for e in self.content.entries}
        return {name: rule for name, rule in calculators().items() if name in used}

    def calculator(self, name: str | None) -> Calculator | None:
        """The calculator of that name; None when there is none."""
        return find_calculator(name) if name else None

    def facts(self, day: date) -> Facts:
        """The facts as they stand on a day."""
        return _facts(self, day)

    def line(self, name: str) -> Line:
        """One of the bot's own lines; the shipped one when the folder has none of that name."""
        return self.content.replies[name]

    def asks_first(self, entry: Entry, text: str) -> bool:
        """Whether the text is more like the wordings that need a slot first than like the entry's other wordings."""
        if not entry.ask_first:
            return False
        normal = normalize(text)
        first, other = (
            process.extractOne(normal, [normalize(w) for w in group], scorer=fuzz.ratio)
            for group in (entry.ask_first, entry.wordings)
        )
        return first is not None and first[1] >= 50 and (other is None or first[1] > other[1])


@lru_cache(maxsize=64)
def _facts(knowledge: Knowledge, day: date) -> Facts:
    return facts_at(knowledge.content.facts, day)


def load_knowledge(folder: Path = SHIPPED, cache_folder: Path | None = None, progress: Progress | None = None) -> Knowledge:
    """The folder's knowledge, from the cache when its content is known there, else read, checked and learned anew.

    Raises ContentError when the content is wrong. `progress(what, share done)` is called while learning."""
    files = files_of(folder)
    key = digest(files)
    stored = cache.load(cache_folder, key) if cache_folder else None
    if stored is None:
        content = read_content(files)
        check_templates(content, files)
        trained, corpus = _learn(content, progress or (lambda what, done: None))
        if cache_folder:
            cache.save(cache_folder, key, content, trained, corpus)
    else:
        content, trained, corpus = stored
    return Knowledge(content, files, _matcher(content, trained, corpus), trained.fit)


def _learn(content: Content, progress: Progress) -> tuple[Trained, Corpus]:
    from bot.matching.features import pinyin_table

    texts: list[str] = []
    labels: list[str] = []
    kinds: dict[str, Kind] = {}
    taken: set[str] = set()

    def add(name: str, kind: Kind, wordings: Sequence[str]) -> None:
        for normal in dict.fromkeys(normalize(w) for w in wordings):
            if normal and normal not in taken:
                taken.add(normal)
                kinds[name] = kind
                texts.append(normal)
                labels.append(name)

    for entry in content.entries:
        gist = (entry.gist,) if entry.gist else ()
        add(entry.id, Kind.ENTRY, (entry.question, *entry.wordings, *entry.ask_first, *gist))
    for gap in content.gaps:
        add(gap.id, Kind.GAP, gap.wordings)
    for signal in content.signals:
        add(signal.id, Kind.SIGNAL, signal.wordings)
    corpus = Corpus(tuple(texts), tuple(labels), kinds)
    extractor = Extractor(Lexicon.of(_terms(content)), pinyin_table())
    return train(corpus, extractor, progress, Budget()), corpus


def _terms(content: Content) -> dict[str, str]:
    terms: dict[str, str] = {}
    for term, sayings in content.lexicon.items():
        for saying in (term, *sayings):
            normal = normalize(saying)
            if len(normal) > 1:
                terms.setdefault(normal, term)
    return terms


def _matcher(content: Content, trained: Trained, corpus: Corpus) -> Matcher:
    exact = {text.replace(" ", ""): label for text, label in zip(corpus.texts, corpus.labels, strict=True)}
    roles = {role.value: frozenset(e.id for e in content.entries if e.audience == role.value) for role in Role}
    return Matcher(trained.model, trained.gate, trained.bands, exact, roles)


def check_templates(content: Content, files: Sequence[Path]) -> None:
    """Raise ContentError at the first answer that names an unknown fact, or calculator that lacks one of its facts."""
    facts = facts_at(content.facts, date.max)
    for entry in content.entries:
        file, line = "", 0
        try:
            for unknown in sorted(names_in(entry.answer) - {"facts"}):
                raise ContentError(f"答案里有未知的变量 {unknown}", fix="答案只能用 facts.名字")
            render(entry.answer, facts=facts)
            rule = find_calculator(entry.calculator) if entry.calculator else None
            if entry.calculator and rule is None:
                raise ContentError(f"没有名为 {entry.calculator} 的计算器", fix="用 xiaoer calc 列出的名字")
            for name in rule.facts if rule else ():
                if name not in facts:
                    raise ContentError(f"计算器 {entry.calculator} 要用的口径 {name} 不在 facts/ 里", fix="在 facts/ 里加上它")
        except ContentError as error:
            file, line = place_of(files, "entries", entry.id, "answer")
            raise ContentError(error.what, file=file, line=line, entry=entry.id, field="answer", fix=error.fix) from error
    for signal in content.signals:
        for text in (*signal.replies, signal.reply_en or ""):
            for unknown in sorted(names_in(text) - LINE_NAMES):
                file, line = place_of(files, "signals", signal.id, "replies")
                what = f"回应里有未知的变量 {unknown}"
                raise ContentError(
                    what, file=file, line=line, entry=signal.id, field="replies", fix="只能用 name、subject 和 facts.名字"
                )
