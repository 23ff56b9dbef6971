"""Personal numbers are found however they are written, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy import HIDDEN, hide, mask

PERSONAL = [
    ("我电话13800138000", "我电话138****8000"),
    ("138-0013-8000 打给我", "138****8000 打给我"),
    ("138 0013 8000", "138****8000"),
    ("１３８００１３８０００", "１３８****８０００"),
    ("一三八零零一三八零零零", "一三八****八零零零"),
    ("+86 13800138000", "138****8000"),
    ("微信v13800138000同号", "微信v138****8000同号"),
    ("010-12345678", "010****5678"),
    ("身份证11010519900307002X", "身份证**************002X"),
    ("110105 19900307 0021", "**************0021"),
    ("110105900307002", "***********7002"),
    ("卡号6222021234567890123", "卡号***************0123"),
    ("6222 0212 3456 7890 123", "***************0123"),
    ("4111-1111-1111-1111", "************1111"),
]

NOBODYS = [
    "打10101588还是12315",
    "4008001234",
    "实付 588 元，另外两单 299 和 4580",
    "订单号6925123456789012345",
    "2026-11-21 12:30 下的单",
    "金额12345678901元",
    "一二三四五六七八",
]


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_a_personal_number_keeps_only_its_ends(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_a_hidden_number_leaves_no_digit(text: str, masked: str) -> None:
    assert HIDDEN in hide(text)
    assert not any(c.isdigit() or c in "一三八零" for c in hide(text))


@pytest.mark.parametrize("text", NOBODYS)
def test_what_is_nobodys_number_stays(text: str) -> None:
    assert mask(text) == text
    assert hide(text) == text


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_phone_is_masked_wherever_it_stands(before: str, after: str) -> None:
    masked = mask(f"{before}，13800138000，{after}")
    assert "13800138000" not in masked
    assert "138****8000" in masked


@given(st.text(alphabet="0123456789 -X１三零幺身份", max_size=80))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


def test_a_long_message_of_digits_is_read_in_one_pass() -> None:
    began = time.perf_counter()
    mask("6222 0212 " * 4000)
    mask("1" * 40_000)
    assert time.perf_counter() - began < 2  # a backtracking pattern would take minutes
