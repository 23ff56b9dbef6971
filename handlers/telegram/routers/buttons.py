"""Presses of inline buttons."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.entries import SignalKind
from bot.messages import Role, Script
from bot.store import PastTurn
from handlers.telegram import menus
from handlers.telegram.answering import Foreign, Stale, Talk, press_id, shown
from handlers.telegram.callbacks import (
    Asks,
    Browses,
    Calculates,
    Data,
    Is,
    Pressed,
    Rates,
    Says,
    Speaks,
    short,
)
from handlers.telegram.profile import menu_of
from handlers.telegram.view import Kind, offers, without, without_rates


def buttons_router() -> Router:
    """One handler a kind of press; the last takes what is none of them."""
    router = Router(name="buttons")
    for kind, handler in (
        (Says, says),
        (Rates, rates),
        (Asks, asks),
        (Calculates, calculates),
        (Browses, browses),
        (Is, is_),
        (Speaks, speaks),
        (Data, data),
    ):
        router.callback_query.register(handler, Pressed(kind))
    router.callback_query.register(unknown)
    return router


async def says(query: CallbackQuery, press: Says, talk: Talk) -> None:
    """Say for the customer what the button offers. A choice holds only while nothing was said since."""
    past, newest = await _turn(talk, press.turn)
    found = offers(past.reply, talk.parts.texts, talk.parts.voice(past.reply.script))
    offer = found[press.place] if press.place < len(found) else None
    if offer is None or offer.check != press.check:
        raise Stale
    # The same press again, after a crash, was said already and gets its reply.
    if (
        not offer.lasts
        and newest != press.turn
        and await talk.parts.store.answered(talk.person.conversation, press_id(query)) is None
    ):
        raise Stale
    talk.drafts.toast(query)
    await talk.ask(offer.says, press_id(query), chosen=offer.label, script=past.reply.script)
    if (message := shown(query)) is not None:
        keeps = offer.kind in (Kind.RELATED, Kind.HUMAN)
        talk.drafts.buttons(message, without(message.reply_markup, query.data or "") if keeps else None)


async def _turn(talk: Talk, number: int) -> tuple[PastTurn, int]:
    """A turn of the conversation, and the number of its newest. Raises Stale."""
    store, conversation = talk.parts.store, talk.person.conversation
    newest = (await store.history(conversation, limit=1)).turns
    if not newest or newest[0].number < number:
        raise Stale
    if newest[0].number == number:
        return newest[0], number
    turns = (await store.history(conversation, before=number + 1, limit=1)).turns
    if not turns or turns[0].number != number:
        raise Stale
    return turns[0], newest[0].number


async def rates(query: CallbackQuery, press: Rates, talk: Talk) -> None:
    """Keep what the customer thinks of the answer."""
    parts = talk.parts
    if not await parts.store.rate(talk.person.conversation, press.turn, press.helpful, "", parts.clock()):
        raise Stale
    talk.drafts.toast(query, talk.text("buttons.thanks" if press.helpful else "buttons.sorry"))
    if (message := shown(query)) is not None:
        talk.drafts.buttons(message, without_rates(message.reply_markup))


async def asks(query: CallbackQuery, press: Asks, talk: Talk) -> None:
    """Ask an entry's question."""
    entry = talk.parts.knowledge.entries.get(talk.parts.entries.get(press.entry, ""))
    if entry is None:
        raise Stale
    talk.drafts.toast(query)
    await talk.ask(entry.question, press_id(query), chosen=entry.question, script=talk.person.script)


async def calculates(query: CallbackQuery, press: Calculates, talk: Talk) -> None:
    """Begin with a calculator's first question."""
    parts = talk.parts
    entry = parts.knowledge.entries.get(parts.entries.get(press.entry, ""))
    if entry is None or entry.calculator is None:
        raise Stale
    talk.drafts.toast(query)
    title = parts.voice(talk.person.script).title(entry.calculator)
    label = talk.text("calc.button", title=title)
    await talk.ask(label, press_id(query), chosen=label, script=talk.person.script, calculate=entry.id)


async def browses(query: CallbackQuery, press: Browses, talk: Talk) -> None:
    """Turn to a page of an area, or back to all."""
    parts, script = talk.parts, talk.person.script
    area = next((a for a in parts.areas if short(a.name) == press.area), None)
    if press.area and area is None:
        raise Stale
    talk.drafts.toast(query)
    menu = (
        menus.one_area(parts.texts, area, press.page, talk.signer, script)
        if area
        else menus.all_areas(parts.texts, parts.areas, talk.signer, script)
    )
    _turn_into(talk, query, menu)


async def is_(query: CallbackQuery, press: Is, talk: Talk) -> None:
    """Keep whether the customer buys or sells, and show what people like them ask."""
    if press.role not in set(Role):
        raise Stale
    role, parts = Role(press.role), talk.parts
    await parts.store.set_role(talk.person.customer, "telegram", role, parts.clock())
    talk.customers.chose(talk.person.customer, role=role)
    talk.drafts.toast(query, talk.text("start.noted"))
    _turn_into(talk, query, menus.start(parts.texts, parts.knowledge, parts.areas, talk.signer, talk.person.script, role))


async def speaks(query: CallbackQuery, press: Speaks, talk: Talk) -> None:
    """Keep in which writing the customer is answered, and write their menu in it."""
    if press.script and press.script not in set(Script):
        raise Stale
    chosen, parts = Script(press.script) if press.script else None, talk.parts
    await parts.store.set_language(talk.person.customer, "telegram", chosen, parts.clock())
    talk.customers.chose(talk.person.customer, language=chosen, follows=chosen is None)
    script = chosen or talk.person.script
    talk.drafts.toast(query, parts.texts("language.noted", script))
    _turn_into(talk, query, menus.languages(parts.texts, talk.signer, script, chosen))
    if talk.person.private:
        talk.drafts.commands(talk.person.chat, menu_of(talk.person.chat, parts.texts, script))


async def data(query: CallbackQuery, press: Data, talk: Talk) -> None:
    """Ask the assistant for the customer's data, or to delete it: it knows how."""
    kind = {"export": SignalKind.EXPORT, "erase": SignalKind.ERASE}.get(press.what)
    wording = next((s.wordings[0] for s in talk.parts.knowledge.content.signals if s.kind is kind), None)
    if wording is None:
        raise Stale
    talk.drafts.toast(query)
    await talk.ask(wording, press_id(query), script=talk.person.script)


def _turn_into(talk: Talk, query: CallbackQuery, menu: menus.Menu) -> None:
    """Show a menu in the place of the one that was pressed, or below where that is too old to be changed."""
    message = shown(query)
    if message is None:
        talk.menu(menu)
    else:
        talk.drafts.rewrite(message, *menu)


async def unknown(query: CallbackQuery, talk: Talk) -> None:
    """A button of an older version, of another conversation, or made up."""
    raise Foreign
