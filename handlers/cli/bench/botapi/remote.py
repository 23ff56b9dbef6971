"""The controls over HTTP, for a server that runs in a process of its own: POST /control/<what> with a JSON object."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from aiohttp import web

from handlers.cli.bench.botapi.errors import Wire
from handlers.cli.bench.botapi.limits import Limits
from handlers.cli.bench.botapi.state import Message, Person, dumps

if TYPE_CHECKING:
    from handlers.cli.bench.botapi.server import BotApi


async def control(api: BotApi, request: web.BaseRequest, what: str) -> web.Response:
    """Do one thing; 400 with the reason when it cannot be done, 404 when there is no such thing."""
    done = _THINGS.get(what)
    if done is None:
        return web.Response(status=404, text=dumps({"error": "no such control", "controls": sorted(_THINGS)}))
    try:
        body = await request.read()
        answer = done(api, json.loads(body) if body else {})
    except (KeyError, LookupError, TypeError, ValueError, AssertionError) as error:
        return web.Response(status=400, text=dumps({"error": f"{type(error).__name__}: {error}"}))
    return web.Response(text=dumps(answer), content_type="application/json")


def _by(api: BotApi, given: Wire) -> Person | None:
    return api.world.people[given["by"]] if given.get("by") is not None else None


def _message(api: BotApi, given: Wire) -> Message:
    return api.world.messages[given["chat"], given["message"]]


def _person(api: BotApi, given: Wire) -> object:
    person = api.person(given.get("name", "小明"), id=given.get("id"), username=given.get("username"))
    return {"id": person.id}


def _group(api: BotApi, given: Wire) -> object:
    make = {"group": api.group, "supergroup": api.supergroup, "channel": api.channel}[given.get("kind", "supergroup")]
    return {"id": make(given.get("title", "群"), id=given.get("id")).id}


def _say(api: BotApi, given: Wire) -> object:
    if given.get("media"):
        message = api.send(given["chat"], given["media"], given.get("text", ""), by=_by(api, given))
    else:
        message = api.say(given["chat"], given["text"], by=_by(api, given))
    return {"message": message.id, "update": api.updates.next_id - 1}


def _burst(api: BotApi, given: Wire) -> object:
    """Many messages at once, in turn from many people: {"chats": 50, "messages": 1000, "texts": ["…"], "first": 500000}."""
    first, chats = int(given.get("first", 500_000)), int(given.get("chats", 1))
    texts = given.get("texts", ["你好"])
    people = [api.world.people.get(id) or api.person(f"客户{id}", id=id) for id in range(first, first + chats)]
    begun = api.updates.next_id
    api.hold()
    for n in range(given.get("messages", chats)):
        api.say(people[n % chats], texts[n % len(texts)])
    held, api.updates.held = api.updates.held or [], None
    api.updates.extend(held)
    return {"first_update": begun, "updates": api.updates.next_id - begun}


def _edit(api: BotApi, given: Wire) -> object:
    return {"message": api.edit(_message(api, given), given["text"]).id}


def _press(api: BotApi, given: Wire) -> object:
    message, by = _message(api, given), _by(api, given)
    query = api.press_data(message, given["data"], by=by) if "data" in given else api.press(message, given["label"], by=by)
    return {"query": query.id}


def _inline(api: BotApi, given: Wire) -> object:
    return {"query": api.inline(api.world.people[given["by"]], given["text"]).id}


def _query(api: BotApi, given: Wire) -> object:
    return {"answer": api.world.queries[given["query"]].answer}


def _storm(api: BotApi, given: Wire) -> object:
    api.storm(**given)
    return {"storms": len(api.weather.storms)}


def _calm(api: BotApi, given: Wire) -> object:
    api.calm()
    return {}


def _latency(api: BotApi, given: Wire) -> object:
    api.latency = float(given["seconds"])
    return {}


def _limit(api: BotApi, given: Wire) -> object:
    api.limit(Limits(**{k: v for k, v in given.items() if k != "on"}) if given.get("on", True) else None)
    return {}


def _inject(api: BotApi, given: Wire) -> object:
    return {"update": api.inject(given["update"], id=given.get("id"))}


def _again(api: BotApi, given: Wire) -> object:
    return {"updates": api.again(given.get("count", 1))}


def _hold(api: BotApi, given: Wire) -> object:
    api.hold()
    return {}


def _release(api: BotApi, given: Wire) -> object:
    seed = given.get("seed")
    if seed is None:
        api.release(lambda held: held[::-1])
    else:
        api.release(lambda held: random.Random(seed).sample(held, len(held)))
    return {}


def _renumber(api: BotApi, given: Wire) -> object:
    api.renumber(given["first"])
    return {}


def _block(api: BotApi, given: Wire) -> object:
    api.block(api.world.people[given["person"]], blocked=given.get("blocked", True))
    return {}


def _journal(api: BotApi, given: Wire) -> object:
    """The calls after number `after`, of one method and chat if they are given."""
    method, chat, after = given.get("method"), given.get("chat"), given.get("after", 0)
    methods = (method,) if method else tuple(api.journal.counts)
    return [asdict(c) for c in api.journal.of(*methods, chat=chat) if c.number > after]


def _messages(api: BotApi, given: Wire) -> object:
    """What the bot has sent to a chat, or to all."""
    if given.get("chat") is not None:
        return [m.wire() for m in api.sent(given["chat"])]
    return [m.wire() for sent in api.methods.by_bot.values() for m in sent]


def _state(api: BotApi, given: Wire) -> object:
    """Figures: what is pending, how often each method was called, how many calls there were at once."""
    return {
        "pending": api.webhook.info()["pending_update_count"],
        "next_update": api.updates.next_id,
        "polls": api.updates.polls,
        "conflicts": api.updates.conflicts,
        "webhook": api.webhook.info(),
        "deliveries": api.webhook.deliveries,
        "failures": api.webhook.failures,
        "calls": dict(api.journal.counts),
        "statuses": {str(k): v for k, v in api.journal.statuses.items()},
        "most_in_flight": api.journal.most_in_flight,
        "most_in_chat": api.journal.most_in_chat,
        "sent": sum(map(len, api.methods.by_bot.values())),
    }


def _clear(api: BotApi, given: Wire) -> object:
    api.journal.clear()
    return {}


_THINGS: dict[str, Callable[[BotApi, Wire], object]] = {
    "person": _person,
    "group": _group,
    "say": _say,
    "burst": _burst,
    "edit": _edit,
    "press": _press,
    "inline": _inline,
    "query": _query,
    "storm": _storm,
    "calm": _calm,
    "latency": _latency,
    "limit": _limit,
    "inject": _inject,
    "again": _again,
    "hold": _hold,
    "release": _release,
    "renumber": _renumber,
    "block": _block,
    "journal": _journal,
    "messages": _messages,
    "state": _state,
    "clear": _clear,
}
