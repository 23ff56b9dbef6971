"""The check of a knowledge folder: each kind of mistake is found, at its line, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz
from typer.testing import CliRunner

from bot.content import SHIPPED, files_of
from bot.knowledge import Knowledge, load_knowledge
from bot.lint import Finding, Severity, lint
from bot.lint.wordings import alike
from bot.reader import read_content
from handlers.cli.main import app

TODAY = date(2026, 11, 21)

ENTRIES = """\
- id: shop.hours
  question: 店里几点开门
  gist: We open at 9.
  wordings:
    - 几点开门
    - 营业时间是怎么安排的
    - 什么时候关门
    - 周末开不开
  examples: [开门营业是几点, 营业时间怎么安排, 周末会开门吗]
  answer: |
    每天 {{ facts.opens }} 点开门。
    2. 周末也开。
  related: [shop.address]
  sources: [notice]
- id: shop.address
  question: 店在哪里
  wordings: [地址在哪, 店的位置, 在哪条街, 走哪条路能到店里]
  examples: [店的地址在哪, 在哪条街上, 店的位置在哪里]
  answer: 在河边。
  related: [shop.hours]
  sources: [notice]
"""
FILES = {
    "entries/shop.yaml": ENTRIES,
    "gaps/all.yaml": "- {id: gap.parking, about: 停车, wordings: [停车场收费吗, 哪里可以停车, 车停哪儿]}\n",
    "facts/all.yaml": "- {id: opens, label: 开门, unit: 点, values: [{value: '9', source: notice}]}\n",
    "sources.yaml": "- {id: notice, title: 告示, publisher: 本店, published: 2026-10-01, official: true}\n",
    "signals.yaml": "- {id: social.greeting, kind: smalltalk, about: 招呼, wordings: [你好呀, 您好啊, 哈喽哈喽], replies: [您好]}\n",
}

Check = Callable[..., list[Finding]]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def changed(changes: tuple[str, ...], files: Mapping[str, str]) -> dict[str, str]:
    """The small folder's files with some texts exchanged (old, new, old, new …) and some files more."""
    texts = {**FILES, **{name.replace("__", "/") + ".yaml": text for name, text in files.items()}}
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert sum(text.count(old) for text in texts.values()) == 1, old
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    return texts


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The small folder as it stands, learned once: most mistakes are found without learning again."""
    return load_knowledge(write(tmp_path_factory.mktemp("learned"), FILES))


@pytest.fixture
def check(tmp_path: Path, learned: Knowledge) -> Check:
    """Checks the changed folder with what was learned from the unchanged one."""

    def run(*changes: str, **files: str) -> list[Finding]:
        paths = files_of(write(tmp_path / "shop", changed(changes, files)))
        return list(lint(replace(learned, content=read_content(paths), files=paths), TODAY))

    return run


@pytest.fixture
def learn_and_check(tmp_path: Path) -> Check:
    """Checks the changed folder, learned anew."""

    def run(*changes: str, **files: str) -> list[Finding]:
        return list(lint(load_knowledge(write(tmp_path / "shop", changed(changes, files))), TODAY))

    return run


def line_of(findings: list[Finding], severity: Severity, *fragments: str) -> str:
    """Where the one finding stands that says all of this, as entries/shop.yaml:3."""
    found = [f for f in findings if f.severity is severity and all(part in f.text for part in fragments)]
    assert len(found) == 1, findings
    path = Path(found[0].file)
    return f"{path.name}:{found[0].line}"


def test_a_folder_without_mistakes_has_no_findings(check: Check) -> None:
    assert check() == []


def test_a_wording_owned_twice_is_an_error_at_the_second_place(check: Check) -> None:
    found = check("[地址在哪,", "[几点开门!, 地址在哪,")
    assert line_of(found, Severity.ERROR, "几点开门!", "shop.hours", "shop.yaml:5") == "shop.yaml:17"


def test_a_wording_twice_in_one_entry_is_a_warning_even_in_another_script(check: Check) -> None:
    found = check("    - 周末开不开", "    - 周末开不开\n    - 週末開不開")
    assert line_of(found, Severity.WARNING, "週末開不開", "写了两遍", "周末开不开") == "shop.yaml:9"


def test_wordings_of_two_entries_that_are_nearly_the_same_are_an_error(check: Check) -> None:
    found = check(
        "营业时间是怎么安排的", "请问你们店里的营业时间是怎么安排的", "走哪条路能到店里", "请问你们店里营业时间是怎么安排的"
    )
    assert line_of(found, Severity.ERROR, "几乎相同") == "shop.yaml:17"


def test_a_wording_that_is_also_a_signal_is_told_where_the_entry_stands(check: Check) -> None:
    assert line_of(check("[地址在哪,", "[你好呀, 地址在哪,"), Severity.ERROR, "你好呀", "social.greeting") == "shop.yaml:17"


def test_a_wording_without_any_letter_is_a_warning(check: Check) -> None:
    assert line_of(check("什么时候关门", "'!!!'"), Severity.WARNING, "什么也不剩") == "shop.yaml:7"


def test_a_gap_too_close_to_an_entry_is_an_error_at_the_gap(check: Check) -> None:
    found = check("车停哪儿", "走哪条路能到你店里")
    assert line_of(found, Severity.ERROR, "太像", "走哪条路能到店里") == "all.yaml:1"


def test_an_example_that_is_a_wording_is_an_error(check: Check) -> None:
    assert line_of(check("在哪条街上", "在哪条街"), Severity.ERROR, "就是", "什么也证明不了") == "shop.yaml:18"


def test_an_example_that_is_nearly_a_wording_is_a_warning(check: Check) -> None:
    long = "我想请问一下你们店里平常的营业时间到底是怎么安排的呀"
    found = check("营业时间是怎么安排的", long, "营业时间怎么安排", long.replace("呀", ""))
    assert line_of(found, Severity.WARNING, "几乎相同") == "shop.yaml:9"


def test_an_example_that_finds_another_entry_first_is_a_warning(learn_and_check: Check) -> None:
    assert line_of(learn_and_check("在哪条街上", "周末什么时候开门关门"), Severity.WARNING, "首位是 shop.hours") == "shop.yaml:18"


def test_an_example_beyond_the_first_three_is_an_error(learn_and_check: Check) -> None:
    more = "".join(
        f"- {{id: shop.{name}, question: {q}, wordings: [{q}多少钱, {q}有没有, 买{q}], examples: [{q}呢, 有{q}吗, {q}贵不贵], "
        "answer: 有, sources: [notice]}\n"
        for name, q in {"tea": "茶叶", "rice": "大米", "salt": "食盐", "oil": "菜油"}.items()
    )
    found = learn_and_check("在哪条街上", "茶叶大米食盐菜油", entries__more=more)
    assert line_of(found, Severity.ERROR, "找不到它的知识点") == "shop.yaml:18"


def test_an_example_of_a_gap_that_is_answered_is_an_error(learn_and_check: Check) -> None:
    found = learn_and_check("车停哪儿]", "车停哪儿], examples: [地址在哪啊店的位置]")
    assert line_of(found, Severity.ERROR, "没有出处,却按 shop.address 直接回答了") == "all.yaml:1"


def test_an_example_of_a_signal_heard_otherwise_is_an_error(learn_and_check: Check) -> None:
    found = learn_and_check("哈喽哈喽]", "哈喽哈喽], examples: [店的位置在哪条街]")
    assert line_of(found, Severity.ERROR, "没有听成 smalltalk") == "signals.yaml:1"


def test_too_few_examples_and_no_source_are_warnings(check: Check) -> None:
    found = check(
        "examples: [店的地址在哪, 在哪条街上, 店的位置在哪里]",
        "examples: [店的地址在哪]",
        "[shop.hours]\n  sources: [notice]",
        "[shop.hours]",
    )
    assert line_of(found, Severity.WARNING, "只有 1 条测试问法") == "shop.yaml:18"
    assert line_of(found, Severity.WARNING, "没有出处") == "shop.yaml:15"


def test_an_unknown_fact_is_found_in_a_branch_that_is_never_taken(check: Check) -> None:
    found = check("2. 周末也开。", "2. 周末也开。\n    {% if false %}{{ facts.closes }}{% endif %}")
    assert line_of(found, Severity.ERROR, "没有口径 closes") == "shop.yaml:13"


def test_a_fact_that_is_asked_for_first_may_be_missing(check: Check) -> None:
    assert check("在河边。", "在河边。{% if facts.river is defined %}{{ facts.river }}{% endif %}") == []


def test_names_set_inside_a_template_are_known(check: Check) -> None:
    found = check(replies=shipped("replies") + "\nextra: {zh: '{% if facts %}{% set a = 1 %}{% endif %}{{ a }}', en: ok}\n")
    assert found == []


def test_a_line_that_uses_a_variable_the_program_does_not_give_is_an_error(check: Check) -> None:
    found = check(replies=shipped("replies").replace("没有第 {{ number }} 个选项", "没有第 {{ nummer }} 个选项"))
    assert line_of(found, Severity.ERROR, "未知的变量 nummer").startswith("replies.yaml:")


def test_a_line_that_is_no_template_is_an_error_at_its_line(check: Check) -> None:
    assert line_of(check(replies="empty: {zh: '{{ a', en: ok}\n"), Severity.ERROR, "模板写错了") == "replies.yaml:1"


def test_template_tags_in_a_text_that_is_no_template_are_an_error(check: Check) -> None:
    assert line_of(check("about: 停车", "about: '停车 {{ facts.opens }}'"), Severity.ERROR, "会原样说出去") == "all.yaml:1"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("满 30 元送货。", "30"),
        ("营业 24h。", "24"),
        ("最多三次。", "三"),
        ("等两个月。", "两"),
        ("要二十四小时。", "二十四"),
        ("扣百分之一 20%。", "20"),
        ("押金12,800元。", "12,800"),
    ],
)
def test_a_number_in_an_answer_that_is_no_fact_is_an_error(check: Check, said: str, number: str) -> None:
    assert (
        line_of(check("2. 周末也开。", f"2. 周末也开。\n    {said}"), Severity.ERROR, f"里的 {number} 不是口径") == "shop.yaml:13"
    )


@pytest.mark.parametrize(
    "said",
    [
        "1. 先来。",
        "自 2021 年起。",
        "七天无理由退货。",
        "第一次来的人。",
        "只卖一家的。",
        "万一没开。",
        "卖 3C 和 A4 纸。",
        "近 {{ facts.opens }} 万元。",
    ],
)
def test_markers_years_names_and_units_are_no_numbers(check: Check, said: str) -> None:
    assert check("2. 周末也开。", f"2. 周末也开。\n    {said}") == []


def test_a_number_in_the_gist_must_be_the_value_of_a_fact(check: Check) -> None:
    assert line_of(check("We open at 9.", "We open at 8."), Severity.WARNING, "里的 8 不是任何口径的值") == "shop.yaml:3"
    assert check("We open at 9.", "Since 2022 we open at 9, 0.9 million visitors.") == []


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("请拨 12135。", "12135"),
        ("请拨 138 0013 8000。", "138 0013 8000"),
        ("加微信:xiaodian", "微信:xiaodian"),
        ("加V信abc123。", "V信abc123"),
        ("加vx abc123。", "vx abc123"),
    ],
)
def test_a_number_or_contact_that_is_no_fact_is_an_error_wherever_it_is_said(check: Check, said: str, what: str) -> None:
    assert line_of(check("about: 停车", f"about: '停车{said}'"), Severity.ERROR, f"「{what}」", "联系方式") == "all.yaml:1"
    assert line_of(check("replies: [您好]", f"replies: ['{said}']"), Severity.ERROR, f"「{what}」") == "signals.yaml:1"


def test_the_number_of_a_fact_and_the_name_of_an_app_are_no_contacts(check: Check) -> None:
    found = check("value: '9'", "value: '10101588'", "We open at 9.", "We open.", "about: 停车", "about: 停车打10101588或微信App")
    assert found == []


def test_a_fact_that_nobody_uses_is_a_warning(check: Check) -> None:
    assert line_of(check("{{ facts.opens }} 点开门", "早早开门"), Severity.WARNING, "口径 opens 没有一处用到") == "all.yaml:1"


def test_an_entry_related_to_itself_is_a_warning(check: Check) -> None:
    assert line_of(check("related: [shop.address]", "related: [shop.hours]"), Severity.WARNING, "有它自己") == "shop.yaml:13"


def test_old_and_undated_sources_are_told_but_never_fail(check: Check) -> None:
    assert line_of(check("2026-10-01", "2023-11-21"), Severity.INFO, "距今 3.0 年", "2 个知识点") == "sources.yaml:1"
    assert line_of(check(" published: 2026-10-01,", ""), Severity.INFO, "没有日期") == "sources.yaml:1"


def test_shipped_files_that_fill_in_are_not_the_folder_s_to_mend(tmp_path: Path, learned: Knowledge) -> None:
    folder = write(tmp_path / "shop", {name: text for name, text in FILES.items() if name != "signals.yaml"})
    paths = files_of(folder)
    assert SHIPPED / "signals.yaml" in paths
    found = lint(load_knowledge(folder), TODAY)
    assert all(Path(f.file).is_relative_to(folder) for f in found)


@given(st.lists(st.text("ab", min_size=8, max_size=32), max_size=12), st.sampled_from([90.0, 95.0, 97.0]))
def test_every_pair_of_texts_that_are_alike_is_found(texts: list[str], least: float) -> None:
    expected = {
        (i, j) for i, one in enumerate(texts) for j, other in enumerate(texts) if one != other and fuzz.ratio(one, other) >= least
    }
    assert {(i, j) for i, j, _ in alike(texts, texts, least)} == expected


def shipped(name: str) -> str:
    return (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def run_check(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *options: str) -> tuple[int, str]:
    monkeypatch.setenv("XIAOER_CACHE", str(tmp_path / "cache"))
    result = CliRunner().invoke(app, ["check", "--knowledge", str(folder), *options])
    return result.exit_code, result.stdout


def test_the_command_prints_file_line_severity_and_fix_and_fails_on_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "shop", {**FILES, "entries/shop.yaml": ENTRIES.replace("在河边。", "满 30 元送货。")})
    status, printed = run_check(folder, monkeypatch, tmp_path)
    assert status == 1
    assert f"{folder}/entries/shop.yaml:19: error: shop.address: 「满 30 元送货。」里的 30 不是口径。改法: " in printed
    assert printed.splitlines()[-1] == "1 个错误,0 个警告,0 条提示"


def test_the_command_succeeds_without_errors_and_speaks_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "shop", {**FILES, "sources.yaml": FILES["sources.yaml"].replace("2026-10-01", "2020-10-01")})
    status, printed = run_check(folder, monkeypatch, tmp_path, "--json")
    told = json.loads(printed)
    assert (status, told["errors"], told["warnings"], told["infos"]) == (0, 0, 0, 1)
    assert told["findings"][0]["item"] == "notice"


def test_content_that_cannot_be_loaded_is_one_error_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "shop", {**FILES, "entries/shop.yaml": ENTRIES.replace("facts.opens", "facts.opened")})
    status, printed = run_check(folder, monkeypatch, tmp_path)
    assert status == 1
    assert f"{folder}/entries/shop.yaml:10: error: shop.hours: " in printed
