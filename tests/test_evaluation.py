"""The measurement of understanding: lines are read strictly, replies judged by what they do, figures add up."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.errors import ContentError, XiaoerError
from bot.evaluation import Asked, Figures, Judged, Report, Share, Verdict, evaluate, read_asked, summarize
from bot.evaluation.page import check_drawing, page
from bot.evaluation.report import LABELS
from bot.knowledge import Knowledge, load_knowledge
from bot.messages import Act, Button, Candidate, Reply
from handlers.cli.main import app

TODAY = date(2026, 11, 21)
FILES = {
    "entries/shop.yaml": """\
- id: shop.hours
  question: 店里几点开门
  wordings: [几点开门, 营业时间是怎么安排的, 什么时候关门, 周末开不开]
  answer: 每天早上开门。
- id: shop.address
  question: 店在哪里
  wordings: [地址在哪, 店的位置, 在哪条街, 走哪条路能到店里]
  answer: 在河边。
- id: shop.auto-close
  question: 订单多久自动关闭
  calculator: order-auto-close
  wordings: [订单会自己关掉吗, 拖着不发的订单最后怎么样, 7月1号的订单哪天自动关闭]
  answer: 过些日子自动关闭。
""",
    "gaps/all.yaml": "- {id: gap.parking, about: 停车, wordings: [停车场收费吗, 哪里可以停车, 车停哪儿]}\n",
    "facts/all.yaml": "- {id: order_auto_close_days, label: 关闭, unit: 天, values: [{value: '150', source: notice}]}\n",
    "sources.yaml": "- {id: notice, title: 告示, publisher: 本店, published: 2026-10-01, official: true}\n",
    "signals.yaml": """\
- {id: social.greeting, kind: smalltalk, about: 招呼, wordings: [你好呀, 您好啊, 哈喽哈喽], replies: [您好]}
- {id: handoff.request, kind: handoff, about: 人工, wordings: [转人工, 我要真人客服, 叫个活人来]}
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def knowledge(folder: Path) -> Knowledge:
    return load_knowledge(folder)


def line(q: str, *gold: str, tags: Sequence[str] = (), **more: object) -> Asked:
    return Asked.model_validate({"q": q, "gold": gold, "tags": tuple(tags), **more})


def judge(knowledge: Knowledge, *lines: Asked) -> list[Judged]:
    return list(evaluate(dict(enumerate(lines, 1)), knowledge, TODAY, UTC))


def report_of(knowledge: Knowledge, *lines: Asked) -> Report:
    return summarize(judge(knowledge, *lines), knowledge)


def replied(asked: Asked, act: Act, *entries: str, text: str = "", options: Sequence[str] = (), **more: object) -> Judged:
    """A line with a reply made up for it; its candidates are the entries or the options."""
    candidates = tuple(Candidate(e, 0.9 - 0.1 * i) for i, e in enumerate((*entries, *options, "a", "b", "c")))
    buttons = tuple(Button(o, entry=o) for o in options)
    reply = Reply(act, text, text, entries=entries, candidates=candidates, options=buttons, **more)
    return Judged(1, asked, reply, answerable=True)


# --- the file ----------------------------------------------------------------------------------------------------


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "asked.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_line_is_read_with_all_its_fields_and_blank_lines_keep_their_number(tmp_path: Path) -> None:
    full = '{"q": "问", "gold": ["a"], "must": ["x|y"], "must_not": ["z"], "calc": "c", "today": "2026-11-21", "tags": ["plain"]}'
    lines = read_asked(written(tmp_path, '{"q": "问", "gold": []}', "", full))
    assert list(lines) == [1, 3]
    assert lines[3].today == TODAY
    assert lines[3].must[0].search("y")


@pytest.mark.parametrize(
    "wrong",
    [
        "not json",
        '["q"]',
        '{"gold": []}',
        '{"q": "问"}',
        '{"q": 7, "gold": []}',
        '{"q": "问", "gold": "a"}',
        '{"q": "问", "gold": [], "must": ["("]}',
        '{"q": "问", "gold": [], "today": "tomorrow"}',
        '{"q": "问", "gold": [], "expected": 1}',
        '{"q": "\\ud800", "gold": []}',
        "[" * 100_000,
    ],
)
def test_a_malformed_line_is_an_error_with_its_number(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ContentError, match=r"asked\.jsonl:2.*改法") as raised:
        read_asked(written(tmp_path, '{"q": "问", "gold": []}', wrong))
    assert raised.value.line == 2


def test_a_file_that_is_missing_empty_or_no_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="打不开"):
        read_asked(tmp_path / "none.jsonl")
    with pytest.raises(ContentError, match="一句问话也没有"):
        read_asked(written(tmp_path, "", " "))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContentError, match="UTF-8"):
        read_asked(tmp_path / "binary")


# --- one reply ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "entries", "options", "verdict", "fault"),
    [
        (Act.ANSWER, ["x"], [], Verdict.RIGHT, None),
        (Act.ASK, ["x"], [], Verdict.RIGHT, None),
        (Act.ANSWER, ["y"], [], Verdict.WRONG, "答成了别的知识点"),
        (Act.ANSWER, ["y", "x"], [], Verdict.WRONG, "答成了别的知识点"),
        (Act.CLARIFY, [], ["y", "x"], Verdict.OFFERED, None),
        (Act.CLARIFY, [], ["y", "z"], Verdict.NOT_OFFERED, "反问的选项里没有对的"),
        (Act.FALLBACK, [], ["x"], Verdict.REFUSED, "没有答"),
        (Act.SMALLTALK, [], [], Verdict.MISHEARD, "当成了对话用语"),
        (Act.HANDOFF, [], [], Verdict.MISHEARD, "当成了对话用语"),
    ],
)
def test_a_question_that_an_entry_answers_is_judged_by_act_and_entry(
    act: Act, entries: list[str], options: list[str], verdict: Verdict, fault: str | None
) -> None:
    judged = replied(line("问", "x"), act, *entries, options=options)
    assert (judged.verdict, judged.fault) == (verdict, fault)


def test_any_of_several_gold_entries_is_right() -> None:
    assert replied(line("问", "x", "y"), Act.ANSWER, "y").fault is None


def test_a_double_question_wants_both_entries() -> None:
    double = line("问", "x", "y", tags=["multi"])
    assert replied(double, Act.ANSWER, "y", "x").fault is None
    assert replied(double, Act.ANSWER, "x").fault == "两个问题没有都答到"
    assert replied(double, Act.CLARIFY, options=["x", "y"]).fault == "两个问题没有都答到"


def test_what_must_be_said_and_what_must_not_are_patterns_of_the_text() -> None:
    asked = line("问", "x", must=["[三3]天", "退"], must_not=["12135"])
    assert replied(asked, Act.ANSWER, "x", text="3天内退").fault is None
    assert replied(asked, Act.ANSWER, "x", text="3天内").fault == "没有说到 退"
    assert replied(asked, Act.ANSWER, "x", text="3天内退,打12135").fault == "说了不该说的 12135"


@pytest.mark.parametrize("tag", ["near", "far"])
def test_a_question_that_nothing_answers_may_be_clarified_or_refused_but_not_answered(tag: str) -> None:
    asked = line("问", tags=[tag])
    assert replied(asked, Act.ANSWER, "x").fault == "没有出处,却当作知道"
    assert replied(asked, Act.ASK, "x").fault == "没有出处,却当作知道"
    assert replied(asked, Act.CLARIFY, options=["x"]).fault is None
    assert replied(asked, Act.FALLBACK, gap="g").fault is None


def test_small_talk_and_a_wish_for_a_person_are_judged_by_the_act() -> None:
    assert replied(line("问", tags=["chitchat"]), Act.SMALLTALK).fault is None
    assert replied(line("问", tags=["chitchat"]), Act.FALLBACK).fault == "没有当作闲聊"
    assert replied(line("问", tags=["handoff"]), Act.HANDOFF).fault is None
    assert replied(line("问", tags=["handoff"]), Act.SMALLTALK).fault == "没有转人工"


def test_a_calculation_is_right_when_the_calculator_answers_with_the_figure() -> None:
    asked = line("问", "x", calc="c", must=["27"], must_not=["30"])
    right = replied(asked, Act.ANSWER, "x", text="27 元", calculator="c")
    assert (right.calculated, right.fault) == (True, None)
    for wrong, fault in (
        (replied(asked, Act.ANSWER, "x", text="27 元"), "没有用计算器 c"),
        (replied(asked, Act.ASK, "x", text="27?", calculator="c"), "没有算出结果"),
        (replied(asked, Act.ANSWER, "x", text="28 元", calculator="c"), "没有说到 27"),
        (replied(asked, Act.ANSWER, "x", text="27 还是 30", calculator="c"), "说了不该说的 30"),
    ):
        assert (wrong.calculated, wrong.fault) == (False, fault)


# --- all together ------------------------------------------------------------------------------------------------


def test_every_figure_has_a_label_and_every_label_a_figure() -> None:
    assert tuple(LABELS) == tuple(f.name for f in fields(Figures))


def test_the_figures_of_a_file_add_up(knowledge: Knowledge) -> None:
    report = report_of(
        knowledge,
        line("几点开门", "shop.hours", tags=["plain"], must=["早上"]),
        line("地址在哪", "shop.hours", tags=["plain"]),
        line("车停哪儿", "shop.address", tags=["typo"]),
        line("停车场收费吗", tags=["near"]),
        line("店的位置", tags=["near"]),
        line("哪里可以停车", tags=["far"]),
        line("你好呀", tags=["chitchat"]),
        line("转人工", tags=["handoff"], must_not=["微信"]),
        line("7月1号的订单哪天自动关闭", "shop.auto-close", calc="order-auto-close", must=["11月28日"], tags=["calc"]),
    )
    figures = report.figures
    assert report.lines == 9
    assert figures.top1.of == figures.direct_right.of == 3
    assert (figures.direct_right.count, figures.direct_wrong.count, figures.refused.count) == (1, 1, 1)
    assert figures.must == figures.must_direct == Share(1, 1)
    assert (figures.near_answered, figures.near_refused, figures.far_refused) == (Share(1, 2), Share(1, 2), Share(1, 1))
    assert figures.calculators == figures.chitchat == figures.handoff == figures.must_not == Share(1, 1)
    by_tag = {t.tag: t for t in report.tags}
    assert (by_tag["plain"].lines, by_tag["plain"].figures.direct_right) == (2, Share(1, 2))
    assert [(p.gold, p.got) for p in report.confusions if p.got == "shop.address"] == [
        ("near", "shop.address"),
        ("shop.hours", "shop.address"),
    ]
    assert [j.number for j in report.failures] == [2, 3, 5]


def test_the_day_of_a_line_is_the_day_it_is_asked_on(knowledge: Knowledge) -> None:
    asked = "7月1号的订单哪天自动关闭"
    (now, then) = judge(knowledge, line(asked, "shop.auto-close"), line(asked, "shop.auto-close", today="2024-08-01"))
    assert "2026年11月28日" in now.reply.text
    assert "2024年11月28日" in then.reply.text


def test_gold_entries_that_the_knowledge_does_not_have_are_told(knowledge: Knowledge) -> None:
    assert report_of(knowledge, line("几点开门", "shop.hours", "shop.hour")).unknown == ("shop.hour",)


def test_at_the_fitted_threshold_the_curve_says_what_the_figures_say(knowledge: Knowledge) -> None:
    report = report_of(
        knowledge,
        line("请问店里是几点开门", "shop.hours"),
        line("店的地址在哪条街", "shop.address"),
        line("开门的位置", "shop.hours"),
        line("车停哪儿", "shop.address"),
        line("你好呀", "shop.address"),
        line("河边能不能停车", tags=["near"]),
        line("店的位置", tags=["near"]),
    )
    here = max((p for p in report.curve if p.threshold <= report.threshold + 1e-9), key=lambda p: p.threshold)
    assert (here.right, here.wrong, here.near) == (
        report.figures.direct_right,
        report.figures.direct_wrong,
        report.figures.near_answered,
    )


def test_higher_thresholds_never_answer_more(knowledge: Knowledge) -> None:
    lines = [line(q, "shop.hours") for q in ("几点开门", "关门时间", "几点", "店里怎么走", "停车")]
    answered = [p.right.count + p.wrong.count for p in report_of(knowledge, *lines).curve]
    assert answered == sorted(answered, reverse=True)


# --- what is shown -----------------------------------------------------------------------------------------------

HOSTILE = "<script>alert('{{7*7}}')</script><img src=x>"


def test_the_page_escapes_what_customers_wrote_and_needs_no_other_host(knowledge: Knowledge) -> None:
    report = report_of(knowledge, line(HOSTILE, "shop.hours", tags=["<b>"]), line("地址在哪", "shop.hours"))
    html = page(report, "<评测>", {e.id: e.question for e in knowledge.content.entries})
    assert "&lt;script&gt;alert(&#39;{{7*7}}&#39;)&lt;/script&gt;" in html
    assert "<script" not in html
    assert "<b>" not in html
    assert "<title>&lt;评测&gt;</title>" in html
    assert not re.search(r"https?:|url\(|@import|href=", html)
    pictures = re.findall(r'<img[^>]* src="([^"]{0,40})', html)
    assert len(pictures) == 2
    assert all(p.startswith("data:image/png;base64,iVBORw0KGgo") for p in pictures)


def test_the_page_of_a_file_without_known_questions_has_no_matrix(knowledge: Knowledge) -> None:
    html = page(report_of(knowledge, line("你好呀", tags=["chitchat"])), "评测", {})
    assert html.count("data:image/png") == 1
    assert "没有混淆" in html


def test_without_matplotlib_one_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(XiaoerError, match=re.escape("pip install 'dianxiaoer[report]'")):
        check_drawing()


def test_the_command_prints_text_json_and_writes_the_page(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOER_CACHE", str(tmp_path / "cache"))
    file = written(
        tmp_path, '{"q": "几点开门", "gold": ["shop.hours"]}', '{"q": "店的位置[red]", "gold": ["shop.hours"], "tags": ["typo"]}'
    )
    command = ["eval", str(file), "--knowledge", str(folder)]
    text = CliRunner().invoke(app, [*command, "--html", str(tmp_path / "out.html")])
    assert text.exit_code == 0, text.output
    assert "共 2 句" in text.stdout
    assert re.search(r"首位候选对 +50\.0% +1/2", text.stdout)
    assert "第 2 行 [typo] 店的位置[red]" in text.stdout
    assert (tmp_path / "out.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    told = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert told["figures"]["top1"] == {"count": 1, "of": 2, "share": 0.5}
    assert told["figures"]["handoff"]["share"] is None
    assert told["tags"]["typo"]["lines"] == 1
    assert told["confusions"] == [{"gold": "shop.hours", "got": "shop.address", "count": 1}]
    assert told["failures"][0]["line"] == 2


def test_the_command_tells_a_malformed_line_before_it_loads_anything(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["eval", str(written(tmp_path, "{}")), "--knowledge", str(tmp_path / "none")])
    assert isinstance(result.exception, ContentError)
    assert result.exception.line == 1
