"""The methods that send, edit, delete and answer, with Telegram's checks in Telegram's order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic

from handlers.cli.bench.botapi.arguments import Arguments
from handlers.cli.bench.botapi.entities import Entity, fix, found_entities, given_entities, units
from handlers.cli.bench.botapi.errors import NOT_MODIFIED, ApiError, Wire, bad, checked_utf8
from handlers.cli.bench.botapi.html import parse_html
from handlers.cli.bench.botapi.limits import Throttle
from handlers.cli.bench.botapi.markup import keyboard
from handlers.cli.bench.botapi.state import Chat, ChatKind, Message, World

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_ALERT = 200
LARGEST_FILE = 50 * 1024 * 1024
DELETABLE_SECONDS = 48 * 3600
_ACTIONS = frozenset(
    "typing upload_photo record_video upload_video record_voice upload_voice record_audio upload_audio upload_document "
    "choose_sticker find_location pick_up_location record_video_note upload_video_note cancel".split()
)


def formatted(text: str, args: Arguments, *, entities: str) -> tuple[str, tuple[Entity, ...]]:
    """A text as it is kept, with its entities, from its HTML or from the entities given. Raises ApiError."""
    mode = args.text("parse_mode").strip().lower()
    if mode == "html":
        return _from_html(text)
    if mode not in ("", "none"):
        # Markdown is Telegram's too, but not this server's.
        raise bad("Unsupported parse_mode specified")
    plain, kept = fix(text, given_entities(args.data(entities, "entities")))
    return plain, found_entities(plain, kept)


@lru_cache(maxsize=4096)
def _from_html(source: str) -> tuple[str, tuple[Entity, ...]]:
    # A bot says the same things again and again; the server shall not be what a measurement measures.
    plain, kept = fix(*parse_html(source))
    return plain, found_entities(plain, kept)


@dataclass(slots=True)
class Methods:
    """Works on the world; `throttle` is None while limits are off. Every method raises ApiError to refuse."""

    world: World
    throttle: Throttle | None = None
    by_bot: dict[int, list[Message]] = field(default_factory=dict)
    actions: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=10_000))

    # --- sending -----------------------------------------------------------------------------------------------

    def send_message(self, args: Arguments) -> Message:
        """sendMessage."""
        text, entities = self._text(args, "text", too_long="message is too long")
        preview = _preview(args)
        return self._send(args, text, entities, preview=preview)

    def send_document(self, args: Arguments) -> Message:
        """sendDocument, with an uploaded file or the id of one sent before."""
        upload = args.upload("document")
        given = args.text("document")
        if upload is None and not given:
            raise bad("there is no document in the request")
        if upload is not None:
            if not upload.content:
                raise bad("file must be non-empty")
            if len(upload.content) > LARGEST_FILE:
                raise ApiError(413, "Request Entity Too Large")
            id, size, name, kind = "", len(upload.content), upload.name, upload.content_type
        elif given in self.world.files:
            id, size, name, kind = given, len(self.world.files[given]), "file", "application/octet-stream"
        else:
            raise bad("wrong file identifier/HTTP URL specified")
        caption, entities = formatted(args.text("caption"), args, entities="caption_entities")
        if units(caption) > LONGEST_CAPTION:
            raise bad("message caption is too long")
        message = self._send(args, caption, entities, media={"document": {}})
        if upload is not None:
            id = self.world.keep_file(upload.content)
        message.media = {
            "document": {"file_id": id, "file_unique_id": id[-8:], "file_name": name, "mime_type": kind, "file_size": size}
        }
        return message

    def _text(self, args: Arguments, name: str, *, too_long: str) -> tuple[str, tuple[Entity, ...]]:
        given = args.text(name)
        if not given:
            raise bad("Message text is empty")
        text, entities = formatted(given, args, entities="entities")
        if not text:
            raise bad("Text must be non-empty")
        if units(text) > LONGEST_TEXT:
            raise bad(too_long)
        return text, entities

    def _send(
        self, args: Arguments, text: str, entities: tuple[Entity, ...], *, media: Wire | None = None, preview: Wire | None = None
    ) -> Message:
        world = self.world
        reply = _reply_parameters(args)
        markup = keyboard(args.data("reply_markup", "reply keyboard markup"))
        chat = world.find_chat(args.text("chat_id"))
        chat.check_writable()
        reply_to = self._replied(chat, reply) if reply else None
        self._spend(chat)
        sender = None if chat.kind is ChatKind.CHANNEL else world.bot
        message = Message(world.new_message_id(chat), chat, sender, world.now(), text, entities, markup, reply_to, media)
        message.silent = args.flag("disable_notification")
        message.preview = preview
        message.thread = args.number("message_thread_id") or None
        world.keep(message)
        self.by_bot.setdefault(chat.id, []).append(message)
        return message

    def _replied(self, chat: Chat, reply: Wire) -> Message | None:
        there = self.world.find_chat(str(reply["chat_id"])) if reply.get("chat_id") else chat
        found = self.world.message(there, int(reply["message_id"]))
        if found is None and not reply.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        return found

    def _spend(self, chat: Chat) -> None:
        if self.throttle is not None:
            self.throttle.check(chat, monotonic())

    def send_chat_action(self, args: Arguments) -> bool:
        """sendChatAction."""
        action = args.text("action").lower()
        if action not in _ACTIONS:
            raise bad("wrong parameter action in request")
        chat = self.world.find_chat(args.text("chat_id"))
        chat.check_writable()
        self.actions.append((chat.id, action))
        return True

    # --- changing ----------------------------------------------------------------------------------------------

    def edit_text(self, args: Arguments) -> Message:
        """editMessageText, of a message in a chat."""
        text, entities = self._text(args, "text", too_long="MESSAGE_TOO_LONG")
        preview = _preview(args)
        markup = self._inline_markup(args)
        message = self._editable(args)
        if message.media is not None:
            raise bad("there is no text in the message to edit")
        if (text, entities, markup) == (message.text, message.entities, message.markup):
            raise bad(NOT_MODIFIED)
        self._spend(message.chat)
        message.text, message.entities, message.markup = text, entities, markup
        message.preview = preview
        message.edited = self.world.now()
        return message

    def edit_markup(self, args: Arguments) -> Message:
        """editMessageReplyMarkup, of a message in a chat."""
        markup = self._inline_markup(args)
        message = self._editable(args)
        if markup == message.markup:
            raise bad(NOT_MODIFIED)
        self._spend(message.chat)
        message.markup = markup
        message.edited = self.world.now()
        return message

    def _inline_markup(self, args: Arguments) -> Wire | None:
        markup = keyboard(args.data("reply_markup", "reply keyboard markup"))
        if markup is not None and "inline_keyboard" not in markup:
            raise bad("Inline keyboard expected")
        return markup

    def _editable(self, args: Arguments) -> Message:
        if args.text("inline_message_id"):
            raise bad("MESSAGE_ID_INVALID")
        chat = self.world.find_chat(args.text("chat_id"))
        chat.check_writable()
        if args.number("message_id") <= 0:
            raise bad("message identifier is not specified")
        message = self.world.message(chat, args.number("message_id"))
        if message is None:
            raise bad("message to edit not found")
        if message.sender is not self.world.bot and chat.kind is not ChatKind.CHANNEL:
            raise bad("message can't be edited")
        return message

    def delete_message(self, args: Arguments) -> bool:
        """deleteMessage."""
        chat = self.world.find_chat(args.text("chat_id"))
        message = self.world.message(chat, args.number("message_id"))
        if message is None:
            raise bad("message to delete not found")
        own = message.sender is self.world.bot or chat.kind in (ChatKind.PRIVATE, ChatKind.CHANNEL)
        if not own or self.world.now() - message.date > DELETABLE_SECONDS:
            raise bad("message can't be deleted")
        message.deleted = True
        return True

    # --- answering ---------------------------------------------------------------------------------------------

    def answer_callback(self, args: Arguments) -> bool:
        """answerCallbackQuery: once a query, in time."""
        text = checked_utf8(args.text("text"), "Strings")
        if units(text) > LONGEST_ALERT:
            raise bad("MESSAGE_TOO_LONG")
        answer: Wire = {"text": text, "show_alert": args.flag("show_alert"), "url": args.text("url")}
        self.world.answer(args.text("callback_query_id"), answer)
        return True

    # --- looking up --------------------------------------------------------------------------------------------

    def get_chat(self, args: Arguments) -> Wire:
        """getChat."""
        chat = self.world.find_chat(args.text("chat_id"))
        limits = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}
        return {**chat.wire(), **limits}

    def get_file(self, args: Arguments) -> Wire:
        """getFile; its content is then served under its path."""
        id = args.text("file_id")
        if not id:
            raise bad("file_id not specified")
        if id not in self.world.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        return {"file_id": id, "file_unique_id": id[-8:], "file_size": len(self.world.files[id]), "file_path": f"documents/{id}"}


_NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


def _preview(args: Arguments) -> Wire | None:
    options = args.data("link_preview_options", "link preview options")
    if options is not None and not isinstance(options, dict):
        raise bad("LinkPreviewOptions must be an Object")
    return options or ({"is_disabled": True} if args.flag("disable_web_page_preview") else None)


def _reply_parameters(args: Arguments) -> Wire | None:
    given = args.data("reply_parameters", "reply parameters")
    if given is None:
        id = args.number("reply_to_message_id")
        return {"message_id": id, "allow_sending_without_reply": args.flag("allow_sending_without_reply")} if id > 0 else None
    if not isinstance(given, dict):
        raise bad("Can't parse ReplyParameters: ReplyParameters must be an Object")
    if not isinstance(given.get("message_id"), int):
        raise bad("Can't parse ReplyParameters: Can't find field \"message_id\"")
    return given if given["message_id"] > 0 else None
