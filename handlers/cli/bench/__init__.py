"""`xiaoer bench`: speed, start-up, memory and growth, measured in one run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from time import perf_counter

from bot.knowledge import Knowledge
from bot.settings import Settings
from handlers.cli.bench.figures import Compared, Figures, Latency, Machine, Plan, Report
from handlers.cli.common import dump, open_with_progress


def run(folder: Path | None, *, as_json: bool, plan: Plan) -> None:
    """Measure and print."""
    settings = Settings()
    # Learned first when its content is new, so that starting is measured with a warm cache.
    knowledge = open_with_progress(settings, folder)
    with progress() as report:
        figures = measure(knowledge, folder or settings.knowledge, datetime.now(settings.zone), plan, report)
    if as_json:
        print(dump(asdict(figures)))
    else:
        show(figures)


def measure(knowledge: Knowledge, folder: Path, now: datetime, plan: Plan, report: Report) -> Figures:
    """Every figure of the knowledge that was loaded from `folder`."""
    from handlers.cli.bench import growth, process, speed

    begun = perf_counter()
    report("理解和回答")
    spoken = speed.measure(knowledge, now, plan.messages)
    report("启动")
    started = process.measure(folder, plan.starts)
    grown = []
    for size in plan.sizes:
        report(f"{size:,} 条问法")
        grown.append(growth.measure(size, plan.asked))
    return Figures(machine(), spoken, started, tuple(grown), perf_counter() - begun)


def machine() -> Machine:
    """What this runs on."""
    return Machine(os.cpu_count() or 1, platform.platform(), platform.python_version())


@contextmanager
def progress() -> Iterator[Report]:
    """A line on standard error that says what is being measured."""
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda what: status.update(f"正在量:{what}")


def show(figures: Figures) -> None:
    """The figures as tables."""
    from rich.console import Console
    from rich.table import Table

    speed, start, machine = figures.speed, figures.start, figures.machine
    console = Console()
    table = Table("量什么", "p50 毫秒", "p99 毫秒", "条数", title=f"知识库:{speed.wordings:,} 条问法,{speed.classes} 类")
    for what, latency in (
        ("理解一句话", speed.match),
        ("整个回答", speed.respond),
        ("理解 4,000 字", speed.long_match),
        ("回答 4,000 字", speed.long_respond),
    ):
        table.add_row(what, *_both(latency), f"{latency.messages:,}")
    console.print(table)
    console.print(f"吞吐:单进程每秒 {speed.per_second:,.0f} 条回答")
    console.print(f"启动:xiaoer ask 中位数 {start.seconds:.2f} 秒,最慢 {start.slowest_seconds:.2f} 秒({start.runs} 次,缓存已有)")
    console.print(f"内存:xiaoer ask 最多 {start.peak_mib:.0f} MiB")
    table = Table(
        "问法", "学习秒", "内存 MiB", "方法", "p50 毫秒", "p99 毫秒", "首位正确", title="规模:编造的知识库,每个知识点 40 条问法"
    )
    for size in figures.growth:
        cells = (f"{size.wordings:,}", f"{size.train_seconds:.1f}", f"{size.peak_mib:.0f}")
        ways: tuple[tuple[str, Compared], ...] = (
            ("店小二", size.matcher),
            ("ratio", size.ratio),
            ("WRatio", size.weighted_ratio),
        )
        for number, (way, compared) in enumerate(ways):
            shown = cells if number == 0 else ("", "", "")
            table.add_row(*shown, way, *_both(compared.latency), f"{compared.top1:.1%}", end_section=number == 2)
    console.print(table)
    console.print(f"机器:{machine.cpus} 个 CPU,Python {machine.python},{machine.system};全程 {figures.took_seconds:.0f} 秒")


def _both(latency: Latency) -> tuple[str, str]:
    return f"{latency.p50:.2f}", f"{latency.p99:.2f}"
