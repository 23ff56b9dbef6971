"""`xiaoer chat`: a conversation in the terminal."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.app import local_assistant
from bot.messages import Act, Action, Reply, Utterance
from bot.settings import Settings
from handlers.cli.common import open_with_progress

WELCOME = "店小二在这里。抖音小店的订单、发货、赔付、投诉、开店、违规申诉,用自己的话问就行。"
HINT = "回复序号可以选择;Ctrl-D 或输入 退出对话 结束。"
UNKEPT = "终端里的对话只在内存里,退出以后什么都不留。"
LEAVE = frozenset({"退出对话", "exit", "quit", ":q"})
_LABELS = {Act.ASK: "请补充", Act.CLARIFY: "请选择", Act.FALLBACK: "没有把握", Act.HANDOFF: "转人工"}


def run(folder: Path | None) -> None:
    """Talk until the person leaves."""
    with suppress(ImportError):
        import readline  # noqa: F401 - without it Backspace breaks Chinese input
    settings = Settings()
    assistant = local_assistant(open_with_progress(settings, folder), settings)
    console = Console()
    console.print(Text(WELCOME, style="bold"))
    console.print(Text(HINT, style="dim"))
    while (said := _read()) is not None:
        if said.strip() in LEAVE:
            break
        show(asyncio.run(assistant.reply(Utterance(said))).reply, console)
    console.print(Text("再见。", style="dim"))


def _read() -> str | None:
    try:
        # A bare prompt: readline counts its width, and colour codes would shift the cursor.
        return input("\n您> ")
    except (EOFError, KeyboardInterrupt):
        print()
        return None


def show(reply: Reply, console: Console) -> None:
    """A reply on the terminal: what it does, its body, then notes and sources in the background, options numbered."""
    label = _LABELS.get(reply.act)
    head = Text("店小二", style="bold cyan")
    if label:
        head.append(f" · {label}", style="yellow")
    console.print(head)
    choices = {f"{i}. {o.label}" for i, o in enumerate(reply.options, 1)}
    shown = {reply.body: "", reply.prompt: "bold"}
    rest = reply.text
    for part, style in shown.items():
        before, _, rest = rest.partition(part) if part else ("", "", rest)
        _print(before, "dim", console)
        _print(part, style, console)
    for line in rest.strip().splitlines():
        _print(line, "green" if line in choices else "dim", console)
    if reply.action is Action.EXPORT:
        _print(UNKEPT, "dim", console)


def _print(text: str, style: str, console: Console) -> None:
    if text.strip():
        console.print(Padding(Text(text.strip(), style=style), (0, 0, 0, 2)))
