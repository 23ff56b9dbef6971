"""The file that is measured with: one question a line, with the entries that may answer it and what the reply must say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError, field_validator

from bot.entries import Part
from bot.errors import ContentError

SHAPE = '{"q": "…", "gold": ["编号"], "must": [], "must_not": [], "calc": null, "today": "2026-11-21", "tags": []}'


class Scope(StrEnum):
    """What a line tests."""

    KNOWN = "known"  # an entry answers it
    CALCULATION = "calculation"  # an entry's calculator works it out
    OUTSIDE = "outside"  # nothing we know answers it
    CHITCHAT = "chitchat"
    HANDOFF = "handoff"


class Asked(Part):
    """One line of the file. `gold`: entries that answer it (none: nothing does); `must`, `must_not`: patterns of the reply."""

    q: str
    gold: tuple[str, ...]
    must: tuple[re.Pattern[str], ...] = ()
    must_not: tuple[re.Pattern[str], ...] = ()
    calc: str | None = None
    today: date | None = None
    tags: tuple[str, ...] = ()

    @field_validator("q")
    @classmethod
    def _writable(cls, q: str) -> str:
        if q != q.encode("utf-8", "ignore").decode("utf-8"):
            raise ValueError("有不成对的代理字符(\\ud800 之类),报告里写不出来")
        return q

    @property
    def scope(self) -> Scope:
        """What this line tests."""
        if self.calc:
            return Scope.CALCULATION
        if "chitchat" in self.tags:
            return Scope.CHITCHAT
        if "handoff" in self.tags:
            return Scope.HANDOFF
        return Scope.OUTSIDE if not self.gold or {"near", "far"} & set(self.tags) else Scope.KNOWN

    @property
    def double(self) -> bool:
        """Whether it asks two questions, which both want their answer."""
        return len(self.gold) == 2 and "multi" in self.tags


def read_asked(path: Path) -> Mapping[int, Asked]:
    """The lines of a file by their number (from 1). Raises ContentError at the first one that is not of that form."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ContentError(f"打不开: {error.strerror}", file=str(path)) from None
    except UnicodeDecodeError:
        raise ContentError("不是 UTF-8 文本", file=str(path), fix="另存为 UTF-8") from None
    # Only \n ends a line: a message may hold U+2028 and its like.
    lines = {n: _asked(path, n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()}
    if not lines:
        raise ContentError("一句问话也没有", file=str(path), fix=f"每行写一个 {SHAPE}")
    return lines


def _asked(path: Path, number: int, line: str) -> Asked:
    try:
        return Asked.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"])
        raise ContentError(first["msg"], file=str(path), line=number, field=field, fix=f"写成 {SHAPE}") from None
    except (ValueError, RecursionError):
        raise ContentError("这一行不是 JSON", file=str(path), line=number, fix=f"写成 {SHAPE}") from None
