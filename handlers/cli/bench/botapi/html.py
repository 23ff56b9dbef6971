"""Telegram's HTML: the few tags it knows, its errors with their byte offsets, entities in UTF-16 units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from handlers.cli.bench.botapi.entities import Entity, units
from handlers.cli.bench.botapi.errors import bad

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "blockquote": "blockquote",
}
# Most tags have no attributes; they need not be read letter by letter.
_PLAIN_TAG = re.compile("<(b|strong|i|em|u|ins|s|strike|del|code|pre|blockquote|tg-spoiler)>")
_SPACE = " \t\r\n\v\0"
_NAME_END = re.compile(r"[ \t\r\n\v>]")
_ATTRIBUTE_END = re.compile(r"[ \t\r\n\v=>/\"']")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_URL = re.compile(r"(?:(https?|tg|ton|tonsite)://)?([^\s/?#]+)([/?#]\S*)?", re.IGNORECASE)
_USER = re.compile(r"tg://user\?id=(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    date: int
    start: int
    part: int  # how many parts of the text stood before it


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and its entities in the order in which they end. Raises ApiError as Telegram does."""
    if "\0" in source:
        raise _cannot("Text must not contain null bytes")
    if "<" not in source and "&" not in source:
        return source, []
    return _Parser(source).run()


def _cannot(message: str) -> Exception:
    return bad(f"Can't parse entities: {message}")


@dataclass(slots=True)
class _Parser:
    source: str
    at: int = 0
    length: int = 0  # of the text so far, in UTF-16 units
    half: bool = False  # whether a reference stood for half a surrogate pair
    parts: list[str] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def run(self) -> tuple[str, list[Entity]]:
        source = self.source
        while (place := source.find("<", self.at)) >= 0:
            self._text(source[self.at : place])
            self.at = place
            if self._peek(1) == "/":
                self._end_tag()
            else:
                self._start_tag()
        self._text(source[self.at :])
        if self.open:
            raise _cannot(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        text = "".join(self.parts)
        if self.half:
            raise _cannot(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
            )
        return text, self.entities

    def _text(self, run: str) -> None:
        """What stands between two tags."""
        if run:
            decoded = _REFERENCE.sub(self._character, run) if "&" in run else run
            self.parts.append(decoded)
            self.length += units(decoded)

    def _peek(self, ahead: int = 0) -> str:
        """A character further on; "\\0", which counts as a space, behind the end."""
        place = self.at + ahead
        return self.source[place] if place < len(self.source) else "\0"

    def _character(self, reference: re.Match[str]) -> str:
        """What a reference stands for; an unknown one stands for itself."""
        hexadecimal, decimal, name = reference.groups()
        if name is not None:
            return _NAMED.get(name, reference.group())
        digits = reference.group().rstrip(";")
        code = 0 if len(digits) >= 10 else int(hexadecimal, 16) if hexadecimal is not None else int(decimal)
        if not 0 < code < 0x10FFFF:
            return reference.group()
        self.half |= 0xD800 <= code <= 0xDFFF
        return chr(code)

    def _skip_space(self) -> None:
        while self.at < len(self.source) and self.source[self.at] in _SPACE:
            self.at += 1

    def _until(self, end: re.Pattern[str]) -> str:
        found = end.search(self.source, self.at)
        stop = found.start() if found else len(self.source)
        text = self.source[self.at : stop]
        self.at = stop
        return text

    def _offset(self, place: int) -> str:
        return f"at byte offset {len(self.source[:place].encode('utf-8', 'surrogatepass'))}"

    def _start_tag(self) -> None:
        begun = self.at
        if (plain := _PLAIN_TAG.match(self.source, begun)) is not None:
            self.at = plain.end()
            self.open.append(_Open(plain.group(1), "", 0, self.length, len(self.parts)))
            return
        self.at += 1
        tag = self._until(_NAME_END).lower()
        if self.at >= len(self.source):
            raise _cannot(f"Unclosed start tag {self._offset(begun)}")
        if tag not in _TYPES:
            raise _cannot(f'Unsupported start tag "{tag}" {self._offset(begun)}')
        argument, date = "", 0
        while self._peek() != ">":
            self._skip_space()
            if self._peek() == ">":
                break
            name, value = self._attribute(tag, begun)
            match tag, name:
                case ("a", "href") | ("tg-emoji", "emoji-id") | ("tg-time", "format"):
                    argument = value or ""
                case ("code", "class") if value and value.startswith("language-"):
                    argument = value[9:]
                case ("span", "class") if value and value.startswith("tg-"):
                    argument = value[3:]
                case ("blockquote", "expandable"):
                    argument = "1"
                case ("tg-time", "unix"):
                    date = int(value) if value and value.isdecimal() else 0
        if tag == "span" and argument != "spoiler":
            raise _cannot(f'Tag "span" must have class "tg-spoiler" {self._offset(begun)}')
        self.at += 1
        self.open.append(_Open(tag, argument, date, self.length, len(self.parts)))

    def _attribute(self, tag: str, begun: int) -> tuple[str, str | None]:
        """A name and its value, None when it has none."""
        name = self._until(_ATTRIBUTE_END)
        if not name:
            raise _cannot(f'Empty attribute name in the tag "{tag}" {self._offset(begun)}')
        self._skip_space()
        unclosed = f'Unclosed start tag "{tag}" {self._offset(begun)}'
        if self._peek() != "=":
            if self.at >= len(self.source):
                raise _cannot(unclosed)
            return name, None
        self.at += 1
        self._skip_space()
        if self.at >= len(self.source):
            raise _cannot(unclosed)
        quote = self._peek()
        value = self._quoted(quote) if quote in "'\"" else self._token()
        if self.at >= len(self.source):
            raise _cannot(f"Unclosed start tag {self._offset(begun)}")
        return name, value

    def _token(self) -> str:
        begun = self.at
        found = _TOKEN.match(self.source, self.at)
        assert found is not None  # it may be empty
        self.at = found.end()
        if self._peek() not in _SPACE and self._peek() != ">":
            raise _cannot(f"Unexpected end of name token {self._offset(begun)}")
        return found.group().lower()

    def _quoted(self, quote: str) -> str:
        end = self.source.find(quote, self.at + 1)
        value = self.source[self.at + 1 : end if end >= 0 else len(self.source)]
        self.at = end + 1 if end >= 0 else len(self.source)
        return _REFERENCE.sub(self._character, value)

    def _end_tag(self) -> None:
        begun = self.at
        if not self.open:
            raise _cannot(f"Unexpected end tag {self._offset(begun)}")
        self.at += 2
        name = self._until(_NAME_END).lower()
        self._skip_space()
        if self._peek() != ">":
            raise _cannot(f"Unclosed end tag {self._offset(begun)}")
        self.at += 1
        opened = self.open.pop()
        if name and name != opened.tag:
            raise _cannot(f'Unmatched end tag {self._offset(begun)}, expected "</{opened.tag}>", found "</{name}>"')
        if self.length > opened.start:
            self._entity(opened)

    def _entity(self, opened: _Open) -> None:
        start, length = opened.start, self.length - opened.start
        last = self.entities[-1] if self.entities else None
        same = last is not None and (last.offset, last.length) == (start, length)
        match opened.tag:
            case "a":
                self._link(opened, start, length)
            case "tg-emoji":
                if not opened.argument.isdecimal() or int(opened.argument) == 0:
                    raise _cannot("Invalid custom emoji identifier specified")
                self.entities.append(Entity("custom_emoji", start, length, opened.argument))
            case "tg-time":
                self.entities.append(Entity("date_time", start, length, opened.argument, opened.date))
            case "pre" if last is not None and same and last.type == "code" and last.argument:
                self.entities[-1] = Entity("pre", start, length, last.argument)
            case "code" if last is not None and same and last.type == "pre" and opened.argument:
                self.entities[-1] = Entity("pre", start, length, opened.argument)
            case "code":
                self.entities.append(Entity("code", start, length, opened.argument))
            case "blockquote":
                self.entities.append(Entity("expandable_blockquote" if opened.argument else "blockquote", start, length))
            case tag:
                self.entities.append(Entity(_TYPES[tag], start, length))

    def _link(self, opened: _Open, start: int, length: int) -> None:
        url = opened.argument or "".join(self.parts[opened.part :])
        if (user := _USER.fullmatch(url)) is not None:
            self.entities.append(Entity("text_mention", start, length, number=int(user.group(1))))
        elif (checked := checked_link(url)) is not None:
            self.entities.append(Entity("text_link", start, length, checked))


def checked_link(url: str) -> str | None:
    """The address as Telegram keeps it, None when it is none (the link is then dropped and its text stays)."""
    found = _URL.fullmatch(url.strip())
    if found is None:
        return None
    scheme, host, rest = found.groups()
    kind = (scheme or "http").lower()
    if kind.startswith("http") and "." not in host and not host.startswith("localhost"):
        return None
    return f"{kind}://{host.lower()}{rest or '/'}" if kind.startswith("http") else f"{kind}://{host}{rest or ''}"
