"""Who is talking: a signed name in a cookie or a bearer token, and the key that signs it."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import Response

from bot.settings import Settings

COOKIE = "xiaoer"
MAX_AGE_SECONDS = 400 * 24 * 3600  # browsers keep no cookie longer
VERIFIED = 4096
_SALT = "xiaoer.session"


class Sessions:
    """Makes and checks the signed name of a customer's conversation."""

    def __init__(self, key: bytes) -> None:
        self._signer = TimestampSigner(key, salt=_SALT, digest_method=hashlib.sha256)
        # Most requests come from somebody who was just here.
        self._verified = lru_cache(maxsize=VERIFIED)(self._verify)

    def fresh(self) -> str:
        """The name of a new conversation."""
        return f"web-{secrets.token_hex(16)}"

    def token(self, conversation: str) -> str:
        """The signed name."""
        return self._signer.sign(conversation).decode()

    def conversation_of(self, token: str) -> str | None:
        """The name, if the token is ours and not too old."""
        try:
            return self._verified(token)
        except (BadSignature, UnicodeError):
            return None

    def _verify(self, token: str) -> str:
        return self._signer.unsign(token, max_age=MAX_AGE_SECONDS).decode()

    def of(self, request: Request) -> str | None:
        """The conversation that a request speaks for: of its bearer token, else of its cookie."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.conversation_of(token.strip())
        return self.of_cookie(request)

    def of_cookie(self, request: Request) -> str | None:
        """The conversation that the browser keeps."""
        cookie = request.cookies.get(COOKIE)
        return self.conversation_of(cookie) if cookie else None

    def keep(self, response: Response, request: Request, conversation: str) -> None:
        """Let the visitor's browser keep the conversation; each visit prolongs it."""
        response.set_cookie(
            COOKIE,
            self.token(conversation),
            max_age=MAX_AGE_SECONDS,
            path="/",
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def signing_key(settings: Settings) -> bytes:
    """The key that was set, else one that is made once and kept beside the data, readable by its owner only: a page that
    is reloaded after a restart is still the same customer."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return _kept_key(_key_file(settings.database))


def _key_file(database: str) -> Path:
    scheme, _, path = database.partition(":///")
    if scheme.startswith("sqlite") and path and not path.startswith(":memory:"):
        return Path(path.partition("?")[0]).with_suffix(".secret")
    return Path("xiaoer.secret")


def _kept_key(file: Path) -> bytes:
    """The file's key. Of several processes that make it at once one wins, and all read the same whole key."""
    if not file.exists():
        aside = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as made:
                made.write(secrets.token_hex(32))
                made.flush()
                os.fsync(made.fileno())
            with suppress(FileExistsError):  # another process was first; its key is whole
                os.link(aside, file)
        finally:
            aside.unlink()
    return file.read_bytes().strip()
