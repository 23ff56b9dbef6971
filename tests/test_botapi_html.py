"""Telegram's HTML as the fake server reads it: the same entities, the same refusals with the same words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.cli.bench.botapi.arguments import Arguments
from handlers.cli.bench.botapi.entities import Entity, fix, found_entities, units
from handlers.cli.bench.botapi.errors import ApiError
from handlers.cli.bench.botapi.html import checked_link, parse_html
from handlers.cli.bench.botapi.methods import formatted


def read(html: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The text, and the entities as type, offset and length."""
    text, entities = formatted(html, Arguments({"parse_mode": "HTML"}), entities="entities")
    return text, [(e.type, e.offset, e.length) for e in entities]


def refusal(html: str) -> str:
    with pytest.raises(ApiError) as caught:
        read(html)
    assert caught.value.code == 400
    return caught.value.description.removeprefix("Bad Request: can't parse entities: ")


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("你好", "你好", []),
        ("<b>罚</b>款", "罚款", [("bold", 0, 1)]),
        (
            "<strong>a</strong><em>b</em><ins>c</ins><del>d</del>",
            "abcd",
            [("bold", 0, 1), ("italic", 1, 1), ("underline", 2, 1), ("strikethrough", 3, 1)],
        ),
        ("<B>a</b>", "a", [("bold", 0, 1)]),
        ("a <b>b <i>c</i></b>", "a b c", [("bold", 2, 3), ("italic", 4, 1)]),
        ("😀<b>a</b>", "😀a", [("bold", 2, 1)]),
        ("<b>😀</b>", "😀", [("bold", 0, 2)]),
        ("1 &lt; 2 &amp; 3 &gt; 2 &quot;", '1 < 2 & 3 > 2 "', []),
        ("&#65;&#x42;&lt", "AB<", []),
        ("&nbsp; & &unknown; &#0; &#;", "&nbsp; & &unknown; &#0; &#;", []),
        ("<blockquote expandable>长</blockquote>短", "长短", [("expandable_blockquote", 0, 1)]),
        ('<blockquote expandable="">长</blockquote>', "长", [("expandable_blockquote", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ('<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>', "ab", [("spoiler", 0, 2)]),
        ("<pre>a</pre>", "a", [("pre", 0, 1)]),
        ('<pre><code class="language-python">a</code></pre>', "a", [("pre", 0, 1)]),
        ("<b>a<code>b</code>c</b>", "abc", [("bold", 0, 1), ("code", 1, 1), ("bold", 2, 1)]),
        ("<b>a</b><b>b</b>", "ab", [("bold", 0, 2)]),
        ("<b></b>a", "a", []),
        ("  <b> a </b>  ", " a", [("bold", 0, 2)]),
        ("\n a\n", "a", []),
        ("<b>a</>", "a", [("bold", 0, 1)]),
        ("<b>a</b >", "a", [("bold", 0, 1)]),
        ('<a href="https://example.org/x?a=1&amp;b=2">a</a>', "a", [("text_link", 0, 1)]),
        ("<a href=example.org>a</a>", "a", [("text_link", 0, 1)]),
        ('<a href="no address">a</a>', "a", []),
        ('<a href="tg://user?id=5">a</a>', "a", [("text_mention", 0, 1)]),
        ("<a>https://example.org</a>", "https://example.org", [("text_link", 0, 19)]),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2)]),
        ("a\tb\r\nc\u202e", "a b\nc", []),
        (
            "看 https://example.org/a, /start@dianxiaoer_bot",
            "看 https://example.org/a, /start@dianxiaoer_bot",
            [("url", 2, 21), ("bot_command", 25, 21)],
        ),
    ],
)
def test_what_telegram_makes_of_it(html: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert read(html) == (text, entities)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>a</i>", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("罚</b>", "Unexpected end tag at byte offset 3"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("a<br>b", 'Unsupported start tag "br" at byte offset 1'),
        ("a<br/>b", 'Unsupported start tag "br/" at byte offset 1'),
        ("<!-- a -->", 'Unsupported start tag "!--" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("1 <", "Unclosed start tag at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b ", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<b />a</b>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href=a/b>c</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<span class="red">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>👍</tg-emoji>", "Invalid custom emoji identifier specified"),
        (
            "&#xd800;",
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
        ),
        ("a\0b", "Text must not contain null bytes"),
    ],
)
def test_what_telegram_refuses(html: str, words: str) -> None:
    assert refusal(html) == words


@given(st.text(st.sampled_from("<>/&;\"'= abi#x1罚😀\n-!"), max_size=40))
def test_whatever_is_written_it_is_read_or_refused(html: str) -> None:
    try:
        text, entities = formatted(html, Arguments({"parse_mode": "HTML"}), entities="entities")
    except ApiError:
        return
    assert text == text.strip(" \n") or entities
    for entity in entities:
        assert 0 <= entity.offset < entity.end <= units(text)


@given(st.text(max_size=60))
def test_what_is_escaped_comes_back_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if "\0" not in text:
        assert parse_html(escaped)[0] == text


def test_entities_that_do_not_fit_the_text_are_refused() -> None:
    with pytest.raises(ApiError, match="ends after the end of the text"):
        fix("ab", [Entity("bold", 1, 5)])
    with pytest.raises(ApiError, match="begins after the end of the text"):
        fix("ab", [Entity("bold", 9, 1)])


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(ApiError, match="strings must be encoded in UTF-8"):
        fix("a\ud800", [])


def test_a_quotation_holds_no_other_and_a_hundred_entities_are_kept() -> None:
    _, nested = fix("abcd", [Entity("blockquote", 0, 4), Entity("blockquote", 1, 2)])
    assert nested == (Entity("blockquote", 0, 4),)
    _, many = fix("ab" * 200, [Entity("bold", 2 * n, 1) for n in range(150)])
    assert len(many) == 100


def test_what_telegram_finds_by_itself() -> None:
    found = found_entities("😀 @anna_b #活动 /ask 你")
    assert [(e.type, e.offset, e.length) for e in found] == [("mention", 3, 7), ("hashtag", 11, 3), ("bot_command", 15, 4)]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://Example.org", "https://example.org/"),
        ("example.org/a", "http://example.org/a"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("not an address", None),
        ("javascript:alert(1)", None),
    ],
)
def test_addresses_are_kept_as_telegram_keeps_them(url: str, kept: str | None) -> None:
    assert checked_link(url) == kept
