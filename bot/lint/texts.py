"""Everything that the bot may say, with the place it stands at: templates and plain texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import yaml
from jinja2 import Environment, TemplateSyntaxError, nodes
from pydantic import TypeAdapter

from bot.content import SHIPPED
from bot.entries import Line
from bot.knowledge import Knowledge
from bot.lint.places import Place, Places
from bot.reader import LINE_NAMES
from bot.templates import names_in

# Only takes templates apart; what is said is rendered by bot.templates.
_environment = Environment(autoescape=True)
_NOT_TEXT = "\ufffc"


@dataclass(frozen=True, slots=True)
class Named:
    """A name that a template uses, and on which of its lines (from 0); not `required`: it does without."""

    name: str
    line: int
    required: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """A text that a customer may read. `names` are the variables it may use; None: it is said as it stands."""

    kind: str
    item: str
    steps: tuple[str, ...]
    text: str
    names: frozenset[str] | None = None

    def place(self, places: Places, offset: int = 0) -> Place:
        """Where it stands, or its line `offset`."""
        return places.at(self.kind, self.item, *self.steps, offset=offset)

    @property
    def literal(self) -> str:
        """What it says whatever the values: its templates' tags blotted out, its lines kept."""
        if self.names is None:
            return self.text
        pieces = []
        for _, token, value in _environment.lex(self.text):
            pieces.append(value if token == "data" else "".join(c if c == "\n" else _NOT_TEXT for c in value))
        return "".join(pieces)

    def problem(self) -> tuple[str, int] | None:
        """Why it is no template, and on which line; None when it is one."""
        try:
            self._tree()
        except TemplateSyntaxError as error:
            return error.message or "", error.lineno - 1
        return None

    def facts(self) -> Iterator[Named]:
        """The facts it names; not those it asks for first (`is defined`)."""
        tree = self._tree()
        asked = {_fact(test.node) for test in tree.find_all(nodes.Test) if test.name == "defined"}
        for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
            if name := _fact(node):
                yield Named(name, node.lineno - 1, required=name not in asked)

    def unknown(self) -> Iterator[Named]:
        """The variables that it may not use."""
        # What is set in one branch and used in another counts as unset for jinja's own search.
        found = list(self._tree().find_all(nodes.Name))
        own = {node.name for node in found if node.ctx != "load"}
        undeclared = (names_in(self.text) if self.names is not None else set()) - (self.names or frozenset()) - own
        for name in sorted(undeclared):
            yield Named(name, next(node.lineno for node in found if node.name == name) - 1)

    def _tree(self) -> nodes.Template:
        return _parsed(self.text if self.names is not None else "")


@lru_cache(maxsize=8)
def _parsed(text: str) -> nodes.Template:
    return _environment.parse(text)


def _fact(node: nodes.Node) -> str | None:
    if not isinstance(node, nodes.Getattr | nodes.Getitem) or not isinstance(node.node, nodes.Name) or node.node.name != "facts":
        return None
    if isinstance(node, nodes.Getattr):
        return node.attr
    return str(node.arg.value) if isinstance(node.arg, nodes.Const) else None


@lru_cache(maxsize=1)
def _line_names() -> dict[str, frozenset[str]]:
    """The variables of the bot's own lines, as the shipped ones use them."""
    data = yaml.load((SHIPPED / "replies.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    lines = TypeAdapter(dict[str, Line]).validate_python(data)
    return {name: frozenset(names_in(line.zh) | names_in(line.en)) | LINE_NAMES for name, line in lines.items()}


def said_by(knowledge: Knowledge) -> Iterator[Said]:
    """Every text that a customer may read."""
    content = knowledge.content
    for entry in content.entries:
        yield Said("entries", entry.id, ("answer",), entry.answer, frozenset({"facts"}))
        for field, text in (("question", entry.question), ("gist", entry.gist), ("caution", entry.caution)):
            if text:
                yield Said("entries", entry.id, (field,), text)
    for gap in content.gaps:
        for field, text in (("about", gap.about), ("about_en", gap.about_en)):
            if text:
                yield Said("gaps", gap.id, (field,), text)
    for signal in content.signals:
        yield from (Said("signals", signal.id, ("replies", reply), reply, LINE_NAMES) for reply in signal.replies)
        if signal.reply_en:
            yield Said("signals", signal.id, ("reply_en",), signal.reply_en, LINE_NAMES)
    for source in content.sources:
        yield from (Said("sources", source.id, (f,), t) for f, t in (("title", source.title), ("publisher", source.publisher)))
    for name, line in content.replies.items():
        names = _line_names().get(name, LINE_NAMES)
        yield Said("replies", name, ("zh",), line.zh, names)
        yield Said("replies", name, ("en",), line.en, names)
    yield from _calculators(knowledge)


def _calculators(knowledge: Knowledge) -> Iterator[Said]:
    names = frozenset({"case", "r", "facts"})
    for name in knowledge.calculators:
        texts = knowledge.content.calculators[name]
        yield Said("calculators", name, ("answer",), texts.answer, names)
        yield Said("calculators", name, ("answer_en",), texts.answer_en, names)
        for slot, text in texts.slots.items():
            yield Said("calculators", name, ("slots", slot, "prompt"), text.prompt)
            for reason, problem in text.problems.items():
                yield Said("calculators", name, ("slots", slot, "problems", reason), problem)
            for value, choice in text.choices.items():
                yield Said("calculators", name, ("slots", slot, "choices", value, "label"), choice.label)
