"""The API describes itself: in OpenAPI 3.1 that holds, from the models that check what comes in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from envaccess.http.api.routes import ROUTES, Route
from tests.fakes.api import ApiHarness

SCHEMA = json.loads((Path(__file__).parents[3] / "data" / "openapi-3.1.schema.json").read_text())


async def document(api: ApiHarness) -> Any:
    answer = await api.client().send("GET", "/v1/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    return answer.json


async def test_the_document_is_openapi_3_1(api: ApiHarness) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(await document(api))] == []


async def test_its_schemas_are_schemas_and_every_reference_leads_somewhere(api: ApiHarness) -> None:
    found = await document(api)
    schemas = found["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert {name.rpartition("/")[2] for name in references(found)} <= schemas.keys()


def references(part: Any) -> Iterator[str]:
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        yield part["$ref"]
    for each in inner:
        yield from references(each)


async def test_every_address_is_described_and_no_other(api: ApiHarness) -> None:
    paths = (await document(api))["paths"]
    told = {(method.upper(), path) for path, item in paths.items() for method in item}
    assert told == {(route.method, route.path) for route in ROUTES}


def test_names_of_operations_are_never_used_twice() -> None:
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names))


def test_whatever_changes_something_needs_a_key_of_its_own_but_logins_and_logout() -> None:
    changing = [route for route in ROUTES if route.method in {"POST", "PUT"}]
    assert [route.name for route in changing if not (route.keyed or is_login(route))] == []


def is_login(route: Route) -> bool:
    """What begins a session is bound to its key instead, and begins no second one."""
    return route.path == "/v1/token" or route.path.startswith("/v1/logins")


async def test_the_example_of_a_filing_is_one(api: ApiHarness) -> None:
    schema = (await document(api))["components"]["schemas"]["FilingInput"]
    body = {name: field["examples"][0] for name, field in schema["properties"].items() if "examples" in field}
    assert (await api.client().post("/v1/requests", body)).status == 201
