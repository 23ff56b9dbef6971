"""A call's parameters, whichever way they were sent: in the address, as a form, as several parts, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.client_reqrep import ClientResponse
from yarl import URL

from handlers.cli.bench.botapi.errors import Wire, bad

_TRUE = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Arguments:
    """The parameters by name, read as Telegram reads them: numbers and flags from text, objects from JSON in text."""

    values: Wire = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A text, "" when it is missing; numbers are written out."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        """A whole number; `default` when it is missing or none."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        try:
            return int(self.text(name).strip() or default)
        except ValueError:
            return default

    def between(self, name: str, default: int, low: int, high: int) -> int:
        """A number brought within its limits."""
        return min(max(self.number(name, default), low), high)

    def flag(self, name: str) -> bool:
        """Whether it is set."""
        return self.text(name).strip().lower() in _TRUE

    def data(self, name: str, what: str) -> Any:
        """A JSON value, None when it is missing. Raises ApiError that names `what` could not be parsed."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"Can't parse {what} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """A file sent as that parameter, or as the part that the parameter names by attach://."""
        value = self.text(name)
        return self.files.get(value.removeprefix("attach://") if value.startswith("attach://") else name)


async def read_request(request: web.BaseRequest) -> Arguments:
    """The parameters of a call. Raises ApiError for a body that cannot be read."""
    found = Arguments()
    if request.query_string:
        found.values.update(request.rel_url.query)
    kind = request.content_type if request.body_exists else ""
    if kind == "multipart/form-data":
        await _read_parts(await request.multipart(), found)
    elif kind:
        _read_body(await request.read(), kind, found)
    return found


async def read_response(response: ClientResponse) -> Arguments:
    """The call that a webhook gives as its answer; nothing when its body is none."""
    found = Arguments()
    if response.content_type == "multipart/form-data":
        reader = MultipartReader.from_response(response)
        await _read_parts(reader, found)  # type: ignore[arg-type]  # a multipart reader by its content type
    else:
        _read_body(await response.read(), response.content_type, found)
    return found


def _read_body(body: bytes, kind: str, found: Arguments) -> None:
    if kind == "application/x-www-form-urlencoded":
        # The query parser of yarl is many times faster than the one of the standard library on Chinese text.
        found.values.update(URL.build(path="/", query_string=body.decode("latin-1"), encoded=True).query)
    elif kind == "application/json" and body.strip():
        try:
            given = json.loads(body)
        except ValueError:
            raise bad("Can't parse JSON object") from None
        if not isinstance(given, dict):
            raise bad("Can't parse JSON object: Object expected")
        found.values.update({k: v for k, v in given.items() if v is not None})


async def _read_parts(reader: MultipartReader, found: Arguments) -> None:
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise bad("Can't parse multipart body")
        content = bytes(await part.read(decode=True))
        if part.filename is not None:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            found.files[part.name] = Upload(part.filename, kind, content)
        else:
            found.values[part.name] = content.decode("utf-8", "surrogateescape")
