"""Texts as every database takes them."""

from __future__ import annotations

from hashlib import sha256

from bot.store.tables import NAME


def storable(text: str) -> str:
    """The text without what a database refuses: NUL and lone surrogates. Nothing else of what was written is changed."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "ignore").decode()
    return text


def name_of(name: str) -> str:
    """A name that fits its column: itself, or what tells it from all others when it is too long or cannot be stored."""
    if len(name) <= NAME and storable(name) == name:
        return name
    return f"sha256:{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"
