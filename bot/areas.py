"""The areas of a knowledge folder: its entries by the file they stand in, for browsing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.entries import Entry
from bot.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Area:
    """Entries that belong together; `name` is their file's, without the ending (seller-shipping)."""

    name: str
    entries: tuple[Entry, ...]


def areas(knowledge: Knowledge) -> tuple[Area, ...]:
    """The areas in the order of their files. Reads the files: call it once and keep the result.

    An entry that is in none of them any more (somebody is editing) stands under the first part of its id."""
    place = {entry: path.stem for path in knowledge.files if path.parent.name == "entries" for entry in _ids(path)}
    found: dict[str, list[Entry]] = {name: [] for name in dict.fromkeys(place.values())}
    for entry in knowledge.content.entries:
        found.setdefault(place.get(entry.id, entry.id.partition(".")[0]), []).append(entry)
    return tuple(Area(name, tuple(entries)) for name, entries in found.items() if entries)


def _ids(path: Path) -> Iterator[str]:
    try:
        items = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return
    yield from (item["id"] for item in items or () if isinstance(item, dict) and isinstance(item.get("id"), str))
