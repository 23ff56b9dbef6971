"""Long polling: a batch is kept, in one commit, before the next call acknowledges it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramConflictError, TelegramRetryAfter
from aiogram.methods import DeleteWebhook

from bot.errors import XiaoerError
from bot.inbox import Inbox, Open
from handlers.telegram.arrival import arrived, next_offset
from handlers.telegram.methods import GetUpdates, call
from handlers.telegram.metrics import TelegramMetrics

POLL_SECONDS = 25
BATCH = 100
UPDATES = ["message", "edited_message", "callback_query", "inline_query", "my_chat_member"]
_LONGEST_PAUSE = 30.0


class Polling:
    """Brings updates until it is cancelled. Nothing is acknowledged that is not kept."""

    def __init__(
        self,
        bot: Bot,
        inbox: Inbox,
        put: Callable[[Sequence[Open]], object],
        room: Callable[[], Awaitable[None]],
        clock: Callable[[], datetime],
        metrics: TelegramMetrics,
    ) -> None:
        self._bot, self._inbox, self._put, self._room = bot, inbox, put, room
        self._clock, self._metrics = clock, metrics
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Poll for ever; a webhook that is still set is removed, its updates come this way."""
        offset: int | None = None
        failures, webhook = 0, True
        while True:
            try:
                if webhook:
                    await call(self._bot, DeleteWebhook(), 20)
                    webhook = False
                await self._room()
                batch = await call(self._bot, self._next(offset), POLL_SECONDS + 15)
                new = await self._keep(batch if isinstance(batch, list) else [])
                offset, failures = next_offset(batch if isinstance(batch, list) else []), 0
                if batch and not new:
                    await asyncio.sleep(0.2)  # one that cannot be acknowledged comes again and again
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except (AiogramError, XiaoerError) as error:
                # Another poller, or a webhook that somebody set: whoever it is, ours is the one that is asked for here.
                webhook = isinstance(error, TelegramConflictError)
                failures += 1
                self._log.warning("telegram_not_polled", error=type(error).__name__, failures=failures)
                # Which updates were acknowledged is not known: asked without an offset they come again, and are known.
                offset = None
                await asyncio.sleep(min(_LONGEST_PAUSE, 0.25 * 2 ** min(failures, 10)))

    def _next(self, offset: int | None) -> GetUpdates:
        given = {} if offset is None else {"offset": offset}
        return GetUpdates(**given, limit=BATCH, timeout=POLL_SECONDS, allowed_updates=UPDATES)

    async def _keep(self, batch: Sequence[object]) -> Sequence[Open]:
        if not batch:
            return ()
        new = await self._inbox.take_in([arrived(update) for update in batch], self._clock())
        self._metrics.received.inc(len(batch))
        self._metrics.duplicates.inc(len(batch) - len(new))
        self._put(new)
        return new
