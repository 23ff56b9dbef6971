"""The OpenAPI document, written as version 3.0, which the viewer that we serve can show."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from handlers.web.session import COOKIE

_ABOUT = (
    "Ask for a session first (`POST /api/v1/sessions`) and send its token as `Authorization: Bearer …`; the chat page has a cookie "
    "instead. Every error has the shape of `Failure`; its `message` is in the language of Accept-Language (zh, zh-Hant, en)."
)
_SIGNED = {
    "token": {"type": "http", "scheme": "bearer"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}


def describe(app: FastAPI) -> None:
    """Let the app give our document, at /openapi.json too."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            raw = get_openapi(title=app.title, version=app.version, routes=app.routes, description=_ABOUT)
            raw["components"]["securitySchemes"] = _SIGNED
            app.openapi_schema = {**_older(raw), "openapi": "3.0.3"}
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # how FastAPI wants it replaced

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(json.dumps(app.openapi(), ensure_ascii=False).encode(), media_type="application/json")


def _older(node: Any) -> Any:
    """A part of the document in the words of 3.0: `nullable` for the type null, one `example`, no `const`."""
    if isinstance(node, list):
        return [_older(part) for part in node]
    if not isinstance(node, dict):
        return node
    new = {name: _older(part) for name, part in node.items()}
    if isinstance(choices := new.get("anyOf"), list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del new["anyOf"]
        if len(rest) == 1 and "$ref" not in rest[0]:
            new.update(rest[0])
        else:
            new["allOf" if len(rest) == 1 else "anyOf"] = rest
        new["nullable"] = True
    if isinstance(examples := new.get("examples"), list):
        del new["examples"]
        new["example"] = examples[0]
    if "const" in new:
        new["enum"] = [new.pop("const")]
    return new
