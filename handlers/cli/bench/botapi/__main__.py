"""The server as a process of its own: prints its address and token as one line of JSON, then serves until it is ended."""

from __future__ import annotations

import argparse
import asyncio
import signal

from handlers.cli.bench.botapi.server import TOKEN, BotApi
from handlers.cli.bench.botapi.state import dumps


async def serve(port: int, token: str, *, pace: float, journal: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    api = BotApi(token, journal=journal)
    api.remote = True
    api.webhook.pace = pace
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await api.start(port)
    print(dumps({"url": api.url, "token": token}), flush=True)
    await ended.wait()
    await api.stop()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m handlers.cli.bench.botapi", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--pace", type=float, default=1.0, help="pauses between a webhook's tries are Telegram's times this")
    parser.add_argument("--journal", type=int, default=100_000, help="how many calls are remembered in full; 0: only counted")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.token, pace=given.pace, journal=given.journal))


if __name__ == "__main__":
    main()
