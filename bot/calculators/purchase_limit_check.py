"""Whether a product's purchase limits fit together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.calculators.base import Facts, Filled, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import Gathering, Rule, asked_slot, assign, cue, read
from bot.values import Count, Number

PIECES = cue(r"^(?:[件个份套单盒箱瓶袋双支条台只包斤]|pcs|pieces?|items?|units?|)$")
NUMBERS = (Count, Number)
PEOPLE = cue(r"\s*人")  # 一个人限5件
EACH = cue(r"\s*(?:最多|至多|限|只[能让可准]|买|里)")  # 一单最多8件
RULES = (
    Rule(
        "total",
        NUMBERS,
        cue(r"累[计积]限?购?|总限购?|总共限?|一共|合计|总量|每人限购?|每个?人|total|in all"),
        units=PIECES,
        apart_after=PEOPLE,
    ),
    Rule(
        "per_order",
        NUMBERS,
        cue(r"每[次单回笔](?:限购)?|单[次笔](?:限购)?|一次|一单|per order|each (?:order|time)|限购"),
        units=PIECES,
        apart_after=PEOPLE,
    ),
    Rule(
        "minimum",
        NUMBERS,
        cue(r"起[售购卖批拍订]|最少|至少|最低|起(?=\W|$)|minimum|min\b|at least"),
        units=PIECES,
        apart_after=PEOPLE,
    ),
    Rule(
        "stock",
        NUMBERS,
        cue(r"库存|存货|现货|只剩|还剩|剩下?|备货|仓库|kc|stock|inventory|in hand"),
        units=PIECES,
        apart_after=PEOPLE,
    ),
)
UNLIMITED = cue(r"不限|没设|不设|无限|没限|不用设|没有|未设|随便|默认|unlimited|no limit|not set|default|none")
LIMIT_WORDS = {
    "total": cue(r"(?:累计|总)(?:限购)?.{0,3}(?:不限|没设|不设|无限|没限)"),
    "per_order": cue(r"(?:每[次单]|单次)(?:限购)?.{0,3}(?:不限|没设|不设|无限|没限)"),
}
UNSET = "unset"


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """The settings as told and the rules that they break."""

    total: int | None
    per_order: int | None
    minimum: int
    stock: int | None
    broken: tuple[str, ...]
    minimum_told: bool


@calculator
class PurchaseLimitCheck:
    """Per order within the total, the minimum within both and within the stock."""

    name = "purchase-limit-check"
    slots = (
        Slot("total", SlotKind.COUNT),
        Slot("per_order", SlotKind.COUNT),
        Slot("minimum", SlotKind.COUNT, required=False),
        Slot("stock", SlotKind.COUNT, required=False),
    )
    facts = ("purchase_minimum_default",)

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        usable = tuple(v for v in message.values if not (isinstance(v, Count) and v.unit == "单" and EACH.match(message.after(v))))
        found = assign(replace(message, values=usable), RULES, slot)
        for name in ("stock", "minimum", "per_order", "total"):
            got.count(name, found.get(name), zero=name == "stock")
        for name, unlimited in LIMIT_WORDS.items():
            if name not in found and unlimited.search(message.text):
                got.put(name, UNSET)
        if slot and not found and UNLIMITED.search(message.text) and len(message.text) <= 12:
            got.put(slot.name, UNSET)
        return got.filled(slot)

    def missing(self, known: Mapping[str, SlotValue]) -> Slot | None:
        if sum(slot.name in known for slot in self.slots) > 1:
            return None
        return self.slots[1] if "per_order" not in known else self.slots[0]

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        def told(name: str) -> int | None:
            value = known.get(name)
            return value if isinstance(value, int) else None

        total, per_order, stock = told("total"), told("per_order"), told("stock")
        minimum = told("minimum")
        least = facts.whole("purchase_minimum_default") if minimum is None else minimum
        checks = (
            ("per_order_over_total", per_order, total),
            ("minimum_over_per_order", least, per_order),
            ("minimum_over_total", least, total),
            ("minimum_over_stock", least, stock),
        )
        broken = tuple(name for name, value, most in checks if value is not None and most is not None and value > most)
        result = LimitCheck(total, per_order, least, stock, broken, minimum is not None)
        return Outcome(self.name, "broken" if broken else "ok", result, self.facts)
