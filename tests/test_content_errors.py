"""Each way of breaking a knowledge folder is told with file, line, entry, field and how to mend it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.content import SHIPPED, digest, files_of
from bot.conversation import Conversation
from bot.errors import ContentError
from bot.knowledge import Knowledge, load_knowledge
from bot.messages import Act, Reply, Utterance
from bot.respond import respond

ENTRIES, FACTS, GAPS, SOURCES, LEXICON = "entries/shop.yaml", "facts/shop.yaml", "gaps/shop.yaml", "sources.yaml", "lexicon.yaml"
MEND = "改法"


def change(folder: Path, file: str, old: str, new: str) -> None:
    """Exchange a text that stands once in the file."""
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text)
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def error_of(folder: Path) -> str:
    """What is said about the folder."""
    with pytest.raises(ContentError) as error:
        load_knowledge(folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        pytest.param(ENTRIES, "  answer: 在河边。", "  anwser: 在河边。\n  answer: 桥", [":12:", "shop.place", "anwser"], id="unknown field"),
        pytest.param(ENTRIES, "  answer: 在河边。\n", "", [":8:", "shop.place", "answer"], id="missing answer"),
        pytest.param(ENTRIES, "  answer: 在河边。", "  answer: ''", [":12:", "shop.place", "answer"], id="empty answer"),
        pytest.param(ENTRIES, "facts.opens_at", "facts.opens", [":5:", "shop.hours", "answer", "opens"], id="unknown fact"),
        pytest.param(ENTRIES, "facts.opens_at", "fact.opens_at", [":5:", "shop.hours", "answer", "fact"], id="unknown variable"),
        pytest.param(ENTRIES, "{{ facts.opens_at }}", "{{ facts.opens_at ", [":5:", "shop.hours", "answer"], id="open braces"),
        pytest.param(ENTRIES, "facts.opens_at }}", "facts.opens_at | cash }}", [":5:", "answer", "cash"], id="unknown filter"),
        pytest.param(ENTRIES, "[shop.place]", "[shop.plaza]", ["shop.hours", "related", "shop.plaza"], id="unknown related"),
        pytest.param(
            ENTRIES, "[shop.hours]\n  sources: [notice]", "[shop.hours]\n  sources: [poster]", [":8:", "sources", "poster"], id="unknown source"
        ),
        pytest.param(ENTRIES, "- id: shop.place", "- id: shop.hours", ["shop.hours", "id"], id="duplicate id"),
        pytest.param(ENTRIES, "- id: shop.place", "- id: Shop Place", [":8:", "Shop Place", "id"], id="ill-formed id"),
        pytest.param(
            ENTRIES, "  answer: 在河边。", "  calculator: tea-time\n  answer: 茶", [":8:", "shop.place", "calculator", "tea-time"], id="unknown calculator"
        ),
        pytest.param(
            ENTRIES, "  answer: 在河边。", "  calculator: deposit\n  audience: tea\n  answer: 茶", [":13:", "audience"], id="unknown audience"
        ),
        pytest.param(
            ENTRIES, "  answer: 在河边。", "  calculator: order-auto-close\n  answer: 茶", ["shop.place", "order_auto_close_days"], id="a calculator without its facts"
        ),
        pytest.param(ENTRIES, "wordings: [地址", "wordings: [{a: b}", [":10:", "shop.place", "wordings"], id="a wording that is no text"),
        pytest.param(ENTRIES, "- id: shop.place", "-id: shop.place", [":8"], id="YAML syntax"),
        pytest.param(ENTRIES, "在河边", "在\x01河边", [], id="a control character"),
        pytest.param(FACTS, "value: '9'", "value: 9.5", ["opens_at", "value"], id="a number without quotes"),
        pytest.param(FACTS, "source: notice", "source: poster", [":1:", "opens_at", "source", "poster"], id="a fact of an unknown source"),
        pytest.param(FACTS, "opens_at", "Opens At", [":1:", "id"], id="an ill-formed fact"),
        pytest.param(GAPS, "[shop.place]", "[shop.plaza]", [":1:", "gap.parking", "nearest", "shop.plaza"], id="a gap near to nothing"),
        pytest.param(GAPS, "wordings: [停车收费吗, 哪里可以停车]", "wordings: []", [":1:", "gap.parking", "wordings"], id="a gap without wordings"),
        pytest.param(SOURCES, "2026-01-01", "last year", [":1:", "notice", "published"], id="a date in words"),
        pytest.param(SOURCES, ", official: true", "", [":1:", "notice", "official"], id="official or not is missing"),
        pytest.param(LEXICON, "[开门, 开店]", "开门", [":1:", "营业"], id="a lexicon of texts"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_a_way_to_mend_it(
    file: str, old: str, new: str, told: list[str], small_folder: Path
) -> None:
    change(small_folder, file, old, new)
    text = error_of(small_folder)
    for part in (str(small_folder / file), MEND, *told):
        assert part in text


def test_a_follow_up_to_an_unknown_entry_is_told(small_folder: Path) -> None:
    change(small_folder, ENTRIES, "  answer: 在河边。", "  answer: 桥边\n  follow_ups: [{says: [几点], entry: shop.tea}]")
    text = error_of(small_folder)
    for part in (ENTRIES, "shop.place", "follow_ups", "shop.tea", MEND):
        assert part in text


def test_a_file_that_is_not_utf8_is_told(small_folder: Path) -> None:
    (small_folder / ENTRIES).write_bytes("- {id: a.b, question: 几点开门, answer: 九点}".encode("gb18030"))
    text = error_of(small_folder)
    for part in (ENTRIES, "UTF-8", MEND):
        assert part in text


@pytest.mark.parametrize("text", ["- {}", "a: b", "- 1", "三个字"])
def test_entries_that_are_no_entries_are_told(text: str, small_folder: Path) -> None:
    (small_folder / ENTRIES).write_text(text, encoding="utf-8")
    assert MEND in error_of(small_folder)


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(lambda folder: None, id="a folder that does not exist"),
        pytest.param(lambda folder: folder.mkdir(), id="an empty folder"),
        pytest.param(lambda folder: (folder / "entries").mkdir(parents=True), id="no file in entries"),
        pytest.param(lambda folder: folder.write_text("x"), id="a file"),
    ],
)
def test_a_place_without_entries_is_no_knowledge_folder(prepare: object, tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    assert callable(prepare)
    prepare(folder)
    text = error_of(folder)
    for part in (str(folder), "entries", MEND):
        assert part in text


def test_own_replies_take_the_place_of_the_shipped_ones_line_by_line(small_folder: Path, now: datetime) -> None:
    (small_folder / "replies.yaml").write_text("empty: {zh: 没字, en: nothing}\n", encoding="utf-8")
    knowledge = load_knowledge(small_folder)
    assert first_reply(knowledge, " ", now).text == "没字"
    assert first_reply(knowledge, "转人工", now).text


def first_reply(knowledge: Knowledge, text: str, now: datetime) -> Reply:
    return respond(Utterance(text), Conversation(), knowledge, now).reply


def test_the_small_folder_answers_as_it_stands(small_folder: Path, now: datetime) -> None:
    knowledge = load_knowledge(small_folder)
    reply = first_reply(knowledge, "营业时间", now)
    assert (reply.act, reply.entry) == (Act.ANSWER, "shop.hours")
    assert "9 点" in reply.text
    assert "告示" in reply.text
    assert first_reply(knowledge, "停车收费吗", now).gap == "gap.parking"
    assert first_reply(knowledge, "转人工", now).act is Act.HANDOFF


@pytest.mark.parametrize("left_out", ["facts", "gaps", "lexicon", "sources"])
def test_a_folder_may_leave_out(left_out: str, small_folder: Path, now: datetime) -> None:
    gone = {"facts": [FACTS], "gaps": [GAPS], "lexicon": [LEXICON], "sources": [SOURCES, FACTS]}[left_out]
    for file in gone:
        (small_folder / file).unlink()
    text = (small_folder / ENTRIES).read_text(encoding="utf-8")
    if FACTS in gone:
        text = text.replace("{{ facts.opens_at }}", "九")
    if SOURCES in gone:
        text = text.replace("  sources: [notice]\n", "")
    (small_folder / ENTRIES).write_text(text, encoding="utf-8")
    knowledge = load_knowledge(small_folder)
    assert first_reply(knowledge, "什么时候关门", now).entry == "shop.hours"
    assert first_reply(knowledge, "转人工", now).act is Act.HANDOFF


def test_small_talk_that_names_an_unknown_variable_is_an_error(small_folder: Path) -> None:
    text = "- {id: hi, kind: smalltalk, about: 招呼, wordings: [你好], replies: ['你好 {{ customer }}']}\n"
    (small_folder / "signals.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"signals.yaml:1: hi: 字段 replies: 回应里有未知的变量 customer"):
        load_knowledge(small_folder)


def test_signals_and_replies_of_the_folder_take_the_place_of_the_shipped_ones(small_folder: Path, now: datetime) -> None:
    lines = (SHIPPED / "replies.yaml").read_text(encoding="utf-8")
    (small_folder / "replies.yaml").write_text(lines.replace("我这边没有收到文字", "茶铺没听见"), encoding="utf-8")
    (small_folder / "signals.yaml").write_text(
        "- {id: hi, kind: smalltalk, about: 招呼, wordings: [你好, 在吗], replies: [欢迎来喝茶]}\n"
        "- {id: man, kind: handoff, about: 人, wordings: [叫老板, 找掌柜]}\n",
        encoding="utf-8",
    )
    knowledge = load_knowledge(small_folder)
    assert "茶铺" in first_reply(knowledge, "", now).text
    assert "喝茶" in first_reply(knowledge, "你好", now).text
    assert first_reply(knowledge, "找掌柜", now).act is Act.HANDOFF


def test_any_byte_of_the_content_changes_its_hash(small_folder: Path) -> None:
    before = digest(files_of(small_folder))
    assert digest(files_of(small_folder)) == before
    for file in (ENTRIES, FACTS, GAPS, SOURCES, LEXICON):
        (small_folder / file).write_bytes((small_folder / file).read_bytes() + b"\n")
        after = digest(files_of(small_folder))
        assert after != before
        before = after


def test_files_of_one_kind_add_up(small_folder: Path, now: datetime) -> None:
    (small_folder / "entries" / "tea.yaml").write_text(
        "- {id: tea.price, question: 茶多少钱, wordings: [一壶多少, 茶价], answer: 十元。}\n", encoding="utf-8"
    )
    knowledge = load_knowledge(small_folder)
    assert set(knowledge.entries) == {"shop.hours", "shop.place", "tea.price"}
    assert first_reply(knowledge, "茶价", now).entry == "tea.price"
