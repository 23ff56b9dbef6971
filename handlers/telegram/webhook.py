"""The webhook: what Telegram posts is kept before it is told 200; what it waits for goes back in the same response."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from hmac import compare_digest

from aiogram.methods import TelegramMethod

from bot.errors import XiaoerError
from bot.inbox import Inbox, Open
from bot.messages import Json
from handlers.telegram.arrival import arrived, wants_answer
from handlers.telegram.methods import params_of
from handlers.telegram.metrics import TelegramMetrics

PATH = "/telegram/webhook"
SECRET_HEADER = "x-telegram-bot-api-secret-token"
MOST_BYTES = 1 << 20
# A press that is answered within this time is answered in the response; it takes a few milliseconds.
ANSWER_SECONDS = 1.0


class Webhook:
    """Takes updates that are posted. Only answers to presses and inline queries go into the response: of a message sent that way
    nobody would ever learn whether it arrived, nor its number, and an edited question could not edit it."""

    def __init__(
        self,
        secret: str,
        inbox: Inbox,
        put: Callable[[Sequence[Open]], bool],
        clock: Callable[[], datetime],
        metrics: TelegramMetrics,
    ) -> None:
        if not secret:
            raise XiaoerError("Telegram webhook 的密钥不能是空的:不设 XIAOER_TELEGRAM_SECRET 就会由 token 推出一个")
        self._secret = secret.encode()
        self._inbox, self._put, self._clock, self._metrics = inbox, put, clock, metrics
        self._awaited: dict[int, asyncio.Future[TelegramMethod[bool]]] = {}

    async def accept(self, secret: bytes, body: bytes) -> tuple[int, dict[str, Json] | None]:
        """The status and, for 200, the method that goes back. 401: not Telegram; 400: no JSON; 503: it could not be kept."""
        if not compare_digest(secret, self._secret):
            return 401, None
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return 400, None
        self._metrics.received.inc()
        try:
            new = await self._inbox.take_in([arrived(update)], self._clock())
        except XiaoerError:
            return 503, None
        if not new:
            self._metrics.duplicates.inc()
            return 200, None
        if not wants_answer(update):
            self._put(new)
            return 200, None
        return 200, await self._answer(new)

    async def _answer(self, new: Sequence[Open]) -> dict[str, Json] | None:
        id = new[0].id
        awaited = self._awaited[id] = asyncio.get_running_loop().create_future()
        try:
            if not self._put(new):
                return None
            method = await asyncio.wait_for(awaited, ANSWER_SECONDS)
        except TimeoutError:
            return None
        finally:
            del self._awaited[id]
        self._metrics.in_response.inc()
        return {"method": method.__api_method__, **params_of(method)}

    def take(self, update: int, method: TelegramMethod[bool]) -> bool:
        """Whether the method goes back in the response to the update, which still waits for it."""
        awaited = self._awaited.get(update)
        if awaited is None or awaited.done():
            return False
        awaited.set_result(method)
        return True
