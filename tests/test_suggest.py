"""Search as one types, as people begin their questions."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.knowledge import Knowledge
from bot.suggest import MOST, Suggester, suggester


@pytest.fixture(scope="module")
def suggest(knowledge: Knowledge) -> Suggester:
    return suggester(knowledge)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("投诉电话", "抖音官方投诉电话是多少"),
        ("投訴電話", "抖音官方投诉电话是多少"),
        ("tousudianhua", "抖音官方投诉电话是多少"),
        ("tou su dian", "抖音官方投诉电话是多少"),
        ("保zheng金", "保证金多少、多类目怎么收"),
        ("保正金", "保证金多少、多类目怎么收"),
        ("baozhengjin", "保证金多少、多类目怎么收"),
        ("bzj", "保证金多少、多类目怎么收"),
        ("导出订", "怎么导出订单"),
        ("限购", "怎么设置商品限购"),
        ("拉黑", "怎么拉黑买家、限制恶意下单"),
        ("投诉电画", "抖音官方投诉电话是多少"),
        ("查物流轨迹", "在哪里查看物流、快递到哪了"),
    ],
)
def test_a_beginning_a_part_a_slip_and_pinyin_find_the_question(suggest: Suggester, typed: str, wanted: str) -> None:
    assert wanted in [s.question for s in suggest.suggest(typed)][:4]


@pytest.mark.parametrize("typed", ["退", "发", "發", "t", "48", "开店"])
def test_one_or_two_characters_are_enough(suggest: Suggester, typed: str) -> None:
    assert len(suggest.suggest(typed)) == MOST


@pytest.mark.parametrize("typed", ["", " ", "。", "🙂", "\x00", "\ud800"])
def test_nothing_readable_suggests_nothing(suggest: Suggester, typed: str) -> None:
    assert suggest.suggest(typed) == ()


def test_a_question_that_holds_the_words_comes_before_one_that_only_has_a_wording_with_them(suggest: Suggester) -> None:
    assert all("投诉" in s.question for s in suggest.suggest("投诉")[:3])


def test_an_entry_is_suggested_once(suggest: Suggester) -> None:
    found = [s.entry for s in suggest.suggest("发货")]
    assert len(found) == len(set(found))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_whatever_is_typed_at_most_six_come_back(suggest: Suggester, knowledge: Knowledge, typed: str) -> None:
    found = suggest.suggest(typed)
    assert len(found) <= MOST
    assert all(knowledge.entries[s.entry].question == s.question for s in found)


def test_a_suggestion_takes_less_than_five_milliseconds(suggest: Suggester, knowledge: Knowledge) -> None:
    """The median over beginnings of many lengths; another busy process may disturb a single one."""
    beginnings = [e.question[:length] for e in knowledge.content.entries for length in (1, 2, 4, 8)]
    taken = []
    for typed in beginnings:
        begun = perf_counter()
        suggest.suggest(typed)
        taken.append(perf_counter() - begun)
    assert sorted(taken)[len(taken) // 2] < 0.005
