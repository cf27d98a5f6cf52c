"""What comes in, looked at before anything is asked of anybody: host, origin, sizes, types, JSON."""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

from aiohttp import web
from aiohttp.http import HttpProcessingError
from pydantic import BaseModel, ValidationError
from yarl import URL

from envaccess.domain import strict_json
from envaccess.http.api.models import InputFault
from envaccess.http.api.problems import ApiProblem, HttpFault, fault_problem

HEADERS_MAX: Final = 16 * 1024
BODY_MAX: Final = 64 * 1024
READ_SECONDS: Final = 10.0
"""How long a body may take to arrive."""
_DEEPEST: Final = 16
_FAULTS_SHOWN: Final = 10
_FIELD: Final = re.compile(r"[a-z_]{1,40}")

Model = TypeVar("Model", bound=BaseModel)


def refuse_head(request: web.Request, base: URL) -> ApiProblem | None:
    """Why a request is not looked at any further, by its target and headers alone."""
    if sum(len(name) + len(value) for name, value in request.raw_headers) > HEADERS_MAX:
        return fault_problem(HttpFault.HEADERS_LARGE)
    if not _is_for(request, base):
        return fault_problem(HttpFault.HOST)
    # What a browser sends on a page's behalf is not the person's wish: no page uses this API.
    return fault_problem(HttpFault.ORIGIN) if "Origin" in request.headers else None


def _is_for(request: web.Request, base: URL) -> bool:
    """Whether exactly our own host is named: a target that names one itself is meant for a proxy."""
    hosts = request.headers.getall("Host", ())
    return len(hosts) == 1 and request.raw_path.startswith("/") and hosts[0].lower() in own_hosts(base)


def own_hosts(base: URL) -> tuple[str, ...]:
    """How a client may name the host of this URL, whose usual port may be named or not."""
    assert base.host_port_subcomponent
    usual = f"{base.host_subcomponent}:{base.port}"
    return base.host_port_subcomponent, usual


async def read_bytes(request: web.Request) -> bytes | ApiProblem:
    """The body of a request that may have one, or why it is not read."""
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
        return fault_problem(HttpFault.MEDIA_TYPE)
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return fault_problem(HttpFault.MEDIA_TYPE)
    if (request.content_length or 0) > BODY_MAX:
        return fault_problem(HttpFault.BODY_LARGE)
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _read_at_most(request)
    except (TimeoutError, ConnectionError):
        return fault_problem(HttpFault.BODY_LATE)
    except (web.RequestPayloadError, HttpProcessingError):
        return fault_problem(HttpFault.BODY)


async def _read_at_most(request: web.Request) -> bytes | ApiProblem:
    found = bytearray()
    async for part in request.content.iter_any():
        found += part
        if len(found) > BODY_MAX:
            return fault_problem(HttpFault.BODY_LARGE)
    return bytes(found)


def read_object(body: bytes) -> dict[str, Any] | ApiProblem:
    """The one JSON object in a body, in UTF-8 and nothing too deep."""
    try:
        found = strict_json.read_object(body.decode())
        json.dumps(found, ensure_ascii=False).encode()  # halves of characters are no text
    except (ValueError, RecursionError):
        return fault_problem(HttpFault.BODY)
    return found if _is_shallow(found) else fault_problem(HttpFault.BODY)


def _is_shallow(found: object) -> bool:
    level: list[object] = [found]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
            if isinstance(inner, (dict, list))
        ]
    return not level


def read_query(request: web.Request, model: type[Model]) -> Model | ApiProblem:
    """The parameters, each once."""
    pairs = list(request.query.items())
    if len(dict(pairs)) != len(pairs):
        return input_problem([InputFault(field="query", problem="A parameter is there twice.")])
    return _checked(model, dict(pairs), strict=False)


def read_model(found: dict[str, Any], model: type[Model]) -> Model | ApiProblem:
    """The body as the model that the address takes."""
    return _checked(model, found, strict=True)


def _checked(model: type[Model], found: dict[str, Any], *, strict: bool) -> Model | ApiProblem:
    try:
        return model.model_validate(found, strict=strict)
    except ValidationError as error:
        return input_problem(_faults(error))


def _faults(error: ValidationError) -> Iterable[InputFault]:
    """What is wrong, by field; never what was sent."""
    for fault in error.errors(include_url=False, include_context=False, include_input=False)[:_FAULTS_SHOWN]:
        yield InputFault(field=_field(fault["loc"]), problem=f"{fault['msg']}.")


def _field(place: tuple[int | str, ...]) -> str:
    """Where it is; the name of a member that we do not know is the client's own text."""
    parts = (str(part) for part in place)
    return ".".join(part if part.isdigit() or _FIELD.fullmatch(part) else "(unknown)" for part in parts)


def input_problem(faults: Iterable[InputFault]) -> ApiProblem:
    """What was sent can be read, and is not what this takes."""
    return replace(fault_problem(HttpFault.INPUT), errors=tuple(faults))
