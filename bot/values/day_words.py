"""The grammar of days: each pattern with the characters it needs and the function that reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from itertools import islice

from bot.values import day_readings as read
from bot.values.counts import MEASURE_START
from bot.values.day_readings import Reading
from bot.values.english_days import ENGLISH
from bot.values.patterns import Match, Pattern
from bot.values.types import Bad, Day, Moment

Rule = tuple[str, Pattern, Callable[[Match, datetime], Reading]]

_DIGITS = "一二三四五六七八九"
_CN = "零一二三四五六七八九十"
_FREE = f"(?<![0-9{_CN}两百千万a-z_])(?<![0-9][./:-])"
_CODELESS = "(?<![0-9a-z_])(?<![0-9][.,/:-])(?<!-)"
_M = f"(?:1[0-9]|0?[0-9]|十[{_DIGITS}]?|[{_DIGITS}]|[0-9]{{2}})"
_D = f"(?:[0-9]{{1,2}}|[二三]?十[{_DIGITS}]?|廿[{_DIGITS}]?|零?[{_DIGITS}])"
_SAID_YEAR = "大前年|前年|去年|今年|明年|后年"
_YEAR = f"(?:{_SAID_YEAR}|上一?年|本年|(?:[0-9]{{4}}|[0-9]{{2}}|[零{_DIGITS}]{{4}}|[一二]零?[{_DIGITS}零])年)"
_MONTH = "(?P<month>上上个?月|上个?月|这个?月|本月|当月|下个?月)"
_OF_YEAR = f"(?:(?P<y>{_FREE}{_YEAR})的? ?|{_FREE})(?P<m>{_M}) ?月"
_PART = "(?P<part>[初底末]|[上中下]旬|中(?!旬|国|午))"
# 8月5 is a day, but 8月5单 is not, nor 8月5万.
_NO_UNIT = f"(?![{MEASURE_START}0-9十百千万点:%块元毛w.])"
_DAY_SIGN = "[号日](?![店线楼链仓客服机口门色码字院馆洞常])"
_WHICH = "(?P<which>上上|上|这|本|下下|下)"
_WEEK = "(?:周|星期|礼拜)"
_FIGURE = f"(?:[0-9]{{1,4}}(?:\\.[0-9])?|[{_DIGITS}两十零百]{{1,5}}|好?几|[{_DIGITS}两]?十几)"
_UNIT = "个半?(?:月|小时|钟头|星期|礼拜)|(?:小时|钟头|星期|礼拜)|天|日|周|年|分钟"
_AGO = "(?:之|以)?前"
_THEN = "(?:妇女|假|节|期间|黄金周|长假|那|当天|的时候|活动|大促|之?前|之?后|以来|[下买拍付发开关订判]|申请|的订单|到现在)"
_TO = "(?:号|日)?(?:-|~|到|至)"
_NAMES = "国庆|元旦|圣诞|双十一|双十二|双11|双12|情人节|妇女节|劳动节|青年节|儿童节|建军节|教师节|光棍节|平安夜"
_SHORT_NAMES = "五一|六一八?|十一(?!月)|618|三八"
_TOLD = "(?P<told>[号日]| ?(?:那天|当天|下的?单|买|拍|付款|发货|判|开店|关店|申请))?"

RULES: tuple[Rule, ...] = (
    (
        "-/.",
        Pattern(
            _CODELESS,
            "(?P<y>(?:19|20)[0-9]{2}|2[0-9])(?P<sep>[-/.]) ?(?P<m>[0-9]{1,2})(?P=sep) ?(?P<d>[0-9]{1,2})(?![0-9])[号日]?",
        ),
        read.full,
    ),
    ("2", Pattern(_CODELESS, "(?P<y>20[0-3][0-9])(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9a-z元块单个.])"), read.full),
    (
        "月",
        Pattern(
            _OF_YEAR,
            f"(?!份?[初底末上中下])份?的? ?(?P<d>{_D})(?:{_TO}(?P<to>{_D})(?=[号日]))?(?:{_DAY_SIGN}|{_NO_UNIT})",
        ),
        read.month_day,
    ),
    ("月", Pattern(_MONTH, f"份?的? ?(?P<d>{_D})(?:{_DAY_SIGN}|{_NO_UNIT})"), read.of_month),
    (
        "号日",
        Pattern(
            _FREE,
            f"(?<![第单编])(?!一日)(?P<d>{_D})(?:{_TO}(?P<to>{_D}))?(?!日(?:之?内|以内|无理由|后|均|本|用)){_DAY_SIGN}",
        ),
        read.day_only,
    ),
    (
        "./-",
        Pattern(
            _CODELESS,
            f"(?P<m>[0-9]{{1,2}})(?P<sep>[./-])(?P<d>[0-9]{{1,2}}){_TOLD}",
            "(?![0-9a-z%/.,元块毛单次笔条家天个件小万折分:-])",
        ),
        read.short,
    ),
    ("月", Pattern(_OF_YEAR, f"份?的?{_PART}?"), read.month_part),
    ("月", Pattern(_MONTH, f"份?的?{_PART}?"), read.relative_month),
    ("月", Pattern("(?<![0-9个上下这本当])月(?P<part>[初底末]|[上中下]旬)"), read.bare_part),
    (
        "年",
        Pattern(
            f"(?<![0-9{_CN}])(?P<y>{_SAID_YEAR}|(?:(?:19|20)[0-9]{{2}}|二[零{_DIGITS}]{{3}})年)",
            "(?:的?(?P<part>年[初头中底末]|[上下]半年|底|初))?",
        ),
        read.year_part,
    ),
    ("年", Pattern("(?P<y>(?!))?(?P<part>年[初底末]|[上下]半年)"), read.year_part),
    (
        "周期拜",
        Pattern(f"(?<![每0-9{_CN}两]){_WHICH}?个?{_WEEK}(?P<day>[一二三四五六日天末1-6])(?![0-9年])"),
        read.weekday,
    ),
    ("周期拜", Pattern(_WHICH, "个?", _WEEK, "(?![边围转期])"), read.week),
    (
        "天日儿晚早夜",
        Pattern(
            "(?<!目)(?P<which>大前|前|昨|今|明|大后|(?<![以之然最今日月年天期])后)",
            "(?:[天日](?!猫)|儿(?![子童女科])|(?=[晚早夜])(?<![前后]))",
        ),
        read.near,
    ),
    ("前", Pattern("(?<![提以之])前(?P<n>两|几)[天日]"), read.lately),
    ("前", Pattern(f"(?<![0-9{_CN}两百千.第])(?P<n>{_FIGURE}) ?(?P<unit>{_UNIT})(?P<half>半)?(?P<more>多)?", _AGO), read.ago),
    (
        "半",
        Pattern("(?P<n>半)(?P<unit>个(?:月|小时|钟头|星期|礼拜)|年|天|小时)(?P<half>(?!))?(?P<more>多)?", _AGO),
        read.ago,
    ),
    (
        "国旦诞双节夜",
        Pattern(f"(?:(?P<y>{_YEAR})的?)?(?P<name>{_NAMES})(?:节(?![约省点]))?(?P<long>期间|假期|长假|黄金周|放假)?"),
        read.holiday,
    ),
    # 五一 alone is 51 or nothing; a year before or a holiday word behind makes it a day
    (
        "五六十三8",
        Pattern(
            f"(?:(?P<y>{_YEAR})的?|{_FREE}(?<!第)(?=(?:{_SHORT_NAMES}){_THEN}))",
            f"(?P<name>{_SHORT_NAMES})(?:节|(?P<long>期间|假期|长假|黄金周|放假))?",
        ),
        read.holiday,
    ),
    ("现刚此", Pattern("(?:今[天日早晚])?(?:刚刚|刚才|现在|此刻)(?:(?:刚刚|刚才)|(?:是|就)?今[天日])?|刚今天"), lambda m, now: now),
)
_RULES = RULES + ENGLISH
_WORD = Pattern("[a-z]{3}")
_MOST = 60  # nobody names more days in one message


def find_days(text: str, now: datetime) -> list[Day | Moment | Bad]:
    """All days of folded text, in order; of two at one place the longer."""
    found: list[tuple[int, int, Reading]] = []
    letters = set(text)
    for gate, pattern, reader in _RULES if _WORD.search(text) else RULES:
        # most texts hold none of a rule's characters; looking for them is cheaper than the pattern
        if letters.isdisjoint(gate):
            continue
        for m in islice(pattern.finditer(text), _MOST):
            try:
                reading = reader(m, now)
            except (OverflowError, ValueError):  # a year before 1 or after 9999
                reading = None
            if reading is not None:
                found.append((m.start(), -m.end(), reading))
    found.sort(key=lambda f: f[:2])
    days: list[Day | Moment | Bad] = []
    for start, minus_end, reading in found:
        if not days or start >= days[-1].end:
            days.append(_day(start, -minus_end, reading))
    return days


def _day(start: int, end: int, reading: Reading) -> Day | Moment | Bad:
    if isinstance(reading, datetime):
        return Moment(start, end, reading)
    if isinstance(reading, date):
        return Day(start, end, reading, reading)
    if isinstance(reading, tuple):
        return Day(start, end, *reading)
    return Bad(start, end, reading or "impossible_date")
