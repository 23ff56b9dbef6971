"""Telegram's labels in three languages: texts.yaml read once, traditional characters converted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, RootModel

from bot.matching.normalize import traditional
from bot.messages import Script

FILE = Path(__file__).with_name("texts.yaml")


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class Texts(RootModel[Mapping[str, Mapping[str, _Text]]]):
    """`texts("start.welcome", script)`; the names in braces are filled in by us, never by what somebody wrote."""

    model_config = ConfigDict(frozen=True)

    def __call__(self, name: str, script: Script, **names: object) -> str:
        """The text. Raises KeyError when there is none of that name."""
        section, _, key = name.partition(".")
        text = self.root[section][key]
        chosen = text.en if script is Script.ENGLISH else text.zh
        filled = chosen.format(**names) if names else chosen
        return _traditional(filled) if script is Script.TRADITIONAL else filled


@cache
def read_texts() -> Texts:
    """The shipped texts. Raises pydantic's ValidationError when the file is wrong."""
    return Texts.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def _traditional(text: str) -> str:
    return traditional(text)


def script_for(language_code: str | None) -> Script:
    """The writing for somebody whose Telegram speaks this language; simplified when it says nothing or something else."""
    subtags = (language_code or "").lower().replace("_", "-").split("-")
    if subtags[0] == "en":
        return Script.ENGLISH
    if subtags[0] == "zh" and {"hant", "tw", "hk", "mo"} & set(subtags):
        return Script.TRADITIONAL
    return Script.SIMPLIFIED
