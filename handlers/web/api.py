"""The API under /api/v1: messages, conversations, feedback, the customer's data, events, suggestions and topics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi import Path as InPath
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from bot.messages import Act, Utterance
from handlers.web import schemas, views
from handlers.web.interface import interface
from handlers.web.problems import Problem, language_of
from handlers.web.security import EVENTS
from handlers.web.site import Site

HEARTBEAT_SECONDS = 15
STREAMS_PER_CUSTOMER = 12
MOST_ID = 2**53 - 1
_CHANNEL = "web"

Responses = dict[int | str, dict[str, Any]]


def _said(description: str, *, retry: bool = False) -> dict[str, Any]:
    headers = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}} if retry else {}
    return {"model": schemas.Failure, "description": description, "headers": headers}


_ANY: Responses = {
    429: _said("Too many requests.", retry=True),
    500: _said("Our own error; the reference finds it in the log."),
    503: _said("The store cannot be reached, or the process is stopping.", retry=True),
}
_KNOWN: Responses = {401: _said("No session: no valid bearer token or cookie."), **_ANY}
_INVALID: Responses = {422: _said("A value is not right; `field` names it.")}
_CHANGING: Responses = {403: _said("The Origin is another site's."), 413: _said("Longer than 64 KiB.")}
_POSTED: Responses = {**_CHANGING, 415: _said("Not application/json."), **_INVALID}
_SIGNED: list[dict[str, list[str]]] = [{"token": []}, {"cookie": []}]
_SESSION: dict[str, Any] = {"security": _SIGNED}


def api_routes(site: Site) -> APIRouter:
    """The routes of a site."""
    router = APIRouter(prefix="/api/v1")

    async def customer_of(request: Request) -> str:
        """The conversation that the request speaks for. Raises Problem 429 or 401."""
        await site.limits.of_address(_address(request))
        conversation = site.sessions.of(request)
        if conversation is None:
            raise Problem(401, "no_session", headers={"WWW-Authenticate": "Bearer"})
        return conversation

    @router.post("/messages", responses={200: {"model": schemas.Answer}, **_KNOWN, **_POSTED}, openapi_extra=_SESSION)
    async def say(request: Request, said: schemas.Said) -> Response:
        """Say something and get the reply. It is recorded before it is returned; send it again with the same id when in doubt."""
        conversation = await customer_of(request)
        await site.limits.of_customer(conversation)
        utterance = Utterance(said.text, conversation, said.id, said.role, conversation, _CHANNEL)
        turn = await site.assistant.reply(utterance)
        site.metrics.turn(turn.reply)
        if turn.reply.act is Act.HANDOFF:
            site.live.poke(conversation)
        return views.answer(views.answered(said.id, conversation, turn, site.clock(), site.knowledge))

    @router.get(
        "/conversations/{id}",
        responses={200: {"model": schemas.ConversationView}, 404: _said("Not yours."), **_KNOWN, **_INVALID},
        openapi_extra=_SESSION,
    )
    async def conversation(
        request: Request,
        id: Annotated[str, InPath(pattern=r"^(current|web-[0-9a-f]{32})$", examples=["current"])],
        before: Annotated[int | None, Query(ge=1, le=schemas.MOST_NUMBER, description="Only turns with a lower number.")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> Response:
        """A conversation's past, the newest turns first to be given; `current` is the session's own."""
        own = await customer_of(request)
        if id not in ("current", own):
            raise Problem(404, "not_found")
        past = await site.store.history(own, before=before, limit=limit)
        return views.answer(views.history_view(past, site.knowledge, site.clock()))

    @router.post(
        "/feedback",
        status_code=204,
        response_class=Response,
        responses={404: _said("No such turn."), **_KNOWN, **_POSTED},
        openapi_extra=_SESSION,
    )
    async def rate(request: Request, rating: schemas.Rating) -> Response:
        """Say whether a reply helped."""
        own = await customer_of(request)
        await site.limits.of_customer(own)
        if not await site.store.rate(own, rating.number, rating.helpful, rating.comment or "", site.clock()):
            raise Problem(404, "no_such_turn")
        return Response(status_code=204)

    @router.get(
        "/conversations/current/export",
        responses={200: {"description": "Everything kept of the customer.", "content": {"application/json": {}}}, **_KNOWN},
        openapi_extra=_SESSION,
    )
    async def export(request: Request) -> Response:
        """All that is kept of the customer, as a file."""
        own = await customer_of(request)
        await site.limits.of_customer(own)
        kept = await site.store.export(own)
        text = json.dumps(kept or {}, ensure_ascii=False, indent=1)
        headers = {"Content-Disposition": 'attachment; filename="dianxiaoer.json"', "Cache-Control": "no-store"}
        return Response(text.encode(), headers=headers, media_type="application/json")

    @router.delete(
        "/conversations/current",
        status_code=204,
        response_class=Response,
        responses={**_KNOWN, **_CHANGING},
        openapi_extra=_SESSION,
    )
    async def erase(request: Request) -> Response:
        """Delete all that is kept of the customer."""
        own = await customer_of(request)
        await site.limits.of_customer(own)
        await site.store.erase(own)
        return Response(status_code=204)

    @router.post("/sessions", responses={200: {"model": schemas.SessionView}, **_ANY, **_POSTED})
    async def open_session(request: Request, body: schemas.NewSession | None = None) -> Response:
        """A new session for a client that keeps no cookies."""
        await site.limits.of_address(_address(request))
        fresh = site.sessions.fresh()
        return views.answer({"token": site.sessions.token(fresh), "conversation": fresh})

    @router.get(
        EVENTS.removeprefix("/api/v1"),
        responses={
            200: {
                "description": "Server-sent events `message` (data: OperatorMessageView) and `handoff` (data: {state}); "
                "a comment every 15 seconds.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            403: _said("The Origin is another site's."),
            **_KNOWN,
            **_INVALID,
        },
        openapi_extra=_SESSION,
        response_class=Response,
    )
    async def events(
        request: Request,
        after: Annotated[int, Query(ge=0, le=MOST_ID, description="Messages with a higher id; all without it.")] = 0,
        last_event_id: Annotated[str | None, Header(description="Takes the place of `after` when a stream is resumed.")] = None,
    ) -> Response:
        """What an operator writes and how the handoff stands, as it happens."""
        own = await customer_of(request)
        if site.live.stopping:
            raise Problem(503, "stopping", headers={"Retry-After": "2"})
        if site.live.count(own) >= STREAMS_PER_CUSTOMER:
            raise Problem(429, "too_many_streams", headers={"Retry-After": "30"})
        resumed = _number(last_event_id)
        return EventSourceResponse(
            site.live.events(own, after if resumed is None else resumed),
            ping=HEARTBEAT_SECONDS,
            ping_message_factory=lambda: ServerSentEvent(comment="still here"),
            send_timeout=30,
        )

    # Not in the document: a stream's headers alone, so that HEAD never waits for a stream.
    router.add_api_route(EVENTS.removeprefix("/api/v1"), events, methods=["HEAD"], include_in_schema=False)

    @router.get("/suggestions", responses={200: {"model": list[schemas.SuggestionView]}, **_ANY, **_INVALID})
    async def suggestions(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
        """Questions that what was typed so far may become."""
        await site.limits.of_address(_address(request))
        found = site.suggester.suggest(q)
        return views.answer([{"entry": s.entry, "question": s.question} for s in found])

    @router.get("/topics", responses={200: {"model": list[schemas.TopicView]}, **_ANY})
    async def topics(request: Request) -> Response:
        """Everything that can be asked, by area."""
        await site.limits.of_address(_address(request))
        texts = interface(language_of(request))
        return views.answer([views.topic_view(area, texts) for area in site.areas], _FOR_READERS)

    return router


_FOR_READERS: Mapping[str, str] = {"Vary": "Accept-Language, Cookie"}


def _address(request: Request) -> str:
    client = request.scope.get("client")
    return str(client[0]) if client else ""


def _number(text: str | None) -> int | None:
    """The id in a Last-Event-ID header; None when it is none of ours."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 16:
        return None
    return int(text)
