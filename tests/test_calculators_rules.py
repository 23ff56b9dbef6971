"""The seventeen rules at their boundaries, and what holds for every value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.calculators import Outcome, SlotValue, calculators, plain
from bot.facts import Fact, facts_at


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=timezone(timedelta(hours=8)))


NOW = at(11, 21, 20, 30)  # a Saturday
FOLDER = Path(__file__).parent.parent / "knowledge" / "facts"
FACTS = facts_at(
    (Fact.model_validate(row) for file in FOLDER.glob("*.yaml") for row in yaml.safe_load(file.read_text("utf-8"))), NOW.date()
)
D = Decimal


def run(name: str, known: Mapping[str, SlotValue], now: datetime = NOW) -> Outcome:
    return calculators()[name].run(known, FACTS, now)


def result(name: str, known: Mapping[str, SlotValue], now: datetime = NOW) -> Any:
    return run(name, known, now).result


def test_there_are_seventeen_rules_and_each_names_known_facts_only() -> None:
    assert len(calculators()) == 17
    for name, rule in calculators().items():
        assert rule.name == name
        assert set(rule.facts) <= set(FACTS)


# ------------------------------------------------------------------ late shipping


@pytest.mark.parametrize(
    ("paid", "pays", "case"),
    [
        ("0", "0", "none"),
        ("2.99", "0", "none"),
        ("3", "0", "none"),
        ("3.01", "3", "flat"),
        ("199", "3", "flat"),
        ("299.99", "3", "flat"),
        ("300", "3", "rate"),
        ("300.01", "3", "rate"),
        ("588", "5.88", "rate"),
        ("588.50", "5.89", "rate"),
        ("2999", "29.99", "rate"),
        ("2999.99", "30", "rate"),
        ("3000", "30", "capped"),
        ("4580", "30", "capped"),
    ],
)
def test_compensation_by_what_was_paid(paid: str, pays: str, case: str) -> None:
    outcome = run("late-shipping-compensation", {"amounts": (D(paid),)})
    assert (plain(outcome.result)["total"], outcome.case) == (f"{D(pays):.2f}" if D(pays) else "0.00", case)


def test_each_order_is_compensated_on_its_own_and_then_summed() -> None:
    found = result("late-shipping-compensation", {"amounts": (D(100), D(400), D(5000), D(3))})
    assert found.each == (D(3), D(4), D(30), D(0))
    assert found.total == D(37)


def test_force_majeure_pays_nothing_and_says_what_it_would_be_else() -> None:
    outcome = run("late-shipping-compensation", {"amounts": (D(588),), "force_majeure": "yes"})
    assert outcome.case == "force_majeure"
    found: Any = outcome.result
    assert found.total == 0
    assert found.otherwise == D("5.88")


money = st.decimals(min_value=0, max_value=10**7, places=2)


@given(st.lists(money, min_size=1, max_size=8))
def test_compensation_is_a_sum_never_negative_never_above_the_cap(paid: list[Decimal]) -> None:
    found = result("late-shipping-compensation", {"amounts": tuple(paid)})
    assert found.total == sum(found.each)
    assert all(0 <= each <= FACTS.number("late_comp_cap") for each in found.each)


@given(money, money)
def test_compensation_grows_with_what_was_paid(a: Decimal, b: Decimal) -> None:
    less, more = (result("late-shipping-compensation", {"amounts": (x,)}).total for x in sorted((a, b)))
    assert less <= more


@pytest.mark.parametrize(
    ("orders", "times", "total", "banned"),
    [
        (1, 1, 10, False),
        (1, 2, 20, False),
        (1, 3, 20, True),
        (49, 1, 490, False),
        (50, 1, 500, False),
        (51, 1, 500, False),
        (63, 1, 500, False),
        (60, 2, 1000, False),
        (25, 2, 500, False),
        (60, 3, 1000, True),
    ],
)
def test_late_shipping_penalty(orders: int, times: int, total: int, banned: bool) -> None:
    found = result("late-shipping-penalty", {"orders": orders, "times": times})
    assert (found.total, found.banned) == (total, banned)


@given(st.integers(1, 10**6), st.integers(1, 5))
def test_penalty_is_capped_by_day_and_by_order_and_grows(orders: int, times: int) -> None:
    found = result("late-shipping-penalty", {"orders": orders, "times": times})
    assert found.total == sum(found.days)
    assert len(found.days) <= FACTS.whole("late_fee_max_times")
    assert all(0 <= day <= FACTS.number("late_fee_daily_cap") for day in found.days)
    assert found.total <= result("late-shipping-penalty", {"orders": orders + 1, "times": times}).total
    assert found.total <= result("late-shipping-penalty", {"orders": orders, "times": times + 1}).total


@pytest.mark.parametrize(
    ("hours", "so_far", "case"),
    [(0, 1, "second"), (23.99, 1, "second"), (24, 2, "third"), (47.99, 2, "third"), (48, 3, "passed"), (500, 3, "passed")],
)
def test_judgements_come_every_interval_up_to_the_limit(hours: float, so_far: int, case: str) -> None:
    first = NOW - timedelta(hours=hours)
    outcome = run("late-shipping-timeline", {"first": first})
    found: Any = outcome.result
    assert (found.so_far, outcome.case) == (so_far, case)
    assert (found.second - first, found.third - first) == (timedelta(hours=24), timedelta(hours=48))
    assert found.ship_before == {"second": found.second, "third": found.third, "passed": None}[case]


def test_a_moment_stored_without_a_zone_is_on_the_clock_of_now() -> None:
    naive = NOW.replace(tzinfo=None)
    assert result("late-shipping-timeline", {"first": naive - timedelta(hours=10)}, NOW).so_far == 1
    assert result("late-shipping-timeline", {"first": NOW - timedelta(hours=30)}, naive).so_far == 2


# ------------------------------------------------------------------ closing, appeals, days


@pytest.mark.parametrize(
    ("start", "earliest", "reached"),
    [
        (date(2026, 5, 31), date(2026, 11, 30), False),
        (date(2025, 8, 31), date(2026, 2, 28), True),
        (date(2023, 8, 31), date(2024, 2, 29), True),
        (date(2026, 5, 21), date(2026, 11, 21), True),
        (date(2026, 5, 22), date(2026, 11, 22), False),
        (date(2026, 8, 5), date(2027, 2, 5), False),
    ],
)
def test_reopening_waits_months_that_clamp_at_their_end(start: date, earliest: date, reached: bool) -> None:
    found = result("reopen-date", {"reason": "own", "date": start, "basis": "refund"})
    assert (found.earliest, found.reached) == (earliest, reached)


@pytest.mark.parametrize("reason", ["violation", "forged"])
def test_a_shop_closed_for_good_never_reopens_whatever_the_date(reason: str) -> None:
    outcome = run("reopen-date", {"reason": reason, "date": date(2001, 1, 1)})
    assert outcome.case == f"never_{reason}"
    assert outcome.result.earliest is None


def test_closed_by_the_platform_asks_for_the_reason_first() -> None:
    rule = calculators()["reopen-date"]
    assert rule.missing({"by_platform": "yes", "date": date(2026, 8, 5)}) == rule.slots[0]
    missing = rule.missing({"by_platform": "yes", "reason": "unknown"})
    assert missing is not None
    assert missing.name == "date"


@pytest.mark.parametrize(
    ("start", "case", "last"),
    [
        (date(2026, 11, 21), "open", date(2026, 11, 28)),
        (date(2026, 11, 15), "open", date(2026, 11, 22)),
        (date(2026, 11, 14), "today", date(2026, 11, 21)),
        (date(2026, 11, 13), "passed", date(2026, 11, 20)),
    ],
)
def test_arbitration_appeals_end_on_the_seventh_day_after(start: date, case: str, last: date) -> None:
    outcome = run("appeal-deadline", {"kind": "arbitration", "date": start})
    assert (outcome.case, outcome.result.last) == (f"arbitration_{case}", last)


@pytest.mark.parametrize(("back", "case"), [(0, "open"), (2, "open"), (3, "today"), (4, "passed")])
def test_evidence_is_due_on_the_third_day_after(back: int, case: str) -> None:
    known: dict[str, SlotValue] = {
        "kind": "arbitration",
        "phase": "evidence",
        "dated": "evidence",
        "date": NOW.date() - timedelta(days=back),
    }
    assert run("appeal-deadline", known).case == f"evidence_{case}"


@pytest.mark.parametrize(("used", "remaining"), [(0, 2), (1, 1), (2, 0), (5, 0)])
def test_violation_appeals_left_are_never_negative(used: int, remaining: int) -> None:
    found = result("appeal-deadline", {"kind": "violation", "used": used})
    assert (found.remaining, found.last) == (remaining, None)


def test_a_violation_asks_for_nothing_more_and_an_arbitration_for_its_day() -> None:
    rule = calculators()["appeal-deadline"]
    assert rule.missing({"kind": "violation"}) is None
    for known, name in (({}, "kind"), ({"kind": "arbitration"}, "date")):
        slot = rule.missing(known)
        assert slot is not None
        assert slot.name == name


@pytest.mark.parametrize(("name", "days", "field"), [("order-auto-close", 150, "closes"), ("closing-invoice-deadline", 5, "last")])
@pytest.mark.parametrize(("off", "case"), [(1, "open"), (0, "today"), (-1, "passed")])
def test_days_count_from_the_day_after(name: str, days: int, field: str, off: int, case: str) -> None:
    last = NOW.date() + timedelta(days=off)
    outcome = run(name, {"date": last - timedelta(days=days)})
    assert (getattr(outcome.result, field), outcome.case) == (last, case)


@given(st.dates(date(1990, 1, 1), date(2036, 1, 1)), st.integers(1, 400))
def test_later_starts_end_later(start: date, more: int) -> None:
    later = start + timedelta(days=more)
    for name, field in (("order-auto-close", "closes"), ("closing-invoice-deadline", "last")):
        one, other = result(name, {"date": start}), result(name, {"date": later})
        assert getattr(one, field) < getattr(other, field)
        assert one.days_left >= 0
    assert result("reopen-date", {"date": start}).earliest <= result("reopen-date", {"date": later}).earliest


# ------------------------------------------------------------------ entry


def test_entry_cost_is_the_sum_of_its_items_beside_the_estimate() -> None:
    known: dict[str, SlotValue] = {"deposit": D(5000), "working_capital": D(8000), "equipment": D(6000), "licence": "agent"}
    found = result("entry-cost", known)
    assert (found.licence, found.total, found.estimate, found.over) == (200, 19200, 20000, -800)
    assert result("entry-cost", known | {"licence": "own"}).total == 19000
    assert result("entry-cost", known | {"licence_fee": D(300)}).total == 19300


@given(money, money, money)
def test_entry_cost_total_is_its_items(deposit: Decimal, capital: Decimal, equipment: Decimal) -> None:
    found = result("entry-cost", {"deposit": deposit, "working_capital": capital, "equipment": equipment})
    assert found.total == deposit + capital + equipment + found.licence >= 0


@given(st.lists(money, min_size=1, max_size=6))
def test_the_deposit_is_the_highest_and_never_the_sum(amounts: list[Decimal]) -> None:
    found = result("deposit", {"amounts": tuple(amounts)})
    assert found.highest == max(amounts)
    assert found.total == sum(amounts)


@pytest.mark.parametrize(
    ("brands", "opened", "quota", "remaining"), [(1, 0, 1, 1), (1, 1, 1, 0), (2, 1, 2, 1), (3, 0, 3, 3), (5, 1, 3, 2), (5, 7, 3, 0)]
)
def test_shop_quota(brands: int, opened: int, quota: int, remaining: int) -> None:
    found = result("shop-quota", {"brands": brands, "opened": opened})
    assert (found.quota, found.remaining) == (quota, remaining)


# ------------------------------------------------------------------ orders and money


@pytest.mark.parametrize(("orders", "batches", "last"), [(1, 1, 1), (500000, 1, 500000), (500001, 2, 1), (1200000, 3, 200000)])
def test_export_batches(orders: int, batches: int, last: int) -> None:
    found = result("export-batches", {"orders": orders})
    assert (found.batches, found.last) == (batches, last)


@given(st.integers(1, 10**9))
def test_batches_hold_all_orders_and_no_batch_is_idle(orders: int) -> None:
    found = result("export-batches", {"orders": orders})
    assert (found.batches - 1) * found.per_batch + found.last == orders
    assert 0 < found.last <= found.per_batch


def test_commission_is_due_to_an_influencer_only() -> None:
    known: dict[str, SlotValue] = {"amount": D(199), "rate": D("0.2")}
    assert result("order-income", known | {"promotion": "alliance"}).income == D("159.20")
    assert result("order-income", known | {"promotion": "none"}).income == D(199)
    assert result("order-income", {"amount": D(99), "commission": D(20)}).income == D(79)


@given(money, st.decimals(min_value=0, max_value=1, places=4))
def test_income_and_commission_make_the_amount(amount: Decimal, rate: Decimal) -> None:
    found = result("order-income", {"amount": amount, "rate": rate, "promotion": "alliance"})
    assert found.income + found.commission == amount
    assert found.income >= 0


@given(money)
def test_the_frozen_share_is_never_more_than_the_amount(amount: Decimal) -> None:
    found = result("invoice-freeze", {"amount": amount})
    assert 0 <= found.frozen <= amount
    assert abs(found.frozen - found.exact) <= D("0.005")


def test_the_articles_example_contradicts_its_rate() -> None:
    found = result("invoice-freeze", {"amount": D(90)})
    assert found.frozen == D(27) == found.example_by_rate != FACTS.number("invoice_example_frozen")


# ------------------------------------------------------------------ parcels, limits, violations


@pytest.mark.parametrize(
    ("known", "hits", "case"),
    [
        ({"transit": "no", "picked_up": NOW - timedelta(hours=23, minutes=59)}, (), "waiting"),
        ({"transit": "no", "picked_up": NOW - timedelta(hours=24)}, ("no_transit",), "hit"),
        ({"transit": "yes", "picked_up": NOW - timedelta(hours=99)}, (), "none"),
        ({"reused": "yes", "reused_days": 30}, ("reused",), "hit"),
        ({"reused": "yes", "reused_days": 31}, (), "none"),
        ({"early": "yes", "mismatch": "yes"}, ("early", "mismatch"), "hit"),
        ({"early": "no"}, (), "none"),
        ({"sign": "none_of_these"}, (), "none"),
    ],
)
def test_signs_of_fake_shipping(known: dict[str, SlotValue], hits: tuple[str, ...], case: str) -> None:
    outcome = run("fake-shipping-check", known)
    assert (outcome.result.hits, outcome.case) == (hits, case)


@pytest.mark.parametrize(
    ("known", "broken"),
    [
        ({"total": 3, "per_order": 5, "minimum": 1, "stock": 100}, ("per_order_over_total",)),
        ({"total": 6, "per_order": 2, "minimum": 2}, ()),
        ({"total": 6, "per_order": 2, "minimum": 3}, ("minimum_over_per_order",)),
        ({"total": 2, "per_order": 2, "minimum": 3}, ("minimum_over_per_order", "minimum_over_total")),
        ({"minimum": 10, "stock": 5}, ("minimum_over_stock",)),
        ({"minimum": 5, "stock": 5}, ()),
        ({"per_order": 3, "stock": 0}, ("minimum_over_stock",)),
        ({"per_order": 3, "total": 3}, ()),
        ({"per_order": 3, "total": "unset"}, ()),
    ],
)
def test_purchase_limits_that_do_not_fit(known: dict[str, SlotValue], broken: tuple[str, ...]) -> None:
    assert result("purchase-limit-check", known).broken == broken


@pytest.mark.parametrize(("minor", "serious", "total"), [(0, 0, 0), (1, 0, 100), (0, 1, 2000), (2, 3, 6200)])
def test_exaggeration_costs_each_time(minor: int, serious: int, total: int) -> None:
    assert result("exaggeration-penalty", {"minor": minor, "serious": serious}).total == total


@pytest.mark.parametrize(
    ("times", "this", "total", "case"), [(1, 5000, 5000, "first"), (2, 5000, 10000, "several"), (3, 5000, 15000, "several")]
)
def test_three_no_products_up_to_three_times(times: int, this: int, total: int, case: str) -> None:
    outcome = run("three-no-penalty", {"times": times})
    assert (outcome.result.this_time, outcome.result.total, outcome.case) == (this, total, case)


@given(st.integers(4, 50), st.none() | money)
def test_from_the_fourth_time_on_it_is_the_deposit_and_never_a_product(times: int, deposit: Decimal | None) -> None:
    known: dict[str, SlotValue] = {"times": times}
    if deposit is not None:
        known["deposit"] = deposit
    found = result("three-no-penalty", known)
    assert found.expelled
    assert found.total == (deposit or 0)


def test_a_result_in_plain_form_has_numbers_as_strings_and_days_as_iso() -> None:
    found = plain(result("late-shipping-compensation", {"amounts": (D(588),)}))
    assert isinstance(found, dict)
    assert found["total"] == "5.88"
    assert found["each"] == ["5.88"]
    found = plain(result("reopen-date", {"reason": "own", "date": date(2026, 8, 5)}))
    assert isinstance(found, dict)
    assert found["earliest"] == "2027-02-05"
    assert found["reached"] is False
    found = plain(result("shop-quota", {"brands": 2, "opened": 1}))
    assert isinstance(found, dict)
    assert found["remaining"] == "1"
