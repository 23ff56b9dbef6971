"""The one ASGI app: routes, what guards them, and what runs while it serves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from bot.areas import areas
from bot.assistant import Assistant
from bot.errors import XiaoerError
from bot.knowledge import Knowledge
from bot.settings import Settings
from bot.store import Store
from bot.suggest import suggester
from handlers.web import views
from handlers.web.api import api_routes
from handlers.web.document import describe
from handlers.web.help import help_routes
from handlers.web.interface import Language, interface
from handlers.web.limits import Limits
from handlers.web.live import Live, stopped
from handlers.web.logs import RequestLog
from handlers.web.metrics import Metrics
from handlers.web.pages import mount_files, page_routes
from handlers.web.problems import add_handlers
from handlers.web.schemas import HealthView
from handlers.web.security import Guard
from handlers.web.session import Sessions, signing_key
from handlers.web.site import Site


def site_of(settings: Settings, knowledge: Knowledge, store: Store, clock: Callable[[], datetime] | None = None) -> Site:
    """The parts of a site on a knowledge and a store; reads the knowledge's files once more, for their areas."""
    clock = clock or (lambda: datetime.now(settings.zone))
    metrics = Metrics()
    return Site(
        knowledge=knowledge,
        areas=areas(knowledge),
        suggester=suggester(knowledge),
        store=store,
        assistant=Assistant(knowledge, store, clock),
        settings=settings,
        clock=clock,
        sessions=Sessions(signing_key(settings)),
        limits=Limits(settings),
        metrics=metrics,
        live=Live(store, metrics),
    )


def create_app(site: Site) -> FastAPI:
    """The app of a site. Its lifespan runs the watch for news; the store is opened and closed by whoever opened it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watch = asyncio.create_task(site.live.watch())
        try:
            yield
        finally:
            site.live.stop()
            await stopped(watch)
            await site.limits.close()

    for language in Language:
        interface(language)  # a label that is wrong is told now, not to the first visitor
    # Both pages of documentation that FastAPI brings load from another host: /docs is ours.
    app = FastAPI(
        title="店小二", version="1", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    add_handlers(app)
    routers = (api_routes(site), _health_routes(site), page_routes(site), help_routes(site))
    for router in routers:
        app.include_router(router)
    mount_files(app)
    describe(app)
    json_paths = {route.path for route in routers[0].routes if isinstance(route, APIRoute) and "POST" in (route.methods or ())}
    # The last one added is outermost.
    app.add_middleware(Guard, origins=site.settings.widget_origins, json_paths=json_paths)
    app.add_middleware(RequestLog, metrics=site.metrics)
    return app


def _health_routes(site: Site) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz", responses={200: {"model": HealthView}})
    async def alive() -> Response:
        """The process runs."""
        return views.answer({"status": "ok", "reason": None})

    @router.get("/readyz", responses={200: {"model": HealthView}, 503: {"model": HealthView}})
    async def ready(request: Request) -> Response:
        """The process can answer: the store is there and it is not stopping."""
        reason = "stopping" if site.live.stopping else None
        try:
            await site.store.ready()
        except XiaoerError as error:
            request.scope["failure"] = error
            reason = "store"
        answer = views.answer({"status": "unavailable" if reason else "ok", "reason": reason})
        answer.status_code = 503 if reason else 200
        return answer

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
    async def metrics() -> Response:
        """Counters and times for Prometheus."""
        return Response(site.metrics.page(), media_type="text/plain; version=0.0.4")

    return router
