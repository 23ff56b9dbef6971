"""`xiaoer replay`: dialogues played back, as transcripts or JSON."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.replay import Played, play, read_dialogs
from bot.settings import Settings
from handlers.cli.common import as_json as reply_object
from handlers.cli.common import dump, open_with_progress


def run(file: Path, folder: Path | None, *, as_json: bool) -> None:
    """Play every dialogue of the file; exit with 1 when an expectation fails."""
    settings = Settings()
    dialogs = read_dialogs(file)
    knowledge = open_with_progress(settings, folder)
    today = datetime.now(settings.zone).date()
    played = [(d.dialog, tuple(play(d, knowledge, today, settings.zone))) for d in dialogs]
    if as_json:
        print(dump([{"dialog": n, "turns": [{"user": t.user, "reply": reply_object(t.reply)} for t in ts]} for n, ts in played]))
    else:
        console = Console()
        for name, turns in played:
            _print(name, turns, console)
        failed = sum(any(t.failures for t in turns) for _, turns in played)
        console.print(Text(f"{len(played) - failed} passed, {failed} failed", style="red" if failed else "green"))
    if any(t.failures for _, turns in played for t in turns):
        raise SystemExit(1)


def _print(name: str, turns: tuple[Played, ...], console: Console) -> None:
    failed = any(t.failures for t in turns)
    console.print(Text(f"{'✗' if failed else '✓'} {name}", style="bold red" if failed else "bold green"))
    for turn in turns:
        console.print(Text(f"  您> {turn.user}"))
        console.print(Text(f"  [{turn.reply.act.value}{' ' + turn.reply.entry if turn.reply.entry else ''}]", style="cyan"))
        for line in turn.reply.text.splitlines():
            console.print(Text(f"  {line}", style="dim"))
        for failure in turn.failures:
            console.print(Text(f"  ✗ {failure}", style="red"))
    console.print()
