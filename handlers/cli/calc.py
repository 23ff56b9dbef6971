"""`xiaoer calc`: the rule calculators listed, or one of them run with values given or asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.calculators import Calculator, Outcome, SlotKind
from bot.conversation import Form, FormState
from bot.desk import Desk
from bot.errors import XiaoerError
from bot.forms import slot_text
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
    terminal = Terminal(_find(name, knowledge), knowledge, Voice(knowledge, now, Script.SIMPLIFIED), now)
    # Asking would mix prompts into the JSON.
    terminal.run(tuple(_told(given, more)), may_ask=sys.stdin.isatty() and not as_json, as_json=as_json)


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


@dataclass(frozen=True)
class Terminal(Desk):
    """A calculator being run at the terminal; `read` reads the answer to a prompt."""

    read: Callable[[str], str] = input

    def run(self, told: Sequence[tuple[str, str]], *, may_ask: bool, as_json: bool) -> None:
        """Take what was told, ask for what is missing, print the result."""
        values = self._joined(told)
        worked = self.work(self.open(), values)
        for name, problem in worked.problems.items():
            raise XiaoerError(f"--{name} {values[name]}: {problem}{self.texts.slots[name].prompt}")
        form = worked.form
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
        return values

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
