"""What the bot says: facts that do not exist, numbers that are none, contacts that nobody vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bot.knowledge import Knowledge
from bot.lint.finding import Finding, Severity
from bot.lint.places import Places
from bot.lint.texts import Said, said_by

# A4 and 3C are names, 24h is a number.
_DIGITS = re.compile(r"(?<![A-Za-z\d])\d[\d,]*(?:\.\d+)?(?!\d|[CDG](?![A-Za-z]))")
# What a number may be without being a fact: a list marker that begins a line, a year.
_MARKER = re.compile(r"^[ \t]*\d{1,2}[.、)）．]", re.MULTILINE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d\s*年")
_ENGLISH_YEAR = re.compile(r"(?<!\d)(?:19[5-9]|20[0-4])\d(?!\d|,\d)")
# At least one figure: 万 alone is a unit; 第一次 counts the times, it measures nothing.
_HAN_NUMBER = re.compile(
    r"(?<![第零一二两三四五六七八九十百千万亿])[零一二两三四五六七八九十][零一二两三四五六七八九十百千万亿]*\s*(?=元|天|次|个?小时|个月|单|家|%)"
)
# 七天无理由 is a name. A bare 一 is mostly "a": 一单, 一次; before these it may well be a number.
_NAMED = re.compile(r"[七7]\s*天无理由")
_ONE = re.compile(r"一\s*(?=元|个?小时|个月|%)")
_LONG_NUMBER = re.compile(
    r"(?<![\d.,])(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}|[48]00[ -]?\d{3,4}[ -]?\d{3,4}|\d{5,})(?!\d)"
)
_WECHAT = re.compile(
    r"(?<![a-z])(?:[微薇威]信|v信|vx|wx|weixin|wechat)(?P<named>(?:号码?|id|是|为|:|\uff1a|=|\s)*)(?P<id>[a-z][a-z\d_-]{3,})",
    re.IGNORECASE,
)
_NOT_A_FACT = "把它写进 facts/,在这里用 {{ facts.名字 }}"


def check_answers(knowledge: Knowledge, places: Places) -> Iterator[Finding]:
    """Every text that a customer may read, and facts that no text and no calculator uses."""
    known = {fact.id for fact in knowledge.content.facts}
    values = {value.value for fact in knowledge.content.facts for value in fact.values}
    used = {name for rule in knowledge.calculators.values() for name in rule.facts}
    for said in said_by(knowledge):
        if problem := said.problem():
            text = f"模板写错了: {problem[0]}"
            yield Finding.at(said.place(places, problem[1]), Severity.ERROR, said.item, text, "检查 {{ }} 和 {% %} 是否成对")
            continue
        used |= {fact.name for fact in said.facts()}
        yield from _names(said, known, places)
        yield from _contacts(said, values, places)
        if said.names is not None and said.kind in ("entries", "calculators"):
            # A folder that keeps no facts at all has chosen so; where there are some, a number beside them can disagree.
            yield from _numbers(said, places, Severity.ERROR if known else Severity.WARNING)
        elif said.steps[0] in ("gist", "caution") and known:
            yield from _stated(said, values, places)
    for fact in sorted(known - used):
        text = f"口径 {fact} 没有一处用到"
        yield Finding.at(places.at("facts", fact), Severity.WARNING, fact, text, "在答案里写 {{ facts." + fact + " }},或删掉它")


def _names(said: Said, known: set[str], places: Places) -> Iterator[Finding]:
    for fact in sorted({f for f in said.facts() if f.required and f.name not in known}, key=lambda f: f.line):
        fix = "改成 facts/ 里有的名字,或在那里加上它"
        yield Finding.at(said.place(places, fact.line), Severity.ERROR, said.item, f"没有口径 {fact.name}", fix)
    for name in said.unknown():
        text = f"未知的变量 {name.name}"
        yield Finding.at(said.place(places, name.line), Severity.ERROR, said.item, text, "只用随程序附带的那一份里用到的变量")
    if said.names is None and ("{{" in said.text or "{%" in said.text):
        text = f"{said.steps[0]} 不是模板,{{{{ }}}} 会原样说出去"
        yield Finding.at(said.place(places), Severity.ERROR, said.item, text, "写成最后要说的字")


def _numbers(said: Said, places: Places, severity: Severity) -> Iterator[Finding]:
    """Numbers of a template that stand outside its tags."""
    text = said.literal
    for allowed in (_MARKER, _YEAR, _NAMED):
        text = _blank(allowed, text)
    for found in (*_DIGITS.finditer(text), *_HAN_NUMBER.finditer(text)):
        number = found[0].strip(" ,")
        # Nothing is left, nothing is due: 0 is a case of a calculator, not a number of a rule.
        if number == "0" or (number == "一" and not _ONE.match(text, found.start())):
            continue
        place = said.place(places, text[: found.start()].count("\n"))
        around = _around(said.literal, found.start(), found.end())
        level = Severity.WARNING if number == "一" else severity
        yield Finding.at(place, level, said.item, f"「{around}」里的 {number} 不是口径", _NOT_A_FACT)


def _stated(said: Said, values: set[str], places: Places) -> Iterator[Finding]:
    """Numbers of a text that is no template: each should be the value of a fact, as it is or as a percentage."""
    numbers = {Decimal(v) * times for v in values if re.fullmatch(r"\d+(\.\d+)?", v) for times in (1, 100)}
    text = _blank(_ENGLISH_YEAR, _blank(_YEAR, said.text))
    for found in _DIGITS.finditer(text):
        number = found[0].replace(",", "")
        # 504.3 billion is 5043 亿: with a scale only the figures are compared.
        scaled = re.match(r"\s*(?:thousand|million|billion|trillion|万|亿)", text[found.end() :])
        same = {_figures(str(n)) for n in numbers} if scaled else numbers
        if (_figures(number) if scaled else Decimal(number)) not in same:
            around = _around(text, found.start(), found.end())
            fix = "和 facts/ 里的值对一对;规则的数字变了,这里也要改"
            yield Finding.at(said.place(places), Severity.WARNING, said.item, f"「{around}」里的 {number} 不是任何口径的值", fix)


def _figures(number: str) -> str:
    return number.replace(".", "").strip("0")


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda m: " " * len(m[0]), text)


def _around(text: str, start: int, end: int) -> str:
    """A place of a text with a few characters before and after it, values shown as dots."""
    before, after = (re.sub("\ufffc+", "…", part) for part in (text[:start], text[end:]))
    return " ".join(f"{before[-8:]}{text[start:end]}{after[:8]}".split())


def _contacts(said: Said, values: set[str], places: Places) -> Iterator[Finding]:
    text = said.literal
    found = [(m.start(), m[0]) for m in _LONG_NUMBER.finditer(text) if re.sub(r"[ -]", "", m[0]) not in values]
    found += [(m.start(), m[0]) for m in _WECHAT.finditer(text) if m["named"].strip() or re.search(r"\d", m["id"])]
    for start, what in found:
        place = said.place(places, text[:start].count("\n"))
        fix = "核对是不是印错或推广的号码;真要说它,就写成有出处的口径"
        yield Finding.at(place, Severity.ERROR, said.item, f"「{what.strip()}」像号码或联系方式,又不是口径", fix)
