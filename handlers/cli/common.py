"""What the sub-commands share: opening the knowledge with a progress bar, the moment taken for now, replies as JSON."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, time
from pathlib import Path

from bot.app import open_knowledge
from bot.errors import XiaoerError
from bot.knowledge import Knowledge
from bot.messages import Json, Reply
from bot.settings import Settings


def open_with_progress(settings: Settings, folder: Path | None) -> Knowledge:
    """The knowledge; learning it anew shows a bar on standard error and prints what the two thresholds are worth."""
    bar = None

    def progress(what: str, done: float) -> None:
        nonlocal bar
        if bar is None:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(stderr=True), transient=True)
            bar.add_task("知识库有更新,正在学习…", total=1.0)
            bar.start()
        bar.update(bar.task_ids[0], completed=done)

    try:
        knowledge = open_knowledge(settings, folder, progress)
    finally:
        if bar is not None:
            bar.stop()
    if bar is not None:
        print(fit_line(knowledge), file=sys.stderr)
    return knowledge


def fit_line(knowledge: Knowledge) -> str:
    """The two fitted numbers and what the cross-validation found with them."""
    fit, bands = knowledge.fit, knowledge.matcher.bands
    return (
        f"已学习 {fit.texts} 条问法、{fit.classes} 类:threshold {bands.threshold},ambiguity {bands.ambiguity}。交叉验证(问法留出 1/10):"
        f"首位 {fit.top1:.1%},前三 {fit.top3:.1%},直接答对 {fit.direct_right:.1%}、答错 {fit.direct_wrong:.1%},反问 {fit.asked:.1%};"
        f"已知缺口被当作知道 {fit.gaps_answered:.1%},没见过的缺口 {fit.unseen_gaps_answered:.1%}。"
    )


def moment(today: str | None, settings: Settings) -> datetime:
    """Now, or noon of the day given. Raises XiaoerError when it is no date."""
    if today is None:
        return datetime.now(settings.zone)
    try:
        return datetime.combine(date.fromisoformat(today), time(12), settings.zone)
    except ValueError:
        raise XiaoerError(f"{today} 不是日期,请写成 2026-11-21 这样") from None


def as_json(reply: Reply) -> dict[str, Json]:
    """The reply object of `ask --json`."""
    return {
        "act": reply.act.value,
        "entry": reply.entry if reply.gap is None else None,
        "entries": list(reply.entries),
        "candidates": [{"entry": c.entry, "score": c.score} for c in reply.candidates],
        "gap": reply.gap,
        "calculator": reply.calculator,
        "result": reply.result,
        "text": reply.text,
        "sources": [
            {
                "id": s.id,
                "title": s.title,
                "publisher": s.publisher,
                "published": s.published.isoformat() if s.published else None,
                "updated": s.updated.isoformat() if s.updated else None,
                "official": s.official,
                "page": s.page,
            }
            for s in reply.sources
        ],
        "options": [{"label": o.label, "entry": o.entry} for o in reply.options],
    }


def dump(value: object) -> str:
    """A value as one line of JSON, Chinese left as it is."""
    return json.dumps(value, ensure_ascii=False)
