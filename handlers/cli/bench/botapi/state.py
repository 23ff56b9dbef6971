"""Who and what the server knows: people, chats, messages, open queries, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from handlers.cli.bench.botapi.entities import Entity
from handlers.cli.bench.botapi.errors import QUERY_TOO_OLD, Wire, bad, forbidden, migrated

# Telegram forgets an unanswered query after about as long.
CALLBACK_SECONDS = 150.0
INLINE_SECONDS = 30.0
MESSAGES_KEPT = 200_000


class ChatKind(StrEnum):
    """The four kinds of chat, by Telegram's names."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Person:
    """A Telegram user."""

    id: int
    first_name: str
    username: str | None = None
    language: str | None = None
    is_bot: bool = False

    def wire(self) -> Wire:
        """As it is sent to a bot."""
        shown: Wire = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.username:
            shown["username"] = self.username
        if self.language:
            shown["language_code"] = self.language
        return shown


@dataclass(slots=True)
class Chat:
    """A chat and how the bot stands in it: `blocked` by its user (a private chat), `kicked` out of it, not yet `started`
    by its user, `migrated_to` another id."""

    id: int
    kind: ChatKind
    title: str
    username: str | None = None
    person: Person | None = None
    blocked: bool = False
    deactivated: bool = False
    started: bool = True
    kicked: bool = False
    migrated_to: int | None = None

    def wire(self) -> Wire:
        """As it is sent to a bot."""
        shown: Wire = {"id": self.id, "type": self.kind.value}
        shown["first_name" if self.kind is ChatKind.PRIVATE else "title"] = self.title
        if self.username:
            shown["username"] = self.username
        return shown

    def check_writable(self) -> None:
        """Raises the ApiError with which Telegram refuses what the bot would write here."""
        if self.migrated_to is not None:
            raise migrated(self.migrated_to)
        if self.kicked:
            raise forbidden(f"bot was kicked from the {self.kind.value if self.kind is not ChatKind.GROUP else 'group'} chat")
        if self.blocked:
            raise forbidden("bot was blocked by the user")
        if self.deactivated:
            raise forbidden("user is deactivated")
        if not self.started:
            raise forbidden("bot can't initiate conversation with a user")


@dataclass(slots=True)
class Message:
    """A message as it stands; an edit changes it in place. `sender` is None in channels. `media` are its further fields
    (photo, document, sticker …); `silent` and `preview` are what the sender asked for."""

    id: int
    chat: Chat
    sender: Person | None
    date: int
    text: str = ""
    entities: tuple[Entity, ...] = ()
    markup: Wire | None = None
    reply_to: Message | None = None
    media: Wire | None = None
    edited: int = 0
    deleted: bool = False
    silent: bool = False
    preview: Wire | None = None
    via: Person | None = None
    thread: int | None = None

    @property
    def buttons(self) -> tuple[tuple[str, ...], ...]:
        """The labels of its inline keyboard, row by row."""
        rows = (self.markup or {}).get("inline_keyboard", ())
        return tuple(tuple(b["text"] for b in row) for row in rows)

    def button(self, label: str) -> Wire:
        """The button with that label, or else the first whose label contains it. Raises LookupError."""
        all_of = [b for row in (self.markup or {}).get("inline_keyboard", ()) for b in row]
        for button in all_of:
            if button["text"] == label:
                return dict(button)
        for button in all_of:
            if label in button["text"]:
                return dict(button)
        raise LookupError(f"no button {label!r} under message {self.id}: {self.buttons}")

    def wire(self, *, with_reply: bool = True) -> Wire:
        """As it is sent to a bot."""
        shown: Wire = {"message_id": self.id}
        if self.sender is not None:
            shown["from"] = self.sender.wire()
        else:
            shown["sender_chat"] = self.chat.wire()
        shown["chat"] = self.chat.wire()
        shown["date"] = self.date
        if self.edited:
            shown["edit_date"] = self.edited
        if self.thread is not None:
            shown["message_thread_id"] = self.thread
        if self.via is not None:
            shown["via_bot"] = self.via.wire()
        if with_reply and self.reply_to is not None:
            shown["reply_to_message"] = self.reply_to.wire(with_reply=False)
        text, entities = ("text", "entities") if self.media is None else ("caption", "caption_entities")
        if self.media is not None:
            shown |= self.media
        if self.text:
            shown[text] = self.text
            if self.entities:
                shown[entities] = [e.wire() for e in self.entities]
        if self.preview is not None:
            shown["link_preview_options"] = self.preview
        if self.markup is not None and "inline_keyboard" in self.markup:
            shown["reply_markup"] = self.markup
        return shown


@dataclass(slots=True)
class Query:
    """A pressed button or an inline query that waits for its one answer, given as `answer` once it came."""

    id: str
    person: Person
    until: float
    message: Message | None = None
    data: str = ""
    answer: Wire | None = None


@dataclass(slots=True)
class World:
    """Everything there is; `clock` gives Unix seconds."""

    bot: Person
    clock: Callable[[], float]
    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    messages: dict[tuple[int, int], Message] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(1001))
    _shared: count[int] = field(default_factory=lambda: count(1))
    _own: dict[int, count[int]] = field(default_factory=dict)
    _query_ids: count[int] = field(default_factory=lambda: count(382_000_000_000_000_001))

    def now(self) -> int:
        """Unix seconds."""
        return int(self.clock())

    def person(self, name: str, *, id: int | None = None, username: str | None = None, language: str | None = "zh-hans") -> Person:
        """A new user and the private chat with them."""
        person = Person(next(self._ids) if id is None else id, name, username, language)
        self.people[person.id] = person
        self.chats[person.id] = Chat(person.id, ChatKind.PRIVATE, name, username, person)
        return person

    def chat(self, kind: ChatKind, title: str, *, id: int | None = None, username: str | None = None) -> Chat:
        """A new group, supergroup or channel."""
        number = next(self._ids)
        if id is None:
            id = -number if kind is ChatKind.GROUP else -1_000_000_000_000 - number
        self.chats[id] = Chat(id, kind, title, username)
        return self.chats[id]

    def find_chat(self, name: str) -> Chat:
        """The chat with that id or @name. Raises ApiError."""
        if not name:
            raise bad("chat_id is empty")
        chat = None
        if name.startswith("@"):
            chat = next((c for c in self.chats.values() if c.username and c.username.lower() == name[1:].lower()), None)
        elif name.removeprefix("-").isdecimal():
            chat = self.chats.get(int(name))
        if chat is None:
            raise bad("chat not found")
        return chat

    def new_message_id(self, chat: Chat) -> int:
        """Supergroups and channels count for themselves, everything else together, as Telegram does it."""
        if chat.kind in (ChatKind.PRIVATE, ChatKind.GROUP):
            return next(self._shared)
        return next(self._own.setdefault(chat.id, count(1)))

    def keep(self, message: Message) -> Message:
        """Remember a message; the oldest is forgotten when there are very many."""
        if len(self.messages) >= MESSAGES_KEPT:
            del self.messages[next(iter(self.messages))]
        self.messages[message.chat.id, message.id] = message
        return message

    def message(self, chat: Chat, id: int) -> Message | None:
        """A message that is still there."""
        found = self.messages.get((chat.id, id))
        return None if found is None or found.deleted else found

    def query(self, person: Person, seconds: float, message: Message | None = None, data: str = "") -> Query:
        """A new query that can be answered for so many seconds."""
        query = Query(str(next(self._query_ids)), person, self.clock() + seconds, message, data)
        self.queries[query.id] = query
        return query

    def answer(self, id: str, answer: Wire) -> Query:
        """Note a query's one answer. Raises ApiError when it is unknown, too old or answered."""
        query = self.queries.get(id)
        if query is None or query.answer is not None or self.clock() > query.until:
            raise bad(QUERY_TOO_OLD)
        query.answer = answer
        return query

    def keep_file(self, content: bytes) -> str:
        """Remember a file; its id."""
        id = f"BQACAgUAAxkB{len(self.files) + 1:08d}"
        self.files[id] = content
        return id


def dumps(value: object) -> str:
    """JSON as Telegram writes it: everything beyond ASCII escaped, so that even half a surrogate pair can travel."""
    return json.dumps(value, separators=(",", ":"))
