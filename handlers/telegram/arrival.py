"""An update as it arrives: raw JSON that may be anything, made ready to be kept; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from bot.inbox import Arrived

NOBODY = "-"
MOST = 2**31 - 1


def arrived(update: object) -> Arrived:
    """The update with its own number, or one made of its content, and the chat in whose order it is handled."""
    payload = json.dumps(update)
    number = update.get("update_id") if isinstance(update, dict) else None
    known = type(number) is int
    return Arrived(str(number) if known else f"sha256:{sha256(payload.encode()).hexdigest()}", chat_of(update), payload)


def chat_of(update: object) -> str:
    """The chat that an update belongs to: its id, that of the person where there is no chat, or NOBODY."""
    if not isinstance(update, dict):
        return NOBODY
    for name, event in update.items():
        if name == "update_id" or not isinstance(event, dict):
            continue
        inner = event.get("message") if name == "callback_query" else event
        for part in ((inner.get("chat") if isinstance(inner, dict) else None), event.get("from"), event.get("user")):
            if isinstance(part, dict) and type(part.get("id")) is int:
                return str(part["id"])
    return NOBODY


def wants_answer(update: object) -> bool:
    """Whether Telegram waits for an answer to it that could go into the webhook's own response."""
    return isinstance(update, dict) and any(isinstance(update.get(k), dict) for k in ("callback_query", "inline_query"))


def next_offset(batch: Sequence[Any]) -> int | None:
    """The offset that acknowledges a batch: behind its last update. It is told once: ids may begin anew, lower, after a quiet week.

    A number that can be no id is passed over: a negative offset would throw updates away."""
    numbers = [u["update_id"] for u in batch if isinstance(u, dict) and type(u.get("update_id")) is int]
    return next((n + 1 for n in reversed(numbers) if 0 < n < MOST), None)
