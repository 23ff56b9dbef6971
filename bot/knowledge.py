"""The knowledge that a reply is made from: content, facts, calculators and the matcher, loaded from one folder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from bot import cache
from bot.calculators import Calculator, calculators, find_calculator
from bot.content import SHIPPED, Content, digest, files_of
from bot.entries import Entry, Gap, Line, Signal
from bot.facts import Facts, facts_at
from bot.matching.features import Extractor, Lexicon
from bot.matching.matcher import Matcher
from bot.matching.model import Corpus, Kind
from bot.matching.normalize import normalize
from bot.matching.training import Budget, Fit, Trained, train
from bot.messages import Role, Source
from bot.templates import render

Progress = Callable[[str, float], None]

# So many rendered lines and answers are remembered.
SAID = 4096


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

    def say(self, template: str, day: date, **names: Hashable) -> str:
        """A template of the folder filled in with the facts of a day. Remembered: most is said to many in the same words."""
        return self._said(template, day, tuple(names.items()))

    @cached_property
    def _said(self) -> Callable[[str, date, tuple[tuple[str, Hashable], ...]], str]:
        return lru_cache(maxsize=SAID)(lambda template, day, names: render(template, facts=self.facts(day), **dict(names)))

    def asks_first(self, entry: Entry, text: str) -> bool:
        """Whether the text is more like the wordings that need a slot first than like the entry's other wordings."""
        if not entry.ask_first:
            return False
        normal = normalize(text)
        first, other = (
            process.extractOne(normal, _normalized(group), scorer=fuzz.ratio) for group in (entry.ask_first, entry.wordings)
        )
        return first is not None and first[1] >= 50 and (other is None or first[1] > other[1])


@lru_cache(maxsize=512)
def _normalized(wordings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(normalize, wordings))


@lru_cache(maxsize=64)
def _facts(knowledge: Knowledge, day: date) -> Facts:
    return facts_at(knowledge.content.facts, day)


def load_knowledge(folder: Path = SHIPPED, cache_folder: Path | None = None, progress: Progress | None = None) -> Knowledge:
    """The folder's knowledge, from the cache when its content is known there, else read, checked and, where what there is to
    learn from has changed, learned anew.

    Raises ContentError when the content is wrong. `progress(what, share done)` is called while learning."""
    files = files_of(folder)
    key = digest(files)
    if cache_folder and (stored := cache.load(cache_folder, key)):
        return _ready(stored[0], files, stored[1])
    # Imported here: the files are read only when they say something new.
    from bot.reader import check_templates, read_content

    content = read_content(files)
    check_templates(content, files)
    corpus, terms = corpus_of(content), _terms(content)
    source = cache.source_key(corpus, terms)
    trained = cache.load_learned(cache_folder, source) if cache_folder else None
    if trained is None:
        trained = _learn(corpus, terms, progress or (lambda what, done: None))
        if cache_folder:
            cache.save_learned(cache_folder, source, trained)
    if cache_folder:
        cache.save_content(cache_folder, key, content, source)
    return _ready(content, files, trained)


def _ready(content: Content, files: Sequence[Path], trained: Trained) -> Knowledge:
    exact = {text.replace(" ", ""): name for name, texts in trained.model.wordings.items() for text in texts}
    roles = {role.value: frozenset(e.id for e in content.entries if e.audience == role.value) for role in Role}
    return Knowledge(content, files, Matcher(trained.model, trained.gate, trained.bands, exact, roles), trained.fit)


def _learn(corpus: Corpus, terms: Mapping[str, str], progress: Progress) -> Trained:
    from bot.matching.features import pinyin_table

    return train(corpus, Extractor(Lexicon.of(terms), pinyin_table()), progress, Budget())


def corpus_of(content: Content) -> Corpus:
    """The texts to learn from: each wording once, with the entry, gap or signal that has it first."""
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
    return Corpus(tuple(texts), tuple(labels), kinds)


def _terms(content: Content) -> dict[str, str]:
    terms: dict[str, str] = {}
    for name, sayings in content.lexicon.items():
        term = " ".join(name.split())  # one line, however it was written
        for saying in (term, *sayings):
            normal = normalize(saying)
            if len(normal) > 1:
                terms.setdefault(normal, term)
    return terms
