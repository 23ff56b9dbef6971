"""Telegram's limits: how long a message has to wait before it may be sent; pure but for the clock that is given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

# Telegram counts on its own clock, between which and ours a message travels.
MARGIN = 1.05
FORGET_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Limits:
    """So many messages in so many seconds; None: as many as there are."""

    overall: tuple[int, float] | None = (30, 1.0)
    chat: tuple[int, float] | None = (1, 1.0)
    group: tuple[int, float] | None = (20, 60.0)


UNLIMITED = Limits(None, None, None)


class Window:
    """The times of the last messages, as many as a window may hold."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds * MARGIN
        self._times: deque[float] = deque(maxlen=count)

    def free_at(self, now: float) -> float:
        """When one more may be sent."""
        full = len(self._times) == self._times.maxlen
        return max(now, self._times[0] + self._seconds) if full else now

    def take(self, at: float) -> None:
        """One is sent at that time."""
        self._times.append(at)

    def idle_since(self) -> float:
        """When the last one was sent."""
        return self._times[-1] if self._times else 0.0


class Pace:
    """Gives each message its time. `clock` counts seconds."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits, self._clock = limits, clock
        self._overall = Window(*limits.overall) if limits.overall else None
        self._chats: dict[str, list[Window]] = {}
        self._paused: dict[str, float] = {}
        self._all_paused = 0.0

    def wait(self, chat: str) -> float:
        """Seconds until a message for the chat may be sent; the time is taken when it is 0, else to be asked again then."""
        now = self._clock()
        windows = self._windows(chat)
        at = max([now, self._all_paused, self._paused.get(chat, 0.0), *(w.free_at(now) for w in windows)])
        if at <= now:
            for window in windows:
                window.take(now)
        return at - now

    def pause(self, chat: str, seconds: float) -> bool:
        """Telegram refused a chat's message for so long. When it refuses a second chat meanwhile it means all of them; whether it does."""
        now = self._clock()
        self._paused = {c: until for c, until in self._paused.items() if until > now}
        everyone = bool(self._paused.keys() - {chat})
        self._paused[chat] = now + seconds
        if everyone:
            self._all_paused = max(self._all_paused, now + seconds)
        return everyone

    def _windows(self, chat: str) -> list[Window]:
        if chat not in self._chats:
            self._forget_idle()
            # The ids of groups and channels are negative.
            rules = (self._limits.chat, self._limits.group if chat.startswith("-") else None)
            self._chats[chat] = [Window(*rule) for rule in rules if rule]
        return [*self._chats[chat], *([self._overall] if self._overall else [])]

    def _forget_idle(self) -> None:
        if len(self._chats) % 1000 == 999:
            last = self._clock() - FORGET_SECONDS
            self._chats = {c: ws for c, ws in self._chats.items() if any(w.idle_since() > last for w in ws)}
