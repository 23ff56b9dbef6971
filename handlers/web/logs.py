"""One line for each request on standard error; nothing that a customer wrote, no query, no path."""

from __future__ import annotations

from secrets import token_hex
from time import perf_counter
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.logs import place
from handlers.web.metrics import Metrics
from handlers.web.problems import Problem, respond_problem

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(scope: Scope) -> str:
    """The template of the route that answered, never the path itself."""
    if found := getattr(scope.get("route"), "path", None):
        return str(found)
    return "/static" if scope["path"].startswith("/static/") else "unknown"


class RequestLog:
    """Outermost of all: gives each request its reference code, counts it, writes its line, and ends what nobody else could."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        reference = scope["reference"] = token_hex(4)
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-reference", reference.encode())]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            scope["failure"] = error
            if status == 0:
                await respond_problem(Request(scope), Problem(500, "internal"))(scope, receive, noted)
        finally:
            self._write(scope, status, reference, perf_counter() - began)

    def _write(self, scope: Scope, status: int, reference: str, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = _route(scope)
        self._metrics.request(method, route, status, seconds)
        failure = scope.get("failure")
        line: dict[str, Any] = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "reference": reference,
        }
        if problem := scope.get("problem"):
            line["problem"] = problem
        log = structlog.get_logger()
        if failure is not None:
            self._metrics.failure(type(failure).__name__)
            log.error("request", **line, **place(failure))
        else:
            log.info("request", **line)
