"""The check of a knowledge folder: all its parts, in the order of the files."""

from __future__ import annotations

from datetime import date

from bot.knowledge import Knowledge
from bot.lint.answers import check_answers
from bot.lint.examples import check_examples
from bot.lint.finding import Finding
from bot.lint.places import Places
from bot.lint.upkeep import check_upkeep
from bot.lint.wordings import check_wordings


def lint(knowledge: Knowledge, today: date) -> tuple[Finding, ...]:
    """Everything found, file by file and line by line."""
    places = Places(knowledge.files)
    found = (
        *check_wordings(knowledge.content, places),
        *check_examples(knowledge, places),
        *check_answers(knowledge, places),
        *check_upkeep(knowledge, places, today),
    )
    return tuple(sorted(found, key=lambda f: (f.file, f.line, f.severity, f.text)))
