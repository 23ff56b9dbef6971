"""Telegram's limits kept, and what arrives made ready: pure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.telegram.arrival import NOBODY, arrived, chat_of, next_offset, wants_answer
from handlers.telegram.pace import MARGIN, UNLIMITED, Limits, Pace

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["message", "chat", "id", "from", "x"]), inner),
    max_leaves=12,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.sampled_from(["1", "2", "-3", "-4"]), st.floats(0, 2)), max_size=200))
def test_no_window_ever_holds_more_than_it_may(wishes: list[tuple[str, float]]) -> None:
    clock = Clock()
    pace = Pace(Limits(overall=(5, 1.0), chat=(1, 1.0), group=(3, 60.0)), clock)
    sent: list[tuple[float, str]] = []
    for chat, pause in wishes:
        clock.now += pause
        if pace.wait(chat) == 0:
            sent.append((clock.now, chat))
    for at, chat in sent:
        within = [(t, c) for t, c in sent if at <= t < at + 1.0]
        assert len(within) <= 5
        assert sum(c == chat for _, c in within) == 1
        if chat.startswith("-"):
            assert sum(c == chat for t, c in sent if at <= t < at + 60.0) <= 3


def test_who_waits_as_long_as_told_may_send() -> None:
    clock = Clock()
    pace = Pace(Limits(), clock)
    assert pace.wait("1") == 0
    seconds = pace.wait("1")
    assert seconds == pytest.approx(MARGIN)
    clock.now += seconds
    assert pace.wait("1") == 0


def test_one_chat_that_is_refused_waits_alone_a_second_one_makes_all_wait() -> None:
    clock = Clock()
    pace = Pace(UNLIMITED, clock)
    assert pace.pause("1", 5) is False
    assert pace.wait("1") == 5
    assert pace.wait("2") == 0
    assert pace.pause("2", 7) is True
    assert pace.wait("3") == 7
    clock.now += 7
    assert [pace.wait(c) for c in "123"] == [0, 0, 0]


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"update_id": 1, "message": {"chat": {"id": 7}, "from": {"id": 8}}}, "7"),
        ({"update_id": 1, "edited_message": {"chat": {"id": -7}}}, "-7"),
        ({"update_id": 1, "callback_query": {"from": {"id": 8}, "message": {"chat": {"id": 7}}}}, "7"),
        ({"update_id": 1, "callback_query": {"from": {"id": 8}}}, "8"),
        ({"update_id": 1, "inline_query": {"from": {"id": 8}}}, "8"),
        ({"update_id": 1, "message": {"chat": {"id": "7"}, "from": {"id": True}}}, NOBODY),
        ([], NOBODY),
    ],
)
def test_an_update_belongs_to_its_chat(update: Any, chat: str) -> None:
    assert chat_of(update) == chat


@given(JSON)
def test_anything_can_arrive(update: Any) -> None:
    one = arrived(update)
    assert one.payload.isascii()
    assert json.loads(one.payload) == update
    assert wants_answer(update) in (True, False)
    assert arrived(update) == one


@pytest.mark.parametrize(
    ("numbers", "offset"),
    [
        ([3, 4, 5], 6),
        ([900, 3], 4),
        ([], None),
        (["7", None], None),
        ([5, -9], 6),
        ([5, 2**31, 2**80], 6),
        ([-3], None),
        ([True], None),
    ],
)
def test_the_offset_is_behind_the_last_number_and_never_negative(numbers: list[Any], offset: int | None) -> None:
    assert next_offset([{"update_id": n} for n in numbers]) == offset
