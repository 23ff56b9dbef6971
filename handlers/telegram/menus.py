"""Menus: what to choose from when nothing has been asked yet; pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.areas import Area
from bot.entries import Entry
from bot.knowledge import Knowledge
from bot.matching.normalize import traditional
from bot.messages import Role, Script
from handlers.telegram.callbacks import Asks, Browses, Calculates, Data, Is, Signer, Speaks, short
from handlers.telegram.markup import Button, Keyboard, keyboard_of, pages
from handlers.telegram.texts import Texts
from handlers.web.interface import Language, interface

PAGE = 8
HOT = 6

Menu = tuple[str, Keyboard | None]


def start(texts: Texts, knowledge: Knowledge, areas: Sequence[Area], signer: Signer, script: Script, role: Role | None) -> Menu:
    """The welcome: who are you, and what people like you often ask."""
    known = f"start.known_{role.value}" if role else "start.who"
    text = [("b", texts("start.welcome", script)), ("", texts("start.what", script)), ("", texts(known, script))]
    roles = [signer.button(texts(f"start.{r.value}", script), Is(role=r.value)) for r in Role if r is not role]
    hot = [[question(e, signer, script)] for e in hot_entries(knowledge, areas, role)]
    return pages(text)[0], keyboard_of([roles, *hot] if role is None else [*hot, roles])


def hot_entries(knowledge: Knowledge, areas: Sequence[Area], role: Role | None) -> list[Entry]:
    """What is asked often: the entries that the web page shows first where the folder has them, else the first of each area."""
    hot = interface(Language.SIMPLIFIED).hot
    # Who has not said who they are is shown some of both.
    names = hot["buyer"][:3] + hot["seller"][:3] if role is None else hot["buyer" if role is Role.BUYER else "seller"]
    found = [knowledge.entries[n] for n in names if n in knowledge.entries]
    return (found or [area.entries[0] for area in areas])[:HOT]


def question(entry: Entry, signer: Signer, script: Script) -> Button:
    """A button that asks an entry's question."""
    return signer.button(_in(script, entry.question), Asks(entry=short(entry.id)))


def all_areas(texts: Texts, areas: Sequence[Area], signer: Signer, script: Script) -> Menu:
    """Every area."""
    buttons = [signer.button(f"{area_title(a, script)} · {len(a.entries)}", Browses(area=short(a.name), page=0)) for a in areas]
    return texts("topics.choose", script), keyboard_of([[b] for b in buttons])


def one_area(texts: Texts, area: Area, page: int, signer: Signer, script: Script) -> Menu:
    """A page of an area's questions; a page that is not there is the nearest one."""
    count = max(1, -(-len(area.entries) // PAGE))
    page = min(max(page, 0), count - 1)
    rows = [[question(e, signer, script)] for e in area.entries[page * PAGE : (page + 1) * PAGE]]
    turn = []
    if page:
        turn.append(signer.button(texts("topics.before", script), Browses(area=short(area.name), page=page - 1)))
    if page + 1 < count:
        turn.append(signer.button(texts("topics.after", script), Browses(area=short(area.name), page=page + 1)))
    back = [signer.button(texts("topics.back", script), Browses(area="", page=0))]
    title = area_title(area, script)
    text = texts("topics.page", script, area=title, page=page + 1, pages=count) if count > 1 else title
    return pages([("b", text)])[0], keyboard_of([*rows, *([turn] if turn else []), back])


def area_title(area: Area, script: Script) -> str:
    """An area's name in words; its file's name where nobody gave it any."""
    language = {Script.SIMPLIFIED: Language.SIMPLIFIED, Script.TRADITIONAL: Language.TRADITIONAL, Script.ENGLISH: Language.ENGLISH}
    return interface(language[script])["areas"].get(area.name, area.name)


def calculators(texts: Texts, knowledge: Knowledge, signer: Signer, script: Script) -> Menu:
    """Every calculator that a folder uses, under the entry that settles least of it."""
    rows = []
    for name in knowledge.calculators:
        owner = min((e for e in knowledge.content.entries if e.calculator == name), key=lambda e: len(e.given))
        title = knowledge.content.calculators[name]
        label = title.title_en if script is Script.ENGLISH else _in(script, title.title)
        rows.append([signer.button(label, Calculates(entry=short(owner.id)))])
    return texts("calc.choose", script), keyboard_of(rows)


def languages(texts: Texts, signer: Signer, script: Script, chosen: Script | None) -> Menu:
    """The writings to be answered in; the present one has a tick."""
    labels = [("", texts("language.auto", script)), *((s.value, texts(f"language.{s.value}", Script.SIMPLIFIED)) for s in Script)]
    now = chosen.value if chosen else ""
    rows = [[signer.button(f"✓ {label}" if value == now else label, Speaks(script=value))] for value, label in labels]
    return texts("language.choose", script), keyboard_of(rows)


def privacy(texts: Texts, signer: Signer, script: Script) -> Menu:
    """What is kept, and what can be done about it."""
    rows = [[signer.button(texts(f"privacy.{what}", script), Data(what=what))] for what in ("export", "erase")]
    return texts("privacy.what", script), keyboard_of(rows)


def _in(script: Script, text: str) -> str:
    return traditional(text) if script is Script.TRADITIONAL else text
