"""`xiaoer bench telegram` measures both bots both ways."""

from __future__ import annotations

import json

import pytest

from bot.content import SHIPPED
from bot.knowledge import Knowledge
from handlers.cli.bench import machine, telegram


def test_both_bots_are_measured_both_ways(knowledge: Knowledge, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    figures = telegram.measure(knowledge, SHIPPED, machine(), telegram.Plan(rounds=1, messages=120), told.append)
    for way in (figures.polling, figures.webhook):
        assert way.ours > 0
        assert way.echo > 0
        assert way.ratio == pytest.approx(way.ours_rounds[0] / way.echo_rounds[0])
    assert any("webhook" in what for what in told)
    telegram.show(figures)
    assert "aiogram" in capsys.readouterr().out
    assert json.dumps(figures.machine.cpus)
