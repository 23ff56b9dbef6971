"""What the handling of one update wants to send: collected by handlers, kept in one transaction with the update, then sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiogram.methods import AnswerCallbackQuery, AnswerInlineQuery, SendDocument, SetMyCommands, TelegramMethod
from aiogram.types import CallbackQuery, Message

from bot.inbox import Prepared
from bot.messages import Json
from handlers.telegram.markup import Keyboard
from handlers.telegram.methods import params_of


@dataclass(slots=True)
class Drafts:
    """Handlers never send: what they put here is sent once the update is done, in this order.

    `direct` are answers that Telegram awaits within seconds and that mean nothing after a crash: they are kept nowhere."""

    kept: list[Prepared] = field(default_factory=list)
    direct: list[TelegramMethod[bool]] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)  # chats whose customer had everything deleted

    def say(
        self,
        chat: int,
        html: str,
        keyboard: Keyboard | None = None,
        *,
        answers: str = "",
        to: Message | None = None,
        edits: int | None = None,
    ) -> None:
        """Send HTML. `answers` names the question, so that the answer can be edited with it; `edits` is the kept message whose
        place it takes; `to` the message it replies to."""
        params = _shown(chat, html, keyboard)
        if to is not None:
            params["reply_parameters"] = {"message_id": to.message_id, "allow_sending_without_reply": True}
        self.kept.append(Prepared(str(chat), "sendMessage" if edits is None else "editMessageText", params, answers, edits))

    def rewrite(self, shown: Message, html: str, keyboard: Keyboard | None = None) -> None:
        """Put another text in the place of a message that a button was pressed under."""
        params = _shown(shown.chat.id, html, keyboard) | {"message_id": shown.message_id}
        self.kept.append(Prepared(str(shown.chat.id), "editMessageText", params))

    def buttons(self, shown: Message, keyboard: Keyboard | None) -> None:
        """Put other buttons under a message, or none."""
        params: dict[str, Json] = {"chat_id": shown.chat.id, "message_id": shown.message_id}
        if keyboard is not None:
            params["reply_markup"] = keyboard
        self.kept.append(Prepared(str(shown.chat.id), "editMessageReplyMarkup", params))

    def document(self, chat: int, customer: str, caption: str) -> None:
        """Send all that is kept of a customer; it is written when it is sent, and kept nowhere."""
        method = SendDocument(chat_id=chat, document=customer, caption=caption)
        self._keep(chat, method)

    def commands(self, chat: int, method: SetMyCommands) -> None:
        """Set what the menu of one chat says."""
        self._keep(chat, method)

    def toast(self, query: CallbackQuery, text: str = "", *, alert: bool = False) -> None:
        """Answer a press: nothing, a line for a moment, or a box to be closed."""
        self.direct.append(AnswerCallbackQuery(callback_query_id=query.id, text=text[:200] or None, show_alert=alert or None))

    def results(self, method: AnswerInlineQuery) -> None:
        """Answer an inline query."""
        self.direct.append(method)

    def _keep(self, chat: int, method: TelegramMethod[Any]) -> None:
        self.kept.append(Prepared(str(chat), method.__api_method__, params_of(method)))


def _shown(chat: int, html: str, keyboard: Keyboard | None) -> dict[str, Json]:
    params: dict[str, Json] = {"chat_id": chat, "text": html, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    if keyboard is not None:
        params["reply_markup"] = keyboard
    return params
