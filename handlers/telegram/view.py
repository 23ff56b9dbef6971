"""A reply as Telegram shows it: HTML messages and what is offered under the last of them; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from aiogram.types import InlineKeyboardMarkup

from bot.calculators import SlotKind
from bot.knowledge import Knowledge
from bot.matching.normalize import traditional
from bot.messages import Act, Reply, Script
from bot.replies import Voice
from handlers.telegram.callbacks import Calculates, Rates, Says, Signer, short
from handlers.telegram.markup import Block, Button, Keyboard, keyboard_of, pages
from handlers.telegram.texts import Texts

# A row of short labels; a longer one has a row of its own.
_ROW, _ROW_LETTERS = 4, 16
# Telegram takes a hundred buttons; a person reads fewer.
_MOST = 24


class Kind(StrEnum):
    """What an offer is, and so how long it holds."""

    CHOICE = "choice"  # one of the choices of this turn: pressed later it would answer another question
    VALUE = "value"  # a value for the slot asked for: likewise
    RELATED = "related"  # a question of its own, at any time
    HUMAN = "human"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Offer:
    """A button that says something for the customer."""

    label: str
    says: str
    kind: Kind

    @property
    def check(self) -> str:
        """Four letters that tell it from other offers."""
        return short(self.says)[:4]

    @property
    def lasts(self) -> bool:
        """Whether it still means the same when the conversation has gone on."""
        return self.kind in (Kind.RELATED, Kind.HUMAN)


@dataclass(frozen=True, slots=True)
class Screen:
    """The messages of a reply, and the keyboard under the last."""

    pages: tuple[str, ...]
    keyboard: Keyboard | None


def offers(reply: Reply, texts: Texts, voice: Voice) -> tuple[Offer, ...]:
    """What can be said by a button under the reply, in a fixed order: its place is what the button carries."""
    choosing = reply.act is not Act.ANSWER
    person = voice.line("person")
    found: list[Offer] = []
    for number, option in enumerate(reply.options, 1):
        says = option.says or option.label
        if option.says and option.says == person:
            found.append(Offer(texts("buttons.human", reply.script), says, Kind.HUMAN))
        elif choosing:
            label = option.label if option.says else f"{number}. {option.label}"
            found.append(Offer(label, says, Kind.CHOICE))
        else:
            found.append(Offer(f"❓ {option.label}", says, Kind.RELATED))
    if reply.act is Act.ASK or reply.asked is not None:
        if reply.asked is not None and not (choosing and reply.options):
            found += [Offer(_in(reply.script, value), value, Kind.VALUE) for value in _values(reply, texts)]
        cancel = texts("buttons.cancel_says", reply.script)
        found.append(Offer(texts("buttons.cancel", reply.script), cancel, Kind.CANCEL))
    if reply.act is Act.ANSWER:
        found.append(Offer(texts("buttons.human", reply.script), person, Kind.HUMAN))
    return tuple(found[:_MOST])


def _values(reply: Reply, texts: Texts) -> Sequence[str]:
    """Common values of the slot asked for."""
    assert reply.asked is not None
    if reply.asked.kind == SlotKind.DAY:
        return texts("calc.days", Script.SIMPLIFIED).split()
    return reply.asked.examples


def screen(reply: Reply, turn: int, texts: Texts, voice: Voice, knowledge: Knowledge, signer: Signer) -> Screen:
    """The reply to turn `turn`. `voice` speaks in the reply's writing."""
    return Screen(pages(blocks(reply, voice)), keyboard(reply, turn, texts, voice, knowledge, signer))


def blocks(reply: Reply, voice: Voice) -> tuple[Block, ...]:
    """The parts of a reply in their order; the choices are the buttons' part."""
    found: list[Block] = []
    if reply.body:
        found += _body(reply)
    if reply.notes:
        found.append(("i", "\n".join(reply.notes)))
    if reply.sources:
        line = voice.sources(reply.sources)
        found.append(("quote", traditional(line) if reply.script is Script.TRADITIONAL else line))
    if reply.prompt:
        found.append(("b", reply.prompt))
    return tuple(found) or (("", reply.text or "…"),)


def _body(reply: Reply) -> list[Block]:
    """The body; a calculator's result as a card, its headline bold, the steps below it."""
    headline = reply.card.headline if reply.card else ""
    if not headline:
        return [("", reply.body)]
    before, found, after = reply.body.partition(headline)
    if not found:
        return [("", reply.body)]
    return [*([("", before)] if before.strip() else []), ("card", headline + after)]


def keyboard(reply: Reply, turn: int, texts: Texts, voice: Voice, knowledge: Knowledge, signer: Signer) -> Keyboard | None:
    """The buttons under a reply."""
    rows: list[list[Button]] = []
    last: list[Button] = []
    for place, offer in enumerate(offers(reply, texts, voice)):
        button = signer.button(offer.label, Says(turn=turn, place=place, check=offer.check))
        if offer.kind in (Kind.HUMAN, Kind.CANCEL):
            last.append(button)
        elif offer.kind is Kind.RELATED or not _joins(rows, offer.label):
            rows.append([button])
        else:
            rows[-1].append(button)
    if reply.act is Act.ANSWER and reply.action is None:
        rows += [[signer.button(label, press)] for label, press in _calculations(reply, texts, voice, knowledge)]
        rates = ((texts("buttons.helpful", reply.script), True), (texts("buttons.unhelpful", reply.script), False))
        last = [*(signer.button(label, Rates(turn=turn, helpful=helpful)) for label, helpful in rates), *last]
    return keyboard_of([*rows, last])


def _joins(rows: list[list[Button]], label: str) -> bool:
    """Whether a short label may stand beside the ones before it."""
    if not rows or len(rows[-1]) >= _ROW:
        return False
    return sum(len(str(b["text"])) for b in rows[-1]) + len(label) <= _ROW_LETTERS


def _calculations(reply: Reply, texts: Texts, voice: Voice, knowledge: Knowledge) -> list[tuple[str, Calculates]]:
    """The calculators of the entries answered; again after a result."""
    if reply.asked is not None:
        return []
    found = []
    for name in reply.entries:
        entry = knowledge.entries.get(name)
        rule = knowledge.calculator(entry.calculator) if entry else None
        # A rule that has all it must know is worked out at once, or its answer says what else may be told.
        if entry is not None and entry.calculator is not None and rule is not None and rule.missing(entry.given) is not None:
            if reply.calculator == entry.calculator:
                label = texts("calc.again", reply.script)
            else:
                title = _in(reply.script, voice.title(entry.calculator))
                label = texts("calc.button", reply.script, title=title)
            found.append((label, Calculates(entry=short(name))))
    return found


def _in(script: Script, text: str) -> str:
    return traditional(text) if script is Script.TRADITIONAL else text


def without(shown: InlineKeyboardMarkup | None, *data: str) -> Keyboard | None:
    """A keyboard that Telegram shows, without some of its buttons; None when nothing is left."""
    rows = [[b for b in row if b.callback_data not in data] for row in shown.inline_keyboard] if shown else []
    return keyboard_of([[{"text": b.text, "callback_data": b.callback_data} for b in row] for row in rows])


def without_rates(shown: InlineKeyboardMarkup | None) -> Keyboard | None:
    """A keyboard that Telegram shows, without its two thumbs."""
    found = [b.callback_data or "" for row in (shown.inline_keyboard if shown else ()) for b in row]
    return without(shown, *(data for data in found if data.startswith(f"{Rates.__prefix__}:")))
