"""`xiaoer telegram`: the Telegram bot alone, by polling."""

from __future__ import annotations

from pathlib import Path

from bot.errors import XiaoerError
from handlers.cli.common import open_with_progress
from handlers.cli.serve import read_settings


def run(folder: Path | None) -> None:
    """Serve Telegram until told to stop."""
    settings = read_settings()
    if settings.telegram_token is None:
        raise XiaoerError("还没有 token:在 Telegram 里找 @BotFather,发 /newbot,把它给的 token 写进环境变量 XIAOER_TELEGRAM_TOKEN")
    knowledge = open_with_progress(settings, folder)
    # aiogram takes seconds to import: only who uses it waits for it.
    from handlers.telegram.beside import run as serve

    print("店小二在 Telegram 上等消息,按 Ctrl-C 结束。", flush=True)
    serve(settings, knowledge)
