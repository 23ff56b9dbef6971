"""Times of day: 10:00, 晚上8点, 八点半, 下午三点一刻, 8:30 pm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.values.counts import MEASURE_START
from bot.values.numerals import parse_numeral
from bot.values.patterns import Pattern
from bot.values.percent import RATE

PART = "凌晨|清晨|清早|大清早|早晨|早上|早|上午|中午|正午|下午|午后|傍晚|晚上|晚间|夜里|夜间|夜晚|深夜|半夜|午夜|晚|夜"
_HOUR = "[0-9]{1,2}|[零一二两三四五六七八九十]{1,3}"
_CN = "[零一二两三四五六七八九十]"
_CLOCK = Pattern(
    f"(?:(?P<part>{PART}|am|pm)的? ?)?(?:"
    "(?<![0-9:.a-su-z])(?P<h>[0-9]{1,2}):(?P<m>[0-5][0-9])(?::[0-5][0-9](?:\\.[0-9]{1,6})?z?)?(?![0-9:])"
    "(?: ?(?P<ap>[ap])\\.?m\\.?(?![a-z]))?"
    f"|(?<![0-9零一二两三四五六七八九十百千万])(?<![0-9][.])(?P<hour>{_HOUR})(?:点(?!建议|要求|注意|原因|说明|意见|疑问|问题)(?:钟|整)?|时(?=[整0-9零一二三四五十])|(?<=[0-9])时(?![间候段效常装尚]))"
    f"(?:过?(?P<half>半)|(?P<quarter>[一三])刻钟?|过?(?P<minute>[0-5]?[0-9]|零?{_CN}{{1,3}})分(?![钱之])(?:钟(?![内前后]))?"
    f"|过?(?P<tens>[0-5][0-9]|零[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)(?![{MEASURE_START}0-9.%块元毛点十百千万wk-]|个))?"
    "|(?<![0-9a-z.:])(?P<eh>[0-9]{1,2}) ?(?P<eap>[ap])\\.?m\\.?(?![a-z]))"
)
_DECIMAL = Pattern("(?<=点)[零一二三四五六七八九]{1,6}(?![十单次笔条件])")
_MOST = 60  # nobody names more in one message
_LISTED = Pattern("[这那下上如有几提说第]$")


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day; `days` is 1 where 晚上12点 or 昨晚1点 falls on the next day."""

    start: int
    end: int
    hour: int
    minute: int
    days: int = 0
    part: str = ""

    @property
    def possible(self) -> bool:
        return self.hour <= 24 and self.minute < 60 and (self.hour < 24 or self.minute == 0)


def _number(s: str | None) -> int:
    value = parse_numeral(s) if s else None
    return int(value) if value is not None else 0


def find_times(text: str) -> Iterator[Time]:
    """All times of day in folded text."""
    if "点" not in text and ":" not in text and "时" not in text and "m" not in text:
        return
    for m in islice(_CLOCK.finditer(text), _MOST):
        part = m["part"] or ""
        if (m["ap"] or m["eap"]) and not part:
            part = "am" if (m["ap"] or m["eap"]) == "a" else "pm"
        end = m.end()
        minute = 0
        if m["h"]:
            hour, minute = int(m["h"]), int(m["m"])
        elif m["eh"]:
            hour = int(m["eh"])
        else:
            if not part and not m["hour"].isdigit() and _LISTED.search(text[max(0, m.start() - 1) : m.start()]):
                continue  # 以下三点
            if not part and RATE.search(text[max(0, m.start() - 8) : m.start()]):
                continue  # 佣金15点
            value = parse_numeral(m["hour"])
            if value is None:
                continue
            hour = int(value)
            if m["half"]:
                minute = 30
            elif m["quarter"]:
                minute = 15 if m["quarter"] == "一" else 45
            elif m["minute"] or m["tens"]:
                minute = _number(m["minute"] or m["tens"])
            elif not part and not m["hour"].isdigit() and _DECIMAL.match(text, end):
                continue  # 三点五 is a decimal
        days, hour = _in_part(part, hour)
        yield Time(m.start(), end, hour, minute, days, part)


def _in_part(part: str, hour: int) -> tuple[int, int]:
    """Days to add and the hour of 0..24, by the part of the day that was named."""
    if part in ("下午", "午后", "傍晚", "pm", "中午", "正午"):
        if part in ("中午", "正午") and hour in (10, 11):
            return 0, hour
        return 0, hour + 12 if 1 <= hour < 12 else hour
    if part in ("晚上", "晚间", "晚", "夜里", "夜间", "夜晚", "深夜", "半夜", "午夜", "夜"):
        if hour in (0, 12, 24):
            return 1, 0
        if hour < 5:
            return (0 if part in ("半夜", "午夜", "深夜") else 1), hour
        return 0, hour + 12 if hour < 12 else hour
    if part in ("凌晨", "am") and hour == 12:
        return 0, 0
    return 0, hour
