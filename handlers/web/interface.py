"""The words of the web pages in three languages: interface.yaml read once, traditional characters converted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, RootModel

from bot.matching.normalize import traditional

FILE = Path(__file__).with_name("interface.yaml")
COOKIE = "xiaoer-language"  # set by the page's language switch, so that the server renders the chosen language first

Role: TypeAlias = Literal["buyer", "seller"]


class Language(StrEnum):
    """A language of the interface; replies follow the customer's own writing instead."""

    SIMPLIFIED = "zh"
    TRADITIONAL = "zh-hant"
    ENGLISH = "en"

    @property
    def tag(self) -> str:
        """The language tag for the page's `lang` attribute."""
        return {"zh": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}[self.value]


@dataclass(frozen=True, slots=True)
class Interface:
    """The texts of one language: `interface["page"]["send"]`; in templates `ui.page.send`. `hot` names the entries shown first."""

    language: Language
    sections: Mapping[str, dict[str, str]]
    hot: Mapping[Role, tuple[str, ...]]

    def __getitem__(self, section: str) -> dict[str, str]:
        return self.sections[section]

    @property
    def tag(self) -> str:
        """The language tag for the page's `lang` attribute."""
        return self.language.tag


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str

    def written(self, language: Language) -> str:
        match language:
            case Language.ENGLISH:
                return self.en
            case Language.TRADITIONAL:
                return traditional(self.zh)
            case Language.SIMPLIFIED:
                return self.zh


class _File(RootModel[dict[str, dict[str, _Text]]]):
    """interface.yaml without `hot`: section, name, text."""


class _Hot(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    buyer: tuple[str, ...]
    seller: tuple[str, ...]


@cache
def interface(language: Language) -> Interface:
    """The page's texts in one language. Raises pydantic's ValidationError when the file is wrong: it ships with the package."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    hot = _Hot.model_validate(content.pop("hot"))
    sections = _File.model_validate(content).root
    written = {name: {key: text.written(language) for key, text in texts.items()} for name, texts in sections.items()}
    return Interface(language, written, {"buyer": hot.buyer, "seller": hot.seller})


def preferred(asked: str | None, kept: str | None, accept: str | None) -> Language:
    """The language to render: `?lang=` before the cookie before Accept-Language; simplified Chinese when none says anything."""
    for named in (asked, kept):
        if named and (language := _language(named)):
            return language
    ranked = sorted(_accepted(accept or ""), key=lambda pair: -pair[1])  # a stable sort: the header's own order among equals
    return next((language for tag, quality in ranked if quality > 0 and (language := _language(tag))), Language.SIMPLIFIED)


def _language(tag: str) -> Language | None:
    subtags = tag.strip().lower().replace("_", "-").split("-")
    match subtags[0]:
        case "en":
            return Language.ENGLISH
        case "zh" if {"hant", "tw", "hk", "mo"} & set(subtags):
            return Language.TRADITIONAL
        case "zh":
            return Language.SIMPLIFIED
        case _:
            return None


def _accepted(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header[:1000].split(","):
        tag, _, weight = part.partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{1,3})?)\s*", weight) if weight else None
        found.append((tag.strip(), float(quality[1]) if quality else 0.0 if weight.strip() else 1.0))
    return found
