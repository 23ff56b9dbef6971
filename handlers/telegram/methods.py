"""Calls of the Bot API as they are kept and sent: plain parameters, plain results."""

from __future__ import annotations

from enum import Enum
from typing import Any, cast

from aiogram import Bot
from aiogram.client.default import Default
from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile, InputFile
from pydantic import BaseModel

from bot.messages import Json

# A reply of ours is parsed no further than needed, and an update not before it is kept: one that aiogram cannot read must not
# keep the others of its batch from being acknowledged.


class Plain(TelegramMethod[Any]):
    """A method whose parameters and result are what they are in JSON."""

    __returning__ = Any

    @property
    def has_file(self) -> bool:
        """Whether a file goes with it."""
        return any(isinstance(value, InputFile) for value in self.params.values())

    @property
    def params(self) -> dict[str, Any]:
        """What is sent."""
        return self.__pydantic_extra__ or {}


class GetUpdates(Plain):
    """Updates as they came."""

    __api_method__ = "getUpdates"


def _plain(name: str) -> type[Plain]:
    return type(name, (Plain,), {"__api_method__": name, "__module__": __name__})


_KEPT = {
    name: _plain(name)
    for name in (
        "sendMessage",
        "sendDocument",
        "editMessageText",
        "editMessageReplyMarkup",
        "deleteMessage",
        "setMyCommands",
        "leaveChat",
    )
}


def params_of(method: TelegramMethod[Any]) -> dict[str, Json]:
    """What of a method was set, as JSON. (Pydantic's own dump would leave out either the kind of a scope, which is a default, or
    nothing of what aiogram fills in when it sends.)"""
    return cast("dict[str, Json]", _json(method))


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {k: _json(v) for k, v in value if v is not None and not isinstance(v, Default)}
    if isinstance(value, list | tuple):
        return [_json(v) for v in value]
    return value.value if isinstance(value, Enum) else value


def kept(name: str, params: dict[str, Any], file: tuple[str, bytes] | None = None) -> Plain:
    """The method to send again from what was kept; `file` is the document that goes with it. Raises KeyError for one we never keep."""
    if file is not None:
        params = {**params, "document": BufferedInputFile(file[1], filename=file[0])}
    return _KEPT[name](**params)


async def call(bot: Bot, method: TelegramMethod[Any], seconds: int) -> Any:
    """The method's result. Raises aiogram's errors."""
    return await bot(method, request_timeout=seconds)
