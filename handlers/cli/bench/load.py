"""A client that keeps a server busy: raw keep-alive connections, one request at a time on each; a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import count, cycle
from time import perf_counter, perf_counter_ns
from typing import cast

import uvloop

_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
# In a request this many # stand for its id, which is new each time it is sent.
ID = "#" * 36


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as a whole response has come; keeps how long each took."""

    def __init__(
        self,
        requests: Iterator[tuple[bytes, bytes]],
        ids: Iterator[int],
        until: float,
        taken: list[int],
        done: asyncio.Future[None],
    ) -> None:
        self._requests, self._ids, self._until, self._taken, self._done = requests, ids, until, taken, done
        self._got = b""
        self._wanted = 0
        self._sent = 0
        self.refused = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own kind is none of asyncio's classes
        self._next()

    def _next(self) -> None:
        if perf_counter() >= self._until:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)
            return
        self._got, self._wanted = b"", 0
        self._sent = perf_counter_ns()
        before, after = next(self._requests)
        self._transport.write(b"%s%036d%s" % (before, next(self._ids), after))

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._wanted:
            end = self._got.find(_END)
            if end < 0:
                return
            head = self._got[:end].lower()
            at = head.find(_LENGTH) + len(_LENGTH)
            self._wanted = end + len(_END) + int(head[at:].partition(b"\r\n")[0])
        if len(self._got) >= self._wanted:
            self._taken.append(perf_counter_ns() - self._sent)
            self.refused += not self._got.startswith(b"HTTP/1.1 200")
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server closed a connection"))


async def load(
    host: str, port: int, requests: Sequence[Sequence[tuple[bytes, bytes]]], seconds: float
) -> tuple[list[int], int, float]:
    """Run one connection for each sequence of requests, which begins again at its end. Nanoseconds of each request, how many
    were not answered with 200, and the seconds it all took."""
    loop = asyncio.get_running_loop()
    began = perf_counter()
    taken: list[int] = []
    ids = count(perf_counter_ns())
    made: list[_Connection] = []
    waits = []
    for own in requests:
        done: asyncio.Future[None] = loop.create_future()
        waits.append(done)
        connection = _Connection(cycle(own), ids, began + seconds, taken, done)
        made.append(connection)
        await loop.create_connection(lambda connection=connection: connection, host, port)  # type: ignore[misc]  # the default binds this round
    await asyncio.gather(*waits)
    return taken, sum(c.refused for c in made), perf_counter() - began


def main() -> None:
    """Read {host, port, seconds, requests: [[text]]} on standard input, write {taken, refused, seconds} on standard output."""
    plan = json.load(sys.stdin)
    requests = [[_parts(text) for text in own] for own in plan["requests"]]
    taken, refused, seconds = uvloop.run(load(plan["host"], plan["port"], requests, plan["seconds"]))
    json.dump({"taken": taken, "refused": refused, "seconds": seconds}, sys.stdout)


def _parts(request: str) -> tuple[bytes, bytes]:
    before, _, after = request.encode().partition(ID.encode())
    return before, after


if __name__ == "__main__":
    main()
