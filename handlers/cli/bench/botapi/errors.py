"""What Telegram answers when it refuses: code, description and parameters, in its own words."""

from __future__ import annotations

from typing import Any, TypeAlias

Wire: TypeAlias = dict[str, Any]
"""A JSON object as it travels."""

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class ApiError(Exception):
    """A refusal, as it is written to the client."""

    def __init__(self, code: int, description: str, parameters: Wire | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Wire:
        """The answer's JSON object."""
        body: Wire = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(message: str) -> ApiError:
    """400. The first letter becomes small unless the message is a code in capitals, as Telegram does it."""
    if not (len(message) > 1 and (message[1] == "_" or "A" <= message[1] <= "Z")):
        message = message[:1].lower() + message[1:]
    return ApiError(400, f"Bad Request: {message}")


def checked_utf8(text: str, what: str) -> str:
    """The text. Raises ApiError when half a surrogate pair is in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad(f"{what} must be encoded in UTF-8") from None
    return text


def forbidden(message: str) -> ApiError:
    """403: the bot is not welcome there."""
    return ApiError(403, f"Forbidden: {message}")


def conflict(message: str) -> ApiError:
    """409: two receivers of one bot's updates."""
    return ApiError(409, message)


def flood(retry_after: int) -> ApiError:
    """429; `retry_after` in seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def migrated(to: int) -> ApiError:
    """400: the group lives on under another id."""
    return ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": to})
