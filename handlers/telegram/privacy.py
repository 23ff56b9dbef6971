"""All that is kept of a customer, as a file for them."""

from __future__ import annotations

import json

from bot.store import Store

FILE = "dianxiaoer.json"


async def document_of(store: Store, customer: str) -> tuple[str, bytes]:
    """The file's name and content. Raises StoreError."""
    kept = await store.export(customer)
    return FILE, json.dumps(kept or {}, ensure_ascii=False, indent=2).encode("utf-8", "replace")
