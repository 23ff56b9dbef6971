"""The composition root: settings become a knowledge base and an assistant that answers from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot.assistant import Assistant, MemoryConversations
from bot.knowledge import Knowledge, Progress, load_knowledge
from bot.settings import Settings


def open_knowledge(settings: Settings, folder: Path | None = None, progress: Progress | None = None) -> Knowledge:
    """The knowledge of a folder (the one set by default), learned anew only when its content is new.

    Raises ContentError when the content is wrong."""
    return load_knowledge(folder or settings.knowledge, settings.cache, progress)


def local_assistant(knowledge: Knowledge, settings: Settings) -> Assistant:
    """An assistant for one person at a terminal, who is forgotten when it ends."""
    return Assistant(knowledge, MemoryConversations(), lambda: datetime.now(settings.zone))
