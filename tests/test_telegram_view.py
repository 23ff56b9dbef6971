"""Replies as Telegram shows them: every entry, gap and result through Telegram's own rules for HTML and keyboards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.areas import areas
from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.messages import Act, Reply, Role, Script, Utterance
from bot.replies import Voice
from bot.respond import Turn, respond
from handlers.cli.bench.botapi.entities import Entity
from handlers.cli.bench.botapi.html import parse_html
from handlers.cli.bench.botapi.markup import keyboard as checked_keyboard
from handlers.telegram import menus
from handlers.telegram.callbacks import Rates, Says, Signer
from handlers.telegram.markup import MOST_UNITS, pages, units
from handlers.telegram.texts import read_texts
from handlers.telegram.view import Screen, offers, screen

TEXTS = read_texts()
SIGNER = Signer(b"key", "telegram-1")


def shown(reply: Reply, knowledge: Knowledge, now: datetime) -> tuple[str, list[Entity], Screen]:
    """The visible text and entities of a reply's messages, each accepted by the real parser."""
    made = screen(reply, 7, TEXTS, Voice(knowledge, now, reply.script), knowledge, SIGNER)
    texts, entities = [], []
    for page in made.pages:
        text, found = parse_html(page)
        assert 0 < units(text) <= MOST_UNITS
        texts.append(text)
        entities += found
    if made.keyboard is not None:
        accepted = checked_keyboard(made.keyboard)
        assert accepted
    return "\n\n".join(texts), entities, made


def complete(reply: Reply, text: str, made: Screen) -> None:
    """Everything that the reply says is there, in text or on buttons."""
    rows: Any = made.keyboard["inline_keyboard"] if made.keyboard else []
    labels = [button["text"] for row in rows for button in row]
    for part in (reply.body, *reply.notes, reply.prompt):
        for line in part.splitlines():
            assert line.strip() in text
    for source in reply.sources:
        assert source.title in text
    for option in reply.options:
        assert option.label in "\n".join(labels) or "🙋" in "".join(labels)


@pytest.mark.parametrize("script", list(Script))
def test_every_entry_is_shown_whole(script: Script, knowledge: Knowledge, now: datetime) -> None:
    for entry in knowledge.content.entries:
        reply = respond(Utterance(entry.question, script=script), Conversation(), knowledge, now).reply
        text, entities, made = shown(reply, knowledge, now)
        complete(reply, text, made)
        assert reply.script is script
        if reply.sources:
            assert "expandable_blockquote" in {e.type for e in entities}


@pytest.mark.parametrize("script", list(Script))
def test_every_gap_is_shown_whole(script: Script, knowledge: Knowledge, now: datetime) -> None:
    for gap in knowledge.content.gaps:
        reply = respond(Utterance(gap.wordings[0], script=script), Conversation(), knowledge, now).reply
        text, _, made = shown(reply, knowledge, now)
        complete(reply, text, made)


@pytest.mark.parametrize("script", list(Script))
def test_every_calculator_is_shown_from_its_first_question_to_its_result(
    script: Script, knowledge: Knowledge, now: datetime
) -> None:
    results = set()
    for entry in knowledge.content.entries:
        if entry.calculator is None:
            continue
        turn = respond(Utterance("算一算", script=script, calculate=entry.id), Conversation(), knowledge, now)
        for _ in range(8):
            text, entities, made = shown(turn.reply, knowledge, now)
            complete(turn.reply, text, made)
            if turn.reply.act is not Act.ASK:
                break
            turn = next_step(turn, script, knowledge, now)
        if turn.reply.card is not None:
            results.add(entry.calculator)
            assert "bold" in {e.type for e in entities}
    assert len(results) >= len(knowledge.calculators) - 2


def next_step(turn: Turn, script: Script, knowledge: Knowledge, now: datetime) -> Turn:
    """The turn after the first offer that the form takes."""
    voice = Voice(knowledge, now, script)
    found = [o for o in offers(turn.reply, TEXTS, voice) if o.kind in ("choice", "value")]
    tried = [respond(Utterance(o.says, script=script), turn.conversation, knowledge, now) for o in found]
    taken = [t for t in tried if t.reply.prompt != turn.reply.prompt]
    assert taken, (turn.reply.calculator, turn.reply.prompt, [o.says for o in found])
    return taken[0]


def test_every_offered_value_can_be_used(knowledge: Knowledge, now: datetime) -> None:
    for entry in knowledge.content.entries:
        if entry.calculator is None:
            continue
        turn = respond(Utterance("算一算", calculate=entry.id), Conversation(), knowledge, now)
        if turn.reply.act is Act.ASK:
            assert next_step(turn, Script.SIMPLIFIED, knowledge, now)


def test_every_menu_is_accepted(knowledge: Knowledge) -> None:
    found = areas(knowledge)
    for script in Script:
        made = [
            *(menus.start(TEXTS, knowledge, found, SIGNER, script, role) for role in (None, *Role)),
            menus.all_areas(TEXTS, found, SIGNER, script),
            *(menus.one_area(TEXTS, area, page, SIGNER, script) for area in found for page in range(-1, 4)),
            menus.calculators(TEXTS, knowledge, SIGNER, script),
            *(menus.languages(TEXTS, SIGNER, script, chosen) for chosen in (None, *Script)),
            menus.privacy(TEXTS, SIGNER, script),
        ]
        for html, keyboard in made:
            text, _ = parse_html(html)
            assert units(text) <= MOST_UNITS
            assert keyboard is not None
            assert checked_keyboard(keyboard)


def test_every_text_exists_in_every_language_and_fits(knowledge: Knowledge) -> None:
    for section, texts in TEXTS.root.items():
        for key in texts:
            for script in Script:
                assert TEXTS(f"{section}.{key}", script)
            if section == "commands":
                assert all(3 <= len(TEXTS(f"commands.{key}", s)) <= 256 for s in Script)
    assert all(len(TEXTS("profile.short", s)) <= 120 and len(TEXTS("profile.description", s)) <= 512 for s in Script)


@given(
    st.lists(st.tuples(st.sampled_from(["", "b", "i", "quote", "card"]), st.text(max_size=400).map(lambda t: t * 20)), max_size=6)
)
def test_no_message_is_ever_refused_for_its_text(blocks: list[tuple[str, str]]) -> None:
    whole = ""
    for page in pages(blocks):
        text, _ = parse_html(page)
        assert 0 < units(text) <= MOST_UNITS
        whole += text
    said = "".join(text for _, text in blocks)
    kept = [c for c in said.encode("utf-8", "ignore").decode() if not c.isspace() and c.isprintable()]
    assert [c for c in whole if not c.isspace() and c.isprintable()] == kept


def test_a_long_text_is_cut_where_a_reader_would_cut() -> None:
    paragraphs = [f"第{n}段。" + "很长的话，" * 60 for n in range(30)]
    cut = pages([("", "\n\n".join(paragraphs))])
    assert len(cut) > 1
    assert all(page.startswith("第") for page in cut)


def test_a_mark_is_bound_to_its_conversation_and_its_content() -> None:
    data = str(SIGNER.button("x", Says(turn=1, place=0, check="abcd"))["callback_data"])
    assert SIGNER.read(data, Says) == Says(turn=1, place=0, check="abcd")
    assert SIGNER.read(data, Rates) is None
    assert Signer(b"key", "telegram-2").read(data, Says) is None
    assert Signer(b"other", "telegram-1").read(data, Says) is None
    for place in range(len(data)):
        assert SIGNER.read(data[:place] + chr(ord(data[place]) ^ 1) + data[place + 1 :], Says) is None


@given(st.text(max_size=70))
def test_no_data_makes_reading_fail(data: str) -> None:
    assert SIGNER.read(data, Says) is None
