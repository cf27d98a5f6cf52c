"""What a broker answers of itself, below `/_envaccess/`, to scripts and to `envaccess mcp`. Never a value.

| call | answers |
|---|---|
| `GET status` | the agent, and for how long its session lasts |
| `GET variables`, `GET services` | what can be asked for, and what can be called with it |
| `POST requests` | asks for access: `variables`, `duration`, `reason` |
| `GET requests/ID` | what became of that |
| `POST requests/ID/end` | ends it: withdraws what waits, and access that is live |
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from envaccess.broker.errors import CallRefusedError, refused_input
from envaccess.broker.grants import AgentGrants
from envaccess.broker.target import CallTarget
from envaccess.client.agent_api import AgentApiClient
from envaccess.client.calls import new_operation
from envaccess.client.receipt import local_receipt

_BODY_MAX: Final = 65_536
_JSON: Final = "application/json"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WAITS: Final = frozenset({"pending", "proposed"})
_PROGRAM: Final = "envaccess broker"
_TAKES: Final = (
    "A request takes `variables` (a list of names), `duration` (such as 1h) and `reason`, as JSON."
)


class BrokerControlApi:
    """Answers for one agent's session.

    Args:
        grants: makes the calls of the server, and knows when the session is over.
        api: the server.
        name: what the agent is called.
    """

    def __init__(self, grants: AgentGrants, api: AgentApiClient, name: str) -> None:
        self._grants, self._api, self._name = grants, api, name

    async def handle(self, request: web.BaseRequest, target: CallTarget) -> web.StreamResponse:
        """Answer one request."""
        asked = f"{request.method} {target.path.removeprefix('/')}"
        match asked.split("/"):
            case ["GET status"]:
                told = await self._status()
            case ["GET variables"]:
                told = dict((await self._grants.ask(self._api.variables)).raw)
            case ["GET services"]:
                told = await self._services()
            case ["POST requests"]:
                told = await self._file(await _read(request))
            case ["GET requests", id_] if _ID.fullmatch(id_):
                told = dict((await self._grants.ask(lambda: self._api.request(id_))).raw)
            case ["POST requests", id_, "end"] if _ID.fullmatch(id_):
                await _read(request)
                told = await self._end(id_)
            case _:
                raise CallRefusedError(
                    HTTPStatus.NOT_FOUND,
                    "address",
                    "The broker answers nothing here. No call returns a value.",
                )
        return web.json_response(told, headers={"Cache-Control": "no-store"})

    async def _status(self) -> dict[str, Any]:
        found = await self._grants.ask(self._api.whoami)
        session = self._api.session
        return {
            "agent": session.id,
            "name": self._name,
            "person": session.person,
            "server": session.url,
            "ends_in": found.ends_in,
        }

    async def _services(self) -> dict[str, Any]:
        found = await self._grants.ask(self._api.services)
        return {
            "services": [
                {
                    "name": each.name,
                    "variable": each.variable,
                    "base": each.base,
                    "path": f"/{each.name}",
                    "allow": list(each.allow),
                }
                for each in found
            ]
        }

    async def _file(self, told: Mapping[str, Any]) -> dict[str, Any]:
        names, duration, reason = (told.get(name) for name in ("variables", "duration", "reason"))
        known = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
        if not known or not isinstance(duration, str) or not isinstance(reason, str):
            raise refused_input("input_invalid", _TAKES)
        assert isinstance(names, list)
        receipt, op = local_receipt(_PROGRAM), new_operation()
        found = await self._grants.ask(lambda: self._api.file(names, duration, reason, "", receipt, op))
        return dict(found.raw)

    async def _end(self, id_: str) -> dict[str, Any]:
        found, op = await self._grants.ask(lambda: self._api.request(id_)), new_operation()
        if found.state in _WAITS:
            return dict((await self._grants.ask(lambda: self._api.cancel(id_, op))).raw)
        ended = await self._grants.ask(lambda: self._api.end(id_, op))
        self._grants.end(id_)
        return {"id": ended.id, "state": ended.state}


async def _read(request: web.BaseRequest) -> dict[str, Any]:
    """A JSON object. A page of another site cannot send one without asking first."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _JSON:
        raise CallRefusedError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "input_invalid",
            "Send JSON, and say so: Content-Type: application/json.",
        )
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        if len(body) > _BODY_MAX:
            raise CallRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long", "The body is too long.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise refused_input("input_invalid", "The body is no JSON object.")
    return told
