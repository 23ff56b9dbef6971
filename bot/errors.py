"""Errors that name what is wrong, where, and how to mend it."""

from __future__ import annotations


class XiaoerError(Exception):
    """Any error that this program raises on purpose."""


class ContentError(XiaoerError):
    """The knowledge folder says something it must not; the text names file, entry, field and how to mend it."""

    def __init__(self, what: str, *, file: str = "", line: int = 0, entry: str = "", field: str = "", fix: str = "") -> None:
        self.what, self.file, self.line, self.entry, self.field, self.fix = what, file, line, entry, field, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [p for p in (place, self.entry, self.field and f"字段 {self.field}", self.what) if p]
        return ": ".join(parts) + (f"。改法: {self.fix}" if self.fix else "")
