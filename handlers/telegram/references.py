"""Reference codes: what a person can tell support, and what stands in the log."""

from __future__ import annotations

from hashlib import blake2b


def reference(about: str) -> str:
    """A code of eight characters; the same for the same thing, so that a repeated report is known to be one."""
    return blake2b(about.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
