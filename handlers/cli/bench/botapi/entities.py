"""A text and its entities as Telegram keeps them: cleaned, trimmed, entities counted in UTF-16 units and disentangled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from handlers.cli.bench.botapi.errors import Wire, bad, checked_utf8

_STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
_CODE = frozenset({"code", "pre"})
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_GIVEN = _STYLES | _CODE | _QUOTES | {"text_link", "text_mention", "custom_emoji", "date_time"}
# Control characters become spaces; these vanish: returns, direction marks, vertical lines over letters.
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\u2028-\u202e\u0333\u033f\u030a]")
_VANISHING = frozenset("\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)])"
    r"|(?<![\w/@])(?P<mention>@[A-Za-z][A-Za-z0-9_]{2,31})(?!\w)"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z][A-Za-z0-9_]{2,31})?)(?![\w/])"
    r"|(?<!\w)(?P<hashtag>#[^\W\d]\w*)",
)
MOST_ENTITIES = 100


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of text with a meaning; `offset` and `length` in UTF-16 units, `argument` an address, a language or an
    id, `number` a user or a Unix time."""

    type: str
    offset: int
    length: int
    argument: str = ""
    number: int = 0

    @property
    def end(self) -> int:
        """Where it ends, in UTF-16 units."""
        return self.offset + self.length

    def wire(self) -> Wire:
        """As it is sent to a bot."""
        shown: Wire = {"offset": self.offset, "length": self.length, "type": self.type}
        match self.type:
            case "text_link":
                shown["url"] = self.argument
            case "text_mention":
                shown["user"] = {"id": self.number, "is_bot": False, "first_name": str(self.number)}
            case "custom_emoji":
                shown["custom_emoji_id"] = self.argument
            case "pre" if self.argument:
                shown["language"] = self.argument
            case "date_time":
                shown |= {"unix_time": self.number, "date_time_format": self.argument}
        return shown


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


def given_entities(data: object) -> list[Entity]:
    """Entities that the client counted itself. Raises ApiError."""
    if not isinstance(data, list):
        return []
    entities = []
    for item in data:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise bad("Can't parse MessageEntity: expected an Object")
        offset, length = item.get("offset"), item.get("length")
        if not isinstance(offset, int) or not 0 <= offset <= 1_000_000:
            raise bad(f"Receive an entity with incorrect offset {offset}")
        if not isinstance(length, int) or not 0 <= length <= 1_000_000:
            raise bad(f"Receive an entity with incorrect length {length}")
        if item["type"] in _GIVEN and length:
            argument = item.get("url") or item.get("language") or item.get("custom_emoji_id") or ""
            entities.append(Entity(item["type"], offset, length, str(argument)))
    return entities


def fix(text: str, entities: Sequence[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """The text as it is kept, "" when nothing but space is in it. Raises ApiError for what is no Unicode text or for an
    entity outside of the text."""
    checked_utf8(text, "Strings")
    if not entities and _UNCLEAN.search(text) is None:
        return text.strip(" \n"), ()
    size = units(text)
    for entity in entities:
        if entity.offset > size or (entity.offset == size and entity.length):
            raise bad(f"Entity begins after the end of the text at UTF-16 offset {entity.offset}")
        if entity.end > size:
            raise bad(
                f"Entity beginning at UTF-16 offset {entity.offset} ends after the end of the text at UTF-16 offset {entity.end}"
            )
    if _UNCLEAN.search(text) is not None:
        text, entities = _cleaned(text, entities)
    text, entities = _trimmed(text, entities)
    return text, _disentangled(entities)


def _cleaned(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    gone: list[int] = []
    kept: list[str] = []
    place = 0
    for character in text:
        if character in _VANISHING:
            gone.append(place)
        else:
            kept.append(" " if character < " " and character != "\n" else character)
        place += 1 + (character > "\uffff")

    def moved(offset: int) -> int:
        return offset - sum(1 for g in gone if g < offset)

    return "".join(kept), [replace(e, offset=moved(e.offset), length=moved(e.end) - moved(e.offset)) for e in entities]


def _trimmed(text: str, entities: Iterable[Entity]) -> tuple[str, list[Entity]]:
    """Space is cut from the end, and from the start as far as no entity covers it."""
    if text and text[0] not in " \n" and text[-1] not in " \n":
        return text, list(entities)
    text = text.rstrip(" \n")
    size = units(text)
    cut = [replace(e, length=min(e.end, size) - e.offset) for e in entities if e.offset < size]
    leading = len(text) - len(text.lstrip(" \n"))
    leading = min([leading, *(e.offset for e in cut)])
    return text[leading:], [replace(e, offset=e.offset - leading) for e in cut if e.length > 0]


def _disentangled(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Styles end where code begins, the same style is one where it overlaps itself, a quotation holds no other; sorted by
    place, the longer first."""
    code: list[Entity] = []
    quotes: list[Entity] = []
    styles: dict[str, list[Entity]] = {}
    rest: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.offset, -e.length)):
        if entity.type in _STYLES:
            styles.setdefault(entity.type, []).append(entity)
        elif entity.type in _CODE:
            code.append(entity if entity.type == "pre" or not entity.argument else replace(entity, argument=""))
        elif entity.type in _QUOTES:
            if not quotes or entity.offset >= quotes[-1].end:
                quotes.append(entity)
        else:
            rest.append(entity)
    kept = [*code, *quotes, *(e for e in rest if not any(e.offset < c.end and c.offset < e.end for c in code))]
    for name, stretches in styles.items():
        for start, end in _without(_merged(stretches), code):
            kept.append(Entity(name, start, end - start))
    kept.sort(key=lambda e: (e.offset, -e.length))
    return tuple(kept[:MOST_ENTITIES])


def _merged(stretches: Iterable[Entity]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for entity in stretches:
        if merged and entity.offset <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], entity.end))
        else:
            merged.append((entity.offset, entity.end))
    return merged


def _without(stretches: Iterable[tuple[int, int]], holes: Iterable[Entity]) -> list[tuple[int, int]]:
    left = list(stretches)
    for hole in holes:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, hole.offset)), (max(start, hole.end), end))
            if part[0] < part[1]
        ]
    return left


def found_entities(text: str, entities: tuple[Entity, ...] = ()) -> tuple[Entity, ...]:
    """The entities with those that Telegram finds by itself: addresses, mentions, commands, hashtags."""
    if not ("/" in text or "@" in text or "#" in text):
        return entities
    found = []
    for match in _FOUND.finditer(text):
        offset = units(text[: match.start()])
        entity = Entity(str(match.lastgroup), offset, units(match.group()))
        if not any(e.offset < entity.end and entity.offset < e.end for e in entities if e.type not in _STYLES | _QUOTES):
            found.append(entity)
    return tuple(sorted((*entities, *found), key=lambda e: (e.offset, -e.length))) if found else entities
