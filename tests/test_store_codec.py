"""Dialogue states and replies in JSON: exact there and back, whatever the fields come to be."""

from __future__ import annotations

import json
import random
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Conversation, Form, FormState
from bot.messages import Act, Action, Asked, Button, Candidate, Card, Given, Reply, Script, Source
from bot.store import StoreError
from bot.store.codec import VERSION, decode_conversation, decode_reply, encode_conversation, encode_reply

# Texts as `clean` leaves them, and worse: only lone surrogates never come this far.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
maybe = st.none() | texts
several = st.lists(texts, max_size=3).map(tuple)
days = st.dates()
decimals = st.decimals(allow_nan=False, allow_infinity=False)
zones = st.sampled_from([UTC, timezone(timedelta(hours=8)), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")])
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1900, 2100))
moments = st.datetimes(FIRST, LAST) | st.datetimes(FIRST, LAST, timezones=zones, allow_imaginary=False)
values = st.one_of(
    decimals, st.integers(-(2**70), 2**70), st.booleans(), texts, days, moments, st.lists(decimals, max_size=3).map(tuple)
)
buttons = st.builds(Button, label=texts, entry=maybe, says=maybe)
forms = st.builds(
    Form,
    entry=texts,
    calculator=texts,
    state=st.sampled_from(FormState),
    values=st.dictionaries(texts, values, max_size=4),
    asked=maybe,
    tries=st.integers(0, 9),
)
conversations = st.builds(
    Conversation,
    script=st.sampled_from(Script),
    topic=maybe,
    question=texts,
    shown=several,
    form=st.none() | forms,
    options=st.lists(buttons, max_size=3).map(tuple),
    misses=st.integers(0, 9),
    unsolved=st.integers(0, 9),
    erasing=st.booleans(),
    turns=st.integers(0, 2**40),
)
sources = st.builds(
    Source,
    id=texts,
    title=texts,
    publisher=texts,
    published=st.none() | days,
    updated=st.none() | days,
    official=st.booleans(),
    page=maybe,
)
results = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
replies = st.builds(
    Reply,
    act=st.sampled_from(Act),
    text=texts,
    body=texts,
    entries=several,
    candidates=st.lists(st.builds(Candidate, entry=texts, score=st.floats(0, 1)), max_size=3).map(tuple),
    gap=maybe,
    calculator=maybe,
    result=results,
    notes=several,
    sources=st.lists(sources, max_size=2).map(tuple),
    prompt=texts,
    options=st.lists(buttons, max_size=3).map(tuple),
    script=st.sampled_from(Script),
    asked=st.none() | st.builds(Asked, calculator=texts, title=texts, slot=texts, label=texts, kind=texts, examples=several),
    card=st.none()
    | st.builds(
        Card,
        title=texts,
        headline=texts,
        given=st.lists(st.builds(Given, label=texts, value=texts), max_size=2).map(tuple),
        steps=several,
    ),
    action=st.none() | st.sampled_from(Action),
)


def exact(value: object) -> object:
    """What tells values apart that are equal: 1 and True, 1.0 and 1.00, one moment in two zones."""
    if isinstance(value, tuple):
        return tuple(exact(v) for v in value)
    if isinstance(value, datetime):
        return value.isoformat(), getattr(value.tzinfo, "key", None)
    return type(value), str(value)


@given(conversations)
def test_a_state_comes_back_exactly(conversation: Conversation) -> None:
    back = decode_conversation(encode_conversation(conversation))
    assert back == conversation
    if conversation.form and back.form:
        assert {k: exact(v) for k, v in back.form.values.items()} == {k: exact(v) for k, v in conversation.form.values.items()}


@given(replies)
def test_a_reply_comes_back_exactly(reply: Reply) -> None:
    assert decode_reply(encode_reply(reply)) == reply


@pytest.mark.parametrize(
    ("kind", "strategy"),
    [(Conversation, conversations), (Form, forms), (Reply, replies), (Button, buttons), (Source, sources)],
    ids=lambda kind: getattr(kind, "__name__", ""),
)
def test_no_field_is_left_out_of_these_tests(kind: type, strategy: st.SearchStrategy[object]) -> None:
    """A field added to a class, and forgotten in the codec, must be forgotten here too to pass unseen."""
    named = set(strategy.wrapped_strategy.kwargs) if hasattr(strategy, "wrapped_strategy") else set(strategy.kwargs)
    assert named == {field.name for field in fields(kind)}


def test_every_kind_of_value_survives() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    values = {
        "money": Decimal("588.50"),
        "huge": Decimal("1E+30"),
        "amounts": (Decimal("1.10"), Decimal("2")),
        "none": (),
        "day": date(2024, 2, 29),
        "moment": datetime(2026, 11, 21, 12, 30, 15, 5, tzinfo=shanghai),
        "count": 3,
        "yes": True,
        "choice": "buyer",
    }
    form = Form("a.b", "deposit", FormState.ASKING, values, "money", 2)
    back = decode_conversation(encode_conversation(Conversation(form=form))).form
    assert back is not None
    assert {k: exact(v) for k, v in back.values.items()} == {k: exact(v) for k, v in values.items()}


DAMAGED = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"text"',
    "{}",
    '{"v":1}',
    '{"v":1,"script":"klingon","turns":1}',
    '{"v":1,"script":"en","turns":"1"}',
    '{"v":1,"script":"en","turns":true}',
    '{"v":1,"script":"en","turns":1,"shown":[1]}',
    '{"v":1,"script":"en","turns":1,"shown":7}',
    '{"v":1,"script":"en","turns":1,"options":[["a"]]}',
    '{"v":1,"script":"en","turns":1,"form":{}}',
    '{"v":1,"script":"en","turns":1,"form":{"entry":"a","calculator":"b","state":"asking","values":{"x":{"decimal":"abc"}},"asked":null,"tries":0}}',
    '{"v":1,"script":"en","turns":1,"form":{"entry":"a","calculator":"b","state":"asking","values":{"x":{"moment":"2026-01-01T00:00:00+08:00","zone":"Mars/Base"}},"asked":null,"tries":0}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("stored", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_state_is_a_fresh_conversation(stored: str) -> None:
    assert decode_conversation(stored) == Conversation()


def test_another_versions_state_is_a_fresh_conversation() -> None:
    state = json.loads(encode_conversation(Conversation(topic="a.b", turns=3)))
    assert decode_conversation(json.dumps(state | {"v": VERSION + 1})) == Conversation()


@given(conversations, st.randoms(use_true_random=False))
def test_no_damage_to_a_state_is_an_error(conversation: Conversation, chance: random.Random) -> None:
    stored = list(encode_conversation(conversation))
    for _ in range(3):
        stored[chance.randrange(len(stored))] = chance.choice('{}[]",:0eE-tnu\\aé')
    assert isinstance(decode_conversation("".join(stored)), Conversation)


@pytest.mark.parametrize("stored", ["", "{}", "null", '{"act":"answer"}', '{"act":"sing","text":"a","script":"en"}'])
def test_a_damaged_reply_is_told_without_its_text(stored: str) -> None:
    with pytest.raises(StoreError, match="已损坏"):
        decode_reply(stored)


def test_a_reply_of_a_newer_version_with_more_in_it_is_read() -> None:
    stored = json.loads(encode_reply(Reply(Act.ANSWER, "好", "好"))) | {"mood": "sunny"}
    assert decode_reply(json.dumps(stored)) == Reply(Act.ANSWER, "好", "好")
