"""Where each piece of content stands: file and line, found without reading a file twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

_FOLDERS = ("entries", "gaps", "facts")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int


class Places:
    """The places of one folder's items, by kind (entries, gaps, replies …) and id."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._items: dict[tuple[str, str], tuple[str, yaml.Node, yaml.Node]] = {}
        for path in files:
            kind = path.parent.name if path.parent.name in _FOLDERS else path.stem
            root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            for name, key, node in _items(root):
                # A folder's own line or signal stands after the shipped one of that name, and is the one that is said.
                if kind in ("replies", "signals") or (kind, name) not in self._items:
                    self._items[kind, name] = (str(path), key, node)

    def at(self, kind: str, item: str, *steps: str, offset: int = 0) -> Place:
        """The place of an item, or of what lies `steps` (field names, values of a list) into it; as deep as it goes.

        `offset` counts lines into a text written as a block."""
        if (kind, item) not in self._items:
            return Place("", 0)
        file, mark, node = self._items[kind, item]
        for step in steps:
            found = _step(node, step)
            if found is None:
                break
            mark, node = found
        return Place(file, int(mark.start_mark.line) + 1 + _into(node, offset))


def _items(root: yaml.Node | None) -> list[tuple[str, yaml.Node, yaml.Node]]:
    if isinstance(root, yaml.MappingNode):
        return [(key.value, key, value) for key, value in root.value]
    found = []
    for node in root.value if isinstance(root, yaml.SequenceNode) else ():
        name = _step(node, "id")
        if name is not None:
            found.append((str(name[1].value), name[0], node))
    return found


def _step(node: yaml.Node, step: str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode):
        return next(((n, n) for n in node.value if isinstance(n, yaml.ScalarNode) and n.value.strip() == step), None)
    return None


def _into(node: yaml.Node, offset: int) -> int:
    """How many lines below its mark the line `offset` of a text is; the blank lines it begins with are not part of it."""
    if not isinstance(node, yaml.ScalarNode) or node.style != "|":
        return 0
    text = str(node.value)
    return 1 + text[: len(text) - len(text.lstrip())].count("\n") + offset
