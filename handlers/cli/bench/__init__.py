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

from bot.settings import Settings
from handlers.cli.bench.figures import Compared, Figures, Latency, Machine, Report
from handlers.cli.common import dump, open_with_progress

MESSAGES, QUICK_MESSAGES = 3000, 500


def run(folder: Path | None, *, as_json: bool, quick: bool) -> None:
    """Measure and print."""
    settings = Settings()
    with _progress() as report:
        figures = measure(settings, folder or settings.knowledge, quick=quick, report=report)
    if as_json:
        print(dump(asdict(figures)))
    else:
        show(figures)


def measure(settings: Settings, folder: Path, *, quick: bool, report: Report) -> Figures:
    """Every figure. The folder is learned first when its content is new, so that starting is measured with a warm cache."""
    from handlers.cli.bench import growth, process, speed

    begun = perf_counter()
    report("打开知识库")
    knowledge = open_with_progress(settings, folder)
    report("理解和回答")
    spoken = speed.measure(knowledge, datetime.now(settings.zone), QUICK_MESSAGES if quick else MESSAGES)
    report("启动")
    started = process.measure(folder, 3 if quick else 9)
    grown = []
    for size in growth.sizes(quick=quick):
        report(f"{size:,} 条问法")
        grown.append(growth.measure(size, 200 if quick else 1000))
    machine = Machine(os.cpu_count() or 1, platform.platform(), platform.python_version())
    return Figures(machine, spoken, started, tuple(grown), perf_counter() - begun)


@contextmanager
def _progress() -> Iterator[Report]:
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
