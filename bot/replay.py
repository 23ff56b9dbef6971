"""Dialogues as an editor writes them, played against the assistant, each expectation checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from pathlib import Path

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from bot.conversation import Conversation
from bot.entries import Part, Text
from bot.errors import ContentError
from bot.knowledge import Knowledge
from bot.messages import Act, Reply, Role, Script, Utterance
from bot.reader import line_of
from bot.respond import respond


class Expected(Part):
    """What a reply must show: the act, the entry, the decisive fragments; never its whole wording."""

    act: Act | None = None
    entry: str | None = None
    entries: tuple[str, ...] | None = None
    gap: str | None = None
    calculator: str | None = None
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    script: Script | None = None


class Exchange(Part):
    """One thing the user says, and what is expected back."""

    user: str
    bot: Expected | None = None


class Dialog(Part):
    """A conversation from its first message; `today` is the day it is held on, at noon unless `now` names a time."""

    dialog: Text
    today: date | None = None
    now: time = time(12)
    role: Role | None = None
    turns: tuple[Exchange, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Played:
    """One turn as it went; `failures` says what was not as expected."""

    user: str
    reply: Reply
    failures: tuple[str, ...]


_DIALOGS: TypeAdapter[tuple[Dialog, ...]] = TypeAdapter(tuple[Dialog, ...])


def read_dialogs(path: Path) -> tuple[Dialog, ...]:
    """The dialogues of a file. Raises ContentError with file and line when it is not of that form."""
    try:
        text = path.read_text(encoding="utf-8")
        return _DIALOGS.validate_python(yaml.load(text, Loader=yaml.CSafeLoader) or ())
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"读不了: {error}", file=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(s) for s in first["loc"])
        raise ContentError(first["msg"], file=str(path), line=line_of(text, first["loc"]), field=where) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ContentError(f"YAML 写法有误: {error}", file=str(path)) from error


def play(dialog: Dialog, knowledge: Knowledge, today: date, zone: tzinfo) -> Iterator[Played]:
    """The turns of a dialogue as they go."""
    now = datetime.combine(dialog.today or today, dialog.now, zone)
    conversation = Conversation()
    for exchange in dialog.turns:
        turn = respond(Utterance(exchange.user, role=dialog.role), conversation, knowledge, now)
        conversation = turn.conversation
        yield Played(exchange.user, turn.reply, tuple(_failures(exchange.bot, turn.reply)) if exchange.bot else ())


def _failures(expected: Expected, reply: Reply) -> Iterator[str]:
    pairs: Sequence[tuple[str, object, object]] = (
        ("act", expected.act, reply.act),
        ("entry", expected.entry, reply.entry),
        ("entries", expected.entries, reply.entries),
        ("gap", expected.gap, reply.gap),
        ("calculator", expected.calculator, reply.calculator),
        ("script", expected.script, reply.script),
    )
    for name, wanted, got in pairs:
        if wanted is not None and wanted != got:
            yield f"{name} 应为 {wanted},实为 {got}"
    for fragment in expected.says:
        if fragment not in reply.text:
            yield f"没有说到「{fragment}」"
    for fragment in expected.never:
        if fragment in reply.text:
            yield f"不该说「{fragment}」"
    offered = {o.entry or o.label for o in reply.options}
    for option in expected.options:
        if option not in offered:
            yield f"选项里没有 {option}"
