"""How a reply is put into words: the bot's lines, sources with their age, notes and options, in the customer's script."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from bot.calculators import Outcome, plain
from bot.entries import Entry, Line, Signal
from bot.knowledge import Knowledge
from bot.matching.normalize import shorten, simplify, traditional
from bot.messages import Act, Action, Asked, Button, Candidate, Card, Given, Json, Reply, Script, Source
from bot.templates import render

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z']+")
# Pinyin and brand names are Latin letters too; one of these makes a message English.
_ENGLISH = frozenset(
    "a an the i my me we you your it is are was am be do does did can could will would should may how what where when which who why "
    "not no to of on in for from with and or if after hi hello hey thanks thank please help yes ok okay bye agent human person "
    "refund deposit order seller shop store appeal complain cancel fee cost open close".split()
)


@dataclass(frozen=True, slots=True)
class _Cited:
    """What the line `sources` tells of one."""

    title: str
    publisher: str
    published: date | None
    updated: date | None
    official: bool
    age: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks with one folder's lines at one moment, in one script."""

    knowledge: Knowledge
    now: datetime
    script: Script

    def line(self, name: str, **names: Hashable) -> str:
        """One of the bot's own lines."""
        return self._say(self._plain(self.knowledge.line(name)), **names)

    def small_talk(self, signal: Signal, turn: int) -> str:
        """What is said to a signal; of several replies another one each turn."""
        if self.script is Script.ENGLISH and signal.reply_en:
            return self._say(signal.reply_en)
        return self._say(signal.replies[turn % len(signal.replies)]) if signal.replies else self.line("nothing_to_answer")

    def _say(self, template: str, **names: Hashable) -> str:
        name, subject = self._plain(self.knowledge.line("name")), self._plain(self.knowledge.line("subject"))
        return self.knowledge.say(template, self.now.date(), name=name, subject=subject, **names)

    def _plain(self, line: Line) -> str:
        return line.en if self.script is Script.ENGLISH else line.zh

    def answer(self, entry: Entry) -> str:
        """The entry's answer; for English readers its gist, then the answer."""
        return self._with_gist(entry.gist, self.knowledge.say(entry.answer, self.now.date()))

    def outcome(self, outcome: Outcome) -> str:
        """A calculator's result with its steps."""
        texts = self.knowledge.content.calculators[outcome.calculator]
        names = {"case": outcome.case, "r": outcome.result, "facts": self.knowledge.facts(self.now.date())}
        english = render(texts.answer_en, **names) if self.script is Script.ENGLISH else None
        return self._with_gist(english, render(texts.answer, **names))

    def title(self, calculator: str) -> str:
        """What a calculator computes, in a few words."""
        texts = self.knowledge.content.calculators[calculator]
        return texts.title_en if self.script is Script.ENGLISH else texts.title

    def _with_gist(self, english: str | None, chinese: str) -> str:
        if self.script is not Script.ENGLISH or not english:
            return chinese
        return f"{english.strip()}\n\n{self.line('in_chinese', text=chinese)}"

    def age(self, source: Source) -> str:
        """How long ago the source was last touched."""
        last = source.updated or source.published
        months = round((self.now.date() - last).days / 30.44) if last else 0
        if months >= 12:
            return self.line("age_years", count=f"{months / 12:.1f}".removesuffix(".0"))
        return self.line("age_months", count=months) if months else self.line("age_new")

    def sources(self, sources: Sequence[Source]) -> str:
        """Where the statement comes from, how old it is, and that nobody official signed it."""
        shown = tuple(_Cited(s.title, s.publisher, s.published, s.updated, s.official, self.age(s)) for s in sources)
        return self.line("sources", sources=shown)

    def person(self) -> Button:
        """The button that asks for a person."""
        return Button(self.line("person"), says=self.line("person"))

    def entry_button(self, name: str) -> Button:
        """An entry as an option."""
        return Button(self.knowledge.entries[name].question, entry=name)

    def reply(
        self,
        act: Act,
        body: str,
        *,
        entries: Sequence[str] = (),
        candidates: Sequence[Candidate] = (),
        gap: str | None = None,
        outcome: Outcome | None = None,
        calculator: str | None = None,
        options: Sequence[Button] = (),
        prompt: str = "",
        asked: Asked | None = None,
        card: Card | None = None,
        action: Action | None = None,
    ) -> Reply:
        """The whole reply. Answers, and questions that come with one, carry its notes and sources; an answer's options
        are related questions, all others are numbered choices."""
        about = [self.knowledge.entries[e] for e in entries if body]
        notes = tuple(dict.fromkeys(self.line("caution", caution=e.caution) for e in about if e.caution))
        sources = tuple(self.knowledge.sources[s] for s in dict.fromkeys(s for e in about for s in e.sources))
        behind = [*notes]
        if sources:
            behind.append(self.sources(sources))
        if options and act is Act.ANSWER:
            behind.append(self.line("related", options=tuple(options)))
        choices = numbered(options) if options and act is not Act.ANSWER else ""
        text = "\n\n".join(part for part in (body, "\n".join(behind), "\n".join(p for p in (prompt, choices) if p)) if part)
        reply = Reply(
            act=act,
            text=text,
            body=body,
            entries=tuple(entries),
            candidates=tuple(candidates),
            gap=gap,
            calculator=outcome.calculator if outcome else calculator,
            result=_json(outcome),
            notes=notes,
            sources=sources,
            prompt=prompt,
            options=tuple(options),
            script=self.script,
            asked=asked,
            card=card,
            action=action,
        )
        return in_script(reply) if self.script is Script.TRADITIONAL else reply


def _json(outcome: Outcome | None) -> Json:
    return cast("Json", plain(outcome.result)) if outcome else None


def numbered(options: Sequence[Button]) -> str:
    """The options as a numbered list."""
    return "\n".join(f"{i}. {option.label}" for i, option in enumerate(options, 1))


def in_script(reply: Reply) -> Reply:
    """The reply in traditional characters."""
    return replace(
        reply,
        text=traditional(reply.text),
        body=traditional(reply.body),
        notes=tuple(traditional(n) for n in reply.notes),
        prompt=traditional(reply.prompt),
        sources=tuple(replace(s, title=traditional(s.title), publisher=traditional(s.publisher)) for s in reply.sources),
        options=tuple(replace(o, label=traditional(o.label)) for o in reply.options),
        asked=replace(reply.asked, title=traditional(reply.asked.title), label=traditional(reply.asked.label))
        if reply.asked
        else None,
        card=_card_in_script(reply.card) if reply.card else None,
    )


def _card_in_script(card: Card) -> Card:
    given = tuple(Given(traditional(g.label), traditional(g.value)) for g in card.given)
    return Card(traditional(card.title), traditional(card.headline), given, tuple(traditional(s) for s in card.steps))


def script_of(text: str, before: Script) -> Script:
    """The script a message is written in; a message that could be any (666, ok) keeps the one before."""
    text = shorten(text)
    if _HAN.search(text):
        simple = simplify(text)
        old = sum(a != b for a, b in zip(text, simple, strict=False)) if simple != text else 0
        if not old and before is not Script.TRADITIONAL:
            return Script.SIMPLIFIED
        new = sum(a != b for a, b in zip(simple, traditional(simple), strict=False)) - old
        if old and old >= new:
            return Script.TRADITIONAL
        return Script.SIMPLIFIED if new > 0 or before is Script.ENGLISH else before
    words = [w.lower() for w in _WORD.findall(text)]
    known = sum(w in _ENGLISH for w in words)
    return Script.ENGLISH if known and known * 5 >= len(words) else before
