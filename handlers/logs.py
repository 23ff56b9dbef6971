"""One way for everything that is told to standard error: JSON lines, an exception as its kind and place, nothing that a customer wrote."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

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
