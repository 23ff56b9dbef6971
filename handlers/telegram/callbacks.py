"""What a button carries: its kind, a few small values, and a mark that it is ours and this conversation's; at most 64 bytes."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import Any, TypeVar

from aiogram.filters import Filter
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery

from handlers.telegram.markup import Button

T = TypeVar("T", bound="Signed")

MARK = 9  # characters; six bits each
# The first character of every prefix. Another one means that the meaning changed, and buttons of before say that they are stale.
VERSION = "1"


class Signed(CallbackData, prefix="-"):
    """The base of all: `unpack` is aiogram's, the mark comes last."""

    def pack(self) -> str:
        """As aiogram packs, without asking pydantic: a keyboard has many buttons."""
        values = (str(int(v)) if isinstance(v, bool) else str(v) for v in self.__dict__.values())
        return ":".join((self.__prefix__, *values))


class Says(Signed, prefix=f"{VERSION}s"):
    """One of the things offered under a turn's reply, by its place among them; `check` tells it from what stands there after the
    conversation was deleted and begun anew."""

    turn: int
    place: int
    check: str


class Rates(Signed, prefix=f"{VERSION}r"):
    """Whether a turn's answer helped."""

    turn: int
    helpful: bool


class Asks(Signed, prefix=f"{VERSION}e"):
    """An entry, by its short name."""

    entry: str


class Calculates(Signed, prefix=f"{VERSION}c"):
    """An entry's calculator."""

    entry: str


class Browses(Signed, prefix=f"{VERSION}t"):
    """A page of an area, by its short name; none: all areas."""

    area: str
    page: int


class Is(Signed, prefix=f"{VERSION}w"):
    """Whether the customer buys or sells."""

    role: str


class Speaks(Signed, prefix=f"{VERSION}l"):
    """In which writing to answer; empty: in that of each message."""

    script: str


class Data(Signed, prefix=f"{VERSION}p"):
    """What shall happen to the customer's data: export or erase."""

    what: str


class Signer:
    """Marks buttons for one conversation, so that nobody can press them in another, nor make up one."""

    def __init__(self, key: bytes, conversation: str) -> None:
        self._key, self._conversation = key, conversation

    def button(self, label: str, press: Signed) -> Button:
        """A button that carries the press."""
        packed = press.pack()
        return {"text": label, "callback_data": f"{packed}:{self._mark(packed)}"}

    def read(self, data: str, kind: type[T]) -> T | None:
        """The press that was marked for this conversation; None when it is none of the kind, or not ours."""
        packed, _, mark = data.rpartition(":")
        if not packed.startswith(f"{kind.__prefix__}:"):
            return None
        if not hmac.compare_digest(mark.encode("utf-8", "replace"), self._mark(packed).encode()):
            return None
        try:
            return kind.unpack(packed)
        except (TypeError, ValueError):
            return None

    def _mark(self, packed: str) -> str:
        told = f"{self._conversation}\0{packed}".encode("utf-8", "replace")
        return urlsafe_b64encode(blake2b(told, key=self._key[:64], digest_size=8).digest()).decode()[:MARK]


class Pressed(Filter):
    """Passes presses of a kind that are marked for the presser's own conversation, and hands them on as `press`."""

    def __init__(self, kind: type[Signed]) -> None:
        self._kind = kind

    async def __call__(self, query: CallbackQuery, signer: Signer) -> bool | dict[str, Any]:
        press = signer.read(query.data or "", self._kind)
        return False if press is None else {"press": press}


def short(name: str) -> str:
    """A name of eight characters for an entry or an area, so that a long one fits into a button."""
    return urlsafe_b64encode(blake2b(name.encode(), digest_size=6).digest()).decode()[:8]
