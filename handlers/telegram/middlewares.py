"""What happens around every handler: who is it, are they too fast, one line in the log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic, perf_counter
from typing import Any

import structlog
from aiogram import BaseMiddleware
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject, Update, User
from aiogram.types.update import UpdateTypeLookupError

from handlers.telegram.answering import Talk
from handlers.telegram.customers import Customers
from handlers.telegram.drafts import Drafts
from handlers.telegram.pace import Window
from handlers.telegram.parts import Parts, Person
from handlers.telegram.texts import script_for

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

_REMEMBERED = 10_000
GROUP_RATE = (20, 60.0)


class WhoIsIt(BaseMiddleware):
    """Gives handlers the person with their conversation, and what marks its buttons. Bots and nameless senders are not answered."""

    def __init__(self, parts: Parts, customers: Customers) -> None:
        self._parts, self._customers = parts, customers

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User | None = data.get("event_from_user")
        if user is None or user.is_bot:
            return UNHANDLED
        person = await self._person(user, data.get("event_chat"))
        signer = self._parts.signer(person.conversation)
        talk = Talk(self._parts, person, signer, data["drafts"], self._customers)
        data.update(person=person, signer=signer, talk=talk)
        return await handler(event, data)

    async def _person(self, user: User, chat: Chat | None) -> Person:
        known = await self._customers.get(f"telegram-{user.id}")
        private = chat is None or chat.type == "private"
        where = user.id if chat is None else chat.id
        # In a group everybody talks with the bot by themselves.
        conversation = f"telegram-{where}" if private else f"telegram-{where}-{user.id}"
        script = known.language or script_for(user.language_code)
        return Person(known.id, conversation, where, private, script, known.language, known.role)


class NotTooFast(BaseMiddleware):
    """So many messages and presses a customer, and so many a group; the first one too many is told so, the others are dropped."""

    def __init__(self, parts: Parts, rate: tuple[int, float] | None, clock: Callable[[], float] = monotonic) -> None:
        self._parts, self._rate, self._clock = parts, rate, clock
        self._windows: OrderedDict[str, Window] = OrderedDict()
        self._told: dict[str, float] = {}

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        person: Person | None = data.get("person")
        if person is None or self._rate is None:
            return await handler(event, data)
        seconds = self._wait(person.customer, self._rate)
        if not person.private and not seconds:
            seconds = self._wait(str(person.chat), GROUP_RATE)
        if not seconds:
            return await handler(event, data)
        self._tell(event, person, seconds, data["drafts"])
        return None

    def _wait(self, who: str, rate: tuple[int, float]) -> float:
        now = self._clock()
        window = self._windows.get(who)
        if window is None:
            window = self._windows[who] = Window(*rate)
            if len(self._windows) > _REMEMBERED:
                self._windows.popitem(last=False)
        self._windows.move_to_end(who)
        if (at := window.free_at(now)) > now:
            return at - now
        window.take(now)
        return 0.0

    def _tell(self, event: TelegramObject, person: Person, seconds: float, drafts: Drafts) -> None:
        text = self._parts.texts("problems.too_fast", person.script, seconds=int(seconds) + 1)
        now = self._clock()
        if isinstance(event, CallbackQuery):
            drafts.toast(event, text, alert=True)
        elif isinstance(event, Message) and person.private and self._told.get(person.customer, 0.0) <= now:
            self._told = {who: until for who, until in self._told.items() if until > now}
            self._told[person.customer] = now + seconds
            drafts.say(person.chat, text)


class Log(BaseMiddleware):
    """One line for each update: its kind, what became of it, how long it took; nothing of what it says."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        began = perf_counter()
        outcome = "failed"
        try:
            kind = event.event_type if isinstance(event, Update) else type(event).__name__
        except UpdateTypeLookupError:  # a kind that Telegram has invented since: nothing of ours
            return UNHANDLED
        try:
            result = await handler(event, data)
            outcome = "ignored" if result is UNHANDLED else "handled"
            return result
        finally:
            structlog.get_logger().info("update", kind=kind, outcome=outcome, ms=round((perf_counter() - began) * 1000, 2))


def rate_of(setting: str) -> tuple[int, float] | None:
    """A rate such as 40/minute as a count and seconds; None for off."""
    count, _, unit = setting.partition("/")
    seconds = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
    return None if setting == "off" else (int(count), seconds[unit])
