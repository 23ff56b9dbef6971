"""Reading slots from what people write: a value goes to a slot by its kind, its unit and the words around it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from dateutil.relativedelta import relativedelta
from opencc import OpenCC

from bot.calculators.base import Facts, Filled, Problem, Slot, SlotKind, SlotValue
from bot.calculators.homophones import corrected
from bot.values import (
    Bad,
    Count,
    Day,
    Duration,
    Moment,
    Money,
    Number,
    Percent,
    Value,
    find_values,
    read_count,
    read_day,
    read_duration,
    read_moment,
    read_money,
    read_percent,
)

# A slot is no data store: beyond this a number is a slip of the finger, whatever it counts.
MOST = Decimal(10) ** 10
# Of a message with more values than this only the first ones are tried.
MOST_VALUES = 24

_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[。;!?\n]")
_CLAUSE = re.compile(r"[,、。;!?\n]")
_NEGATED = re.compile(
    r"(?<!是)(?:不是|并非|没有|没|不算|不属于|冇|唔系|not |no )(?:因为|由于|被|有|什么|任何|走|用|参加|做|开|说|"
    r"收到|a )?$",
    re.I,
)
_REPLACED = re.compile(r"(?<!是)(?:不是|并非|而非)(?:说的?|写的?)?$")
_CORRECTION = re.compile(r"不对|[说打写搞弄填记]错|有误|更正|纠正|改成|应该是|应为|其实是|准确地?说|sorry|i mean|actually", re.I)
_PLAN = re.compile(r"打算|准备|计划|想要?在|如果|假如|要是|将要?|预计|plan|if\b|going to", re.I)
_YEAR = re.compile(r"年|\d{4}|[去前昨今天周]|ago|last|yest|today")
_DIGITS = re.compile(r"[\d./-]+")
_DAY_ONLY = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十廿]{1,3})[号日]")
_LATIN = re.compile(r"[a-z]{2}", re.I)
_LONG = re.compile(r"\d{9}")
_JUNK = re.compile(r"[\W_]*[a-z0-9][a-z0-9\W_]*", re.I)
_TALK = re.compile(r"ok|yes|no|none|cancel|quit|exit|help|hi|hello|thanks?|back|stop|skip|menu|start|bye", re.I)
_MANY = re.compile(
    r"(?:好|很|挺|非常|蛮)(?:多|几[个单次件]?)|不少|一大堆|许多|几[个单次件家天块]?|若干|many|a few|a lot|some", re.I
)
# 8000周转 is no 8000 weeks, 手机2000 no telephone number; people write bzj5000 and 一间店
_STAND_INS = (("周转", "资金"), ("手机", "设备"), ("paid", "gave"))
# measure words that were typed as their neighbours of the same sound: 588快, 三此, 11月15好
_SLIPS = (
    (re.compile(r"(?<=[一二两三四五六七八九十几\d])间"), "家"),
    (re.compile(r"(?<=[一二两三四五六七八九十俩\d])加(?=店|$|[,。?!])"), "家"),
    (re.compile(r"(?<=[一二两三四五六七八九十俩百千\d])此"), "次"),
    (re.compile(r"(?<=[一二两三四五六七八九十百千万\d])快(?![递件点要到过速一两三半])"), "块"),
    (re.compile(r"(?<=月[\d一二三四五六七八九十])好|(?<=月\d\d)好"), "号"),
    (re.compile(r"(?<=[\d一二两三四五六七八九十])[蛋丹](?=[^a-z\d]|$)"), "单"),
)
# 到现在 ends a stretch of time; the event lies before it
_UNTIL = re.compile(r"(?:到|至|截止|截至|等到|拖到)(?:了)?$")
_PRESENT = re.compile(r"^(?:现在|此刻|今[天日](?:早上|上午|中午|下午|晚上)?)$|^(?:now|today)$", re.I)
_LINK = re.compile(r"\s*(?:也?是|为|:|=|按|要|共|is|was|of)\s*", re.I)
_APART = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])|^\s+(?=[\u3400-\u9fff]{2})")
_ABBREVIATION = re.compile(r"\b(bzj|fp|yj|sf|je|zzj|yyzz|kc|dd|xg)(?=\d)", re.I)
_WITHIN = re.compile(r"^\s*(?:之内|以内|内|里头?|期限|的期限|自动|就?会)")
_EVERY = re.compile(r"(?:每隔?|不到|不足|限|最[多长]|page\s)$")
# 要等半年, 半年后能…: a time to wait; 等了半年, 已经满半年, 半年前, 半年了: one that has passed
_WAITING = re.compile(r"(?:[过等隔满要得]|需要?|足|after\s|wait\s|in\s)\s*$")
_LATER = re.compile(r"\s*(?:[以之]?后|才|[就还]?[能可])")
_PASSED = re.compile(r"(?:已|都|刚|了).{0,2}$")
_SINCE = re.compile(r"\s*(?:多|几天)?(?:了|前|ago)")


@cache
def _simplifier() -> OpenCC:
    return OpenCC("tw2s")


def fold(text: str) -> str:
    """Half width, simplified characters, no slips of sound: the spelling that every cue is written in."""
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode("utf-8"))
    return corrected(_simplifier().convert(text)) if _HAN.search(text) else text


def cue(pattern: str) -> re.Pattern[str]:
    """Words that people use, as a pattern that ignores case."""
    return re.compile(pattern, re.I)


@dataclass(frozen=True, slots=True)
class Message:
    """A message made ready: folded, with the values in it."""

    text: str
    values: tuple[Value, ...]
    now: datetime

    def said(self, value: Value) -> str:
        """The value as it was written."""
        return self.text[value.start : value.end]

    def before(self, value: Value, reach: int = 10) -> str:
        """The words just before a value, back to the previous value or comma."""
        start = max((v.end for v in self.values if v.end <= value.start), default=0)
        return _CLAUSE.split(self.text[max(start, value.start - reach) : value.start])[-1]

    def after(self, value: Value, reach: int = 10) -> str:
        """The words just after a value, up to the next value or comma."""
        end = min((v.start for v in self.values if v.start >= value.end), default=len(self.text))
        return _CLAUSE.split(self.text[value.end : min(end, value.end + reach)])[0]

    def tells(self, pattern: re.Pattern[str]) -> bool:
        """Whether the message says so, and not that it is not so (没有违规)."""
        return any(not _NEGATED.search(self.text[max(0, m.start() - 6) : m.start()]) for m in pattern.finditer(self.text))

    @property
    def corrects(self) -> int:
        """Where a correction (不对, 说错了) begins; -1 without one."""
        found = _CORRECTION.search(self.text)
        return found.start() if found else -1

    @property
    def plans(self) -> bool:
        """Whether it speaks of something still to come (打算下个月关店)."""
        return bool(_PLAN.search(self.text))


def read(text: str, now: datetime) -> Message:
    """A message with its values; a value that the same breath takes back (不是588) is left out."""
    text = _ABBREVIATION.sub(r"\1 ", fold(text))
    values = find_values(_searched(text), now)[:MOST_VALUES]
    dated = sum(isinstance(v, Day | Moment | Duration) for v in values)
    return Message(text, tuple(v for v in values if not _idle(text, v, dated > 1)), now)


def _idle(text: str, value: Value, dated: bool) -> bool:
    """Whether a value says nothing: it is taken back (不是588), or is only the present beside the day that is told."""
    before = text[max(0, value.start - 6) : value.start]
    if _REPLACED.search(before):
        return True
    present = isinstance(value, Day | Moment) and _PRESENT.match(text[value.start : value.end])
    return bool(present) and (bool(_UNTIL.search(before)) or (dated and text.startswith("现在", value.start)))


def _searched(text: str) -> str:
    """The text in which values are looked for: words of this trade that look like values are put aside."""
    for word, stand_in in _STAND_INS:
        text = text.replace(word, stand_in)
    for slip, meant in _SLIPS:
        text = slip.sub(meant, text)
    return text


def _span(text: str) -> float:
    """How far apart two words are: a letter of a long English word counts less than a character."""
    wide = len(_HAN.findall(text))
    return wide + (len(text) - wide) * (0.4 if text.isascii() and _LATIN.search(text) else 1.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a value this slot's: its kind, its measure word, words near it; `apart` are words that make it another thing."""

    slot: str
    kinds: tuple[type[Value], ...]
    cue: re.Pattern[str]
    units: re.Pattern[str] | None = None  # measure words of a Count
    enough: bool = False  # kind and measure word claim the value without any cue
    apart_before: re.Pattern[str] | None = None
    apart_after: re.Pattern[str] | None = None
    reach: int = 10

    def fits(self, message: Message, value: Value) -> bool:
        """Whether the value could be this slot's at all."""
        if isinstance(value, Bad):
            return (value.reason == "impossible_date") == any(kind in (Day, Moment) for kind in self.kinds)
        if not isinstance(value, self.kinds):
            return False
        if isinstance(value, Count) and self.units and not self.units.search(value.unit):
            return False
        if self.apart_before and self.apart_before.search(message.before(value)):
            return False
        return not (self.apart_after and self.apart_after.match(message.after(value)))

    def cost(self, message: Message, value: Value, rivals: Sequence[Value]) -> float | None:
        """How far the nearest cue stands; None when nothing claims the value for this slot."""
        costs = [] if not (self.enough and not isinstance(value, Bad | Number)) else [self.reach + 2.0]
        near = self.reach * 2 + 16
        # 今年, 年底: a stretch of days gives way to a day
        dull = 15.0 if isinstance(value, Day) and value.first != value.last else 0.0
        for found in self.cue.finditer(message.text, max(0, value.start - near), value.end + near):
            if found.end() <= value.start:
                gap, toll = (found.end(), value.start), 0.0
            elif found.start() >= value.end:
                gap, toll = (value.end, found.start()), 0.5
            else:
                costs.append(dull)
                continue
            between = message.text[gap[0] : gap[1]]
            if _span(between) > self.reach or _SENTENCE.search(between) or any(gap[0] <= v.start < gap[1] for v in rivals):
                continue
            commas = len(_CLAUSE.findall(between))
            if toll and (commas or _APART.search(between)):
                continue
            if toll and (link := _LINK.match(message.text, found.end())) and any(v.start == link.end() for v in message.values):
                toll = 9.0  # 四百五佣金是百分之三十: 佣金 speaks of what follows it
            costs.append(_span(between) + 4.0 * commas + toll + dull)
        return min(costs, default=None)


def assign(message: Message, rules: Sequence[Rule], asked: Slot | None = None) -> dict[str, Value]:
    """The value of each slot: the assignment in which values and cues stand closest, then the asked slot from what is left."""
    rivals = [v for v in message.values if any(rule.fits(message, v) for rule in rules)]
    best: dict[int, tuple[float, dict[str, Value]]] = {0: (0.0, {})}
    for value in rivals:
        # a value that is corrected later in the same message gives way to the later one
        late = 12.0 if -1 < value.end <= message.corrects and value is not rivals[-1] else 0.0
        claims = [(i, rule, rule.cost(message, value, rivals)) for i, rule in enumerate(rules) if rule.fits(message, value)]
        for mask, (score, chosen) in list(best.items()):
            for i, rule, cost in claims:
                if cost is None or mask >> i & 1:
                    continue
                total = score + 40.0 - cost - late
                if total > best.get(mask | 1 << i, (float("-inf"), {}))[0]:
                    best[mask | 1 << i] = (total, {**chosen, rule.slot: value})
    found = max(best.values(), key=lambda pair: pair[0])[1]
    if asked and asked.name not in found:
        answer = bare_answer(message, asked, tuple(found.values()), rules)
        if answer:
            found[asked.name] = answer
    return found


def only_day(message: Message, rule: Rule, asked: Slot | None) -> Value | None:
    """The day that a rule is about: the one its cue claims, else the only day told."""
    days = [v for v in message.values if isinstance(v, Day | Moment)]
    return assign(message, (rule,), asked).get(rule.slot) or (days[0] if len(days) == 1 else None)


_KINDS: Mapping[SlotKind, tuple[type[Value], ...]] = {
    SlotKind.MONEY: (Money, Number),
    SlotKind.AMOUNTS: (Money, Number),
    SlotKind.COUNT: (Count, Number),
    SlotKind.PERCENT: (Percent, Number),
    SlotKind.DAY: (Day, Moment, Duration),
    SlotKind.MOMENT: (Moment, Day, Duration),
}


def bare_answer(message: Message, asked: Slot, taken: Sequence[Value], rules: Sequence[Rule]) -> Value | None:
    """What an answer to a prompt gives for the asked slot, though no cue claims it."""
    rule = next((r for r in rules if r.slot == asked.name), None)
    kinds = _KINDS.get(asked.kind)
    if kinds is None:
        return None
    left = []
    for value in message.values:
        if value in taken or not isinstance(value, (*kinds, Bad)):
            continue
        if isinstance(value, Bad) and (value.reason == "impossible_date") != (asked.kind in (SlotKind.DAY, SlotKind.MOMENT)):
            continue
        if rule and not isinstance(value, Number | Bad) and isinstance(value, rule.kinds) and not rule.fits(message, value):
            continue
        left.append(value)
    if left:
        # of two values the corrected one, else the last that was said
        return left[-1]
    # 3.01 looks like a day and is money to somebody who was asked for money
    if taken or any(not (isinstance(v, Day) and _DIGITS.fullmatch(message.said(v))) for v in message.values):
        return None
    return _READERS[asked.kind](message)


_READERS: Mapping[SlotKind, Callable[[Message], Value | None]] = {
    SlotKind.MONEY: lambda m: read_money(m.text, m.now),
    SlotKind.AMOUNTS: lambda m: read_money(m.text, m.now),
    SlotKind.COUNT: lambda m: read_count(m.text, m.now),
    SlotKind.PERCENT: lambda m: read_percent(m.text, m.now),
    SlotKind.DAY: lambda m: read_day(m.text, m.now),
    SlotKind.MOMENT: lambda m: read_moment(m.text, m.now) or read_duration(m.text, m.now),
}


def on_day(message: Message, value: Moment, known: SlotValue | None) -> datetime:
    """A moment; a bare time of day is put on the day that the message or an earlier one names."""
    days = [v.first for v in message.values if isinstance(v, Day) and v.first == v.last]
    day = days[0] if len(days) == 1 else known
    if value.day_given or not isinstance(day, date):
        return value.at
    return datetime.combine(day, value.at.time(), value.at.tzinfo)


def apart(message: Message, value: Value) -> bool:
    """Whether a length of time is a rule's period (24小时内, 每24小时) and not the time that has passed."""
    return bool(_WITHIN.match(message.after(value)) or _EVERY.search(message.before(value)))


def to_come(message: Message, value: Value) -> bool:
    """Whether a length of time is one to wait (关店要等半年, 半年后能重开) and not the time that has passed."""
    before, after = message.before(value), message.after(value)
    waits = _WAITING.search(before) or _LATER.match(after)
    return bool(waits and not _PASSED.search(before) and not _SINCE.match(after))


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a value cannot be used."""

    reason: str


def _exact(
    low: Decimal, high: Decimal, same: Callable[[Decimal], object] | None, middle: Decimal | None = None
) -> Decimal | Unusable:
    """One value for a vague one where every value of the range gives the same result (rules are monotone: the ends decide)."""
    if low < 0:
        return Unusable("negative")
    if high > MOST:
        return Unusable("too_large")
    if low == high or (same and same(low) == same(high)):
        return low if middle is None else middle
    return Unusable("vague")


def _ends(value: Number) -> tuple[Decimal, Decimal]:
    return (value.value if value.low is None else value.low, value.value if value.high is None else value.high)


def to_money(value: Value, same: Callable[[Decimal], object] | None = None) -> Decimal | Unusable:
    """An amount of money from a value."""
    match value:
        case Money():
            return _exact(value.low, value.high, same)
        case Number():
            return _exact(*_ends(value), same, value.value)
        case Count():
            return _exact(Decimal(value.low), Decimal(value.high), same)
        case Bad():
            return Unusable(value.reason)
        case _:
            return Unusable("unclear")


def to_count(value: Value, *, zero: bool = False, same: Callable[[Decimal], object] | None = None) -> int | Unusable:
    """A whole number from a value; zero only where nothing at all is a sensible number."""
    match value:
        case Count():
            number = _exact(Decimal(value.low), Decimal(value.high), same)
        case Number():
            number = _exact(*_ends(value), same, value.value)
        case Bad():
            return Unusable(value.reason)
        case _:
            return Unusable("unclear")
    if isinstance(number, Unusable):
        return number
    if number != number.to_integral_value():
        return Unusable("not_whole")
    if number == 0 and not zero:
        return Unusable("zero")
    return int(number)


def to_share(value: Value) -> Decimal | Unusable:
    """A share from a value: 20 and 0.2 are both 20 %."""
    match value:
        case Percent():
            if value.low != value.high:
                return Unusable("vague")
            share = value.value
        case Number():
            share = value.value if value.value < 1 else value.value / 100
        case Bad():
            return Unusable(value.reason)
        case _:
            return Unusable("unclear")
    if share < 0:
        return Unusable("negative")
    return Unusable("too_large") if share > 1 else share


def to_day(value: Value, now: datetime, *, future: bool = False) -> date | Unusable:
    """A past day (or today) from a value; a length of time is counted back from now."""
    match value:
        case Day():
            if value.first != value.last:
                return Unusable("vague")
            day = value.first
        case Moment():
            day = value.at.date()
        case Duration():
            back = None if value.vague else ago(value, now)
            if back is None:
                return Unusable("vague")
            day = back.date()
        case Bad():
            return Unusable(value.reason)
        case _:
            return Unusable("unclear")
    if day > now.date() and not future:
        return Unusable("future")
    return Unusable("too_large") if day.year > now.year + 10 else day


def ago(value: Duration, now: datetime) -> datetime | None:
    """The moment that lies a length of time back; None when that is before the calendar."""
    try:
        return now - relativedelta(months=value.months) - timedelta(hours=float(value.hours))
    except (OverflowError, ValueError):
        return None


def same_clock(at: datetime, now: datetime) -> datetime:
    """A moment on now's clock: what was stored without a zone means the zone of now, and the other way round."""
    if at.tzinfo is None:
        return at.replace(tzinfo=now.tzinfo)
    return at if now.tzinfo is not None else at.replace(tzinfo=None)


def _same_month(before: date, day: date) -> date:
    try:
        return before.replace(day=day.day)
    except ValueError:
        return day


def vague(value: Value) -> bool:
    """Whether a value is a range."""
    match value:
        case Money() | Count():
            return value.low != value.high
        case Number():
            return value.low is not None and value.low != value.high
        case _:
            return False


class Gathering:
    """Collects what one message gives: usable values, and what is wrong with the others."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.values: dict[str, SlotValue] = {}
        self.problems: list[Problem] = []

    def put(self, slot: str, value: SlotValue | Unusable, said: str = "") -> None:
        """Keep a value, or note why it cannot be used."""
        if isinstance(value, Unusable):
            self.problems.append(Problem(slot, value.reason, said or self.message.text.strip()[:40]))
        else:
            self.values[slot] = value

    def money(self, slot: str, value: Value | None, same: Callable[[Decimal], object] | None = None) -> None:
        """Keep an amount."""
        if value:
            self.put(slot, to_money(value, same), self.message.said(value))

    def count(self, slot: str, value: Value | None, *, zero: bool = False, same: Callable[[Decimal], object] | None = None) -> None:
        """Keep a whole number; where a vague one is good enough, `about` keeps how it was said."""
        if value:
            number, said = to_count(value, zero=zero, same=same), self.message.said(value)
            if same and isinstance(number, int):
                self.values["about"] = said if vague(value) else ""
            self.put(slot, number, said)

    def share(self, slot: str, value: Value | None) -> None:
        """Keep a share."""
        if value:
            self.put(slot, to_share(value), self.message.said(value))

    def day(self, slot: str, value: Value | None, before: SlotValue | None = None) -> None:
        """Keep a day; one to come only where the message speaks of a plan."""
        if not value:
            return
        said, today = self.message.said(value), self.message.now.date()
        day = to_day(value, self.message.now, future=self.message.plans)
        if isinstance(day, date):
            if isinstance(before, date) and _DAY_ONLY.fullmatch(said):
                # 不是5号,是6号 keeps the month that was told before
                day = _same_month(before, day)
            elif self.message.plans and not _YEAR.search(said) and day < today:
                # a plan lies ahead: 打算11月28日关店 is the next 28 November
                day += relativedelta(years=1)
        self.put(slot, day, said)

    def filled(self, asked: Slot | None = None) -> Filled:
        """What was gathered, the asked slot last. An answer that gave nothing and is no talk either is a problem of that slot."""
        if asked and asked.name in self.values:
            self.values[asked.name] = self.values.pop(asked.name)
        if asked and not self.values and not self.problems and asked.kind in _KINDS and not self.message.values:
            text = self.message.text.strip()
            if len(text) <= 24 and _LONG.search(text):
                self.put(asked.name, Unusable("too_large"))
            elif len(text) <= 20 and _MANY.fullmatch(text):
                self.put(asked.name, Unusable("vague"))
            elif len(text) <= 20 and _JUNK.fullmatch(text) and not _TALK.fullmatch(text):
                self.put(asked.name, Unusable("not_a_number"))
        return Filled(self.values, tuple(self.problems))


def pick(message: Message, patterns: Mapping[str, re.Pattern[str]], slot: Slot, asked: str | None) -> str | None:
    """The choice that a message tells; the bare value of a button counts when the slot was asked."""
    text = message.text.strip().lower()
    if asked == slot.name and any(text == choice.value for choice in slot.choices):
        return text
    return next((value for value, pattern in patterns.items() if message.tells(pattern)), None)


def asked_slot(slots: Iterable[Slot], asked: str | None) -> Slot | None:
    """The slot that was last asked or filled, if this rule has it."""
    return next((slot for slot in slots if slot.name == asked), None)


def same_result(facts: Facts | None, result: Callable[[Decimal, Facts], object]) -> Callable[[Decimal], object] | None:
    """How a rule judges whether a vague value matters; nothing without facts, then every vague value is asked again."""
    return (lambda value: result(value, facts)) if facts is not None else None
