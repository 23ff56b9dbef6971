"""What customers chose about themselves, remembered between updates."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from bot.messages import Role, Script
from bot.store import Customer, Store

_REMEMBERED = 10_000


class Customers:
    """What customers chose, remembered: only this process changes it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, Customer] = OrderedDict()

    async def get(self, id: str) -> Customer:
        """What a customer chose. Raises StoreError."""
        known = self._known.get(id)
        if known is None:
            known = self._known[id] = await self._store.customer(id)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def chose(self, id: str, *, role: Role | None = None, language: Script | None = None, follows: bool = False) -> None:
        """A customer has chosen, and it is kept."""
        if (known := self._known.get(id)) is not None:
            known = replace(known, role=role or known.role)
            self._known[id] = replace(known, language=language) if language or follows else known

    def forget(self, id: str) -> None:
        """A customer had everything deleted."""
        self._known.pop(id, None)
