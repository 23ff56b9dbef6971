"""What the knowledge folder may say: entries, gaps, signals and sources, each checked as it is read."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Saying = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
EntryId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$", max_length=80)]


class Part(BaseModel):
    """A piece of content: fixed once read, and nothing in it that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Audience(StrEnum):
    """Whom an entry is written for; everyone can reach all of them."""

    BUYER = "buyer"
    SELLER = "seller"
    CREATOR = "creator"
    EVERYONE = "everyone"


class FollowUp(Part):
    """What people say right after this answer without naming the subject again, and the entry they then mean."""

    says: tuple[Saying, ...] = Field(min_length=1)
    entry: EntryId


class Entry(Part):
    """One answerable question. `answer` is a Jinja template over `facts`; `ask_first` are wordings that cannot be
    answered before the calculator's first slot is known; `given` are slots that the entry itself settles; `gist` is one
    English sentence."""

    id: EntryId
    audience: Audience = Audience.EVERYONE
    question: Saying
    wordings: tuple[Saying, ...] = ()
    ask_first: tuple[Saying, ...] = ()
    examples: tuple[Saying, ...] = ()
    answer: Text
    gist: Text | None = None
    calculator: str | None = None
    given: dict[str, str] = Field(default_factory=dict)
    follow_ups: tuple[FollowUp, ...] = ()
    related: tuple[EntryId, ...] = ()
    sources: tuple[str, ...] = ()
    caution: Text | None = None


class Gap(Part):
    """What people ask and no source answers: the reply says so instead of guessing. `about` completes 您问的是…."""

    id: EntryId
    about: Saying
    about_en: Saying | None = None
    nearest: tuple[EntryId, ...] = ()
    wordings: tuple[Saying, ...] = Field(min_length=1)
    examples: tuple[Saying, ...] = ()


class SignalKind(StrEnum):
    """What a message does to the conversation itself."""

    SMALLTALK = "smalltalk"
    HANDOFF = "handoff"
    UNSOLVED = "unsolved"
    CANCEL = "cancel"
    YES = "yes"
    NO = "no"
    EXPORT = "export"  # the customer wants what is kept of them
    ERASE = "erase"  # the customer wants it deleted


class Signal(Part):
    """Something said to the conversation rather than about the subject: a greeting, thanks, a wish for a person."""

    id: EntryId
    kind: SignalKind
    about: Saying
    wordings: tuple[Saying, ...] = Field(min_length=1)
    examples: tuple[Saying, ...] = ()
    replies: tuple[Text, ...] = ()
    reply_en: Text | None = None


class SourceText(Part):
    """An article that statements come from. `page` names the collection page that holds it."""

    id: EntryId
    title: Text
    publisher: Text
    published: date | None = None
    updated: date | None = None
    official: bool
    page: Text | None = None
    note: Text | None = None


class Line(Part):
    """One of the bot's own lines, in Chinese and English; Jinja templates."""

    zh: Text
    en: Text
