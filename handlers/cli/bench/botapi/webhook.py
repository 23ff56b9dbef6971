"""Delivery by webhook: in order within a lane, several lanes at once, again after failures with growing pauses."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

import aiohttp

from handlers.cli.bench.botapi.arguments import Arguments, read_response
from handlers.cli.bench.botapi.errors import ApiError, Wire, bad, flood
from handlers.cli.bench.botapi.updates import DEFAULT_TYPES, KNOWN_TYPES, Pending, Updates

_SECRET = re.compile("[A-Za-z0-9_-]*")
LONGEST_PAUSE = 60.0
# Methods that a webhook may not give as its answer (nor any whose name begins with "get").
_NOT_AS_ANSWER = frozenset({"setwebhook", "deletewebhook", "close", "logout"})

Execute = Callable[[str, Arguments], Awaitable[object]]


@dataclass(slots=True)
class _Lane:
    queue: deque[Pending]
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Webhook:
    """Where updates go, and the tasks that bring them there. `timeout` in seconds; pauses between tries are Telegram's
    times `pace` (0.01: a hundred times faster); `https_only` as in the real world; `calm_set` refuses (429) a second
    setWebhook within a second, as the real one does."""

    updates: Updates
    execute: Execute
    timeout: float = 60.0
    pace: float = 1.0
    https_only: bool = False
    calm_set: bool = False
    url: str = ""
    secret: str = ""
    connections: int = 40
    last_error: str = ""
    last_error_date: int = 0
    deliveries: int = 0
    failures: int = 0
    most_at_once: int = 0
    _at_once: int = 0
    waiting: int = 0
    _lanes: dict[object, _Lane] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _places: asyncio.Semaphore | None = None
    _not_before: float = 0.0

    async def set(self, args: Arguments) -> str:
        """setWebhook; the description of what was done. Raises ApiError."""
        url = args.text("url")
        if not url:
            return await self.delete(args)
        if self.calm_set and monotonic() < self._not_before:
            raise flood(1)
        self._not_before = monotonic() + 1
        secret = args.text("secret_token")
        if len(secret) > 256:
            raise bad("secret token is too long")
        if _SECRET.fullmatch(secret) is None:
            raise bad("secret token contains unallowed characters")
        self._check(url)
        connections = args.between("max_connections", 40, 1, 100)
        same = (url, secret, connections) == (self.url, self.secret, self.connections)
        self.allow(args)
        if same and not args.flag("drop_pending_updates"):
            return "Webhook is already set"
        await self._stop()
        if args.flag("drop_pending_updates"):
            self.updates.clear()
        self.url, self.secret, self.connections = url, secret, connections
        self.last_error, self.last_error_date = "", 0
        self.updates.abort()
        self.updates.webhook_set = True
        self._places = asyncio.Semaphore(connections)
        self.deliver()
        return "Webhook was set"

    async def delete(self, args: Arguments) -> str:
        """deleteWebhook; the description of what was done."""
        was = bool(self.url)
        await self._stop()
        self.url = self.secret = ""
        self.updates.webhook_set = False
        if args.flag("drop_pending_updates"):
            self.updates.clear()
        return "Webhook was deleted" if was else "Webhook is already deleted"

    def allow(self, args: Arguments) -> None:
        """Take over which kinds of update the bot wants, when the call says so."""
        given = args.data("allowed_updates", "allowed updates")
        if isinstance(given, list):
            self.updates.allowed = frozenset(given) & KNOWN_TYPES or DEFAULT_TYPES

    def info(self) -> Wire:
        """getWebhookInfo."""
        info: Wire = {"url": self.url, "has_custom_certificate": False, "pending_update_count": self.waiting}
        info["pending_update_count"] += len(self.updates.pending)
        if self.url:
            info["max_connections"] = self.connections
        if self.last_error:
            info |= {"last_error_date": self.last_error_date, "last_error_message": self.last_error}
        if self.updates.allowed != DEFAULT_TYPES:
            info["allowed_updates"] = sorted(self.updates.allowed)
        return info

    def deliver(self) -> None:
        """Bring what is pending: it is sorted into lanes, and each lane is brought by a task of its own."""
        if not self.url:
            return
        while self.updates.pending:
            pending = self.updates.pending.popleft()
            self.waiting += 1
            lane = self._lanes.get(pending.lane)
            if lane is None:
                lane = self._lanes[pending.lane] = _Lane(deque((pending,)))
                lane.task = asyncio.create_task(self._run(pending.lane, lane))
            else:
                lane.queue.append(pending)

    async def close(self) -> None:
        """End every delivery."""
        await self._stop()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _stop(self) -> None:
        lanes, self._lanes = list(self._lanes.values()), {}
        for lane in lanes:
            if lane.task is not None:
                lane.task.cancel()
        await asyncio.gather(*(lane.task for lane in lanes if lane.task is not None), return_exceptions=True)
        self.updates.put_back([p for lane in lanes for p in lane.queue])
        self.waiting = 0

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.hostname:
            raise bad("invalid webhook URL specified")
        if self.https_only and parts.scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if self.https_only and (parts.port or 443) not in (80, 88, 443, 8443):
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")

    async def _run(self, name: object, lane: _Lane) -> None:
        """Bring a lane's updates one after the other, each until it is taken."""
        while lane.queue:
            await self._bring(lane.queue[0])
            lane.queue.popleft()
            self.waiting -= 1
        del self._lanes[name]

    async def _bring(self, pending: Pending) -> None:
        pause, failed = 1.0, 0
        while True:
            assert self._places is not None
            async with self._places:
                wait = await self._try(pending)
            if wait is None or self.updates.clock() > pending.expires:
                return
            # The first repetition comes at once, then after 2, 4, 8 … seconds.
            if wait == 0 and failed:
                pause = min(pause * 2, LONGEST_PAUSE)
                wait = pause
            failed += 1
            self.failures += 1
            await asyncio.sleep(wait * self.pace)

    async def _try(self, pending: Pending) -> float | None:
        """Bring an update once. None when it was taken, otherwise the pause that the other side asked for, in seconds."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self.timeout)
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        self.deliveries += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            async with self._session.post(self.url, data=pending.json.encode(), headers=headers) as response:
                if not 200 <= response.status < 300:
                    self._failed(f"Wrong response from the webhook: {response.status} {response.reason}")
                    after = response.headers.get("Retry-After", "")
                    return float(min(int(after), 3600)) if after.isdecimal() else 0.0
                answer = await read_response(response)
        except TimeoutError:
            self._failed("Read timeout expired")
            return 0.0
        except ApiError:
            return None  # a body that is no call is no failure
        except (aiohttp.ClientError, OSError):
            self._failed("Connection refused")
            return 0.0
        finally:
            self._at_once -= 1
        method = answer.text("method").lower()
        if method and method not in _NOT_AS_ANSWER and not method.startswith("get"):
            await self.execute(method, answer)
        return None

    def _failed(self, message: str) -> None:
        self.last_error, self.last_error_date = message, int(self.updates.clock())
