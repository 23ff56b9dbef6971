"""The report as one page that needs nothing else: tables, and pictures drawn with matplotlib inside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.errors import XiaoerError
from bot.evaluation.report import LABELS, Pair, Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Fonts that hold Chinese characters, as the common systems name them.
FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
# More rows than this cannot be read: then only entries that were confused are drawn, the most confused first.
MOST_ROWS = 120


def check_drawing() -> None:
    """Raise XiaoerError when the pictures cannot be drawn."""
    if find_spec("matplotlib") is None:
        raise XiaoerError("网页报告要用 matplotlib 画图,它还没有安装。改法: pip install 'dianxiaoer[report]'")


def page(report: Report, title: str, questions: Mapping[str, str]) -> str:
    """The page; `questions` are the entries' questions by id."""
    import matplotlib

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    font = _font()
    with matplotlib.rc_context({"font.family": [font] if font else ["sans-serif"], "axes.unicode_minus": False}):
        # Without a font for it, Chinese would be drawn as boxes: ids and English words stand in.
        confusion = _confusion(report.pairs, questions if font else {})
        curve = _curve(report)
    return environment.get_template("page.html").render(
        title=title, report=report, labels=LABELS, questions=questions, confusion=confusion, curve=curve
    )


def _font() -> str | None:
    from matplotlib.font_manager import fontManager

    present = {font.name for font in fontManager.ttflist}
    return next((name for name in FONTS if name in present), None)


def _confusion(pairs: Sequence[Pair], questions: Mapping[str, str]) -> str | None:
    """What was asked (rows) against the likeliest entry (columns); right ones blue, wrong ones orange."""
    import numpy as np
    from matplotlib.figure import Figure

    wrong = [p for p in pairs if p.gold != p.got]
    rows = list(dict.fromkeys(p.gold for p in [*wrong, *pairs]))
    columns = list(dict.fromkeys(p.got for p in [*wrong, *pairs]))
    if max(len(rows), len(columns)) > MOST_ROWS:
        rows = list(dict.fromkeys(p.gold for p in wrong))[:MOST_ROWS]
        columns = list(dict.fromkeys(e for p in wrong if p.gold in rows for e in (p.gold, p.got)))
        columns = [c for c in columns if any(p.got == c for p in pairs)][:MOST_ROWS]
    rows, columns = sorted(rows), sorted(columns)
    if not rows or not columns:
        return None
    counts = np.zeros((len(rows), len(columns)))
    for pair in pairs:
        if pair.gold in rows and pair.got in columns:
            counts[rows.index(pair.gold), columns.index(pair.got)] = pair.count
    right = np.array([[row == column for column in columns] for row in rows])
    figure = Figure(figsize=(4 + 0.22 * len(columns), 3 + 0.2 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    for mask, colours in ((right, "Blues"), (~right, "Oranges")):
        shown = np.ma.masked_where(~mask | (counts == 0), counts)
        axes.imshow(shown, cmap=colours, vmin=-0.5 * counts.max(), vmax=1.8 * counts.max(), aspect="auto")
    for y, x in np.argwhere(counts > 0):
        axes.text(x, y, f"{counts[y, x]:.0f}", ha="center", va="center", fontsize=7)
    axes.set_xticks(range(len(columns)), [questions.get(c, c) for c in columns], rotation=90, fontsize=7)
    axes.set_yticks(range(len(rows)), [questions.get(r, r) for r in rows], fontsize=7)
    axes.set_xticks(np.arange(len(columns) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) - 1) + 0.5, minor=True)
    axes.grid(which="minor", color="#eeeeee", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("likeliest entry")
    axes.set_ylabel("asked")
    return _png(figure)


def _curve(report: Report) -> str:
    """What would be answered at each threshold, and where the two fitted numbers lie."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.add_subplot()
    at = [p.threshold for p in report.curve]
    axes.plot(at, [p.right.value for p in report.curve], color="#1f6fb2", label="direct and right")
    axes.plot(at, [p.wrong.value for p in report.curve], color="#c0392b", label="direct and wrong")
    axes.plot(at, [p.near.value for p in report.curve], color="#d68910", label="near domain, answered as if known")
    for value, style, name in ((report.threshold, "-", "threshold"), (report.ambiguity, ":", "ambiguity")):
        axes.axvline(value, color="#555555", linestyle=style, linewidth=1.2, label=f"{name} {value:g}")
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="threshold", ylabel="share of messages")
    axes.grid(color="#eeeeee")
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5))
    return _png(figure)


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
