"""What operators write to customers, brought to Telegram."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from bot.inbox import Inbox, Outgoing, Prepared
from bot.store import OperatorMessage, Store
from handlers.telegram.drafts import Drafts
from handlers.telegram.markup import pages

_CONVERSATION = re.compile(r"telegram-(-?\d{1,19})(?:-\d{1,19})?")
_MARK = "operators"


class Operators:
    """Reads on from where it stopped; a message and how far was read are kept together, so none is brought twice."""

    def __init__(
        self, store: Store, inbox: Inbox, send: Callable[[Iterable[Outgoing]], None], clock: Callable[[], datetime]
    ) -> None:
        self._store, self._inbox, self._send, self._clock = store, inbox, send, clock
        self._read: int | None = None

    async def look(self) -> None:
        """Send what is new. Raises StoreError."""
        if self._read is None:
            self._read = await self._inbox.mark(_MARK)
        while messages := await self._store.messages_after(self._read):
            last = messages[-1].id
            prepared = [p for message in messages for p in _prepared(message)]
            self._send(await self._inbox.post(prepared, _MARK, last, self._clock()))
            self._read = last


def _prepared(message: OperatorMessage) -> list[Prepared]:
    """The message as Telegram shows it; nothing when its conversation is another channel's."""
    found = _CONVERSATION.fullmatch(message.conversation)
    if found is None:
        return []
    drafts = Drafts()
    for page in pages([("b", f"👤 {message.operator}"), ("", message.text)]):
        drafts.say(int(found[1]), page)
    return drafts.kept
