"""`xiaoer calc`: the rule calculators listed, or one of them run with values given or asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.calculators import Calculator, Outcome, Slot, SlotKind
from bot.calculators.texts import CalculatorText, SlotText
from bot.conversation import Form, FormState
from bot.errors import XiaoerError
from bot.forms import Asking, Computed, Redirected, fill_form, problem_text, slot_text
from bot.knowledge import Knowledge
from bot.messages import Act, Json, Reply, Script
from bot.replies import Voice
from bot.settings import Settings
from handlers.cli.common import dump, moment, open_with_progress

NEAREST = 3
ALIKE = 40


def run(
    name: str | None, folder: Path | None, *, given: Sequence[str], more: Sequence[str], as_json: bool, today: str | None
) -> None:
    """List the calculators, or run the one of that name.

    `given` are the values of --slot (name=value), `more` what else stands on the command line (--name value)."""
    settings = Settings()
    now = moment(today, settings)
    knowledge = open_with_progress(settings, folder)
    if name is None:
        if given or more:
            raise XiaoerError("要算哪一个?先写计算器的名字,再写值;xiaoer calc 列出所有计算器")
        _list(knowledge, as_json=as_json)
        return
    if name.startswith("-"):
        raise XiaoerError(f"{name} 前面要先写计算器的名字;xiaoer calc 列出所有计算器")
    desk = Desk(_find(name, knowledge), knowledge, Voice(knowledge, now, Script.SIMPLIFIED), now)
    # Asking would mix prompts into the JSON.
    desk.run(tuple(_told(given, more)), may_ask=sys.stdin.isatty() and not as_json, as_json=as_json)


def _find(name: str, knowledge: Knowledge) -> Calculator:
    rules = knowledge.calculators
    if not rules:
        raise XiaoerError("这个知识库的知识点没有用到计算器")
    if name in rules:
        return rules[name]
    texts = knowledge.content.calculators
    spoken = {rule: f"{rule} {texts[rule].title} {texts[rule].title_en.lower()}" for rule in rules}
    found = process.extract(name.lower(), spoken, scorer=fuzz.WRatio, limit=NEAREST, score_cutoff=ALIKE)
    near = "、".join(f"{rule}({texts[rule].title})" for _, _, rule in found)
    hint = f"最接近的是 {near}。" if near else ""
    raise XiaoerError(f"没有计算器 {name}。{hint}xiaoer calc 列出所有计算器")


def _told(given: Sequence[str], more: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The slots and values of the command line: name=value, and pairs of --name value or --name=value."""
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise XiaoerError(f"--slot {pair} 要写成 --slot 名字=值")
        yield _slot_name(name), value
    rest = iter(more)
    for option in rest:
        if not option.startswith("--"):
            raise XiaoerError(f"看不懂 {option}:值要写成 --名字 值")
        name, equals, value = option[2:].partition("=")
        following = value if equals else next(rest, None)
        if following is None:
            raise XiaoerError(f"{option} 后面缺一个值")
        yield _slot_name(name), following


def _slot_name(option: str) -> str:
    return option.strip().replace("-", "_")


def _choice(slot: SlotText, said: str) -> str | None:
    """The choice of a slot that was named, or told by its number."""
    if said.isascii() and said.isdigit() and 0 < int(said) <= len(slot.choices):
        return list(slot.choices)[int(said) - 1]
    return slot.choice(said)


@dataclass(frozen=True)
class Desk:
    """One calculator being run at the terminal; `read` reads the answer to a prompt."""

    rule: Calculator
    knowledge: Knowledge
    voice: Voice
    now: datetime
    read: Callable[[str], str] = input

    @property
    def slots(self) -> Mapping[str, Slot]:
        """The slots that a person may fill."""
        return {slot.name: slot for slot in self.rule.slots if not slot.hidden}

    @property
    def texts(self) -> CalculatorText:
        """What a person reads of the calculator."""
        return self.knowledge.content.calculators[self.rule.name]

    def run(self, told: Sequence[tuple[str, str]], *, may_ask: bool, as_json: bool) -> None:
        """Take what was told, ask for what is missing, print the result."""
        owners = [e for e in self.knowledge.content.entries if e.calculator == self.rule.name]
        # An entry that settles slots by itself tells only part of the rule.
        owner = min(owners, key=lambda e: len(e.given))
        form = Form(owner.id, self.rule.name, FormState.ASKING)
        for name, value in self._joined(told).items():
            asking = replace(form, asked=name, state=FormState.ASKING)
            form, problem = self.fill(asking, value)
            if problem is None and not self._took(value, asking, form):
                problem = self.voice.line("not_understood")
            if problem:
                raise XiaoerError(f"--{name} {value}: {problem}{slot_text(asking, self.knowledge).prompt}")
        while (missing := self.rule.missing(form.values)) is not None:
            form = replace(form, asked=missing.name, state=FormState.ASKING)
            if not may_ask:
                label = self.texts.slots[missing.name].label
                raise XiaoerError(f"还缺{label}:加上 --{missing.name} 值。{slot_text(form, self.knowledge).prompt}")
            form = self._ask(form)
        facts = self.knowledge.facts(self.now.date())
        self._print(form, self.rule.run(form.values, facts, self.now), as_json=as_json)

    def _joined(self, told: Sequence[tuple[str, str]]) -> Mapping[str, str]:
        """The value of each slot; of several amounts all, of anything else told twice the last one."""
        values: dict[str, str] = {}
        for name, value in told:
            if name not in self.slots:
                raise XiaoerError(f"{self.rule.name} 没有 {name} 这一项,可以写的是 {'、'.join(f'--{s}' for s in self.slots)}")
            several = self.slots[name].kind is SlotKind.AMOUNTS and name in values
            values[name] = f"{values[name]}、{value}" if several else value
        # The rule's own order: what a later slot means may hang on an earlier one.
        return {slot: values[slot] for slot in self.slots if slot in values}

    def fill(self, form: Form, said: str) -> tuple[Form, str | None]:
        """The form after a value for its slot `asked`, and what was wrong with the value."""
        step = fill_form(form, _choice(slot_text(form, self.knowledge), said) or said, self.knowledge, self.now)
        match step:
            case Asking(filled, problem) if problem is not None:
                return filled, problem_text(problem, filled, self.knowledge, self.voice)
            case Asking(filled) | Computed(filled) | Redirected(_, filled):
                return filled, None
            case None:
                return form, self.voice.line("not_understood")

    def _took(self, said: str, before: Form, after: Form) -> bool:
        """Whether a value went to the slot it was given for: by name, as a choice, or as a note that the calculator keeps
        for it (a day without its time)."""
        notes = [s.name for s in self.rule.slots if s.hidden]
        return (
            before.asked in after.values
            or _choice(slot_text(before, self.knowledge), said) is not None
            or any(after.values.get(n) != before.values.get(n) for n in notes)
        )

    def _ask(self, form: Form) -> Form:
        """The form after one more answer at the terminal."""
        slot = slot_text(form, self.knowledge)
        with suppress(ImportError):
            import readline  # noqa: F401 - without it Backspace breaks Chinese input
        print(slot.prompt)
        for number, choice in enumerate(slot.choices.values(), 1):
            print(f"  {number}. {choice.label}")
        try:
            said = self.read("> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            raise SystemExit(1) from None
        filled, problem = self.fill(form, said)
        if problem:
            print(problem)
        return filled

    def _print(self, form: Form, outcome: Outcome, *, as_json: bool) -> None:
        reply = self.voice.reply(Act.ANSWER, self.voice.outcome(outcome), entries=(form.entry,), outcome=outcome)
        print(dump(_as_json(reply, outcome)) if as_json else reply.text)


def _as_json(reply: Reply, outcome: Outcome) -> Mapping[str, Json]:
    return {"calculator": outcome.calculator, "case": outcome.case, "result": reply.result, "text": reply.text}


def _list(knowledge: Knowledge, *, as_json: bool) -> None:
    texts = knowledge.content.calculators
    shown = {name: [s for s in rule.slots if not s.hidden] for name, rule in knowledge.calculators.items()}
    if as_json:
        rows = [
            {
                "name": name,
                "title": texts[name].title,
                "slots": [
                    {"name": s.name, "label": texts[name].slots[s.name].label, "kind": s.kind.value, "required": s.required}
                    for s in slots
                ],
            }
            for name, slots in shown.items()
        ]
        print(dump(rows))
        return
    from rich.console import Console
    from rich.table import Column, Table

    if not shown:
        print("这个知识库的知识点没有用到计算器。")
        return
    table = Table(Column("名字", no_wrap=True), "算什么", "要填的(括号里可不填)")
    for name, slots in shown.items():
        labels = [f"{s.name} {texts[name].slots[s.name].label}" for s in slots]
        marked = [label if s.required else f"({label})" for s, label in zip(slots, labels, strict=True)]
        table.add_row(name, texts[name].title, "\n".join(marked))
    console = Console()
    console.print(table)
    console.print("例: xiaoer calc late-shipping-compensation --amounts 588", markup=False, highlight=False)
