"""Answers to a question that asked for exactly one thing."""

# ruff: noqa: DTZ001 (wall clock times without a zone are what is tested)

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from bot.values import (
    Bad,
    Count,
    Day,
    Duration,
    Moment,
    Money,
    Percent,
    Value,
    read_count,
    read_day,
    read_duration,
    read_moment,
    read_money,
    read_percent,
)

NOW = datetime(2024, 11, 21, 15, 30)  # a Thursday
Expected = object


def plain(v: Value | None) -> Expected:
    """What counts in the answer: amounts as texts, days as dates, Bad as its reason."""
    match v:
        case None:
            return None
        case Bad():
            return v.reason
        case Money():
            return f"{float(v.low):g}" if v.low == v.high else f"{float(v.low):g}..{float(v.high):g}"
        case Count():
            return v.low if v.low == v.high else (v.low, v.high)
        case Percent():
            return float(v.value)
        case Day():
            return v.first if v.first == v.last else (v.first, v.last)
        case Moment():
            return v.at
        case Duration():
            return (v.months, float(v.hours))
    raise AssertionError(v)


ROWS: list[tuple[Callable[[str, datetime], Value | None], str, Expected]] = [
    (read_money, "588", "588"),
    (read_money, "五百八十八吧", "588"),
    (read_money, "五", "5"),
    (read_money, "五块", "5"),
    (read_money, "实付299.9", "299.9"),
    (read_money, "我付了588块", "588"),
    (read_money, "大概300", "270..330"),
    (read_money, "一百来块", "100..110"),
    (read_money, "几块钱", "2..9"),
    (read_money, "好几百", "200..900"),
    (read_money, "不是588,是688", "688"),
    (read_money, "-5", "negative"),
    (read_money, "不知道", None),
    (read_money, "abc", None),
    (read_money, "三单", None),
    (read_money, "", None),
    (read_count, "3", 3),
    (read_count, "三", 3),
    (read_count, "就三个吧", 3),
    (read_count, "俩", 2),
    (read_count, "两次", 2),
    (read_count, "十几", (11, 19)),
    (read_count, "大概10", (9, 11)),
    (read_count, "50万", 500_000),
    (read_count, "一次都没", 0),
    (read_count, "1.5", None),
    (read_count, "-3", "negative"),
    (read_count, "很多", None),
    (read_percent, "20", 0.2),
    (read_percent, "0.2", 0.2),
    (read_percent, "20%", 0.2),
    (read_percent, "百分之二十", 0.2),
    (read_percent, "二十", 0.2),
    (read_percent, "20点", 0.2),
    (read_percent, "20个点", 0.2),
    (read_percent, "两成", 0.2),
    (read_percent, "一半", 0.5),
    (read_percent, "1", 0.01),
    (read_percent, "0", 0.0),
    (read_percent, "-5%", "negative"),
    (read_percent, "忘了", None),
    (read_day, "大概是八月五号", date(2024, 8, 5)),
    (read_day, "8.5", date(2024, 8, 5)),
    (read_day, "8 5", date(2024, 8, 5)),
    (read_day, "1-2", date(2024, 1, 2)),
    (read_day, "0805", date(2024, 8, 5)),
    (read_day, "24.8.5", date(2024, 8, 5)),
    (read_day, "15", date(2024, 11, 15)),
    (read_day, "五一", date(2024, 5, 1)),
    (read_day, "3天后", date(2024, 11, 24)),
    (read_day, "昨晚八点", date(2024, 11, 20)),
    (read_day, "8月初", (date(2024, 8, 1), date(2024, 8, 10))),
    (read_day, "2月30", "impossible_date"),
    (read_day, "2.30", "impossible_date"),
    (read_day, "不记得", None),
    (read_moment, "就10点", datetime(2024, 11, 21, 10)),
    (read_moment, "10", datetime(2024, 11, 21, 10)),
    (read_moment, "20", datetime(2024, 11, 20, 20)),
    (read_moment, "昨晚8点", datetime(2024, 11, 20, 20)),
    (read_moment, "昨天", date(2024, 11, 20)),
    (read_moment, "25点", "impossible_date"),
    (read_moment, "hm", None),
    (read_duration, "30", (0, 30.0)),
    (read_duration, "三十", (0, 30.0)),
    (read_duration, "两天半", (0, 60.0)),
    (read_duration, "一个半月", (1, 360.0)),
    (read_duration, "-3", "negative"),
    (read_duration, "不清楚", None),
]


@pytest.mark.parametrize(("reader", "text", "expected"), ROWS)
def test_an_answer_is_read_for_the_one_thing_asked(
    reader: Callable[[str, datetime], Value | None], text: str, expected: Expected
) -> None:
    assert plain(reader(text, NOW)) == expected


def test_a_bare_length_counts_in_the_unit_that_was_asked_for() -> None:
    days = read_duration("3", NOW, unit="天")
    assert isinstance(days, Duration)
    assert days.hours == 72


def test_a_time_without_a_day_says_so() -> None:
    only_time, with_day = read_moment("10点", NOW), read_moment("昨天10点", NOW)
    assert isinstance(only_time, Moment)
    assert not only_time.day_given
    assert isinstance(with_day, Moment)
    assert with_day.day_given


def test_results_keep_the_zone_of_now() -> None:
    zone = timezone(timedelta(hours=8))
    for text in ("昨晚8点", "10点", "10", "30小时前", "刚才"):
        moment = read_moment(text, NOW.replace(tzinfo=zone))
        assert isinstance(moment, Moment)
        assert moment.at.tzinfo is zone


def test_month_ends_clamp() -> None:
    day = read_day("六个月前", datetime(2024, 8, 31, 12))
    assert day == Day(0, 4, date(2024, 2, 29), date(2024, 2, 29))


def test_a_vague_amount_keeps_both_ends() -> None:
    assert read_money("200左右", NOW) == Money(0, 5, Decimal(180), Decimal(220))
