"""What happens to a conversation from elsewhere, an operator's message or a handoff's new state, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from sse_starlette import ServerSentEvent

from bot.store import HandoffState, Store, StoreError
from handlers.web.metrics import Metrics
from handlers.web.views import message_view

POLL_SECONDS = 0.5
HANDOFFS_EVERY = 4  # polls; who writes a message is noticed by the message
BACK_OFF_SECONDS = 5.0


class Live:
    """Tells the open streams of this process that their conversation has news, whichever process wrote it."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store, self._metrics = store, metrics
        self._streams: dict[str, set[asyncio.Event]] = defaultdict(set)
        # How each handoff stands as far as the streams have told.
        self._told: dict[str, HandoffState] = {}
        self._stopping = False

    def count(self, conversation: str) -> int:
        """How many streams of a conversation are open here."""
        return len(self._streams.get(conversation, ()))

    @property
    def stopping(self) -> bool:
        """Whether the process is about to end."""
        return self._stopping

    def stop(self) -> None:
        """End all streams now; later ones end at once."""
        self._stopping = True
        for conversation in tuple(self._streams):
            self.poke(conversation)

    def poke(self, conversation: str) -> None:
        """There may be news of a conversation; when there are none nobody notices."""
        for news in self._streams.get(conversation, ()):
            news.set()

    async def events(self, conversation: str, after: int) -> AsyncIterator[ServerSentEvent]:
        """The operators' messages with an id above `after`, then the new ones as they come, each once and in order; and
        how the handoff stands, at first and whenever it changes. Ends when the process stops."""
        news = asyncio.Event()
        self._streams[conversation].add(news)
        self._metrics.streams.inc()
        shown: HandoffState | None = None
        try:
            # The response begins at once, also when there is nothing to tell.
            yield ServerSentEvent(comment="open", retry=2000)
            while not self._stopping:
                news.clear()
                for message in await self._store.messages_of(conversation, after):
                    after = message.id
                    yield _event("message", message_view(message), id=str(message.id))
                state = (await self._store.history(conversation, limit=1)).handoff
                if state is not shown and state is not None:
                    shown = self._told[conversation] = state
                    yield _event("handoff", {"state": state.value})
                await news.wait()
        finally:
            self._metrics.streams.dec()
            self._streams[conversation].discard(news)
            if not self._streams[conversation]:
                del self._streams[conversation]
                self._told.pop(conversation, None)

    async def watch(self) -> None:
        """Look for news until cancelled. A store that fails is asked again a little later."""
        last: int | None = None
        polls = 0
        while True:
            try:
                if last is None:
                    last = await self._store.newest_message()
                # The store commits messages in the order of their ids, so nothing is ever added below the last one seen.
                while messages := await self._store.messages_after(last):
                    last = messages[-1].id
                    for message in messages:
                        self.poke(message.conversation)
                if self._streams and polls % HANDOFFS_EVERY == 0:
                    opened = {h.conversation: h.state for h in await self._store.handoffs()}
                    for conversation in tuple(self._streams):
                        if opened.get(conversation, HandoffState.CLOSED) is not self._told.get(conversation, HandoffState.CLOSED):
                            self.poke(conversation)
                polls += 1
                await asyncio.sleep(POLL_SECONDS)
            except StoreError as error:  # reported, and tried again: streams stay open meanwhile
                structlog.get_logger().warning("events_not_read", error=type(error).__name__)
                await asyncio.sleep(BACK_OFF_SECONDS)


def _event(name: str, data: object, id: str | None = None) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name, id=id)


async def stopped(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has ended."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
