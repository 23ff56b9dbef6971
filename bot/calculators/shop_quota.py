"""How many shops one entity may open, and how many are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.calculators.base import Facts, Filled, InOrder, Outcome, Slot, SlotKind, SlotValue, calculator
from bot.calculators.reading import Gathering, Rule, asked_slot, assign, cue, read
from bot.values import Count, Number

BRANDS = Rule(
    "brands",
    (Count, Number),
    cue(r"品牌|牌子|商标|brands?|授权"),
    units=cue(r"品牌|牌子|商标|^[个种]?$|brands?"),
    apart_before=cue(r"(?:同|每|一个主体|第)\s*$"),
)
OPENED = Rule(
    "opened",
    (Count, Number),
    cue(
        r"开[了咗着过]|已开|营业(?!执照)|已经?|现在|目前|有(?=[一二两三四五六七八九十\d]+[家间])|在营|店铺?|门店|shops?|stores?|opened"
    ),
    units=cue(r"店|家|间|^[个]?$|shops?|stores?"),
    apart_before=cue(r"(?:想开?|要开|能开?|再开?|可以开?|打算开?|准备开?|允许开?|最多开?|还能开?|给开?|每)\s*$"),
    apart_after=cue(r"\s*(?:主体|公司|执照|人|品牌|牌子|商标)"),
)
# 就这一个牌子 counts without being a figure
ONLY_ONE = cue(
    r"(?:就|只有?|才|仅|统共|总共)(?:有|是)?(?:这|那)?(?:么)?一?个?(?:品牌|牌子|商标)|(?:only|just) one brand|one brand only"
)
NONE_OPEN = cue(r"一[家个间]店?(?:都|也)?(?:没|未|冇)|(?:还没|没有?|未|冇)(?:有)?开(?:过|店|呢|咗)?|none (?:yet|opened)|no shop")


@dataclass(frozen=True, slots=True)
class Quota:
    """The number of shops allowed and still free; `bound_by` names what sets the limit."""

    brands: int
    opened: int
    quota: int
    remaining: int
    bound_by: str  # brands or entity
    over: int
    about: str


@calculator
class ShopQuota(InOrder):
    """One shop a brand, so many shops an entity."""

    name = "shop-quota"
    slots = (
        Slot("brands", SlotKind.COUNT),
        Slot("opened", SlotKind.COUNT, required=False),
        Slot("about", SlotKind.TEXT, required=False, hidden=True),
    )
    facts = ("shops_per_brand", "shops_per_entity")

    def fill(
        self, text: str, known: Mapping[str, SlotValue], asked: str | None, now: datetime, facts: Facts | None = None
    ) -> Filled:
        message = read(text, now)
        got = Gathering(message)
        slot = asked_slot(self.slots, asked)
        found = assign(message, (BRANDS, OPENED), slot)
        got.count("opened", found.get("opened"), zero=True)
        if "opened" not in found and NONE_OPEN.search(message.text):
            got.put("opened", 0)

        def same(brands: Decimal) -> object:
            return min(int(brands) * facts.whole("shops_per_brand"), facts.whole("shops_per_entity")) if facts else brands

        if "brands" in found:
            got.count("brands", found["brands"], same=same)
        elif ONLY_ONE.search(message.text):
            got.put("brands", 1)
        return got.filled(slot)

    def run(self, known: Mapping[str, SlotValue], facts: Facts, now: datetime) -> Outcome:
        brands, opened = int(str(known["brands"])), int(str(known.get("opened", 0)))
        by_brands, most = brands * facts.whole("shops_per_brand"), facts.whole("shops_per_entity")
        quota = min(by_brands, most)
        remaining = max(0, quota - opened)
        bound_by = "entity" if by_brands > most else "brands"
        result = Quota(brands, opened, quota, remaining, bound_by, max(0, opened - quota), str(known.get("about", "")))
        return Outcome(self.name, "free" if remaining else "full", result, self.facts)
