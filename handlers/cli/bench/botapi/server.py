"""The server: HTTP in, a method's result or Telegram's refusal out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from time import monotonic, time
from typing import Self

from aiohttp import web

from handlers.cli.bench.botapi.arguments import Arguments, read_request
from handlers.cli.bench.botapi.controls import Controls
from handlers.cli.bench.botapi.errors import ApiError, Wire, flood
from handlers.cli.bench.botapi.faults import Fault, FaultKind, Weather
from handlers.cli.bench.botapi.inline import answer_inline
from handlers.cli.bench.botapi.journal import Call, Journal
from handlers.cli.bench.botapi.methods import Methods
from handlers.cli.bench.botapi.profile import Profile
from handlers.cli.bench.botapi.state import Message, Person, World, dumps
from handlers.cli.bench.botapi.updates import LONGEST_POLL, Updates
from handlers.cli.bench.botapi.webhook import Webhook

TOKEN = "7000000001:AAF0-fake-token_for-tests-on-loopback"
_SENDING = frozenset({"sendmessage", "senddocument", "editmessagetext", "editmessagereplymarkup", "deletemessage"})
_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

Method = Callable[[Arguments], object]


class _Dropped(Exception):
    """The connection ends without an answer."""


class BotApi(Controls):
    """The Bot API of one bot on the loopback. `start` binds a port, `url` is what a client takes for api.telegram.org.

    Besides the controls: `latency` delays every answer but getUpdates' (seconds); `privacy` is the bot's privacy mode in
    groups; `remote` opens /control/ (remote.py) to other processes; `journal` has every call; `webhook.pace`, `webhook.timeout` and `updates.conflict_pause` shorten Telegram's pauses."""

    def __init__(
        self, token: str = TOKEN, *, username: str = "dianxiaoer_bot", clock: Callable[[], float] = time, journal: int = 100_000
    ) -> None:
        self.token = token
        self.world = World(Person(int(token.partition(":")[0]), "店小二", username, is_bot=True), clock)
        self.updates = Updates(clock)
        self.methods = Methods(self.world)
        self.profile = Profile(self.world)
        self.webhook = Webhook(self.updates, self._answered_by_webhook)
        self.updates.on_update = self.webhook.deliver
        self.weather = Weather()
        self.journal = Journal(journal)
        self.latency = 0.0
        self.privacy = False
        self.port = 0
        self.remote = False
        self._tick = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self._table = self._methods()

    def _methods(self) -> dict[str, Method]:
        methods, profile = self.methods, self.profile
        table: dict[str, Method] = {
            "getMe": lambda args: self._me(),
            "getWebhookInfo": lambda args: self.webhook.info(),
            "sendMessage": methods.send_message,
            "sendDocument": methods.send_document,
            "sendChatAction": methods.send_chat_action,
            "editMessageText": methods.edit_text,
            "editMessageReplyMarkup": methods.edit_markup,
            "deleteMessage": methods.delete_message,
            "answerCallbackQuery": methods.answer_callback,
            "answerInlineQuery": lambda args: answer_inline(self.world, args),
            "getChat": methods.get_chat,
            "getFile": methods.get_file,
            "setMyCommands": profile.set_commands,
            "getMyCommands": profile.get_commands,
            "deleteMyCommands": profile.delete_commands,
            "setChatMenuButton": profile.set_menu,
            "getChatMenuButton": profile.get_menu,
        }
        for suffix, name in (("Name", "name"), ("Description", "description"), ("ShortDescription", "short_description")):
            table[f"setMy{suffix}"] = partial(profile.set_text, name)
            table[f"getMy{suffix}"] = partial(profile.get_text, name)
        return {name.lower(): method for name, method in table.items()}

    # --- life --------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it listens: the base of every address of the API."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> Self:
        """Listen on that port of the loopback, on a free one when it is 0."""
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.webhook.deliver()
        return self

    async def stop(self) -> None:
        """End every delivery and connection; what is known stays, so that it can be started again."""
        await self.webhook.close()
        self.updates.notify()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # --- HTTP --------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/bot"):
            token, _, method = path[4:].rpartition("/")
            return await self._call(request, token, method.lower())
        if path.startswith("/file/bot"):
            return self._file(path[len("/file/bot") :])
        if path.startswith("/control/") and self.remote:
            from handlers.cli.bench.botapi.remote import control

            return await control(self, request, path[len("/control/") :])
        return _json(404, ApiError(404, "Not Found").body())

    async def _call(self, request: web.BaseRequest, token: str, method: str) -> web.StreamResponse:
        if token != self.token:
            known_shape = ":" in token and "/" not in token and len(token) <= 80
            return _json(
                *((401, ApiError(401, "Unauthorized").body()) if known_shape else (404, ApiError(404, "Not Found").body()))
            )
        try:
            args = await read_request(request)
        except ApiError as error:
            return _json(error.code, error.body())
        try:
            status, body = await self.perform(method, args)
        except _Dropped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        kind = "application/json" if body[:1] == "{" else "text/html"
        return web.Response(status=status, body=body.encode(), content_type=kind)

    def _file(self, path: str) -> web.StreamResponse:
        token, _, id = path.partition("/documents/")
        content = self.world.files.get(id)
        if token != self.token or content is None:
            return _json(404, ApiError(404, "Not Found").body())
        return web.Response(body=content, content_type="application/octet-stream")

    # --- methods -----------------------------------------------------------------------------------------------

    async def perform(self, method: str, args: Arguments, *, through_webhook: bool = False) -> tuple[int, str]:
        """Do one call, whoever made it: status and body."""
        chat = args.number("chat_id") or None
        sends = method in _SENDING
        call = self.journal.begin(method, args.values, chat, monotonic(), sends=sends, through_webhook=through_webhook)
        status = 0
        try:
            status, body = await self._weathered(call, method, args)
            return status, body
        finally:
            self.journal.end(call, monotonic(), status)
            self._tick.set()
            self._tick = asyncio.Event()

    async def _weathered(self, call: Call, method: str, args: Arguments) -> tuple[int, str]:
        fault = self.weather.take(method, call.chat) if self.weather.storms else None
        if fault is not None and (answer := self._refusal(fault, call)) is not None:
            if self.latency:
                await asyncio.sleep(self.latency)
            return answer
        if fault is not None and fault.kind is FaultKind.STALL:
            await asyncio.sleep(fault.seconds)
        answer = await self._perform(call, method, args)
        if self.latency and method != "getupdates":
            await asyncio.sleep(self.latency)
        if fault is not None and fault.kind is FaultKind.DROP_AFTER:
            call.error = "dropped after it was done"
            raise _Dropped
        return answer

    def _refusal(self, fault: Fault, call: Call) -> tuple[int, str] | None:
        """What a storm makes of a call that it keeps from being done."""
        call.error = f"storm: {fault.kind}"
        match fault.kind:
            case FaultKind.FLOOD:
                return 429, dumps(flood(fault.retry_after).body())
            case FaultKind.ERROR:
                return 500, dumps(ApiError(500, "Internal Server Error").body())
            case FaultKind.RESTART:
                return 500, dumps(ApiError(500, "Internal Server Error: restart").body())
            case FaultKind.GATEWAY:
                return 502, _GATEWAY
            case FaultKind.GARBAGE:
                return 200, "<!DOCTYPE html><p>maintenance"
            case FaultKind.DROP:
                raise _Dropped
            case _:
                return None

    async def _perform(self, call: Call, method: str, args: Arguments) -> tuple[int, str]:
        try:
            match method:
                case "getupdates":
                    return 200, await self._get_updates(args)
                case "setwebhook":
                    return 200, dumps({"ok": True, "result": True, "description": await self.webhook.set(args)})
                case "deletewebhook":
                    return 200, dumps({"ok": True, "result": True, "description": await self.webhook.delete(args)})
            done = self._table.get(method)
            if done is None:
                raise ApiError(404, "Not Found: method not found")
            result = done(args)
        except ApiError as error:
            call.error = error.description
            return error.code, dumps(error.body())
        call.accepted = True
        if isinstance(result, Message):
            call.message = result.id
            result = result.wire()
        return 200, dumps({"ok": True, "result": result})

    async def _get_updates(self, args: Arguments) -> str:
        self.webhook.allow(args)
        timeout = args.between("timeout", 0, 0, LONGEST_POLL)
        pending = await self.updates.get(args.number("offset"), args.between("limit", 100, 1, 100), timeout)
        return '{"ok":true,"result":[' + ",".join(p.json for p in pending) + "]}"

    async def _answered_by_webhook(self, method: str, args: Arguments) -> None:
        with suppress(_Dropped):  # nobody waits for the answer
            await self.perform(method, args, through_webhook=True)

    def _me(self) -> Wire:
        features = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy, "supports_inline_queries": True}
        others = ("can_connect_to_business", "has_main_web_app")
        return {**self.world.bot.wire(), **features, **dict.fromkeys(others, False)}


def _json(status: int, body: Wire) -> web.Response:
    return web.Response(status=status, body=dumps(body).encode(), content_type="application/json")


@asynccontextmanager
async def running(token: str = TOKEN, *, port: int = 0, journal: int = 100_000) -> AsyncIterator[BotApi]:
    """A server for as long as the block lasts."""
    api = BotApi(token, journal=journal)
    await api.start(port)
    try:
        yield api
    finally:
        await api.stop()
