"""Filters of our own."""

from __future__ import annotations

from typing import Any

from aiogram.filters import Filter
from aiogram.types import TelegramObject
from magic_filter import MagicFilter


class Where(Filter):
    """A magic filter, asked here and now. aiogram sends each bare one to a thread, which takes longer than all the rest of its way."""

    def __init__(self, magic: MagicFilter) -> None:
        self._magic = magic

    async def __call__(self, event: TelegramObject) -> bool | dict[str, Any]:
        return bool(self._magic.resolve(event))
