"""Sends what the outbox keeps: in order in each chat, few at a time, within the limits, again where it failed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from bot.errors import XiaoerError
from bot.inbox import Inbox, Outgoing
from handlers.telegram.methods import call, kept
from handlers.telegram.metrics import TelegramMetrics
from handlers.telegram.pace import Pace
from handlers.telegram.references import reference

IN_FLIGHT = 8
# Beside those in flight: the ones whose beginning or end is just being written. So many may come twice after a crash.
IN_DOUBT = 24
REQUEST_SECONDS = 20
LONGEST_PAUSE = 60.0
# With the longest pause between them a day: what nobody could deliver for so long is no answer any more.
MOST_TRIES = 1500

Clock = Callable[[], datetime]
# A document is written when it is sent: what is kept of it is only whose it is.
Document = Callable[[str], Awaitable[tuple[str, bytes]]]


@dataclass(slots=True)
class _Chat:
    waiting: deque[Outgoing] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Sender:
    """At most one message in flight a chat and IN_FLIGHT in all. Before a call the row says "sending", after it what became of it:
    a process that dies leaves at most IN_DOUBT messages of which nobody knows whether Telegram has them."""

    def __init__(self, bot: Bot, inbox: Inbox, pace: Pace, clock: Clock, document: Document, metrics: TelegramMetrics) -> None:
        self._bot, self._inbox, self._pace, self._clock = bot, inbox, pace, clock
        self._document, self._metrics = document, metrics
        self._chats: dict[str, _Chat] = {}
        self._known: set[int] = set()
        self._calling: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._doubt = asyncio.Semaphore(IN_DOUBT)
        self._flight = asyncio.Semaphore(IN_FLIGHT)
        self._log = structlog.get_logger()

    def put(self, outgoing: Iterable[Outgoing]) -> None:
        """Send these after what already waits for their chats."""
        for one in outgoing:
            if one.id in self._known:
                continue
            self._known.add(one.id)
            chat = self._chats.setdefault(one.chat, _Chat())
            chat.waiting.append(one)
            if chat.task is None:
                chat.task = asyncio.create_task(self._send_all(one.chat, chat))

    async def reserve(self, chat: str) -> bool:
        """Whether a message for the chat could be sent at once; then it is expected, kept as one that is being sent, or `let_go`."""
        if chat in self._chats or self._doubt.locked() or self._pace.wait(chat) > 0:
            return False
        await self._doubt.acquire()
        return True

    def let_go(self) -> None:
        """Nothing comes of what was reserved."""
        self._doubt.release()

    async def idle(self) -> None:
        """When nothing waits any more."""
        while tasks := [c.task for c in self._chats.values() if c.task]:
            await asyncio.wait(tasks)

    async def stop(self, seconds: float) -> None:
        """Send nothing more; what is in flight may come to its end within so many seconds, or its answer would be sent twice."""
        self._stopping = True
        tasks = [c.task for c in self._chats.values() if c.task]
        for task in tasks:
            if task not in self._calling:
                task.cancel()
        if self._calling:
            await asyncio.wait(set(self._calling), timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._stopping = False
        self._chats.clear()
        self._known.clear()
        self._doubt = asyncio.Semaphore(IN_DOUBT)

    async def _send_all(self, name: str, chat: _Chat) -> None:
        while chat.waiting:
            one = chat.waiting[0]
            try:
                again = await self._send(one)
            except XiaoerError as error:  # the database, before anything was sent
                self._log.warning("outbox_not_read", error=type(error).__name__)
                await asyncio.sleep(1)
                again = replace(one, begun=False)
            except Exception as error:  # a fault of ours in one message must not keep the chat's others waiting
                await self._refuse(one, "ours", error)
                again = None
            if again is None:
                self._known.discard(one.id)
                if chat.waiting and chat.waiting[0].id == one.id:
                    chat.waiting.popleft()
            else:
                chat.waiting[0] = again
        self._chats.pop(name, None)

    async def _send(self, one: Outgoing) -> Outgoing | None:
        """Send it once; None when that is settled, else how it waits to be sent again."""
        if one.begun:
            try:
                again = await self._call(one)
                return None if again is None else replace(again, begun=False)
            finally:
                self._doubt.release()
        if one.not_before is not None and (seconds := (one.not_before - self._clock()).total_seconds()) > 0:
            await asyncio.sleep(seconds)
        while True:
            async with self._doubt:
                if (seconds := self._pace.wait(one.chat)) <= 0:
                    return await self._call(one)
            await asyncio.sleep(seconds)

    async def _call(self, one: Outgoing) -> Outgoing | None:
        """One call, from before it is noted as begun until what became of it is noted."""
        if self._stopping:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task is not None
        self._calling.add(task)
        try:
            return await self._noted_call(one)
        finally:
            self._calling.discard(task)

    async def _noted_call(self, one: Outgoing) -> Outgoing | None:
        method = await self._method(one)
        if method is None:
            await self._inbox.sent(one.id, None)
            return None
        if not one.begun:
            await self._inbox.sending(one.id)
        if one.doubtful:
            self._metrics.doubtful.inc()
        try:
            async with self._flight:
                result = await call(self._bot, method, REQUEST_SECONDS)
        except AiogramError as error:
            return await self._after(one, error)
        await self._surely(self._inbox.sent, one.id, _number(result))
        self._metrics.sent.labels(one.method).inc()
        return None

    async def _surely(self, note: Callable[..., Awaitable[object]], *what: object, **how: object) -> None:
        """Note what became of a call, when the database lets us: to send once more because it failed would be worse than to wait."""
        while True:
            try:
                await note(*what, **how)
                return
            except XiaoerError as error:
                self._log.warning("outbox_not_written", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _method(self, one: Outgoing) -> Any:
        params: dict[str, Any] = dict(one.params)
        name, file = one.method, None
        if one.edits is not None:
            message = await self._inbox.message_of(one.edits)
            if message is not None:
                params = {k: v for k, v in params.items() if k != "reply_parameters"} | {"message_id": message}
            elif name == "editMessageText":
                name = "sendMessage"  # the message it was to take the place of was never sent, or nobody knows its number
            else:
                return None
        if isinstance(document := params.pop("document", None), str):
            file = await self._document(document)
        return kept(name, params, file)

    async def _after(self, one: Outgoing, error: AiogramError) -> Outgoing | None:
        """What an error means for the message."""
        match error:
            case TelegramRetryAfter():
                everyone = self._pace.pause(one.chat, error.retry_after)
                return await self._later(one, error.retry_after, "flood_all" if everyone else "flood", doubtful=False)
            case TelegramMigrateToChat():
                return replace(one, params={**one.params, "chat_id": error.migrate_to_chat_id})
            case TelegramEntityTooLarge():
                await self._refuse(one, "too_large", error)
                return None
            case TelegramServerError():
                return await self._later(one, _pause(one.tries), "server", doubtful=False)
            case TelegramNetworkError() | ClientDecodeError():
                # Unless the connection was never made, Telegram may have it.
                unsure = "ClientConnector" not in str(error)
                return await self._later(one, _pause(one.tries), "network", doubtful=unsure)
            case TelegramForbiddenError():
                await self._gone(one, error)
                return None
            case TelegramBadRequest():
                return await self._bad(one, error)
            case _:  # an unknown token or method: nothing goes until somebody mends it
                self._log.error("telegram_refuses_us", error=type(error).__name__)
                return await self._later(one, LONGEST_PAUSE, "unauthorized", doubtful=False)

    async def _bad(self, one: Outgoing, error: TelegramBadRequest) -> Outgoing | None:
        why = error.message.lower()
        if "message is not modified" in why:
            await self._surely(self._inbox.sent, one.id, None)
            return None
        if one.edits is not None and one.method == "editMessageText" and ("to edit" in why or "can't be edited" in why):
            # The customer deleted the answer, or it is too old: the new one stands by itself.
            return replace(one, edits=None, method="sendMessage")
        await self._refuse(one, "bad_request", error)
        return None

    async def _gone(self, one: Outgoing, error: TelegramForbiddenError) -> None:
        """The customer blocked the bot, or the group threw it out: nothing that waits can arrive."""
        waiting = self._chats[one.chat].waiting
        self._metrics.refused.labels("forbidden").inc(len(waiting))
        self._log.info("chat_is_gone", messages=len(waiting), error=type(error).__name__)
        await self._surely(self._inbox.give_up, one.chat, "forbidden")
        # What was put here while that was written is dropped as well: it cannot arrive either.
        self._known.difference_update(o.id for o in waiting)
        waiting.clear()

    async def _refuse(self, one: Outgoing, reason: str, error: Exception) -> None:
        code = reference(f"outbox {one.id}")
        self._metrics.refused.labels(reason).inc()
        self._log.error("message_refused", reference=code, method=one.method, reason=reason, error=type(error).__name__)
        await self._surely(self._inbox.failed, one.id, f"{code} {reason} {_said(error)}")

    async def _later(self, one: Outgoing, seconds: float, reason: str, *, doubtful: bool) -> Outgoing | None:
        if one.tries > MOST_TRIES:
            await self._surely(self._inbox.failed, one.id, f"{reason} {MOST_TRIES} tries")
            return None
        self._metrics.sent_again.labels(reason).inc()
        until = self._clock() + timedelta(seconds=seconds)
        await self._surely(self._inbox.put_off, one.id, until, doubtful=doubtful)
        return replace(one, tries=one.tries + 1, not_before=until, doubtful=one.doubtful or doubtful)


def _pause(tries: int) -> float:
    return min(LONGEST_PAUSE, 0.5 * float(2 ** min(tries, 10)))


def _number(result: object) -> int | None:
    number = result.get("message_id") if isinstance(result, dict) else None
    return number if isinstance(number, int) and abs(number) < 2**63 else None


def _said(error: Exception) -> str:
    """Telegram's own words about our call; they hold nothing that a customer wrote but a name of a tag."""
    return error.message[:300] if isinstance(error, TelegramBadRequest) else type(error).__name__
