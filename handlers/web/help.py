"""The help centre: every entry as a page, search, calculators as forms; all of it works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypedDict
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.areas import Area
from bot.desk import Desk, Need
from bot.entries import Audience, Entry
from bot.forms import card_of
from bot.knowledge import Knowledge
from bot.messages import Card, Given, Json, Script
from bot.replies import Voice
from bot.suggest import Suggester
from handlers.web.help_form import Sheet, empty_sheet, sent_sheet
from handlers.web.help_search import Found, search
from handlers.web.help_view import Article, Link, Reader
from handlers.web.interface import COOKIE, Language, preferred
from handlers.web.jsonld import data_block, faq_page
from handlers.web.rendering import page

# A form has a handful of inputs; more than this is not ours.
MOST_INPUTS = 40
YEAR = 365 * 24 * 3600

_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


class Shelves(Protocol):
    """What the help centre needs of a site; `clock` tells the time in the site's zone."""

    @property
    def knowledge(self) -> Knowledge: ...
    @property
    def areas(self) -> tuple[Area, ...]: ...
    @property
    def suggester(self) -> Suggester: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...


def help_routes(site: Shelves) -> APIRouter:
    """The pages under /help, /sitemap.xml and /robots.txt; HEAD is answered as GET by whoever mounts them."""
    router = APIRouter(include_in_schema=False)
    pages = _Pages(site)
    for path, endpoint in (
        ("/help", pages.index),
        ("/help/", pages.overview),
        ("/help/{entry}", pages.entry),
        ("/help/{entry}/calculate", pages.back),
        ("/sitemap.xml", pages.sitemap),
        ("/robots.txt", pages.robots),
    ):
        router.add_api_route(path, endpoint, methods=["GET"])
    router.add_api_route("/help/{entry}/calculate", pages.calculate, methods=["POST"])
    return router


class _Pages:
    """The routes' answers."""

    def __init__(self, site: Shelves) -> None:
        self._site = site
        self._needs: dict[str, Mapping[str, Need]] = {}

    async def index(self, request: Request) -> Response:
        """All questions by audience and area; with ?q= what a search brought."""
        reader = self._reader(request)
        typed = request.query_params.get("q", "")
        found = search(typed, reader.knowledge, self._alike) if typed.strip() else None
        if found is not None and found.text:
            return self._show("help/search.html.j2", request, reader, found=found, **_results(found, reader))
        wanted = request.query_params.get("for", "")
        wanted = wanted if wanted in (Audience.BUYER, Audience.SELLER, Audience.CREATOR) else ""
        everything = reader.groups()
        return self._show(
            "help/index.html.j2",
            request,
            reader,
            groups=reader.groups(wanted) if wanted else everything,
            audiences=[g for g in everything if g.audience != Audience.EVERYONE],
            wanted=wanted,
            count=len(reader.knowledge.entries),
            hot=[(role, links) for role, ids in reader.ui.hot.items() if wanted in ("", role) and (links := reader.links(ids))],
        )

    async def overview(self, request: Request) -> Response:
        """The overview's address with a slash too many."""
        return RedirectResponse("/help", 308)

    async def entry(self, request: Request) -> Response:
        """One entry, with its calculator as an empty form."""
        reader = self._reader(request)
        entry = reader.knowledge.entries.get(request.path_params["entry"])
        if entry is None:
            return self._missing(request, reader)
        desk = _desk(entry, reader)
        needs = self._needed(entry, desk) if desk else {}
        sheet = empty_sheet(desk, entry, needs) if desk and needs else None
        return self._entry(request, reader, entry, sheet, None)

    async def calculate(self, request: Request) -> Response:
        """One entry with the result of its form, or with the form and what is wrong in it. Nothing of it is kept."""
        reader = self._reader(request)
        entry = reader.knowledge.entries.get(request.path_params["entry"])
        if entry is None:
            return self._missing(request, reader)
        desk = _desk(entry, reader)
        needs = self._needed(entry, desk) if desk else {}
        if desk is None or not needs:
            return RedirectResponse(f"/help/{entry.id}", 303)
        sheet = sent_sheet(desk, entry, needs, _sent(await request.body()), reader.ui["help"]["needed"])
        card = _card(sheet, desk, reader) if sheet.worked else None
        return self._entry(request, reader, entry, sheet, card)

    async def back(self, request: Request) -> Response:
        """The address of a result, opened again without its values."""
        return RedirectResponse(f"/help/{request.path_params['entry']}", 303)

    async def sitemap(self, request: Request) -> Response:
        """Every page in every language."""
        reader = self._reader(request)
        modified = {entry.id: reader.article(entry).modified for entry in reader.knowledge.content.entries}
        text = page("help/sitemap.xml.j2", base=_base(request), modified=modified, languages=list(Language))
        return Response(text, media_type="application/xml")

    async def robots(self, request: Request) -> Response:
        """What search engines may read."""
        return PlainTextResponse(f"User-agent: *\nDisallow: /api/\nDisallow: /widget\nSitemap: {_base(request)}/sitemap.xml\n")

    # --- parts -------------------------------------------------------------------------------------------------

    def _reader(self, request: Request) -> Reader:
        language = preferred(request.query_params.get("lang"), request.cookies.get(COOKIE), request.headers.get("accept-language"))
        return Reader(self._site.knowledge, self._site.areas, language, self._site.clock())

    def _alike(self, text: str) -> Sequence[str]:
        return [suggested.entry for suggested in self._site.suggester.suggest(text)]

    def _needed(self, entry: Entry, desk: Desk) -> Mapping[str, Need]:
        """How the entry's form needs its slots; found out once, as neither language nor day changes it."""
        if entry.id not in self._needs:
            self._needs[entry.id] = desk.needs(desk.open(entry))
        return self._needs[entry.id]

    def _entry(self, request: Request, reader: Reader, entry: Entry, sheet: Sheet | None, card: Card | None) -> Response:
        article = reader.article(entry)
        wrong = sheet is not None and sheet.worked is not None and card is None
        texts = reader.knowledge.content.calculators
        title = ""
        if sheet and entry.calculator:
            title = texts[entry.calculator].title_en if reader.english else reader.zh(texts[entry.calculator].title)
        return self._show(
            "help/entry.html.j2",
            request,
            reader,
            status=422 if wrong else 200,
            article=article,
            data=data_block(_structured(article, reader, _base(request))),
            summary=reader.summary(entry),
            chat="/?" + urlencode({"ask": article.id, **_carried(request, reader)}),
            sheet=sheet,
            card=card,
            calculator=title,
        )

    def _missing(self, request: Request, reader: Reader) -> Response:
        hot = [(role, links) for role, ids in reader.ui.hot.items() if (links := reader.links(ids))]
        return self._show("help/missing.html.j2", request, reader, status=404, hot=hot)

    def _show(self, template: str, request: Request, reader: Reader, status: int = 200, **names: object) -> Response:
        """A page. A language that was asked for in the address is remembered, and until it is, links carry it."""
        carried = _carried(request, reader)
        kept = {name: value for name in ("q", "for") if (value := request.query_params.get(name))}
        path = request.url.path.removesuffix("/calculate")
        text = page(
            template,
            reader=reader,
            ui=reader.ui,
            base=_base(request),
            path=path,
            canonical=f"{_base(request)}{path}?lang={reader.language.value}",
            lang=f"?{urlencode(carried)}" if carried else "",
            carried=carried.get("lang", ""),
            languages=[(language, f"{path}?{urlencode({**kept, 'lang': language.value})}") for language in Language],
            typed=request.query_params.get("q", "")[:200],
            **names,
        )
        response = HTMLResponse(text, status, {"Vary": "Accept-Language, Cookie", "Content-Language": reader.ui.tag})
        response.headers["Cache-Control"] = "no-cache" if request.method in ("GET", "HEAD") else "no-store"
        if carried and request.method == "GET":
            response.set_cookie(COOKIE, reader.language.value, max_age=YEAR, samesite="lax")
        return response


def _carried(request: Request, reader: Reader) -> Mapping[str, str]:
    """The language for the next address, where it was asked for in this one and is not remembered yet."""
    asked = "lang" in request.query_params and request.cookies.get(COOKIE) != reader.language.value
    return {"lang": reader.language.value} if asked else {}


def _desk(entry: Entry, reader: Reader) -> Desk | None:
    rule = reader.knowledge.calculators.get(entry.calculator or "")
    return Desk(rule, reader.knowledge, reader.voice, reader.now) if rule else None


def _sent(body: bytes) -> Mapping[str, str]:
    """The values of a form; of a name that came several times all of them, as somebody would have written them."""
    try:
        values = parse_qs(body.decode("utf-8", "replace"), max_num_fields=MOST_INPUTS)
    except ValueError:
        return {}
    return {name: "、".join(said) for name, said in values.items()}


def _card(sheet: Sheet, desk: Desk, reader: Reader) -> Card | None:
    """The result in the reader's characters; for English readers its English sentence heads the Chinese steps."""
    if sheet.worked is None or sheet.worked.outcome is None:
        return None
    chinese = Voice(reader.knowledge, reader.now, Script.SIMPLIFIED)
    body = chinese.outcome(sheet.worked.outcome)
    card = card_of(sheet.worked.form, body, reader.knowledge, chinese)
    if reader.english:
        headline = desk.voice.outcome(sheet.worked.outcome).splitlines()[0]
        return Card(desk.texts.title_en, headline, card.given, tuple(body.splitlines()))
    given = tuple(Given(reader.zh(g.label), reader.zh(g.value)) for g in card.given)
    return Card(reader.zh(card.title), reader.zh(card.headline), given, tuple(reader.zh(step) for step in card.steps))


def _structured(article: Article, reader: Reader, base: str) -> Mapping[str, Json]:
    words = reader.ui["help"]
    return faq_page(
        address=f"{base}/help/{article.id}?lang={reader.language.value}",
        language=reader.ui.tag,
        question=article.question,
        answer="\n".join(part for part in (article.gist, article.plain, article.caution) if part),
        sources=article.cited,
        modified=article.modified,
        trail=[
            (words["title"], f"{base}/help"),
            (article.area.title, f"{base}/help#{article.area.anchor}"),
            (article.question, f"{base}/help/{article.id}"),
        ],
    )


class _Results(TypedDict):
    about: str
    sure: list[Link]
    likely: list[Link]


def _results(found: Found, reader: Reader) -> _Results:
    """What the search page shows of what was found."""
    entries = reader.knowledge.entries
    about = ""
    if found.gap:
        about = (reader.english and found.gap.about_en) or reader.zh(found.gap.about)
    return {
        "about": about,
        "sure": [reader.link(entries[e], summary=True) for e in found.sure],
        "likely": [reader.link(entries[e], summary=True) for e in found.likely],
    }


def _base(request: Request) -> str:
    """The site's own address without a slash at the end; a host that is none is left out."""
    host = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""
