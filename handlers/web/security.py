"""What guards every request: response headers, the origin of what changes something, the type and size of bodies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.web.problems import Problem, respond_problem

BODY_BYTES = 64 * 1024
EVENTS = "/api/v1/events"
WIDGET = "/widget"
# What the log wants to know of a request.
_NOTED = ("route", "problem", "failure")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    "cross-origin-opener-policy": "same-origin",
}
RawHeaders = list[tuple[bytes, bytes]]


class Guard:
    """Puts the security headers on every response and refuses what must not come in. HEAD is answered as GET, without body."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str], json_paths: Collection[str]) -> None:
        self._app, self._origins, self._json_paths = app, frozenset(origins), frozenset(json_paths)
        nowhere, here = _CSP.format(ancestors="'none'"), _CSP.format(ancestors=" ".join(("'self'", *origins)))
        self._headers = _raw({**_COMMON, "content-security-policy": nowhere, "x-frame-options": "DENY"})
        self._framed = _raw({**_COMMON, "content-security-policy": here})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = self._framed if scope["path"] == WIDGET else self._headers

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        method = scope["method"]
        try:
            if method not in _SAFE:
                headers = Headers(scope=scope)
                self._check_origin(headers, scope["scheme"])
                if method == "POST" and scope["path"] in self._json_paths:
                    _check_type(headers)
                receive = await _bounded(headers, receive)
            elif scope["path"] == EVENTS:
                self._check_origin(Headers(scope=scope), scope["scheme"])
        except Problem as problem:
            await respond_problem(Request(scope), problem)(scope, receive, guarded)
            return
        if method == "HEAD" and scope["path"] != EVENTS:
            as_get = {**scope, "method": "GET"}
            try:
                await self._app(as_get, receive, _without_body(guarded))
            finally:
                scope.update({name: as_get[name] for name in _NOTED if name in as_get})
            return
        await self._app(scope, receive, guarded)

    def _check_origin(self, headers: Headers, scheme: str) -> None:
        """Browsers name the page that sends; other programs send no Origin, and have no cookie that they could be tricked into
        using either."""
        origin = headers.get("origin")
        if origin is None or origin.lower() in self._origins:
            return
        sender = urlsplit(origin.lower())
        own = sender.netloc and sender.netloc == headers.get("host", "").lower()
        # Behind a proxy that ends TLS we may see http where the visitor sees https; never the other way round.
        if not own or (sender.scheme != scheme and sender.scheme != "https"):
            raise Problem(403, "foreign_origin")


def _check_type(headers: Headers) -> None:
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return  # nothing was sent, so nothing can be misread
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "not_json")


async def _bounded(headers: Headers, receive: Receive) -> Receive:
    """The body, unless it is too long; one that does not say its length is read first."""
    length = headers.get("content-length")
    if length is not None:
        if not length.isascii() or not length.isdigit():
            raise Problem(400, "bad_request")
        if int(length[:12]) > BODY_BYTES:
            raise Problem(413, "too_large", headers={"Connection": "close"})
        return receive
    if "transfer-encoding" not in headers:
        return receive
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return _again(message, receive)
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > BODY_BYTES:
            raise Problem(413, "too_large", headers={"Connection": "close"})
        more = message.get("more_body", False)
    return _again({"type": "http.request", "body": b"".join(parts), "more_body": False}, receive)


def _again(message: Message, receive: Receive) -> Receive:
    """Gives the message first, then what comes after it."""
    waiting = [message]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received


def _without_body(send: Send) -> Send:
    async def headers_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only


def _raw(headers: dict[str, str]) -> RawHeaders:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
