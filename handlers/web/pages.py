"""The pages and files that a browser opens: the chat, the widget, the API's documentation, static files."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

from handlers.web.interface import interface
from handlers.web.problems import language_of
from handlers.web.rendering import STATIC, page
from handlers.web.security import WIDGET
from handlers.web.site import Site

_REVALIDATED = {"Cache-Control": "no-cache"}
# The page sets a cookie, so no cache that serves several people may keep it.
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"}


def page_routes(site: Site) -> APIRouter:
    """The pages; none of them is part of the API's documentation."""
    router = APIRouter(include_in_schema=False)

    def chat(request: Request, *, compact: bool) -> HTMLResponse:
        texts = interface(language_of(request))
        return HTMLResponse(page("chat.html.j2", ui=texts, compact=compact), headers=_PRIVATE)

    @router.get("/")
    async def home(request: Request) -> Response:
        """The chat page. A visitor who is unknown gets a conversation, a known one keeps it longer."""
        response = chat(request, compact=False)
        site.sessions.keep(response, request, site.sessions.of_cookie(request) or site.sessions.fresh())
        return response

    @router.get(WIDGET)
    async def widget(request: Request) -> Response:
        """The same page inside another site; it has no cookie and asks for a token."""
        return chat(request, compact=True)

    @router.get("/widget.js")
    async def widget_script() -> Response:
        """The one script that another site includes."""
        headers = {**_REVALIDATED, "Cross-Origin-Resource-Policy": "cross-origin"}
        return FileResponse(STATIC / "widget.js", media_type="text/javascript", headers=headers)

    @router.get("/docs")
    async def docs() -> Response:
        """The API to read and to try."""
        return HTMLResponse(page("docs.html.j2"), headers=_REVALIDATED)

    return router


class _Files(StaticFiles):
    """Files that a browser asks about again each time; an unchanged one costs no download."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        response.headers.update(_REVALIDATED)
        return response


def mount_files(app: FastAPI) -> None:
    """/static/*, and under /static/swagger/ the viewer of the API's documentation."""
    app.mount("/static/swagger", _Files(directory=swagger_ui_path), name="swagger")
    app.mount("/static", _Files(directory=STATIC), name="static")
