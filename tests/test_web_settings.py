"""Every setting is documented, and only settings that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings

ROOT = Path(__file__).parents[1]


def test_the_readme_describes_every_setting_and_no_other() -> None:
    described = re.findall(r"^\| `XIAOER_([A-Z_]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(described) == sorted(name.upper() for name in Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())


def test_settings_come_from_the_environment_and_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("XIAOER_PORT=8001\nXIAOER_HOST=0.0.0.0\n", encoding="utf-8")
    monkeypatch.setenv("XIAOER_PORT", "8002")
    monkeypatch.setenv("XIAOER_WIDGET_ORIGINS", "https://Shop.example, http://localhost:3000")
    settings = Settings()
    assert (settings.port, settings.host) == (8002, "0.0.0.0")
    assert settings.widget_origins == ("https://shop.example", "http://localhost:3000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("widget_origins", "https://shop.example/path"),
        ("widget_origins", "*"),
        ("widget_origins", "https://shop.example; script-src *"),
        ("trusted_proxies", "everybody"),
        ("rate_customer", "many"),
        ("rate_address", "0/minute"),
        ("redis", "localhost:6379"),
        ("port", 70_000),
        ("secret", "short"),
        ("log_level", "loud"),
        ("timezone", "Mars/Olympus"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: object) -> None:
    with pytest.raises((ValidationError, KeyError, OSError)):
        Settings(**{name: value})


def test_a_secret_is_never_shown() -> None:
    assert "a long enough secret" not in repr(Settings(secret="a long enough secret"))
