"""`xiaoer eval`: how well a file of questions is understood, as text, JSON or a page."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.errors import XiaoerError
from bot.evaluation import Asked, Figures, Judged, Report, Share, evaluate, read_asked, summarize
from bot.evaluation.report import LABELS
from bot.knowledge import Knowledge
from bot.messages import Json
from bot.settings import Settings
from handlers.cli.common import dump, open_with_progress

# The measures that a table of tags has room for; --json and --html have all.
BY_TAG = {
    "top1": "首位",
    "top3": "前三",
    "direct_right": "直答对",
    "direct_wrong": "直答错",
    "clarified_right": "反问对",
    "refused": "没答",
    "must_direct": "说到",
    "near_answered": "近域答",
    "calculators": "计算",
}
# Wide enough for the table of tags when the output is no terminal.
WIDTH = 120


def run(file: Path, folder: Path | None, *, as_json: bool, html: Path | None) -> None:
    """Measure with the file, print the report and write the page."""
    from bot.evaluation.page import check_drawing, page

    settings = Settings()
    lines = read_asked(file)  # a wrong line, or a page that cannot be drawn, is told before anything is loaded
    if html is not None:
        check_drawing()
    knowledge = open_with_progress(settings, folder)
    report = summarize(_judged(lines, knowledge, settings), knowledge)
    if html is not None:
        questions = {e.id: e.question for e in knowledge.content.entries}
        try:
            html.write_text(page(report, f"店小二评测 · {file.name}", questions), encoding="utf-8")
        except OSError as error:
            raise XiaoerError(f"写不了 {html}: {error.strerror}") from None
    if as_json:
        print(dump(report_object(report)))
    else:
        console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
        show(report, console)
        if html is not None:
            console.print(Text(f"网页报告: {html}"))


def _judged(lines: Mapping[int, Asked], knowledge: Knowledge, settings: Settings) -> list[Judged]:
    today = datetime.now(settings.zone).date()
    if not sys.stderr.isatty():
        return list(evaluate(lines, knowledge, today, settings.zone))
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("评测…", total=len(lines))
        return list(evaluate(lines, knowledge, today, settings.zone, lambda: bar.advance(task)))


def show(report: Report, console: Console) -> None:
    """The report for a reader at a terminal."""
    console.print(Text(f"共 {report.lines} 句;threshold {report.threshold},ambiguity {report.ambiguity}"))
    if report.unknown:
        console.print(Text(f"知识库里没有这些知识点: {'、'.join(report.unknown)}", style="yellow"))
    console.print(_totals(report.figures))
    console.print(_tags(report))
    if report.confusions:
        console.print(Text("混淆(应为 → 首位候选,次数)", style="bold"))
        for pair in report.confusions:
            console.print(Text(f"  {pair.gold} → {pair.got}  {pair.count}"))
    console.print(Text(f"没做对的 {len(report.failures)} 句", style="bold"))
    for j in report.failures:
        console.print(Text(f"  第 {j.number} 行 [{' '.join(j.asked.tags)}] {_one_line(j.asked.q)}"), soft_wrap=True)
        wanted = "|".join(j.asked.gold) or j.asked.scope.value
        console.print(Text(f"    {j.fault}: 应为 {wanted},实为 {j.got}({j.score:.2f})", style="dim"), soft_wrap=True)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _totals(figures: Figures) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    table.columns[0].justify = "left"
    for name, share in figures.named().items():
        if share.of:
            table.add_row(LABELS[name], str(share), Text(f"{share.count}/{share.of}", style="dim"))
    return table


def _tags(report: Report) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("标签", no_wrap=True)
    for title in ("句数", *BY_TAG.values()):
        table.add_column(title, justify="right", no_wrap=True)
    for tag in report.tags:
        table.add_row(Text(tag.tag), str(tag.lines), *(str(tag.figures.named()[name]) for name in BY_TAG))
    return table


def report_object(report: Report) -> dict[str, Json]:
    """The report of `eval --json`."""
    return {
        "lines": report.lines,
        "threshold": report.threshold,
        "ambiguity": report.ambiguity,
        "unknown": list(report.unknown),
        "figures": _figures_object(report.figures),
        "tags": {t.tag: {"lines": t.lines, "figures": _figures_object(t.figures)} for t in report.tags},
        "confusions": [{"gold": p.gold, "got": p.got, "count": p.count} for p in report.confusions],
        "failures": [_failure_object(j) for j in report.failures],
        "curve": [
            {"threshold": p.threshold, "right": p.right.value, "wrong": p.wrong.value, "near": p.near.value} for p in report.curve
        ],
    }


def _figures_object(figures: Figures) -> dict[str, Json]:
    return {name: _share_object(share) for name, share in figures.named().items()}


def _share_object(share: Share) -> Json:
    return {"count": share.count, "of": share.of, "share": round(share.value, 4) if share.of else None}


def _failure_object(judged: Judged) -> Json:
    return {
        "line": judged.number,
        "q": judged.asked.q,
        "gold": list(judged.asked.gold),
        "got": judged.got,
        "score": round(judged.score, 4),
        "why": judged.fault,
        "tags": list(judged.asked.tags),
    }
