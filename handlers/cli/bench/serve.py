"""`xiaoer bench serve`: requests a second of one serving process over loopback, beside a bare FastAPI echo in the same run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from secrets import token_hex
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

from bot.errors import XiaoerError
from bot.knowledge import Knowledge
from bot.settings import Settings
from handlers.cli.bench.figures import Latency, Machine, Report
from handlers.cli.bench.load import ID
from handlers.cli.bench.speed import fresh_messages, stock_of
from handlers.cli.common import dump, open_with_progress
from handlers.web.session import Sessions

_ROOT = Path(__file__).parents[3]
_HOST = "127.0.0.1"
_PATH = "/api/v1/messages"
# One message in three begins a new conversation.
_TURNS = 3
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """Rounds of so many seconds for each server, over so many connections; each connection has so many messages to send,
    then says them again, in the same conversations."""

    rounds: int
    seconds: float
    connections: int
    messages: int


FULL = Plan(rounds=5, seconds=5.0, connections=32, messages=600)
QUICK = Plan(rounds=2, seconds=2.0, connections=32, messages=300)
_SECRET = token_hex(16)


@dataclass(frozen=True, slots=True)
class Served:
    """One server: requests a second in each round and their median, the latency over all rounds, and the processor's time for
    a request (0 where the system does not tell)."""

    per_second: float
    rounds: tuple[float, ...]
    latency: Latency
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Messages that are said again and again (`serve`), messages that nobody has said before (`fresh`), and the bare echo; the
    ratios are the shares of the echo's requests a second that each reaches."""

    machine: Machine
    connections: int
    serve: Served
    fresh: Served
    echo: Served
    ratio: float
    fresh_ratio: float


def run(folder: Path | None, *, as_json: bool, quick: bool) -> None:
    """Measure and print."""
    from handlers.cli.bench import machine, progress

    knowledge = open_with_progress(Settings(), folder)
    with progress() as report:
        figures = measure(knowledge, folder, machine(), QUICK if quick else FULL, report)
    if as_json:
        print(dump(asdict(figures)))
    else:
        show(figures)


def measure(knowledge: Knowledge, folder: Path | None, machine: Machine, plan: Plan, report: Report) -> Figures:
    """Both servers, in turns, so that whatever else the machine does meanwhile strikes both."""
    with TemporaryDirectory() as place, serving(folder, Path(place)) as ours, _echoing() as bare:
        stock, random = stock_of(knowledge), Random(1)
        fresh, cycled = fresh_messages(stock, random), iter(lambda: random.choice(stock), None)
        servers = {"serve": ours, "fresh": ours, "echo": bare}
        taken: dict[str, list[int]] = {name: [] for name in servers}
        rates: dict[str, list[float]] = {name: [] for name in servers}
        cpu = dict.fromkeys(servers, 0.0)
        for number in range(plan.rounds + 1):
            for name, server in servers.items():
                report(f"{name},第 {number} 轮" if number else f"{name} 预热")
                requests = _requests(fresh if name == "fresh" else cycled, plan)
                before = server.cpu_seconds()
                loaded = _load(server.port, requests, plan.seconds if number else plan.seconds / 2)
                if loaded["refused"]:
                    raise XiaoerError(f"量 {name} 时有 {loaded['refused']} 个请求没有成功")
                if number:
                    taken[name] += loaded["taken"]
                    cpu[name] += server.cpu_seconds() - before
                    rates[name].append(len(loaded["taken"]) / loaded["seconds"])
    served = {
        name: Served(median(rates[name]), tuple(rates[name]), Latency.of(taken[name]), 1000 * cpu[name] / len(taken[name]))
        for name in rates
    }
    ratio, fresh_ratio = (
        median(rate / bare for rate, bare in zip(rates[name], rates["echo"], strict=True)) for name in ("serve", "fresh")
    )
    return Figures(machine, plan.connections, served["serve"], served["fresh"], served["echo"], ratio, fresh_ratio)


def show(figures: Figures) -> None:
    """The figures as a table."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(
        "一个进程",
        "每秒请求",
        "p50 毫秒",
        "p99 毫秒",
        "CPU 毫秒",
        "请求数",
        title=f"回环网络,{figures.connections} 个连接,新旧会话混合",
    )
    for name, served in (
        ("店小二:常说的话", figures.serve),
        ("店小二:没人说过的话", figures.fresh),
        ("FastAPI 原样返回", figures.echo),
    ):
        latency = served.latency
        table.add_row(
            name,
            f"{served.per_second:,.0f}",
            f"{latency.p50:.2f}",
            f"{latency.p99:.2f}",
            f"{served.cpu_ms:.3f}",
            f"{latency.messages:,}",
        )
    console.print(table)
    console.print(f"是原样返回的 {figures.ratio:.2f} 倍,没人说过的话 {figures.fresh_ratio:.2f} 倍(每轮之比的中位数)")
    machine = figures.machine
    console.print(f"机器:{machine.cpus} 个 CPU,Python {machine.python},{machine.system}")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """How long it has kept a processor busy so far; 0 where the system does not tell."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path | None, place: Path) -> Iterator[Server]:
    """`xiaoer serve` on a new database under `place`, with limits that are counted but never reached."""
    env = {
        **_environment(),
        "XIAOER_DATABASE": f"sqlite:///{place / 'bench.db'}",
        "XIAOER_SECRET": _SECRET,
        "XIAOER_RATE_CUSTOMER": "1000000000/second",
        "XIAOER_RATE_ADDRESS": "1000000000/second",
    }
    with (place / "bench.log").open("wb") as log:
        arguments = ["-c", "from handlers.cli.main import main; main()", "serve"]
        if folder:
            arguments += ["--knowledge", str(folder)]
        with _running([*arguments, "--port"], env, log.fileno(), place) as server:
            yield server


@contextmanager
def _echoing() -> Iterator[Server]:
    with _running(["-m", "handlers.cli.bench.echo"], _environment(), subprocess.DEVNULL, _ROOT) as server:
        yield server


@contextmanager
def _running(arguments: Sequence[str], env: dict[str, str], log: int, place: Path) -> Iterator[Server]:
    """Python with these arguments and a free port, once it answers."""
    port = _free_port()
    process = subprocess.Popen([sys.executable, *arguments, str(port)], env=env, stdout=subprocess.DEVNULL, stderr=log, cwd=place)
    try:
        _wait(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        return int(found.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + _START_SECONDS
    while monotonic() < until and process.poll() is None:
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
            return
        except OSError:
            sleep(0.05)
    raise XiaoerError("要量的服务没有启动")


def _requests(messages: Iterator[str], plan: Plan) -> list[list[str]]:
    """For each connection its requests; a conversation stays with one connection, as with a person."""
    sessions = Sessions(_SECRET.encode())
    found = []
    for _ in range(plan.connections):
        tokens = [sessions.token(sessions.fresh()) for _ in range(plan.messages // _TURNS)]
        found.append([_request(next(messages), token) for token in tokens for _ in range(_TURNS)])
    return found


def _request(text: str, token: str) -> str:
    body = json.dumps({"text": text, "id": ID}, ensure_ascii=False)
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: {_HOST}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n"
    )
    return head + body


def _load(port: int, requests: list[list[str]], seconds: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "handlers.cli.bench.load"],
        input=json.dumps({"host": _HOST, "port": port, "seconds": seconds, "requests": requests}),
        env=_environment(),
        cwd=_ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=seconds + _START_SECONDS,
    )
    if done.returncode:
        raise XiaoerError(f"量的时候出错: {done.stderr.strip()[-400:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
