"""Schemathesis makes calls from the API's own OpenAPI, right and wrong ones, each with a real proof.

The same calls each time; `--api-examples=1000` makes more. Its plugin for pytest is off (`pyproject.toml`):
it costs each test process a second, and this is the only test that needs the library.
"""

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from envaccess.domain.variable import Variable
from envaccess.http.api import authentication
from envaccess.http.api.openapi import describe
from envaccess.http.api.routes import ROUTES
from tests.fakes.api import ApiClient, api_harness
from tests.fakes.books import Books
from tests.fakes.fuzzing import made_up

KEPT = (
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
)
"""What must hold of each answer: it is no fault of ours, it is as described, and wrong input is refused."""


class Proofs:
    """Signs what is sent, as it is sent."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    def __call__(self, prepared: Any) -> Any:
        path = prepared.path_url.partition("?")[0]
        prepared.headers["Authorization"] = f"DPoP {self.client.token}"
        prepared.headers["DPoP"] = self.client.proof(prepared.method, path)
        return prepared


@pytest.fixture(scope="module")
def served() -> Iterator[ApiClient]:
    """A terminal, and the API beside the test: schemathesis calls and waits."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    ready: Future[ApiClient] = Future()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(port, ready, stop),))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(authentication, "CALLS_PER_MINUTE", 1_000_000)
        thread.start()
        yield ready.result(10)
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


async def serve(port: int, ready: "Future[ApiClient]", stop: asyncio.Event) -> None:
    books = Books(values={Variable("default", "STRIPE_KEY"): "one"})
    async with api_harness(books, port) as harness:
        ready.set_result(harness.client())
        await stop.wait()


def described(base: str) -> Any:
    """The document without who may call: each call is signed, and `test_proofs` has those that are not."""
    document = describe("0.0.0", base)
    paths = {
        path: {
            method: {name: part for name, part in operation.items() if name != "security"}
            for method, operation in item.items()
        }
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths}


def can_be_wrong(route: Any) -> bool:
    return bool(route.body or route.keyed or route.query.model_fields or "{" in route.path)


CASES = [
    pytest.param(route, mode, id=f"{route.name}-{mode.value}")
    for route in ROUTES
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or can_be_wrong(route)
]


@pytest.mark.parametrize(("route", "mode"), CASES)
def test_no_call_that_can_be_made_breaks_what_the_api_says_of_itself(
    route: Any, mode: Any, served: ApiClient, request: pytest.FixtureRequest
) -> None:
    operation = schemathesis.openapi.from_dict(described(served.base))[route.path][route.method]
    examples = request.config.getoption("--api-examples")

    @made_up(examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        fresh = route.keyed and mode is GenerationMode.POSITIVE  # a repeat would have the first outcome
        headers = {"Idempotency-Key": secrets.token_hex(8)} if fresh else {}
        answer = case.call(base_url=served.base, auth=Proofs(served), headers=headers, timeout=30)
        case.validate_response(answer, checks=list(KEPT))

    call()
