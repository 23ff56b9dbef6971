"""What the API takes and gives: the contract, as it stands in the OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from bot.matching.normalize import clean
from bot.messages import Act, Action, Role, Script

TEXT_CHARS = 4000
COMMENT_CHARS = 1000
MOST_NUMBER = 2**31 - 1


def _readable(limit: int) -> BeforeValidator:
    """Takes out what cannot be read or stored before the text is checked; a text that is too long is left to the check."""

    def cleaned(value: object) -> object:
        if isinstance(value, str) and len(value) <= limit:
            return clean(value)[:limit]
        return value

    return BeforeValidator(cleaned)


Text = Annotated[str, Field(max_length=TEXT_CHARS), _readable(TEXT_CHARS)]
Comment = Annotated[str, Field(max_length=COMMENT_CHARS), _readable(COMMENT_CHARS)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
ConversationId = Annotated[str, StringConstraints(pattern=r"^web-[0-9a-f]{32}$")]
TurnNumber = Annotated[int, Field(ge=1, le=MOST_NUMBER)]


class Model(BaseModel):
    """A piece of the contract; what is not in it is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(Model):
    """What the customer says."""

    text: Text = Field(
        description="The customer's words; empty and unreadable ones are answered too.", examples=["商家不发货赔多少"]
    )
    id: ClientId = Field(
        description="The client's own id of this message. The same id again gets the same reply, and nothing is recorded twice.",
        examples=["5f6b2c0e-8f0a-4a35-9a53-0c8f9c1d2e3f"],
    )
    role: Role | None = Field(default=None, description="Who is asking, if known; it only tips a near tie.", examples=["buyer"])


class SourceView(Model):
    """Where a statement is written; `age` says in the reply's language how long ago it was last touched."""

    id: str
    title: str
    publisher: str
    published: date | None
    updated: date | None
    official: bool
    page: str | None
    age: str


class OptionView(Model):
    """Something to choose: it is chosen by sending `says`, or `label` where that is null, as the next text."""

    label: str
    entry: str | None
    says: str | None


class GivenView(Model):
    """A value that was used."""

    label: str
    value: str


class CardView(Model):
    """A calculator's result."""

    title: str
    headline: str
    given: list[GivenView]
    steps: list[str]


class AskedView(Model):
    """The value that an open form waits for, so that the fitting input can be shown."""

    calculator: str
    title: str
    slot: str
    label: str
    kind: str = Field(description="money, amounts, count, percent, day, moment, choice, …")
    examples: list[str]


class ReplyView(Model):
    """A reply: `text` is all of it as plain text; the other fields are its parts."""

    act: Act
    entry: str | None
    entries: list[str]
    gap: str | None
    calculator: str | None
    result: Any = Field(description="A calculator's result; numbers are decimal strings, dates ISO 8601.")
    text: str
    body: str
    notes: list[str]
    sources: list[SourceView]
    prompt: str
    options: list[OptionView]
    card: CardView | None
    asked: AskedView | None
    script: Script
    action: Action | None


class Answer(Model):
    """The turn that a message became."""

    id: str = Field(description="The client's own id of the message.")
    conversation: str
    number: int = Field(description="The turn's number in the conversation, from 1.")
    at: datetime
    reply: ReplyView


class TurnView(Model):
    """One recorded turn."""

    number: int
    at: datetime
    text: str
    reply: ReplyView
    helpful: bool | None


class OperatorMessageView(Model):
    """What a person wrote to the customer; also the data of the event `message`."""

    id: int
    at: datetime
    operator: str
    text: str


class ConversationView(Model):
    """A conversation, oldest turn first; `more` says that there are turns before the first one."""

    id: str
    turns: list[TurnView]
    messages: list[OperatorMessageView]
    handoff: Literal["waiting", "taken", "closed"] | None
    more: bool


class Rating(Model):
    """Whether a reply helped; a later rating of the same turn takes the place of the earlier one."""

    number: TurnNumber = Field(description="The turn's number.", examples=[1])
    helpful: bool = Field(examples=[True])
    comment: Comment | None = Field(default=None, examples=["没有说多久到账"])


class NewSession(Model):
    """Nothing to say yet."""


class SessionView(Model):
    """A new, empty session: send `Authorization: Bearer <token>`."""

    token: str
    conversation: str


class SuggestionView(Model):
    """An entry that what was typed so far may be about."""

    entry: str
    question: str


class TopicEntryView(Model):
    """A question to browse."""

    id: str
    question: str
    audience: str


class TopicView(Model):
    """An area of the knowledge and its questions."""

    area: str
    title: str
    entries: list[TopicEntryView]


class HealthView(Model):
    """How the process is; `reason` says why it takes no requests."""

    status: Literal["ok", "unavailable"]
    reason: str | None = None


class ErrorView(Model):
    """What went wrong, by kind and in words; `reference` finds it in the log, `field` names the value that was refused."""

    code: str
    message: str
    reference: str
    field: str | None = None


class Failure(Model):
    """Every error has this shape."""

    error: ErrorView
