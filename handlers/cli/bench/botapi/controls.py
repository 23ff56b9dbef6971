"""What a test does to the world: people talk, press and leave; updates come twice, late or broken; storms break loose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from handlers.cli.bench.botapi.entities import found_entities
from handlers.cli.bench.botapi.errors import Wire
from handlers.cli.bench.botapi.faults import Fault, FaultKind, Weather
from handlers.cli.bench.botapi.journal import Journal
from handlers.cli.bench.botapi.limits import Limits, Throttle
from handlers.cli.bench.botapi.methods import Methods
from handlers.cli.bench.botapi.profile import Profile
from handlers.cli.bench.botapi.state import (
    CALLBACK_SECONDS,
    INLINE_SECONDS,
    Chat,
    ChatKind,
    Message,
    Person,
    Query,
    World,
    dumps,
)
from handlers.cli.bench.botapi.updates import Pending, Updates
from handlers.cli.bench.botapi.webhook import Webhook

_T = TypeVar("_T")
_MEDIA: dict[str, Wire] = {
    "photo": {"width": 90, "height": 60},
    "voice": {"duration": 3, "mime_type": "audio/ogg"},
    "audio": {"duration": 3},
    "video": {"duration": 3, "width": 90, "height": 60},
    "video_note": {"duration": 3, "length": 60},
    "document": {"file_name": "订单.pdf", "mime_type": "application/pdf"},
    "animation": {"duration": 3, "width": 90, "height": 60},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍"},
}
_PLAIN: dict[str, Wire] = {
    "location": {"latitude": 30.27, "longitude": 120.15},
    "contact": {"phone_number": "+8613800000000", "first_name": "小明"},
    "dice": {"emoji": "🎲", "value": 4},
}


class Controls:
    """The test's side of the server. Everything here is immediate; only `until`, `ask` and `next_message` wait."""

    world: World
    updates: Updates
    webhook: Webhook
    methods: Methods
    profile: Profile
    weather: Weather
    journal: Journal
    latency: float
    privacy: bool
    _tick: asyncio.Event

    @property
    def bot(self) -> Person:
        """The bot itself."""
        return self.world.bot

    # --- people and chats --------------------------------------------------------------------------------------

    def person(self, name: str, *, id: int | None = None, username: str | None = None, language: str | None = "zh-hans") -> Person:
        """A new user; their private chat with the bot has the same id."""
        return self.world.person(name, id=id, username=username, language=language)

    def group(self, title: str, *, id: int | None = None) -> Chat:
        """A new basic group with the bot in it."""
        return self.world.chat(ChatKind.GROUP, title, id=id)

    def supergroup(self, title: str, *, id: int | None = None, username: str | None = None) -> Chat:
        """A new supergroup with the bot in it."""
        return self.world.chat(ChatKind.SUPERGROUP, title, id=id, username=username)

    def channel(self, title: str, *, id: int | None = None, username: str | None = None) -> Chat:
        """A new channel in which the bot may post."""
        return self.world.chat(ChatKind.CHANNEL, title, id=id, username=username)

    def chat_of(self, where: Chat | Person | int) -> Chat:
        """A chat by itself, by its user or by its id. Raises KeyError."""
        return where if isinstance(where, Chat) else self.world.chats[where if isinstance(where, int) else where.id]

    def block(self, person: Person, *, blocked: bool = True) -> None:
        """The user blocks the bot, or lets it in again; the bot is told."""
        chat = self.chat_of(person)
        chat.blocked = blocked
        self._member(chat, person, ("member", "kicked") if blocked else ("kicked", "member"))

    def kick(self, chat: Chat, by: Person) -> None:
        """The bot is thrown out of a group or channel."""
        chat.kicked = True
        self._member(chat, by, ("member", "kicked"))

    def _member(self, chat: Chat, by: Person, states: tuple[str, str]) -> None:
        old, new = ({"user": self.bot.wire(), "status": s, **({"until_date": 0} if s == "kicked" else {})} for s in states)
        body = {"chat": chat.wire(), "from": by.wire(), "date": self.world.now(), "old_chat_member": old, "new_chat_member": new}
        self.updates.add("my_chat_member", body, ("member", chat.id))

    def migrate(self, group: Chat, by: Person) -> Chat:
        """The group becomes a supergroup with another id; calls to the old one say so."""
        new = self.supergroup(group.title)
        group.migrated_to = new.id
        self.say(group, "", by=by, media={"migrate_to_chat_id": new.id})
        self.say(new, "", by=by, media={"migrate_from_chat_id": group.id})
        return new

    # --- what people do ----------------------------------------------------------------------------------------

    def say(
        self,
        where: Chat | Person | int,
        text: str,
        *,
        by: Person | None = None,
        reply_to: Message | None = None,
        media: Wire | None = None,
        via: Person | None = None,
        thread: int | None = None,
        album: str | None = None,
        lane: object = None,
    ) -> Message:
        """Somebody writes (in a private chat its user, unless `by` says who); `media` are further fields of the message,
        the text is then its caption."""
        chat = self.chat_of(where)
        sender = None if chat.kind is ChatKind.CHANNEL else by or chat.person
        if sender is None and chat.kind is not ChatKind.CHANNEL:
            raise ValueError("who says it? give by=")
        message = Message(self.world.new_message_id(chat), chat, sender, self.world.now(), text)
        message.entities = found_entities(text)
        message.reply_to, message.media, message.via, message.thread = reply_to, media, via, thread
        if album is not None:
            message.media = {**(media or {}), "media_group_id": album}
        self.world.keep(message)
        if self._reaches_bot(message):
            kind = "channel_post" if chat.kind is ChatKind.CHANNEL else "message"
            self.updates.add(kind, message.wire(), chat.id if lane is None else lane)
        return message

    def _reaches_bot(self, message: Message) -> bool:
        """In groups a bot in privacy mode gets commands, mentions and replies to it, and what people do but do not say."""
        if not self.privacy or message.chat.kind not in (ChatKind.GROUP, ChatKind.SUPERGROUP) or not message.text:
            return True
        replied = message.reply_to is not None and message.reply_to.sender is self.bot
        text = message.text.lower()
        return replied or text.startswith("/") or f"@{self.bot.username}".lower() in text or message.via is self.bot

    def send(
        self, where: Chat | Person | int, kind: str, caption: str = "", *, by: Person | None = None, album: str | None = None
    ) -> Message:
        """Somebody sends a photo, voice, audio, video, video_note, document, animation, sticker, location, contact or dice."""
        if kind in _PLAIN:
            return self.say(where, caption, by=by, media={kind: dict(_PLAIN[kind])})
        id = self.world.keep_file(b"content")
        file = {"file_id": id, "file_unique_id": id[-8:], "file_size": 7, **_MEDIA[kind]}
        return self.say(where, caption, by=by, media={kind: [file] if kind == "photo" else file}, album=album)

    def edit(self, message: Message, text: str) -> Message:
        """Somebody edits what they wrote."""
        message.text, message.entities, message.edited = text, found_entities(text), self.world.now()
        kind = "edited_channel_post" if message.chat.kind is ChatKind.CHANNEL else "edited_message"
        self.updates.add(kind, message.wire(), message.chat.id)
        return message

    def press(self, message: Message, label: str, *, by: Person | None = None, inaccessible: bool = False) -> Query:
        """Somebody presses the button with that label (or the first that contains it). Raises LookupError without one, and
        for one that sends nothing to the bot; `inaccessible` leaves out the message as if it were very old."""
        button = message.button(label)
        if "callback_data" not in button:
            raise LookupError(f"button {label!r} does not call back: {button}")
        return self.press_data(message, button["callback_data"], by=by, inaccessible=inaccessible)

    def press_data(self, message: Message, data: str, *, by: Person | None = None, inaccessible: bool = False) -> Query:
        """A press with any data at all: forged, or of a button that is gone."""
        person = by or message.chat.person
        if person is None:
            raise ValueError("who presses it? give by=")
        query = self.world.query(person, CALLBACK_SECONDS, message, data)
        shown = {"chat": message.chat.wire(), "message_id": message.id, "date": 0} if inaccessible else message.wire()
        body = {"id": query.id, "from": person.wire(), "message": shown, "chat_instance": str(message.chat.id), "data": data}
        self.updates.add("callback_query", body, ("callback", person.id), seconds=CALLBACK_SECONDS)
        return query

    def inline(self, person: Person, text: str, *, offset: str = "") -> Query:
        """Somebody writes "@bot text" in any chat."""
        query = self.world.query(person, INLINE_SECONDS, data=text)
        body = {"id": query.id, "from": person.wire(), "query": text, "offset": offset, "chat_type": "private"}
        self.updates.add("inline_query", body, ("inline", person.id), seconds=INLINE_SECONDS)
        return query

    def pick(self, query: Query, number: int, where: Chat | Person | int) -> Message:
        """Somebody takes a result (from 0) of an answered inline query into a chat; the bot gets it as it gets any."""
        assert query.answer is not None, "the query has no answer yet"
        chosen = query.answer["results"][number]
        self.updates.add(
            "chosen_inline_result",
            {"result_id": chosen["id"], "from": query.person.wire(), "query": query.data},
            ("chosen", query.person.id),
        )
        content = chosen["input_message_content"]
        return self.say(where, content["message_text"], by=query.person, via=self.bot)

    # --- updates that are not as they should be ----------------------------------------------------------------

    def inject(self, update: Wire | str, *, id: int | None = None, lane: object = None, forced: bool = False) -> int:
        """Any update, or any text in an update's place; an object without an update_id is given the next one. It has a lane
        of its own unless one is given (a chat's id is the lane of its messages). Its id."""
        if isinstance(update, str):
            number = self.updates.next_id if id is None else id
            text = update
        else:
            number = update.get("update_id", self.updates.next_id) if id is None else id
            number = number if isinstance(number, int) else self.updates.next_id
            text = dumps({"update_id": number, **update})
        self.updates.next_id = max(self.updates.next_id, number + 1) if number < 2**31 else self.updates.next_id + 1
        self.updates.add_raw(number, text, ("injected", number) if lane is None else lane, forced=forced)
        return number

    def again(self, count: int = 1) -> tuple[int, ...]:
        """The last updates once more, with the same ids; a poller gets them even when it has confirmed them. Their ids."""
        last = list(self.updates.history)[-count:]
        for pending in last:
            self.updates.add_raw(pending.id, pending.json, pending.lane, forced=True)
        return tuple(p.id for p in last)

    def hold(self) -> None:
        """Keep new updates back until `release`."""
        self.updates.held = self.updates.held or []

    def release(self, order: Callable[[list[Pending]], Iterable[Pending]] = list) -> None:
        """What was held back comes, in that order (reversed, shuffled …); its lanes are taken from it, or a webhook would
        put it in order again."""
        self.updates.release(lambda held: [replace(p, lane=("loose", n)) for n, p in enumerate(order(held))])

    def renumber(self, first: int) -> None:
        """Update ids go on from another number, as after a week without updates."""
        self.updates.renumber(first)

    # --- weather -----------------------------------------------------------------------------------------------

    def storm(
        self,
        kind: FaultKind | str,
        times: int = 1,
        *,
        method: str | None = None,
        chat: Chat | Person | int | None = None,
        retry_after: int = 1,
        seconds: float = 0.0,
    ) -> Fault:
        """The next `times` calls of that method in that chat go wrong."""
        where = None if chat is None else self.chat_of(chat).id
        fault = Fault(FaultKind(kind), times, method, where, retry_after, seconds)
        self.weather.storms.append(fault)
        return fault

    def calm(self) -> None:
        """No more storms, no latency."""
        self.weather.storms.clear()
        self.latency = 0.0

    def limit(self, limits: Limits | None) -> None:
        """Enforce Telegram's limits on sending, or none."""
        self.methods.throttle = None if limits is None else Throttle(limits)

    # --- what came of it ---------------------------------------------------------------------------------------

    def sent(self, where: Chat | Person | int) -> tuple[Message, ...]:
        """What the bot has sent to a chat, as it stands now, deleted messages left out."""
        return tuple(m for m in self.methods.by_bot.get(self.chat_of(where).id, ()) if not m.deleted)

    async def until(self, condition: Callable[[], _T], timeout: float = 5.0) -> _T:
        """Wait until a condition holds, looking at it after every call and every now and then; its value. Raises
        TimeoutError after so many seconds."""
        async with asyncio.timeout(timeout):
            while not (value := condition()):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._tick.wait(), 0.05)
        return value

    async def next_message(self, where: Chat | Person | int, seen: int, timeout: float = 5.0) -> Message:
        """The first message that the bot sent to a chat after the first `seen`, as soon as it is there."""
        id = self.chat_of(where).id
        return (await self.until(lambda: self.methods.by_bot.get(id, [])[seen:], timeout))[0]

    async def ask(self, where: Chat | Person | int, text: str, *, by: Person | None = None, timeout: float = 5.0) -> Message:
        """Say something and wait for the bot's next message in that chat."""
        seen = len(self.methods.by_bot.get(self.chat_of(where).id, ()))
        self.say(where, text, by=by)
        return await self.next_message(where, seen, timeout)
