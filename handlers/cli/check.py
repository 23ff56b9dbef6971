"""`xiaoer check`: what is wrong with the content, with file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.errors import ContentError
from bot.lint import Finding, Severity, broken, lint
from bot.settings import Settings
from handlers.cli.common import dump, open_with_progress

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def run(folder: Path | None, *, as_json: bool) -> None:
    """Check the folder; exit with 1 when there is an error in it."""
    settings = Settings()
    try:
        knowledge = open_with_progress(settings, folder)
        findings = lint(knowledge, datetime.now(settings.zone).date())
    except ContentError as error:  # it stops at the first thing that cannot be read: the only finding then
        findings = (broken(error),)
    findings = tuple(replace(f, file=_near(f.file)) for f in findings)
    count = Counter(f.severity for f in findings)
    if as_json:
        totals = {"errors": count[Severity.ERROR], "warnings": count[Severity.WARNING], "infos": count[Severity.INFO]}
        print(dump({**totals, "findings": [asdict(f) for f in findings]}))
    else:
        _show(findings, count)
    if count[Severity.ERROR]:
        raise SystemExit(1)


def _near(file: str) -> str:
    """The path as seen from here, when it lies below."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if file and path.is_relative_to(Path.cwd()) else file


def _show(findings: Sequence[Finding], count: Counter[Severity]) -> None:
    console = Console(highlight=False)
    for finding in findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        about = f"{finding.item}: {finding.text}" if finding.item else finding.text
        line = Text(f"{place}: " if place else "")
        line.append(finding.severity.value, style=_STYLES[finding.severity])
        line.append(f": {about}" + (f"。改法: {finding.fix}" if finding.fix else ""))
        console.print(line, soft_wrap=True)
    total = f"{count[Severity.ERROR]} 个错误,{count[Severity.WARNING]} 个警告,{count[Severity.INFO]} 条提示"
    console.print(Text(total, style="red" if count[Severity.ERROR] else "green"))
