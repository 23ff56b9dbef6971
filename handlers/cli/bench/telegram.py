"""`xiaoer bench telegram`: updates a second of one process, by polling and by webhook, beside a bare aiogram echo on the same fake."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

from bot.errors import XiaoerError
from bot.knowledge import Knowledge
from bot.settings import Settings
from handlers.cli.bench.figures import Machine, Report
from handlers.cli.bench.speed import stock_of
from handlers.cli.common import dump, open_with_progress

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 90
_CHATS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """Rounds of so many messages at once, from 60 chats."""

    rounds: int
    messages: int


FULL = Plan(rounds=5, messages=1800)
QUICK = Plan(rounds=3, messages=600)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of getting updates: updates a second of both bots, each round's and their median, and the median of the rounds' ratios."""

    ours: float
    echo: float
    ratio: float
    ours_rounds: tuple[float, ...]
    echo_rounds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Both ways."""

    machine: Machine
    chats: int
    messages: int
    polling: Way
    webhook: Way


def run(folder: Path | None, *, as_json: bool, quick: bool) -> None:
    """Measure and print."""
    from handlers.cli.bench import machine, progress

    settings = Settings()
    knowledge = open_with_progress(settings, folder)
    with progress() as report:
        figures = measure(knowledge, folder or settings.knowledge, machine(), QUICK if quick else FULL, report)
    if as_json:
        print(dump(asdict(figures)))
    else:
        show(figures)


def measure(knowledge: Knowledge, folder: Path, machine: Machine, plan: Plan, report: Report) -> Figures:
    """Both ways, each with both bots in turns, so that whatever else the machine does meanwhile strikes both."""
    texts = list(islice(stock_of(knowledge), 600))
    polling = _way(False, folder, texts, plan, report)
    webhook = _way(True, folder, texts, plan, report)
    return Figures(machine, _CHATS, plan.messages, polling, webhook)


def _way(by_webhook: bool, folder: Path, texts: list[str], plan: Plan, report: Report) -> Way:
    with TemporaryDirectory() as place, ExitStack() as stack:
        fakes = {}
        for which in ("ours", "echo"):
            fake = fakes[which] = stack.enter_context(_fake())
            port = _free_port() if by_webhook else 0
            database = Path(place) / f"{which}.db"
            arguments = ("-m", "handlers.cli.bench.telegram_bots", which, fake.url, str(port), str(database), str(folder))
            stack.enter_context(_process(arguments))
        rates: dict[str, list[float]] = {"ours": [], "echo": []}
        for number in range(plan.rounds + 1):
            for which, fake in fakes.items():
                way = "webhook" if by_webhook else "轮询"
                report(f"{way} {which},第 {number} 轮" if number else f"{way} {which} 预热")
                seconds = fake.answered(texts, plan.messages if number else _CHATS)
                if number:
                    rates[which].append(plan.messages / seconds)
    ratio = median(a / b for a, b in zip(rates["ours"], rates["echo"], strict=True))
    return Way(median(rates["ours"]), median(rates["echo"]), ratio, tuple(rates["ours"]), tuple(rates["echo"]))


@dataclass(slots=True)
class _Fake:
    """A fake Bot API in a process of its own."""

    url: str

    def control(self, what: str, **given: object) -> Any:
        """Tell it something."""
        request = urllib.request.Request(f"{self.url}/control/{what}", json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def answered(self, texts: list[str], messages: int) -> float:
        """Bring so many messages at once; the seconds until each has its answer."""
        before = self._sent()
        began = monotonic()
        self.control("burst", chats=_CHATS, messages=messages, texts=texts)
        while self._sent() - before < messages:
            if monotonic() - began > _START_SECONDS + messages / 5:
                raise XiaoerError(f"{messages} 条消息里只有 {self._sent() - before} 条得到了回答")
            sleep(0.01)
        return monotonic() - began

    def _sent(self) -> int:
        return int(self.control("state")["calls"].get("sendmessage", 0))


@contextmanager
def _fake() -> Iterator[_Fake]:
    with _process(("-m", "handlers.cli.bench.botapi", "--journal", "0")) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise XiaoerError("测量用的 Bot API 没有起来")
        yield _Fake(json.loads(line)["url"])


@contextmanager
def _process(arguments: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("XIAOER_") or name == "XIAOER_CACHE"}
    env |= {"OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, *arguments], cwd=_ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def show(figures: Figures) -> None:
    """The figures as a table."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    title = f"一个进程,{figures.chats} 个会话同时发来 {figures.messages:,} 条"
    table = Table("收更新的方式", "店小二 条/秒", "aiogram 原样返回 条/秒", "比值", title=title)
    for name, way in (("轮询", figures.polling), ("webhook", figures.webhook)):
        table.add_row(name, f"{way.ours:,.0f}", f"{way.echo:,.0f}", f"{way.ratio:.2f}")
    console.print(table)
    console.print("两边都不限速,连的是同一个模拟 Bot API;店小二每条都先存、再答、记下、存好再发,aiogram 用默认设置,什么都不存。")
    machine = figures.machine
    console.print(f"机器:{machine.cpus} 个 CPU,Python {machine.python},{machine.system}")
