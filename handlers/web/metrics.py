"""What is counted for Prometheus; never anything of a customer."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.messages import Act, Reply

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """One site's counters, in a registry of their own so that several sites can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        turns = Counter("xiaoer_turns", "Turns answered, by what the reply did", ["act"], registry=self.registry)
        self._turns = {act: turns.labels(act.value) for act in Act}
        requests = ("method", "route", "status")
        self._requests = Counter("xiaoer_requests", "Requests answered", requests, registry=self.registry)
        self._seconds = Histogram(
            "xiaoer_request_seconds", "Time to the end of the response", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.streams = Gauge("xiaoer_event_streams", "Event streams that are open", registry=self.registry)
        self._refused = Counter("xiaoer_rate_limited", "Requests refused for coming too fast", registry=self.registry)
        self._errors = Counter("xiaoer_errors", "Requests that failed on our side", ["kind"], registry=self.registry)
        # Looking a label up costs more than counting; there are few combinations.
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def turn(self, reply: Reply) -> None:
        """A turn was answered."""
        self._turns[reply.act].inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is its template, never its path. Streams are not timed: they last."""
        key = (method, route, status)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (self._requests.labels(method, route, str(status)), self._seconds.labels(route))
        known[0].inc()
        known[1].observe(seconds)
        if status == 429:
            self._refused.inc()

    def failure(self, kind: str) -> None:
        """A request failed; `kind` is the error's class."""
        self._errors.labels(kind).inc()

    def page(self) -> bytes:
        """Everything, in Prometheus's text format."""
        return generate_latest(self.registry)
