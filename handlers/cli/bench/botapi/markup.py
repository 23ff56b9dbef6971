"""Keyboards: what Telegram takes, and how it says no."""

from __future__ import annotations

from typing import Any

from handlers.cli.bench.botapi.errors import Wire, bad, checked_utf8
from handlers.cli.bench.botapi.html import checked_link

MOST_BUTTONS = 100
MOST_IN_A_ROW = 12
MOST_CALLBACK_BYTES = 64
_ACTIONS = (
    "url",
    "callback_data",
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
)
_MAY_BE_EMPTY = frozenset({"switch_inline_query", "switch_inline_query_current_chat"})
_UNPRESSABLE = frozenset({"pay", "callback_game"})


def keyboard(data: object) -> Wire | None:
    """The markup as it is kept; None for none or an empty inline keyboard. Raises ApiError.

    Telegram silently leaves out buttons without a text and those beyond a row's 12; here they are refused, because a
    test wants to hear of them."""
    if data is None or data == "":
        return None
    if not isinstance(data, dict):
        raise bad("Object expected as reply markup")
    if "inline_keyboard" in data:
        return _inline(data["inline_keyboard"])
    if "keyboard" in data:
        rows = data["keyboard"]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise bad('Field "keyboard" must be an Array of Arrays')
        return data if rows else None
    return data if data.get("remove_keyboard") or data.get("force_reply") else None


def _inline(rows: object) -> Wire | None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, kept)) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in kept):
        raise bad("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _button(button: Any) -> Wire:
    if not isinstance(button, dict):
        raise bad("Can't parse InlineKeyboardButton: InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad("Can't parse InlineKeyboardButton: Can't find field \"text\"")
    text = button["text"]
    if not isinstance(text, str):
        raise bad('Can\'t parse InlineKeyboardButton: Field "text" must be of type String')
    given = [a for a in _ACTIONS if button.get(a) is not None and (button[a] != "" or a in _MAY_BE_EMPTY)]
    if not given:
        raise bad("Can't parse InlineKeyboardButton: Text buttons are not allowed in the inline keyboard")
    if len(given) > 1 or given[0] in _UNPRESSABLE:
        raise bad("BUTTON_TYPE_INVALID")
    if not checked_utf8(text, "Inline keyboard button text").strip():
        raise bad("Inline keyboard button text must be non-empty")
    action, value = given[0], button[given[0]]
    if action == "callback_data":
        if not isinstance(value, str):
            raise bad('Can\'t parse InlineKeyboardButton: Field "callback_data" must be of type String')
        if len(value.encode("utf-8", "surrogatepass")) > MOST_CALLBACK_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    if action == "url":
        checked = checked_link(str(value))
        if checked is None:
            raise bad(f"Inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
        value = checked
    return {"text": text, action: value}
