"""OpenAPI 3.1 of the API, made from its table of addresses and the models that check what comes in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from envaccess.http.api.models import ProblemInfo
from envaccess.http.api.routes import ROUTES, Proves, Route

_REFERENCE: Final = "#/components/schemas/{model}"
_PROBLEM: Final = "application/problem+json"
_JSON: Final = "application/json"
_Json = dict[str, Any]
_KEY: Final[_Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new random text for each thing to be done; a repeat under it does nothing more.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,64}$"},
}
_ID: Final[_Json] = {"type": "string", "pattern": "^[0-9a-z]{8}$"}
_SAYS: Final = {
    200: "What was asked for.",
    201: "It was made.",
    202: "It still waits for the person.",
    204: "It was done.",
}


@cache
def describe(version: str, server: str) -> _Json:
    """The document.

    Args:
        version: our own.
        server: ENVACCESS_API_URL.
    """
    paths: dict[str, _Json] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "envaccess",
            "version": version,
            "summary": "Ask for environment variables, and have them while somebody lets you.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": _SECURITY},
    }


_SECURITY: Final[_Json] = {
    "session": {
        "type": "http",
        "scheme": "DPoP",
        "description": "A token of a session, and a proof of its key in the header DPoP (RFC 9449, Ed25519).",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "DPoP",
        "description": "A proof of the terminal's own key (RFC 9449, Ed25519) alone.",
    },
}


def _schemas() -> _Json:
    taken = [(model, "validation") for route in ROUTES for model in (route.body,) if model]
    told = [(model, "serialization") for route in ROUTES for model in route.answers.values() if model]
    pairs: Sequence[Any] = [*dict.fromkeys([*taken, *told]), (ProblemInfo, "serialization")]
    _, found = models_json_schema(pairs, ref_template=_REFERENCE)
    schemas: _Json = found["$defs"]
    return schemas


def _operation(route: Route) -> _Json:
    found: _Json = {
        "operationId": route.name,
        "summary": route.says,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *([_KEY] if route.keyed else [])],
        "responses": {
            **{str(status): _answer(status, model) for status, model in route.answers.items()},
            "default": {
                "description": "Why not (RFC 9457).",
                "content": {_PROBLEM: {"schema": _reference(ProblemInfo)}},
            },
        },
        "security": [{"session" if route.proves is Proves.SESSION else "key": []}],
    }
    if route.body:
        found["requestBody"] = {"required": True, "content": {_JSON: {"schema": _reference(route.body)}}}
    return found


def _answer(status: int, model: type[BaseModel] | None) -> _Json:
    content = {"content": {_JSON: {"schema": _reference(model)}}} if model else {}
    return {"description": _SAYS[status], **content}


def _reference(model: type[BaseModel]) -> _Json:
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def _path_parameters(route: Route) -> Iterable[_Json]:
    for name in re.findall(r"\{([a-z]+)\}", route.path):
        yield {"name": name, "in": "path", "required": True, "schema": _PATH.get(name, _ID)}


_PATH: Final[Mapping[str, _Json]] = {
    "id": _ID,
    "login": {"type": "string", "pattern": "^se_[0-9a-z]{8}$"},
    "environment": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,19}$"},
    "name": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$"},
}


def _query_parameters(route: Route) -> Iterable[_Json]:
    found = route.query.model_json_schema()
    for name, schema in found.get("properties", {}).items():
        required = name in found.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": _without_null(schema)}


def _without_null(schema: _Json) -> _Json:
    """A parameter that is left out is no null."""
    some = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    kept = {name: value for name, value in schema.items() if name not in {"anyOf", "default", "title"}}
    return {**kept, **some[0]} if some else {**kept, **({"default": 0} if schema.get("default") == 0 else {})}
