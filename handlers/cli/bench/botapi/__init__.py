"""A Bot API server on the loopback that behaves as Telegram's does and can be told to misbehave: for tests and measurement."""

from handlers.cli.bench.botapi.faults import Fault, FaultKind
from handlers.cli.bench.botapi.journal import Call, Journal
from handlers.cli.bench.botapi.limits import Limits
from handlers.cli.bench.botapi.server import TOKEN, BotApi, running
from handlers.cli.bench.botapi.state import Chat, ChatKind, Message, Person, Query

__all__ = [
    "TOKEN",
    "BotApi",
    "Call",
    "Chat",
    "ChatKind",
    "Fault",
    "FaultKind",
    "Journal",
    "Limits",
    "Message",
    "Person",
    "Query",
    "running",
]
