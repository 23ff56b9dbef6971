"""`xiaoer bench`: it measures everything it promises; how fast things are depends on the machine and is not tested."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bot.errors import XiaoerError
from bot.knowledge import load_knowledge
from bot.matching.normalize import normalize
from handlers.cli.bench import run
from handlers.cli.bench.figures import FULL, QUICK, Latency, Plan
from handlers.cli.bench.growth import AN_ENTRY, make_up
from handlers.cli.bench.process import measure
from handlers.cli.bench.speed import fresh_messages, stock_of, stories
from handlers.cli.new_knowledge import create

TINY = Plan(messages=40, starts=1, sizes=(200, 400), asked=20)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder."""
    folder = tmp_path_factory.mktemp("bench") / "shop"
    create(folder)
    return folder


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is learned once, also for the processes that the measurement starts."""
    folder = tmp_path_factory.getbasetemp() / "bench-cache"
    monkeypatch.setenv("XIAOER_CACHE", str(folder))
    return folder


def numbers(value: object) -> Iterator[float]:
    """All numbers in a JSON value."""
    match value:
        case dict():
            for item in value.values():
                yield from numbers(item)
        case list():
            for item in value:
                yield from numbers(item)
        case int() | float():
            yield value


def test_one_run_reports_every_figure_as_json(shop: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(shop, as_json=True, plan=TINY)
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) == {"machine", "speed", "start", "growth", "took_seconds"}
    assert set(figures["machine"]) == {"cpus", "system", "python"}
    assert set(figures["speed"]) == {
        "wordings",
        "classes",
        "match",
        "respond",
        "long_match",
        "long_respond",
        "per_second",
    }
    assert set(figures["start"]) == {"runs", "seconds", "slowest_seconds", "peak_mib"}
    assert [size["wordings"] for size in figures["growth"]] == [200, 400]
    for size in figures["growth"]:
        assert set(size) == {"wordings", "entries", "train_seconds", "peak_mib", "matcher", "ratio", "weighted_ratio"}
        for way in ("matcher", "ratio", "weighted_ratio"):
            assert set(size[way]) == {"latency", "top1"}
            assert set(size[way]["latency"]) == {"messages", "p50", "p99"}
            assert 0 <= size[way]["top1"] <= 1
    assert all(math.isfinite(number) and number >= 0 for number in numbers(figures))
    assert figures["speed"]["match"]["messages"] == TINY.messages


def test_the_tables_show_them(shop: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(shop, as_json=False, plan=Plan(messages=20, starts=1, sizes=(200,), asked=10))
    told = capsys.readouterr().out
    for what in ("理解一句话", "整个回答", "4,000 字", "吞吐", "启动", "内存", "WRatio", "CPU", "Python"):
        assert what in told


def test_the_quick_run_stops_at_5000_wordings() -> None:
    assert QUICK.sizes == (1_000, 5_000)
    assert FULL.sizes == (1_000, 5_000, 20_000, 100_000)


def test_a_process_that_fails_is_told(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(XiaoerError, match="量启动时间时"):
        measure(tmp_path, 1)


def test_every_message_is_new(shop: Path) -> None:
    stock = stock_of(load_knowledge(shop, None))
    said = list(islice(fresh_messages(stock, Random(3)), 2000))
    assert len({*said, *stock}) == len(said) + len(stock)
    assert {len(story) for story in islice(stories(stock, Random(3)), 5)} == {4000}


def test_a_made_up_folder_is_the_same_each_time_and_holds_no_question_asked_of_it() -> None:
    made_up = make_up(2000, 100)
    assert made_up == make_up(2000, 100)
    corpus = made_up.corpus
    assert len(corpus.texts) == len(set(corpus.texts)) == 2000
    assert {len(wordings) for wordings in corpus.by_class().values()} == {AN_ENTRY}
    assert all(normalize(text) == text for text in corpus.texts[:200])
    assert len(made_up.held_out) == 100
    assert not {text for text, _ in made_up.held_out} & set(corpus.texts)


def test_percentiles_are_taken_from_the_ordered_times() -> None:
    assert Latency.of([n * 1_000_000 for n in range(100, 0, -1)]) == Latency(100, 50.5, 99.0)
    assert Latency.of([2_000_000]) == Latency(1, 2.0, 2.0)
