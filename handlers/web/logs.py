"""One line of JSON for each request and event on standard error; nothing that a customer wrote, no query, no path."""

from __future__ import annotations

import logging
import sys
import traceback
from secrets import token_hex
from time import perf_counter
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor, WrappedLogger

from handlers.web.metrics import Metrics
from handlers.web.problems import Problem, respond_problem

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FRAMES = 12


def configure(level: str, form: str) -> None:
    """Send the program's own log and the libraries' the same way. `level` is debug, info, warning or error; `form` json or text."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), _placed]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    logging.basicConfig(handlers=[handler], level=number, force=True)
    # They tell what nobody asked, and their debug lines hold what is sent to customers.
    for name in ("sse_starlette", "asyncio", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def _placed(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """An exception as its kind and place: its message may quote a customer or a secret."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info else None
    if error is not None:
        event.update(place(error))
    return event


def place(error: BaseException) -> dict[str, Any]:
    """An error's kind, and where it was raised, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {"error": type(error).__name__, "where": [f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames)]}


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
