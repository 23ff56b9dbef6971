"""The OpenAPI document and the site agree: every request that schemathesis thinks of is answered as documented."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from tests.browser import Server
from tests.conftest import write_small

SETTINGS = settings(
    max_examples=120,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = write_small(tmp_path_factory.mktemp("web") / "knowledge")
    made = Server(tmp_path_factory.mktemp("server"), {"XIAOER_KNOWLEDGE": str(folder), "XIAOER_RATE_ADDRESS": "off"})
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def headers(server: Server) -> dict[str, str]:
    session = httpx.post(f"{server.url}/api/v1/sessions", json={}).json()
    return {"Authorization": f"Bearer {session['token']}"}


OPERATIONS = (
    "POST /api/v1/messages",
    "GET /api/v1/conversations/{id}",
    "POST /api/v1/feedback",
    "GET /api/v1/conversations/current/export",
    "DELETE /api/v1/conversations/current",
    "POST /api/v1/sessions",
    "GET /api/v1/suggestions",
    "GET /api/v1/topics",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
)  # a stream never ends: /api/v1/events has tests of its own


@pytest.fixture(scope="module")
def contract(server: Server) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_is_answered_as_documented(
    contract: schemathesis.BaseSchema, headers: dict[str, str], name: str, mode: GenerationMode
) -> None:
    method, _, path = name.partition(" ")
    operation = contract[path][method]

    @SETTINGS
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: Case) -> None:
        case.call_and_validate(headers=headers, timeout=20)

    try:
        answered()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing can be wrong about it


def test_every_route_of_the_api_is_documented_with_every_error(server: Server) -> None:
    document = httpx.get(f"{server.url}/openapi.json").json()
    assert document["openapi"].startswith("3.0")
    every = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert every == {*OPERATIONS, "GET /api/v1/events"}
    paths = {path for path in document["paths"] if path.startswith("/api/")}
    for path in paths:
        for operation in document["paths"][path].values():
            assert {"429", "500", "503"} <= set(operation["responses"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_the_events_route_answers_before_the_first_event(server: Server, headers: dict[str, str]) -> None:
    with httpx.stream("GET", f"{server.url}/api/v1/events", headers=headers, timeout=10) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert next(stream.iter_bytes()).startswith(b": open")
    assert httpx.head(f"{server.url}/api/v1/events", headers=headers, timeout=5).status_code == 200


def test_the_documentation_loads_only_from_ourselves(server: Server) -> None:
    html = httpx.get(f"{server.url}/docs").text
    for address in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert address.startswith("/")
        assert httpx.get(server.url + address).status_code == 200
