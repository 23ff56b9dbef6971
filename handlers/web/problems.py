"""Errors as people see them: the kind, in their language, with a reference that finds the rest in the log; never str(exc)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.errors import XiaoerError
from handlers.web.interface import COOKIE, Language, interface, preferred
from handlers.web.rendering import page

_CODES = {401: "no_session", 403: "foreign_origin", 404: "not_found", 405: "method_not_allowed"}
# An error in one of these as a whole has no field to name.
_WHOLE = ("body", "query", "path", "header", "cookie")
_ON_PAGE = ("page_title", "page_home", "page_help", "reference")


class Problem(Exception):
    """A request that is not answered as wished; `code` names its text, `names` are that text's values."""

    def __init__(
        self, status: int, code: str, *, field: str | None = None, headers: Mapping[str, str] | None = None, **names: object
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.field, self.headers, self.names = status, code, field, dict(headers or {}), names


def language_of(request: Request) -> Language:
    """The language a visitor reads: of ?lang=, else of the cookie that keeps their choice, else their browser's."""
    return preferred(request.query_params.get("lang"), request.cookies.get(COOKIE), request.headers.get("accept-language"))


def respond_problem(request: Request, problem: Problem) -> Response:
    """The problem as JSON, or as a page for somebody who opened an address in a browser."""
    texts = interface(language_of(request))["errors"]
    reference = str(request.scope.get("reference", ""))
    request.scope["problem"] = problem.code  # for the log line

    def text(code: str) -> str:
        # Put in one by one: no value is ever taken for a format.
        written = texts[code]
        for name, value in {**problem.names, "field": problem.field or "", "reference": reference}.items():
            written = written.replace(f"{{{name}}}", str(value))
        return written

    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if wants_page and request.method in ("GET", "HEAD"):
        shown = {name: text(name) for name in _ON_PAGE}
        if problem.status != 404:
            shown["page_title"] = text(problem.code)
        html = page("problem.html.j2", language=language_of(request).tag, texts=shown)
        return HTMLResponse(html, problem.status, problem.headers)
    error = {"code": problem.code, "message": text(problem.code), "reference": reference, "field": problem.field}
    body = json.dumps({"error": error}, ensure_ascii=False).encode()
    return Response(body, problem.status, problem.headers, media_type="application/json")


def add_handlers(app: FastAPI) -> None:
    """Every error that a route can end in, in the same shape."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(XiaoerError, _ours)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return respond_problem(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # a body that is no text at all
        return respond_problem(request, Problem(422, "invalid_body"))
    return respond_problem(request, Problem(error.status_code, _CODES.get(error.status_code, "bad_request"), headers=error.headers))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    named = len(first["loc"]) > 1 and first["loc"][0] in _WHOLE
    # The name of an unknown field is the sender's own text, and a number is a place in broken JSON.
    if first["type"] in ("json_invalid", "extra_forbidden") or not named or not isinstance(first["loc"][-1], str):
        return respond_problem(request, Problem(422, "invalid_body"))
    return respond_problem(request, Problem(422, "invalid", field=first["loc"][-1]))


async def _ours(request: Request, error: Exception) -> Response:
    request.scope["failure"] = error  # the log names its kind and place
    return respond_problem(request, Problem(503, "unavailable", headers={"Retry-After": "2"}))
