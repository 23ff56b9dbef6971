"""One thing that the check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import ContentError
from bot.lint.places import Place


class Severity(StrEnum):
    """How bad it is: an error fails the build, a warning wants a look, an info is only told."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and how to mend it. `item` is the entry, gap, signal, fact, source or line it is about."""

    severity: Severity
    file: str
    line: int
    item: str
    text: str
    fix: str = ""

    @classmethod
    def at(cls, place: Place, severity: Severity, item: str, text: str, fix: str = "") -> Finding:
        """A finding at a place."""
        return cls(severity, place.file, place.line, item, text, fix)


def broken(error: ContentError) -> Finding:
    """Content that cannot even be loaded, as a finding."""
    text = f"字段 {error.field}: {error.what}" if error.field else error.what
    return Finding(Severity.ERROR, error.file, error.line, error.entry, text, error.fix)
