"""One spelling for everything people type: the form in which wordings and messages are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from opencc import OpenCC

# A long message costs no more than a short one: beyond this only the beginning and the end are compared, where people
# say what it is about and what they want.
MAX_CHARS = 240

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\uffff]"
)
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\U000e0000-\U000e007f]")
_REPEATED = re.compile(r"([^\d\s])\1{2,}")
_SPACE = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[^\w\s%¥.]+|_+|(?<!\d)\.|\.(?!\d)")
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_TRADITIONAL_HINT = re.compile(r"[\u3400-\u9fff]")


@cache
def _converter(config: str) -> OpenCC:
    return OpenCC(config)


def clean(text: str) -> str:
    """The text without what cannot be read or stored: lone surrogates, control and zero-width characters; NFKC."""
    if text.isprintable() and unicodedata.is_normalized("NFKC", text) and not _INVISIBLE.search(text):
        return text
    text = text.encode("utf-8", "ignore").decode("utf-8")
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)


def shorten(text: str, limit: int = MAX_CHARS) -> str:
    """The part of a long text that is compared: its first third and its last two thirds of `limit`."""
    if len(text) <= limit:
        return text
    head = limit // 3
    return text[:head] + " " + text[-(limit - head) :]


@lru_cache(maxsize=1024)
def simplify(text: str) -> str:
    """Traditional characters, Taiwan and Hong Kong forms included, as simplified ones."""
    return str(_converter("tw2s").convert(text)) if _TRADITIONAL_HINT.search(text) else text


@lru_cache(maxsize=1024)
def traditional(text: str) -> str:
    """Simplified characters as traditional ones, for replies to people who write so."""
    # 虚假发货 holds 假发 (a wig), and the converter's longest word wins.
    return str(_converter("s2tw").convert(text)).replace("髮貨", "發貨")


@lru_cache(maxsize=4096)
def normalize(text: str) -> str:
    """The comparable form: cleaned, simplified, lower case, no emoji, repeats cut to two, punctuation as one space."""
    text = simplify(shorten(_EMOJI.sub(" ", clean(text)), MAX_CHARS * 2)).lower()
    text = _PUNCTUATION.sub(" ", _REPEATED.sub(r"\1\1", text))
    return shorten(_BETWEEN_HAN.sub("", _SPACE.sub(" ", text).strip()))
