"""The help centre for tests: an app of nothing else, and its pages read back from their HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser

import httpx
from fastapi import FastAPI

from bot.areas import Area, areas
from bot.knowledge import Knowledge
from bot.suggest import Suggester, suggester
from handlers.web.help import help_routes
from handlers.web.problems import add_handlers
from handlers.web.security import Guard

HOST = "http://shop.example"
VOID = frozenset({"input", "link", "meta", "img", "br", "path", "circle", "rect"})


@dataclass(frozen=True)
class Shelf:
    """What the help centre needs of a site."""

    knowledge: Knowledge
    areas: tuple[Area, ...]
    suggester: Suggester
    clock: Callable[[], datetime]


def visitor(knowledge: Knowledge, now: datetime, **headers: str) -> httpx.AsyncClient:
    """Somebody with a browser in front of a help centre of this knowledge."""
    app = FastAPI()
    add_handlers(app)
    app.include_router(help_routes(Shelf(knowledge, areas(knowledge), suggester(knowledge), lambda: now)))
    guarded = Guard(app, origins=(), json_paths=())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=guarded), base_url=HOST, headers=named)


@dataclass
class Tag:
    """An element: its name, attributes, and all text within it."""

    name: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Seen(HTMLParser):
    """A page as it was read."""

    tags: list[Tag] = field(default_factory=list)
    open: list[Tag] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        made = Tag(tag, {name: value or "" for name, value in attrs})
        self.tags.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        """An element ends; what is not closed in its turn is a mistake of the page."""
        if tag not in VOID:
            assert self.open.pop().name == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        """Text, which belongs to every open element."""
        for tag in self.open:
            tag.text += data

    def all(self, tag: str, /, **attributes: str) -> list[Tag]:
        """The elements of that name with these attributes (class_ for class: one of the element's classes)."""
        wanted = attributes.pop("class_", None)
        return [
            t
            for t in self.tags
            if t.name == tag
            and all(t.attributes.get(a.replace("_", "-")) == v for a, v in attributes.items())
            and (wanted is None or wanted in t.attributes.get("class", "").split())
        ]

    def one(self, tag: str, /, **attributes: str) -> Tag:
        """The only element of that name with these attributes."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def questions(self) -> list[str]:
        """The questions that the page links to, in their order."""
        return [t.text for t in self.all("span", class_="question")]

    @property
    def structured(self) -> Mapping[str, object]:
        """What search engines read."""
        found = json.loads(self.one("script", type="application/ld+json").text)
        assert isinstance(found, dict)
        return found


def read(response: httpx.Response) -> Seen:
    """A page, every element of which is closed."""
    seen = Seen()
    seen.feed(response.text)
    seen.close()
    assert not seen.open, [t.name for t in seen.open]
    return seen
