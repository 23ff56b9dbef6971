"""The words of the pages: three languages, the one a visitor gets, none missing and none left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import handlers.web
from handlers.web.interface import Language, interface, preferred

WEB = Path(handlers.web.__file__).parent
# Named in the code by a pattern: t(`waiting_${why}`) and t(`handoff_${state}`).
PATTERNS = re.compile(r"waiting_(line|server|limit)|handoff_(waiting|taken)")


@pytest.mark.parametrize(
    ("asked", "kept", "accept", "language"),
    [
        (None, None, None, Language.SIMPLIFIED),
        (None, None, "fr-FR, de;q=0.5", Language.SIMPLIFIED),
        (None, None, "en-GB,en;q=0.9,zh;q=0.8", Language.ENGLISH),
        (None, None, "zh-TW,zh;q=0.9,en;q=0.8", Language.TRADITIONAL),
        (None, None, "zh-Hant-HK", Language.TRADITIONAL),
        (None, None, "fr, zh-CN;q=0.2, en;q=0.8", Language.ENGLISH),
        (None, None, "en;q=0, zh-HK;q=0.1", Language.TRADITIONAL),
        (None, "en", "zh-CN", Language.ENGLISH),
        ("zh-hant", "en", "zh-CN", Language.TRADITIONAL),
        ("klingon", "en", "zh-CN", Language.ENGLISH),
        ("", "", ";;q=,,=;q=9", Language.SIMPLIFIED),
        (None, None, "en;q=x, zh-TW", Language.TRADITIONAL),
    ],
)
def test_the_language_asked_for_comes_before_the_one_kept_and_the_browser_s(
    asked: str | None, kept: str | None, accept: str | None, language: Language
) -> None:
    assert preferred(asked, kept, accept) is language


def test_every_language_has_every_text() -> None:
    first, *others = (interface(language) for language in Language)
    for other in others:
        assert {name: set(texts) for name, texts in first.sections.items()} == {n: set(t) for n, t in other.sections.items()}
    assert all(text.strip() for language in Language for texts in interface(language).sections.values() for text in texts.values())


def test_traditional_is_written_in_traditional_characters() -> None:
    assert interface(Language.TRADITIONAL)["page"]["person"] == "轉人工"


def test_the_page_uses_every_label_and_none_that_is_not_there() -> None:
    scripts = "\n".join(file.read_text("utf-8") for file in (WEB / "static" / "chat").glob("*.js"))
    scripts += (WEB / "static" / "chat.js").read_text("utf-8")
    template = (WEB / "templates" / "chat.html.j2").read_text("utf-8")
    quoted = set(re.findall(r'"([a-z_]+)"', scripts))
    named = set(re.findall(r"\bui\.page\.([a-z_]+)", template))
    called = set(re.findall(r'\bt\("([a-z_]+)"', scripts))
    labels = set(interface(Language.SIMPLIFIED)["page"])
    assert named | called <= labels
    assert {label for label in labels - named - quoted if not PATTERNS.fullmatch(label)} == set()


def test_a_pattern_in_a_label_is_the_same_in_every_language() -> None:
    chinese, english = interface(Language.SIMPLIFIED)["page"], interface(Language.ENGLISH)["page"]
    for label, text in chinese.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[label])), label
