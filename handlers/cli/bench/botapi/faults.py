"""Storms: what the server does wrong on purpose, to which calls, how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What happens to a call."""

    FLOOD = "flood"  # 429 with retry_after
    ERROR = "error"  # 500 in Telegram's shape
    RESTART = "restart"  # 500, "restart"
    GATEWAY = "gateway"  # 502 with a page of HTML, as the proxy before Telegram sends it
    DROP = "drop"  # the connection ends and nothing was done
    DROP_AFTER = "drop_after"  # it was done, and the connection ends before the answer: accepted but not told
    GARBAGE = "garbage"  # 200 and no JSON
    STALL = "stall"  # it is done after `seconds`, the answer comes then


@dataclass(slots=True)
class Fault:
    """A storm: the next `times` calls of a method (in any spelling; None: every but getUpdates) in a chat (None: any)."""

    kind: FaultKind
    times: int = 1
    method: str | None = None
    chat: int | None = None
    retry_after: int = 1
    seconds: float = 0.0

    def hits(self, method: str, chat: int | None) -> bool:
        """Whether this call, its method in lower case, is one of them."""
        if self.times <= 0 or (self.chat is not None and self.chat != chat):
            return False
        return method != "getupdates" if self.method is None else method == self.method.lower()


@dataclass(slots=True)
class Weather:
    """The storms to come, the earliest first."""

    storms: list[Fault] = field(default_factory=list)

    def take(self, method: str, chat: int | None) -> Fault | None:
        """The storm that hits this call; it counts as one of its times."""
        for storm in self.storms:
            if storm.hits(method, chat):
                storm.times -= 1
                if storm.times <= 0:
                    self.storms.remove(storm)
                return storm
        return None
