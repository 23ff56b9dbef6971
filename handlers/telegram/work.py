"""Handles what the inbox keeps: each chat's updates in order, chats side by side, each update until it is done or given up."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from aiogram.methods import TelegramMethod
from pydantic import ValidationError

from bot.errors import XiaoerError
from bot.inbox import Inbox, Open, Outgoing, Prepared
from handlers.logs import place
from handlers.telegram.drafts import Drafts
from handlers.telegram.metrics import TelegramMetrics
from handlers.telegram.references import reference

TRIES = 5
SIDE_BY_SIDE = 32

Handle = Callable[[Any, Drafts], Awaitable[None]]
Apology = Callable[[Any, str], Sequence[Prepared]]


class Outbox(Protocol):
    """Where kept messages go."""

    def put(self, outgoing: Iterable[Outgoing]) -> None:
        """Send these."""
        ...

    async def reserve(self, chat: str) -> bool:
        """Whether a message for the chat could be sent at once; then it is expected."""
        ...

    def let_go(self) -> None:
        """Nothing comes of what was reserved."""
        ...


class Workers:
    """Keeps nothing that the inbox does not have: what is not done when the process ends is handled at its next start."""

    def __init__(
        self,
        inbox: Inbox,
        handle: Handle,
        apology: Apology,
        outbox: Outbox,
        direct: Callable[[Open, Sequence[TelegramMethod[bool]]], None],
        clock: Callable[[], datetime],
        metrics: TelegramMetrics,
    ) -> None:
        self._inbox, self._handle, self._apology, self._outbox, self._direct = inbox, handle, apology, outbox, direct
        self._clock, self._metrics = clock, metrics
        self._chats: dict[str, deque[Open]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._known: set[int] = set()
        self._free = asyncio.Semaphore(SIDE_BY_SIDE)
        self._stopping = False
        # Doubles with each failure; a test waits shorter.
        self.first_pause = 0.5

    def put(self, updates: Iterable[Open], *, again: bool = False) -> None:
        """Handle these after their chats' earlier ones. `again`: they were begun before, perhaps by a process that died of it."""
        for update in updates:
            if update.id in self._known:
                continue
            self._known.add(update.id)
            self._chats.setdefault(update.chat, deque()).append(update)
            if update.chat not in self._tasks:
                self._tasks[update.chat] = asyncio.create_task(self._work(update.chat, again=again))

    @property
    def pending(self) -> int:
        """How many are here and not done."""
        return len(self._known)

    async def idle(self) -> None:
        """When everything is done."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def drain(self, seconds: float) -> None:
        """Begin nothing new, finish what was begun within so many seconds, then let go."""
        self._stopping = True
        if self._tasks:
            _, late = await asyncio.wait(list(self._tasks.values()), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._chats.clear()
        self._known.clear()
        self._stopping = False

    async def _work(self, chat: str, *, again: bool) -> None:
        try:
            while self._chats[chat] and not self._stopping:
                update = self._chats[chat][0]
                async with self._free:
                    if again:
                        # Written before it is begun: an update that kills the process would otherwise kill it for ever.
                        tries = await self._surely(self._inbox.tried, update.id, "begun again")
                        update = replace(update, tries=tries)
                    await self._finish(update)
                self._chats[chat].popleft()
                self._known.discard(update.id)
        finally:
            del self._tasks[chat]
            if not self._chats.get(chat):
                self._chats.pop(chat, None)

    async def _finish(self, update: Open) -> None:
        """Try until it is done, or set it aside. A database that fails is nobody's fault and no try."""
        tries, pause, payload = update.tries, self.first_pause, json.loads(update.payload)
        if tries > TRIES:
            await self._set_aside(update, payload, RuntimeError("the process died of it"))
            return
        while True:
            drafts = Drafts()
            try:
                await self._handle(payload, drafts)
                await self._settle(update, drafts)
                return
            except XiaoerError as error:
                self._log("update_waits", error)
                await asyncio.sleep(1)
            except Exception as error:
                tries = await self._surely(self._inbox.tried, update.id, type(error).__name__)
                # What Telegram's types cannot hold will not get better.
                if tries >= TRIES or isinstance(error, ValidationError):
                    await self._set_aside(update, payload, error)
                    return
                self._metrics.retried.inc()
                self._log("update_failed", error, tries=tries)
                await asyncio.sleep(pause)
                pause *= 2
            if self._stopping:
                raise asyncio.CancelledError

    async def _settle(self, update: Open, drafts: Drafts) -> None:
        if drafts.direct:
            self._direct(update, drafts.direct)
        for chat in drafts.forget:
            await self._inbox.forget(chat)
        # When nothing is before it, the first message is kept as one that is being sent: one step less for most answers.
        first = drafts.kept[0].chat if drafts.kept else ""
        begin = bool(first) and await self._outbox.reserve(first)
        kept: Sequence[Outgoing] = ()
        try:
            kept = await self._inbox.done(update.id, drafts.kept, self._clock(), begin=begin)
        finally:
            if begin and not kept:
                self._outbox.let_go()
        self._outbox.put(kept)

    async def _set_aside(self, update: Open, payload: Any, error: Exception) -> None:
        code = reference(f"inbox {update.id}")
        self._metrics.set_aside.inc()
        self._log("update_set_aside", error, reference=code, level="error")
        try:
            apology = self._apology(payload, code)
        except Exception as again:
            self._log("no_apology", again)
            apology = ()
        done = self._inbox.done
        self._outbox.put(await self._surely(done, update.id, apology, self._clock(), aside=f"{code} {type(error).__name__}"))

    async def _surely(self, step: Callable[..., Awaitable[Any]], *what: Any, **how: Any) -> Any:
        while True:
            try:
                return await step(*what, **how)
            except XiaoerError as error:
                self._log("inbox_not_written", error)
                await asyncio.sleep(1)

    def _log(self, event: str, error: Exception, *, level: str = "warning", **more: object) -> None:
        # The kind and the place of an error, never its words: they may quote a customer.
        getattr(structlog.get_logger(), level)(event, **place(error), **more)
