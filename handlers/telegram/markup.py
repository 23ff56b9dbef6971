"""Telegram's HTML: everything escaped, never longer than one message may be, cut where a reader would cut; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TypeAlias

from bot.messages import Json

# Telegram counts UTF-16 units after it has read the tags.
MOST_UNITS = 4096
_CUTS = ("\n\n", "\n", "。", "；", "，", ". ", " ")

# A keyboard as JSON has it. It is kept and sent as it is; aiogram's models would cost more than all else that is shown.
Button: TypeAlias = dict[str, Json]
Keyboard: TypeAlias = dict[str, Json]

# A block: how it is shown ("" plain, "b", "i", "quote") and its text.
Block = tuple[str, str]


def keyboard_of(rows: Sequence[Sequence[Button]]) -> Keyboard | None:
    """The rows as a keyboard; None when there is no button."""
    kept: list[Json] = [list(row) for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def units(text: str) -> int:
    """How long Telegram finds a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shown(text: str) -> str:
    """The text as HTML shows it."""
    return escape(text, quote=False)


def pages(blocks: Iterable[Block], most: int = MOST_UNITS) -> tuple[str, ...]:
    """The blocks as HTML messages, a blank line between two blocks of one message; at least one block each, none too long."""
    found: list[str] = []
    length = 0
    for style, text in _cut(blocks, most):
        size, html = units(text), _styled(style, text)
        if found and length + 2 + size <= most:
            found[-1] += f"\n\n{html}"
            length += 2 + size
        else:
            found.append(html)
            length = size
    return tuple(found)


def _cut(blocks: Iterable[Block], most: int) -> Iterator[Block]:
    for style, text in blocks:
        text = text.encode("utf-8", "ignore").decode().replace("\0", "").strip()
        while units(text) > most:
            at = _place(text, most)
            yield style, text[:at].rstrip()
            text = text[at:].lstrip()
        if text:
            yield style, text


def _place(text: str, most: int) -> int:
    """Where to cut: behind the last paragraph, line, sentence or word of the second half of what fits, else anywhere."""
    fits = length = 0
    while length + (wide := 2 if ord(text[fits]) > 0xFFFF else 1) <= most:
        length, fits = length + wide, fits + 1
    for mark in _CUTS:
        at = text.rfind(mark, fits // 2, fits - len(mark) + 1)
        if at > 0:
            return at + len(mark)
    return fits


def _styled(style: str, text: str) -> str:
    html = shown(text)
    match style:
        case "":
            return html
        case "quote":
            return f"<blockquote expandable>{html}</blockquote>"
        case "card":
            head, _, rest = html.partition("\n")
            return f"<b>{head}</b>\n{rest}" if rest else f"<b>{head}</b>"
        case _:
            return f"<{style}>{html}</{style}>"
