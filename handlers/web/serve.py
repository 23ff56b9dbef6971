"""Runs the site in this process: a port of its own, uvicorn, and a stop that finishes what was accepted."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from signal import SIGINT, SIGTERM

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from bot.errors import XiaoerError
from bot.knowledge import Knowledge
from bot.settings import Settings
from bot.store import open_store
from handlers.logs import configure
from handlers.web.app import create_app, site_of
from handlers.web.site import Site

# What has been accepted is finished within this time; what still runs then is cut off.
GRACE_SECONDS = 5
_WAITING_CONNECTIONS = 2048


def bound(host: str, port: int) -> socket.socket:
    """A socket on that address, not yet listening. Raises XiaoerError when it is taken or not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        return made
    except OSError as error:
        raise _taken(host, port, error) from None


def _taken(host: str, port: int, error: OSError) -> XiaoerError:
    return XiaoerError(f"不能在 {host}:{port} 上提供服务({error.strerror});端口可能被占用,用 --port 换一个")


def address_of(listening: socket.socket, host: str) -> str:
    """What to type into a browser."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listening.getsockname()[1]}"


def run(settings: Settings, knowledge: Knowledge, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is called when requests are answered."""
    configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, knowledge, listening, ready))


async def _serve(settings: Settings, knowledge: Knowledge, listening: socket.socket, ready: Callable[[], None]) -> None:
    store = await open_store(settings.database)
    try:
        site = site_of(settings, knowledge, store)
        async with _channels(site) as app:
            # What is loaded stays: it need not be searched for garbage again and again while somebody waits.
            gc.collect()
            gc.freeze()
            await _Server(_config(settings, app), site, ready).serve(sockets=[listening])
    finally:
        await store.close()


@asynccontextmanager
async def _channels(site: Site) -> AsyncIterator[ASGIApp]:
    """The site's app with the channels that the settings switch on, while they run."""
    app = create_app(site)
    if site.settings.telegram_token is None:
        yield app
        return
    # aiogram takes seconds to import: only who uses it waits for it.
    from handlers.telegram.beside import beside

    async with beside(app, site) as both:
        yield both


def _config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        # Without a proxy that we trust nobody's word about an address is taken.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=_WAITING_CONNECTIONS,
    )


class _Server(uvicorn.Server):
    """Ends streams at once when it is told to stop, and ends with status 0."""

    def __init__(self, config: uvicorn.Config, site: Site, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._site, self._ready = site, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen only now, so that whoever can connect is answered; and tell so."""
        try:
            for listening in sockets or ():
                listening.listen(_WAITING_CONNECTIONS)
        except OSError as error:  # somebody else bound it as well, and was ready first
            raise _taken(self.config.host, self.config.port, error) from None
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take both signals for a wish to stop; uvicorn would raise them again at the end."""
        loop = asyncio.get_running_loop()
        for signal in (SIGINT, SIGTERM):
            loop.add_signal_handler(signal, self._stop, signal)
        try:
            yield
        finally:
            for signal in (SIGINT, SIGTERM):
                loop.remove_signal_handler(signal)

    def _stop(self, signal: int) -> None:
        structlog.get_logger().info("stopping", signal=signal)
        # Asked twice from the keyboard: do not wait for anybody.
        self.force_exit = self.should_exit and signal == SIGINT
        self.should_exit = True
        self._site.live.stop()
