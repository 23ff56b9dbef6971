"""Regular expressions that are compiled when they are first used, so that importing the grammar costs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Match = re.Match[str]


class Pattern:
    """A regular expression over folded text; after the first use it costs no more than a compiled one."""

    match: Callable[..., Match | None]
    search: Callable[..., Match | None]
    fullmatch: Callable[..., Match | None]
    finditer: Callable[..., Iterator[Match]]
    sub: Callable[..., str]

    def __init__(self, *source: str) -> None:
        self.source = "".join(source)

    def __getattr__(self, name: str) -> Any:  # called only until the methods are set
        if name not in ("match", "search", "fullmatch", "finditer", "sub"):
            raise AttributeError(name)
        compiled = re.compile(self.source)
        self.match, self.search, self.fullmatch = compiled.match, compiled.search, compiled.fullmatch
        self.finditer, self.sub = compiled.finditer, compiled.sub
        return getattr(compiled, name)
