"""`xiaoer calc`: the list, values from options and from the terminal, kind problems, clear errors."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from typer.testing import CliRunner, Result

from bot.calculators import calculators
from bot.content import SHIPPED
from bot.conversation import Form, FormState
from bot.errors import XiaoerError
from bot.knowledge import Knowledge, load_knowledge
from bot.messages import Script
from bot.replies import Voice
from handlers.cli.calc import Terminal
from handlers.cli.main import app

NOW = datetime(2026, 11, 21, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one entry a calculator and nothing else to learn; facts and texts are the shipped ones."""
    folder = tmp_path_factory.mktemp("calc")
    shutil.copytree(SHIPPED / "facts", folder / "facts")
    shutil.copy(SHIPPED / "sources.yaml", folder)
    source = yaml.safe_load((SHIPPED / "sources.yaml").read_text(encoding="utf-8"))[0]["id"]
    entries = [
        {"id": f"rule.{name}", "question": name, "answer": "见计算结果", "calculator": name, "sources": [source]}
        for name in calculators()
    ]
    signals = [{"id": "hello", "kind": "smalltalk", "about": "打招呼", "wordings": ["你好", "在吗"]}]
    (folder / "entries").mkdir()
    (folder / "entries" / "rules.yaml").write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    (folder / "signals.yaml").write_text(yaml.safe_dump(signals, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folder is learned once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def knowledge(folder: Path, cache: Path) -> Knowledge:
    """The folder, learned."""
    return load_knowledge(folder, cache)


@pytest.fixture
def calc(folder: Path, cache: Path, knowledge: Knowledge) -> object:
    """Runs the command on the folder."""

    def run(*words: str) -> Result:
        options = ["--knowledge", str(folder), "--today", "2026-11-21"]
        return CliRunner(env={"XIAOER_CACHE": str(cache)}).invoke(app, ["calc", *words, *options])

    return run


def desk(name: str, knowledge: Knowledge, says: Sequence[str] = ()) -> Terminal:
    """A calculator at a terminal where somebody answers with these words, then leaves."""
    answers: Iterator[str] = iter(says)

    def read(prompt: str) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    return Terminal(calculators()[name], knowledge, Voice(knowledge, NOW, Script.SIMPLIFIED), NOW, read)


def test_the_list_names_every_calculator_with_its_title_and_slots(calc, knowledge: Knowledge) -> None:
    done = calc()
    assert done.exit_code == 0
    for name in calculators():
        assert name in done.stdout
    listed = {row["name"]: row for row in json.loads(calc("--json").stdout)}
    assert list(listed) == list(calculators())
    assert listed["deposit"] == {
        "name": "deposit",
        "title": knowledge.content.calculators["deposit"].title,
        "slots": [{"name": "amounts", "label": "各类目的保证金", "kind": "amounts", "required": True}],
    }
    assert not any(slot["name"] == "about" for row in listed.values() for slot in row["slots"])


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("late-shipping-compensation --amounts 588", "total", "5.88"),
        ("late-shipping-compensation --amounts 588块", "total", "5.88"),
        ("late-shipping-compensation --amounts=588 --amounts 299", "total", "8.88"),
        ("late-shipping-compensation --slot amounts=3", "total", "0.00"),
        ("late-shipping-penalty --orders 63单 --times 1", "total", "500"),
        ("late-shipping-timeline --first 昨天20:30", "second", "2026-11-21T20:30:00+08:00"),
        ("reopen-date --reason own --date 8月5号", "earliest", "2027-02-05"),
        ("appeal-deadline --used 1 --kind 违规", "remaining", "1"),
        ("appeal-deadline --kind 2 --date 2026-11-20", "last", "2026-11-27"),
        ("entry-cost --deposit 2000 --working_capital 5000 --equipment 现成的", "equipment", "0"),
        ("entry-cost --deposit 2000 --working-capital 5000 --equipment 0", "working_capital", "5000"),
        ("deposit --amounts 2000和5000", "highest", "5000"),
        ("order-auto-close --date 8月5号", "closes", "2027-01-02"),
        ("closing-invoice-deadline --date 昨天", "last", "2026-11-25"),
        ("shop-quota --brands 5个 --opened 2家", "remaining", "1"),
        ("export-batches --orders 120万单", "batches", "3"),
        ("order-income --amount 199 --promotion 联盟 --rate 20%", "income", "159.20"),
        ("order-income --rate 20 --amount 199 --promotion 精选联盟", "income", "159.20"),
        ("fake-shipping-check --sign early", "hits", ["early"]),
        ("fake-shipping-check --sign 轨迹不符", "hits", ["mismatch"]),
        ("purchase-limit-check --total 3 --per-order 5", "broken", ["per_order_over_total"]),
        ("invoice-freeze --amount 90", "frozen", "27.00"),
        ("exaggeration-penalty --severity minor --times 2 --minor 2", "total", "200"),
        ("three-no-penalty --times 第二次", "times", "2"),
    ],
)
def test_values_are_read_as_people_write_them(calc, words: str, field: str, value: object) -> None:
    done = calc(*words.split(), "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found) == {"calculator", "case", "result", "text"}
    assert found["calculator"] == words.split()[0]
    assert field in found["result"], found["result"]
    assert found["result"][field] == value


def test_the_answer_shows_its_steps_and_sources(calc) -> None:
    done = calc("late-shipping-compensation", "--amounts", "588")
    assert done.stdout.startswith("这单能赔 5.88 元")
    assert "出处：" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("late-shiping-compensation", "最接近的是 late-shipping-compensation"),
        ("订单自动关闭", "order-auto-close"),
        ("deposit --foo 3", "可以写的是 --amounts"),
        ("late-shipping-compensation --about 3", "没有 about 这一项"),
        ("deposit --amounts", "后面缺一个值"),
        ("deposit 2000", "看不懂 2000"),
        ("deposit --slot amounts", "--slot 名字=值"),
        ("deposit", "还缺各类目的保证金:加上 --amounts"),
        ("order-income --amount 199 --promotion 联盟", "--rate"),
        ("deposit --amounts -5", "不会是负数"),
        ("order-auto-close --date 2月30号", "--date 2月30号"),
        ("order-income --promotion 199", "--promotion 199: 这句我没看懂"),
        ("late-shipping-timeline --first 8月5号", "--first"),
        ("--amounts 588 deposit", "前面要先写计算器的名字"),
        ("--slot amounts=588", "要算哪一个"),
    ],
)
def test_what_is_wrong_is_told_clearly(calc, words: str, told: str) -> None:
    done = calc(*words.split())
    assert isinstance(done.exception, XiaoerError)
    assert told in str(done.exception)


def test_a_wrong_name_with_nothing_near_is_told_too(calc) -> None:
    assert str(calc("zzzz").exception) == "没有计算器 zzzz。xiaoer calc 列出所有计算器"


def test_a_folder_without_calculators_says_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "shop.yaml").write_text(
        "[{id: hours, question: 几点开门, wordings: [几点关门, 营业时间], answer: 九点},"
        " {id: back, question: 怎么退货, wordings: [可以退吗, 不想要了], answer: 七天},"
        " {id: send, question: 送不送货, wordings: [能送吗, 配送范围], answer: 五公里}]",
        encoding="utf-8",
    )
    shutil.copy(folder / "signals.yaml", tmp_path)
    runner = CliRunner(env={"XIAOER_CACHE": str(tmp_path / "cache")})
    assert "没有用到计算器" in runner.invoke(app, ["calc", "--knowledge", str(tmp_path)]).stdout
    done = runner.invoke(app, ["calc", "deposit", "--knowledge", str(tmp_path)])
    assert "没有用到计算器" in str(done.exception)


def test_missing_slots_are_asked_one_by_one(knowledge: Knowledge, capsys: pytest.CaptureFixture[str]) -> None:
    desk("order-income", knowledge, ["199块", "1", "两成"]).run((), may_ask=True, as_json=False)
    told = capsys.readouterr().out
    slots = knowledge.content.calculators["order-income"].slots
    assert [told.index(slots[s].prompt) for s in ("amount", "promotion", "rate")] == sorted(
        told.index(slots[s].prompt) for s in ("amount", "promotion", "rate")
    )
    assert "  1. 精选联盟\n  2. 无\n" in told
    assert "159.20 元" in told


def test_a_value_that_cannot_be_used_is_explained_and_asked_again(knowledge: Knowledge, capsys: pytest.CaptureFixture[str]) -> None:
    desk("deposit", knowledge, ["哈哈哈", "abc", "-2000", "2000"]).run((), may_ask=True, as_json=False)
    told = capsys.readouterr().out
    slot = knowledge.content.calculators["deposit"].slots["amounts"]
    assert told.count(slot.prompt) == 4
    assert knowledge.content.replies["not_understood"].zh in told
    assert slot.problems["not_a_number"] in told
    assert slot.problems["negative"] in told


def test_a_day_without_its_time_is_kept_and_the_time_asked(knowledge: Knowledge, capsys: pytest.CaptureFixture[str]) -> None:
    desk("late-shipping-timeline", knowledge, ["20:30"]).run((("first", "昨天"),), may_ask=True, as_json=False)
    assert "2026年11月21日 20:30" in capsys.readouterr().out


def test_leaving_the_terminal_ends_it(knowledge: Knowledge) -> None:
    with pytest.raises(SystemExit):
        desk("deposit", knowledge).run((), may_ask=True, as_json=False)


def ways_of_choosing() -> Iterator[tuple[str, str, str]]:
    """Every choice of every calculator by value, number, label and ways of saying it; and every example of a value."""
    for name, texts in yaml.safe_load((SHIPPED / "calculators.yaml").read_text(encoding="utf-8")).items():
        for slot, text in texts["slots"].items():
            for number, (value, choice) in enumerate(text.get("choices", {}).items(), 1):
                yield from ((name, slot, said) for said in (value, str(number), choice["label"], *choice.get("says", ())))
            yield from ((name, slot, example) for example in text.get("examples") or ())


@pytest.mark.parametrize(("name", "slot", "said"), dict.fromkeys(ways_of_choosing()))
def test_every_choice_and_every_example_is_understood(knowledge: Knowledge, name: str, slot: str, said: str) -> None:
    asking = Form(f"rule.{name}", name, FormState.ASKING, asked=slot)
    filled, problem = desk(name, knowledge).fill(asking, said)
    assert problem is None
    assert filled.values
