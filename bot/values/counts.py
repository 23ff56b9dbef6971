"""Whole numbers of something: 十二单, 3w单, 俩, 第三次, 一次都没."""

from __future__ import annotations

import math
from decimal import Decimal

from bot.values.numerals import Amount
from bot.values.patterns import Match, Pattern
from bot.values.types import Count

MEASURE_START = "单笔条次回遍件个家店台份款张包箱套只瓶双种项位人名批轮趟例盒袋部辆组品牌商类订天日周月年小时星礼倍折斤"
_NOUN = "品牌|牌子|商标|店铺|小店|抖店|网店|店|类目|订单|单(?:子|(?![独位价品元双击纯]))|工作日"
_MEASURE = (
    "单(?![独位价品元双击纯])|笔(?![记试])|条(?!件|款|例|码)|次(?![日品要数元])|回(?![复头来去款收国家答访])|遍|件"
    "|个|家(?![里人长庭电居具属])|台(?![词风湾账])|份(?!额)|款(?![式项])|张|包(?![邮装裹赔退换括含])|箱|套(?![餐路装])"
    "|只(?![要有能是发剩想会卖])|瓶|双(?![十方倍1])|种|项(?!目)|位|名(?![称字])|人(?![民工家])|批(?![发量])|轮|趟|例(?!如|外)|盒|袋|部(?!分|门)"
    "|辆|组|倍"
)
UNIT = Pattern(f" ?(?P<unit>(?:{_MEASURE})(?:{_NOUN})?|{_NOUN})(?P<none>[都也](?:还)?[没未不])?")
ENGLISH = Pattern(" (?P<unit>orders?|times?|shops?|stores?|brands?|items?|pieces?)(?![a-z])")
_ENGLISH = {"ord": "单", "tim": "次", "sho": "店", "sto": "店", "bra": "品牌", "ite": "件", "pie": "件"}
# 俩 and 仨 hold number and measure word in one; 我俩 is people.
PAIR = Pattern(f"(?<![我咱你他她们姐妹兄弟])(?P<pair>[俩仨])(?P<noun>{_NOUN}|[次遍]|回(?![复头来去]))?")
FIRST = Pattern("(?:头一?|初|首)(?P<unit>[次回遍])(?![复头来])")
# twice; the third time; two brands: English counts that hold no figure
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ADVERBS = {"once": 1, "twice": 2, "thrice": 3}
WORDED = Pattern(
    f"(?<![a-z])(?:(?P<adverb>(?<!at )once(?! (?:i|we|you|it|the|a|again|my|they)(?![a-z]))|twice|thrice)"
    f"|(?P<nth>{'|'.join(_NTH)}|[0-9]{{1,3}}(?:st|nd|rd|th)) (?:time|occasion|offen[cs]e)"
    f"|(?P<word>{'|'.join(_WORDS)}) (?P<unit>orders?|times?|shops?|stores?|brands?|items?|pieces?))(?![a-z])"
)
# Units of other things, and codes and ratios: such a figure is no bare number either.
UNREAD = Pattern(
    " ?(?:(?:折|号|米|公?斤|千克|克|厘米|毫|公里|平米?|度|岁|码|楼|层|级|星|页|字|行|排|栋|室|集|分(?!钟)|秒|吨|升|寸|届|期|区|代(?![办理发购付收])"
    "|后|版|g|kg|cm|mm|m|ml|gb?|mb|x|v|s|p|d|c)(?![a-z])|[/:][0-9])"
)
CODE = Pattern("(?:单号|编号|号码|电话|手机号?|账号|工号|尾号|验证码|id)[:是为 ]{0,3}$")


def counted(amount: Amount, start: int, end: int, unit: str, *, ordinal: bool = False, about: bool = False) -> Count | None:
    """A Count, or None where the amount is no whole number (1.5单)."""
    low, high = amount.low, amount.top(Decimal(1))
    if not amount.vague and not about and low != int(low):
        return None
    return Count(start, end, math.floor(low), math.ceil(high), unit, ordinal)


def english(m: Match) -> str:
    return _ENGLISH[m["unit"][:3]]


def pair(m: Match) -> Count:
    n = 2 if m["pair"] == "俩" else 3
    noun = m["noun"] or ""
    return Count(m.start(), m.end(), n, n, noun if noun in ("次", "回", "遍") else "个" + noun)


def worded(m: Match) -> Count:
    """An English count: twice, the third time, two brands."""
    if m["adverb"]:
        n, unit = _ADVERBS[m["adverb"]], "次"
    elif m["nth"]:
        n, unit = (_NTH.index(m["nth"]) + 1 if m["nth"] in _NTH else int(m["nth"][:-2])), "次"
    else:
        n, unit = _WORDS.index(m["word"]) + 1, english(m)
    return Count(m.start(), m.end(), n, n, unit, ordinal=bool(m["nth"]))


def first(m: Match) -> Count:
    return Count(m.start(), m.end(), 1, 1, m["unit"], ordinal=True)
