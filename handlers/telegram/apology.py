"""What a customer is told when their message could not be handled; made from the raw update, which may be anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.inbox import Prepared
from handlers.telegram.drafts import Drafts
from handlers.telegram.texts import Texts, script_for


def apology(payload: Any, code: str, texts: Texts) -> Sequence[Prepared]:
    """An apology with the reference code, where a private chat can be told from the update; elsewhere nothing."""
    event = payload.get("message") or payload.get("edited_message") if isinstance(payload, dict) else None
    if event is None and isinstance(payload, dict) and isinstance(payload.get("callback_query"), dict):
        event = payload["callback_query"].get("message")
    chat = event.get("chat") if isinstance(event, dict) else None
    id = chat.get("id") if isinstance(chat, dict) else None
    # Ids of people are positive and have fewer than 53 bits; groups need not know.
    if type(id) is not int or not 0 < id < 2**52:
        return ()
    sender = event.get("from") if isinstance(event, dict) else None
    language = sender.get("language_code") if isinstance(sender, dict) else None
    drafts = Drafts()
    drafts.say(id, texts("problems.apology", script_for(language if isinstance(language, str) else None), reference=code))
    return drafts.kept
