"""What every route of the site works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.areas import Area
from bot.assistant import Assistant
from bot.knowledge import Knowledge
from bot.settings import Settings
from bot.store import Store
from bot.suggest import Suggester
from handlers.web.limits import Limits
from handlers.web.live import Live
from handlers.web.metrics import Metrics
from handlers.web.session import Sessions


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of one running site. `clock` tells the time in the zone of the settings."""

    knowledge: Knowledge
    areas: tuple[Area, ...]
    suggester: Suggester
    store: Store
    assistant: Assistant
    settings: Settings
    clock: Callable[[], datetime]
    sessions: Sessions
    limits: Limits
    metrics: Metrics
    live: Live
