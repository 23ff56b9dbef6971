"""README tells the truth: every command and setting stands in it, and nothing that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from bot.settings import Settings
from handlers.cli.main import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(XIAOER_[A-Z_]+)` \| ([^|]+) \|", README, re.MULTILINE))
SETTINGS = {f"XIAOER_{name.upper()}": field for name, field in Settings.model_fields.items()}


def commands() -> Iterator[str]:
    """Every command as it is typed, sub-commands after their group."""
    for name, command in get_command(app).commands.items():
        yield f"xiaoer {name}"
        for below in getattr(command, "commands", {}):
            yield f"xiaoer {name} {below}"


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_described(command: str) -> None:
    *group, last = command.split()
    assert command in README or (f"{' '.join(group)}`" in README and f"`{last}`" in README)


def test_no_command_is_described_that_does_not_exist() -> None:
    known = set(commands())
    named = set(re.findall(r"`(xiaoer [a-z-]+)", README)) | {
        f"xiaoer {group} {last}" for group, last in re.findall(r"xiaoer (db|handoffs|bench) ([a-z]{2,})", README)
    }
    assert named <= known


def test_every_setting_is_described_and_no_other() -> None:
    assert set(ROWS) == set(SETTINGS)


@pytest.mark.parametrize("name", ["XIAOER_TIMEZONE", "XIAOER_DATABASE", "XIAOER_PORT", "XIAOER_RATE_CUSTOMER", "XIAOER_LOG_LEVEL"])
def test_a_default_is_told_as_it_is(name: str) -> None:
    assert f"`{SETTINGS[name].default}`" in ROWS[name]


def test_what_the_readme_shows_and_links_to_is_there() -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r'src="(docs/[^"]+)"', README)
    assert linked
    assert [path for path in linked if not (ROOT / path).exists()] == []
