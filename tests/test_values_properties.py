"""What holds for any text: nothing raises, spans are in place, numerals and dates come back as they went in."""

# ruff: noqa: DTZ001, DTZ901 (wall clock times without a zone are what is tested)

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.values import (
    Day,
    Moment,
    Value,
    find_values,
    read_count,
    read_day,
    read_duration,
    read_moment,
    read_money,
    read_percent,
)
from bot.values.folding import fold, hide
from bot.values.numerals import parse_numeral

NOW = datetime(2024, 11, 21, 15, 30)
READERS: list[Callable[[str, datetime], Value | None]] = [
    read_money, read_count, read_percent, read_day, read_moment, read_duration,
]  # fmt: skip
# Pieces that the grammar knows, so that the search meets its branches and not only noise.
_WORDS = """
0 1 2 5 9 10 30 99 2024 20240805 588.5 12,800 一 二 两 三 十 百 千 万 亿 零 半 几 多 来 左右 大概 不到 负 - ~ 到 / . : , ， 。 % ‰ ¥
元 块 毛 分 角 单 次 个 家 店 品牌 天 小时 个月 月 日 号 年 周 星期 礼拜 点 时 刻 前 后 初 底 上 下 这 去年 今年 明年 昨天 前天 晚上
早上 昨 晚 国庆 双十一 五一 618 第 头 首 俩 仨 都没 成 个点 百分之 千分之 w k h rmb Aug May ago days last week yesterday am pm
现在 一直 三无 订单号 ２ 萬 個 號 點 \x00
"""
PIECES = _WORDS.split()
pieces = st.lists(st.sampled_from([*PIECES, " "]), max_size=14).map("".join)
moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1))


def chinese(n: int) -> str:
    """A numeral as textbooks write it."""
    digits, units = "零一二三四五六七八九", ["", "十", "百", "千"]

    def section(n: int) -> str:
        out = ""
        for place in (3, 2, 1, 0):
            d = n // 10**place % 10
            out += digits[d] + units[place] if d else "零"
        while "零零" in out:
            out = out.replace("零零", "零")
        return out.rstrip("零")

    if n == 0:
        return "零"
    high, middle, low = n // 10**8, n // 10**4 % 10**4, n % 10**4
    text = (section(high) + "亿" if high else "") + (section(middle) + "万" if middle else "零") + section(low)
    while "零零" in text:
        text = text.replace("零零", "零")
    return text.strip("零")


@given(st.one_of(pieces, st.text(max_size=80)), moments)
def test_any_text_gives_values_that_stand_in_it_in_order(text: str, now: datetime) -> None:
    end = 0
    for value in find_values(text, now):
        assert end <= value.start < value.end <= len(text)
        end = value.end


@given(st.one_of(pieces, st.text(max_size=40)), moments)
def test_no_answer_breaks_a_reader(text: str, now: datetime) -> None:
    for reader in READERS:
        value = reader(text, now.replace(tzinfo=UTC))
        assert value is None or 0 <= value.start <= value.end <= len(text)


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(hide(fold(text))) == len(text)


@pytest.mark.parametrize("now", [datetime.min, datetime.max, datetime(2024, 2, 29), datetime(2024, 12, 31, 23, 59)])
def test_the_ends_of_time_are_no_trouble(now: datetime) -> None:
    far = [
        "去年国庆",
        "大后天晚上12点",
        "100年前",
        "上上周五",
        "明年",
        "24点",
        "上个月31号",
        "31号",
        "9999天前",
        "2月29号",
        "next year",
    ]
    for text in far:
        find_values(text, now)
        for reader in READERS:
            reader(text, now)


@given(st.integers(0, 10**8))
def test_numerals_come_back(n: int) -> None:
    for text in (str(n), f"{n:,}", chinese(n)):
        assert parse_numeral(text) == n


@given(st.integers(0, 10**8 - 1))
def test_amounts_come_back(n: int) -> None:
    for text in (f"{n}元", f"{chinese(n)}块"):
        (money,) = find_values(text, NOW)
        assert (money.start, money.end) == (0, len(text))
        assert money == read_money(text, NOW)


@given(st.decimals(0, 99999, places=2))
def test_cents_come_back(amount: Decimal) -> None:
    money = read_money(f"{amount:f}", NOW)
    assert money is not None
    assert getattr(money, "low", None) == amount


@given(st.dates(date(2000, 1, 1), date(2039, 12, 31)))
def test_dates_come_back(day: date) -> None:
    years = "".join("零一二三四五六七八九"[int(d)] for d in str(day.year))
    for text in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{years}年{chinese(day.month)}月{chinese(day.day)}号".replace("一十", "十"),
    ):
        assert find_values(text, NOW) == (Day(0, len(text), day, day),)


@given(st.dates(date(2023, 11, 22), date(2024, 11, 21)))
def test_a_day_without_a_year_is_the_most_recent_past_one(day: date) -> None:
    text = f"{day.month}月{day.day}号"
    assert find_values(text, NOW) == (Day(0, len(text), day, day),)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2039, 1, 1)))
def test_moments_come_back(at: datetime) -> None:
    at = at.replace(second=0, microsecond=0)
    for text in (f"{at:%Y-%m-%d %H:%M}", f"{at.year}年{at.month}月{at.day}日{at.hour}点{at.minute}分"):
        assert find_values(text, NOW) == (Moment(0, len(text), at),)


@given(st.integers(1, 400))
def test_days_ago_are_counted_back(days: int) -> None:
    (found,) = find_values(f"{days}天前", NOW)
    assert isinstance(found, Day)
    assert found.first == NOW.date() - timedelta(days=days)


HOSTILE = ["1-", "1,", "3天", "5号", "8月5-", "一 ", "一点", "元1", "a1", "aaa", "2024-", "1.1.", "几百", "好几"]


@pytest.mark.parametrize("piece", PIECES + HOSTILE)
def test_long_hostile_texts_take_no_time(piece: str) -> None:
    text = (piece * 4000)[:4000]
    find_values(text, NOW)
    start = time.process_time()
    find_values(text, NOW)
    assert time.process_time() - start < 0.2  # some milliseconds; the rest is for a busy machine
