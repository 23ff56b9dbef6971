"""`xiaoer bench serve`: it measures what it says, beside a bare echo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from handlers.cli.bench import machine
from handlers.cli.bench.serve import Plan, measure, show
from handlers.cli.common import open_with_progress
from tests.conftest import write_small


def test_both_servers_are_measured_in_turns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_small(tmp_path / "knowledge")
    knowledge = open_with_progress(Settings(), folder)
    told: list[str] = []
    figures = measure(knowledge, folder, machine(), Plan(rounds=1, seconds=0.4, connections=4, messages=60), told.append)
    assert len(told) == 6
    for served in (figures.serve, figures.fresh, figures.echo):
        assert served.per_second > 10
        assert served.latency.messages == pytest.approx(served.rounds[0] * 0.4, rel=0.5)
        assert 0 < served.latency.p50 <= served.latency.p99
    assert figures.ratio == pytest.approx(figures.serve.rounds[0] / figures.echo.rounds[0])
    show(figures)
    assert "FastAPI" in capsys.readouterr().out


def test_the_command_prints_json(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "knowledge")
    command = [str(Path(sys.executable).with_name("xiaoer")), "bench", "serve", "--quick", "--json", "--knowledge", str(folder)]
    done = subprocess.run(
        command, env={**os.environ, "TERM": "dumb"}, capture_output=True, encoding="utf-8", check=True, timeout=200
    )
    assert set(json.loads(done.stdout)) == {"machine", "connections", "serve", "fresh", "echo", "ratio", "fresh_ratio"}
