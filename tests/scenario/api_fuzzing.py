"""Calls that schemathesis makes up from the API's own OpenAPI, by somebody who has live access."""

import contextlib
import itertools
import secrets
from collections.abc import Sequence
from typing import Any

import schemathesis
from hypothesis import given
from pydantic import ValidationError
from schemathesis.generation import GenerationMode

from envaccess.http.api.openapi import describe
from envaccess.http.api.routes import ROUTES, Route
from tests.fakes.api import ApiClient
from tests.fakes.fuzzing import made_up

LAST = ("endGrant", "endSession", "endAgent")
"""What would end the access that the other calls try."""

SHOWN = {"name": "review", "seconds": 3600, "host": "lenovo-7", "user": "alice", "program": "envaccess"}
"""What people are shown of what is sent; the sentences that they see are compared."""


class SignedCalls:
    """Signs what is sent, as it is sent.

    Attributes:
        client: whose key and token it has.
        by: the server's URL, as the proof has it.
    """

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    def __call__(self, prepared: Any) -> Any:
        path = prepared.path_url.partition("?")[0]
        if self.client.token:
            prepared.headers["Authorization"] = f"DPoP {self.client.token}"
        prepared.headers["DPoP"] = self.client.proof(prepared.method, path)
        return prepared


SERVICE = "shop"
"""The service that a policy names, where it names one."""


def make_calls(clients: Sequence[ApiClient], ids: Sequence[str], examples: int) -> list[list[str]]:
    """Have each make the same calls, right and wrong, to every address, with ids that exist.

    Returns:
        What each was answered, whole, as text.
    """
    document = described(clients[0].base)
    seen: list[list[str]] = [[] for _ in clients]
    first = sorted(ROUTES, key=lambda route: route.name in LAST)
    for route, mode in itertools.product(first, GenerationMode):
        if _can_be_made(route, wrong=mode is GenerationMode.NEGATIVE):
            _call(route, document[route.path][route.method], mode, clients, ids, (examples, seen))
    return seen


def described(base: str) -> Any:
    """The document without who may call: each call is signed."""
    document = describe("0.0.0", base)
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
    return schemathesis.openapi.from_dict(document)


def _can_be_made(route: Route, *, wrong: bool) -> bool:
    if wrong:
        return bool(route.body or route.keyed or route.query.model_fields or "{" in route.path)
    return route.name not in LAST


def _call(
    route: Route,
    operation: Any,
    mode: Any,
    clients: Sequence[ApiClient],
    ids: Sequence[str],
    found: tuple[int, list[list[str]]],
) -> None:
    examples, seen = found
    known = itertools.cycle(ids)

    @made_up(examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        if case.query and "wait" in case.query:
            case.query["wait"] = 0
        if mode is GenerationMode.POSITIVE:
            _name_what_exists(route, case, next(known))
        elif route.name == "endSession":
            _keep_wrong(route, case)
        if isinstance(case.body, dict):
            known_here = {
                name
                for name, told in case.body.items()
                if name in SHOWN and isinstance(told, type(SHOWN[name]))
            }
            case.body.update({name: SHOWN[name] for name in known_here})
        for client, told in zip(clients, seen, strict=True):
            headers = {"Idempotency-Key": secrets.token_hex(8)} if route.keyed else {}
            answer = case.call(base_url=client.base, auth=SignedCalls(client), headers=headers, timeout=30)
            told.append(f"{answer.status_code} {answer.headers} {answer.text}")

    call()


def _shown_in(body: dict[str, Any]) -> dict[str, Any]:
    """What people would be shown of a body, instead of what was made up; a wrong type stays wrong."""
    return {name: told for name, told in SHOWN.items() if isinstance(body.get(name), type(told))}


def _keep_wrong(route: Route, case: Any) -> None:
    """Wrong was only a header, which is sent right: the query is wrong then."""
    with contextlib.suppress(ValidationError):
        route.query.model_validate(case.query or {})
        case.query = {**(case.query or {}), "all": "perhaps"}


def _name_what_exists(route: Route, case: Any, id_: str) -> None:
    """Put an id that exists, and the service, where an id and a service belong."""
    if "id" in (case.path_parameters or {}):
        case.path_parameters["id"] = id_
        if "/services/" in route.path:
            case.path_parameters["name"] = SERVICE
    if isinstance(case.body, dict) and route.path == "/v1/calls":
        case.body.update(grant=id_, service=SERVICE)
