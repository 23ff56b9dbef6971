"""The channel as a whole: from its inbox over the dispatcher to its outbox, on one process of those that share the database."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import SetWebhook, TelegramMethod
from aiogram.types import Update
from aiogram.utils.token import TokenValidationError, validate_token
from prometheus_client import CollectorRegistry

from bot.areas import Area
from bot.assistant import Assistant
from bot.errors import XiaoerError
from bot.inbox import Open
from bot.settings import Settings
from bot.store import Store
from bot.store.duty import Duty, duty
from handlers.logs import place
from handlers.telegram.apology import apology
from handlers.telegram.drafts import Drafts
from handlers.telegram.methods import call
from handlers.telegram.metrics import TelegramMetrics
from handlers.telegram.middlewares import rate_of
from handlers.telegram.operators import Operators
from handlers.telegram.pace import Limits, Pace
from handlers.telegram.parts import Parts
from handlers.telegram.polling import UPDATES, Polling
from handlers.telegram.privacy import document_of
from handlers.telegram.profile import introduce
from handlers.telegram.routers import dispatcher
from handlers.telegram.sender import Sender
from handlers.telegram.session import JsonSession
from handlers.telegram.webhook import PATH, Webhook
from handlers.telegram.work import Workers

CHANNEL = "telegram"
LOOK_SECONDS = 1.0
REFUSED_SECONDS = 30.0
MOST_PENDING = 1000
DRAIN_SECONDS = 2.0
# Ids may begin anew after a week without updates, and Telegram brings none again after a day.
REMEMBERED = timedelta(days=6)
PURGE_SECONDS = 3600.0


class Telegram:
    """One bot. `run` until `stop`; with a public address `webhook` takes what is posted, else `run` polls."""

    def __init__(
        self,
        settings: Settings,
        assistant: Assistant,
        store: Store,
        areas: tuple[Area, ...],
        clock: Callable[[], datetime],
        *,
        registry: CollectorRegistry | None = None,
        limits: Limits | None = None,
        polling: bool | None = None,
    ) -> None:
        token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
        try:
            validate_token(token)
        except TokenValidationError:
            raise XiaoerError("XIAOER_TELEGRAM_TOKEN 不像一个 Telegram 机器人的 token(应是 123456:ABC… 的样子)") from None
        self.metrics = TelegramMetrics(registry)
        self._store, self._clock, self._settings = store, clock, settings
        self.bot = Bot(token, session=JsonSession(settings.telegram_api))
        self._inbox = store.inbox(CHANNEL)
        self._parts = Parts.of(assistant, store, areas, clock, derived(token, "buttons").encode())
        self._dispatcher = dispatcher(self._parts, rate_of(settings.rate_customer))
        self._sender = Sender(self.bot, self._inbox, Pace(limits or Limits(), monotonic), clock, self._document, self.metrics)
        self._workers = Workers(self._inbox, self._handle, self._apology, self._sender, self._direct, clock, self.metrics)
        self._operators = Operators(store, self._inbox, self._sender.put, clock)
        by_polling = not settings.public_url if polling is None else polling
        secret = settings.telegram_secret.get_secret_value() if settings.telegram_secret else derived(token, "webhook")
        self.webhook = None if by_polling else Webhook(secret, self._inbox, self._put, clock, self.metrics)
        self._duty: Duty = duty(settings.database, f"{CHANNEL}-{self.bot.id}")
        self._working = self._behind = False
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._replies: set[asyncio.Task[None]] = set()
        self._purged = 0.0
        self._secret = secret
        self._log = structlog.get_logger()

    # --- life ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until `stop`. Of several processes with one database one is on duty; the others stand by."""
        while not self._stopping.is_set():
            pause = LOOK_SECONDS
            try:
                held = await self._duty.take()
                if held and not self._working:
                    await self._begin()
                elif not held and self._working:
                    await self._end(0.0)
                if self._working:
                    await self._look()
            except (TelegramUnauthorizedError, TelegramNotFound):
                self._log.error("telegram_token_refused", hint="XIAOER_TELEGRAM_TOKEN")
                pause = REFUSED_SECONDS
            except (AiogramError, XiaoerError) as error:
                self._log.warning("telegram_waits", error=type(error).__name__)
            except Exception as error:  # whatever it is, the site beside goes on, and we try again
                self._log.error("telegram_failed", **place(error))
                pause = REFUSED_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
        if self._working:
            await self._end(DRAIN_SECONDS)
        await self._duty.leave()
        await self.bot.session.close()

    def stop(self) -> None:
        """Begin nothing new; `run` ends when what was begun is finished, within DRAIN_SECONDS."""
        self._stopping.set()

    @property
    def working(self) -> bool:
        """Whether this process is on duty."""
        return self._working

    async def idle(self) -> None:
        """When nothing is under way in this process."""
        await self._workers.idle()
        await self._sender.idle()
        await asyncio.gather(*self._replies, return_exceptions=True)

    async def _begin(self) -> None:
        await self.bot.me()
        # What the process before left: first what it had not sent, then what it had not handled.
        self._sender.put(await self._inbox.unsent())
        left = await self._inbox.open_ones(MOST_PENDING)
        self._behind = len(left) == MOST_PENDING
        self._workers.put(left, again=True)
        self._working = True
        self.metrics.on_duty.set(1)
        self._start(lambda: introduce(self.bot, self._parts.texts))
        if self.webhook is None:
            self._start(Polling(self.bot, self._inbox, self._put, self._room, self._clock, self.metrics).run)
        else:
            self._start(self._register)
        self._log.info("telegram_on_duty", bot=self.bot.id, left=len(left), way="polling" if self.webhook is None else "webhook")

    async def _end(self, seconds: float) -> None:
        """Nothing is lost by ending: what is not finished is kept, and found at the next start."""
        self._working = False
        self.metrics.on_duty.set(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._workers.drain(seconds)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._sender.idle(), seconds / 2)
        await self._sender.stop(seconds)
        await asyncio.gather(*self._replies, return_exceptions=True)

    async def _look(self) -> None:
        """What comes from elsewhere: operators' messages, updates that other processes took in; and what is too old to keep."""
        await self._operators.look()
        if self.webhook is not None or self._behind:
            found = await self._inbox.open_ones(MOST_PENDING)
            self._behind = len(found) == MOST_PENDING
            self._workers.put(found)
        waiting = await self._inbox.waiting()
        self.metrics.updates_waiting.set(waiting.updates)
        self.metrics.messages_waiting.set(waiting.messages)
        if monotonic() - self._purged > PURGE_SECONDS or not self._purged:
            self._purged = monotonic()
            await self._inbox.purge(self._clock() - REMEMBERED)

    def _start(self, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._keep_up(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_up(self, work: Callable[[], Awaitable[None]]) -> None:
        """The work until it ends by itself; after an error once more."""
        while True:
            try:
                return await work()
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
            except (TelegramNetworkError, TelegramServerError, XiaoerError) as error:
                self._log.warning("telegram_waits", error=type(error).__name__)
                await asyncio.sleep(LOOK_SECONDS)
            except AiogramError as error:  # Telegram's own words about our settings: an address that is no https, a wrong port
                self._log.error("telegram_refuses", error=type(error).__name__, why=str(error)[:200])
                await asyncio.sleep(REFUSED_SECONDS)
            except Exception as error:
                self._log.error("telegram_failed", **place(error))
                await asyncio.sleep(REFUSED_SECONDS)

    # --- in --------------------------------------------------------------------------------------------------------

    def _put(self, new: Sequence[Open]) -> bool:
        """Handle what was just taken in; False when it has to wait its turn: somebody else's, or that of an older backlog."""
        if not self._working:
            return False
        if self._behind or self._workers.pending > MOST_PENDING:
            self._behind = True
            return False
        self._workers.put(new)
        return True

    async def _room(self) -> None:
        """When there is room for another batch: what we do not fetch Telegram keeps."""
        while self._workers.pending > MOST_PENDING // 2:
            await asyncio.sleep(0.05)

    async def _handle(self, payload: Any, drafts: Drafts) -> None:
        update = Update.model_validate(payload, context={"bot": self.bot})
        await self._dispatcher.feed_update(self.bot, update, drafts=drafts)

    def _apology(self, payload: Any, code: str) -> Sequence[Any]:
        return apology(payload, code, self._parts.texts)

    async def _register(self) -> None:
        """Tell Telegram where to post. It is told at every start and never taken back: another process may serve already, and
        what comes while none does Telegram keeps for a day. Who polls instead takes it back first."""
        url = f"{self._settings.public_url}{PATH}"
        method = SetWebhook(url=url, secret_token=self._secret, allowed_updates=UPDATES, max_connections=40)
        await call(self.bot, method, 20)

    # --- out -------------------------------------------------------------------------------------------------------

    def _direct(self, update: Open, methods: Sequence[TelegramMethod[bool]]) -> None:
        for method in methods:
            if self.webhook is None or not self.webhook.take(update.id, method):
                task = asyncio.create_task(self._answer(method))
                self._replies.add(task)
                task.add_done_callback(self._replies.discard)

    async def _answer(self, method: TelegramMethod[bool]) -> None:
        try:
            await call(self.bot, method, 10)
        except (AiogramError, ValueError) as error:  # too late, answered before the process died, or no press at all
            self._log.info("press_not_answered", error=type(error).__name__)

    async def _document(self, customer: str) -> tuple[str, bytes]:
        return await document_of(self._store, customer)


def derived(token: str, purpose: str) -> str:
    """A secret of our own that changes with the token, in the letters that Telegram allows."""
    return hmac.new(token.encode(), f"xiaoer {purpose}".encode(), "sha256").hexdigest()
