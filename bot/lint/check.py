"""The check of a knowledge folder: all its parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.content import SHIPPED
from bot.knowledge import Knowledge
from bot.lint.answers import check_answers
from bot.lint.examples import check_examples
from bot.lint.finding import Finding
from bot.lint.places import Places
from bot.lint.upkeep import check_upkeep
from bot.lint.wordings import check_wordings


def lint(knowledge: Knowledge, today: date) -> tuple[Finding, ...]:
    """Everything found in the folder's own files, file by file and line by line."""
    places = Places(knowledge.files)
    found = (
        *check_wordings(knowledge.content, places),
        *check_examples(knowledge, places),
        *check_answers(knowledge, places),
        *check_upkeep(knowledge, places, today),
    )
    own = {str(path) for path in _own(knowledge.files)}
    return tuple(sorted((f for f in found if f.file in own), key=lambda f: (f.file, f.line, f.severity, f.text)))


def _own(files: Sequence[Path]) -> Sequence[Path]:
    """The files without the shipped ones that fill in for what another folder leaves out: its editors cannot mend those."""
    if any(path.parent == SHIPPED / "entries" for path in files):
        return files
    return [path for path in files if path.parent != SHIPPED]
