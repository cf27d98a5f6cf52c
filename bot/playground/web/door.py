"""The door to the Web API: who is calling, which method, and what Slack would answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from bot.playground.record import Call
from bot.playground.replies import DroppedError, Reply, drop, to_response
from bot.playground.shapes import Json, RefusalError
from bot.playground.sockets import Sockets
from bot.playground.stage import Stage
from bot.playground.web import apps, chat, conversations, people, surfaces
from bot.playground.web.asking import Ask

Token = Literal["bot", "app", "none"]


@dataclass(frozen=True)
class Method:
    """One method: what it does, which scope it needs, which kind of token."""

    run: Callable[[Ask], Json]
    scope: str | None = None
    token: Token = "bot"  # noqa: S105 - a kind of token


METHODS = {
    "api.test": Method(apps.test, token="none"),  # noqa: S106 - a kind of token
    "auth.test": Method(apps.auth_test),
    "chat.postMessage": Method(chat.post_message, "chat:write"),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
    "chat.update": Method(chat.update, "chat:write"),
    "chat.delete": Method(chat.delete, "chat:write"),
    "conversations.open": Method(conversations.open_im, "im:write"),
    "conversations.info": Method(conversations.info),
    "conversations.members": Method(conversations.members),
    "users.info": Method(people.info, "users:read"),
    "views.open": Method(surfaces.open_view),
    "views.push": Method(surfaces.push),
    "views.update": Method(surfaces.update),
    "views.publish": Method(surfaces.publish),
}


class Door:
    """Answers `POST` and `GET /api/{method}`."""

    def __init__(self, stage: Stage, sockets: Sockets) -> None:
        self._stage = stage
        opening = Method(lambda _ask: {"url": sockets.open()}, "connections:write", "app")
        self._methods = {**METHODS, "apps.connections.open": opening}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Read, let a fault strike if one is on, act, record, answer."""
        name = request.match_info["method"]
        args = await _arguments(request)
        token = _token(request, args)
        call = self._stage.record.begin(name, args)
        ask = Ask(self._stage, args)

        def act() -> Reply:
            too_many = self._stage.rates.refuse(name, args)
            call.acted = too_many is None
            return too_many or self._act(name, token, ask)

        try:
            reply = await self._stage.faults.meet(name, args, act)
        except DroppedError:
            self._note(call, ask)
            return drop(request)
        self._answered(call, reply)
        self._note(call, ask)
        self._stage.record.note("to bot", f"answer:{name}", reply.body, ask.only_for)
        return to_response(reply)

    def _note(self, call: Call, ask: Ask) -> None:
        meant_for = ask.text("user") if call.method == "chat.postEphemeral" else ask.only_for
        self._stage.record.note("from bot", call.method, call.args, meant_for)

    @staticmethod
    def _answered(call: Call, reply: Reply) -> None:
        call.status = reply.status
        call.answer = reply.body if isinstance(reply.body, dict) else {"body": reply.body}

    def _act(self, name: str, token: str | None, ask: Ask) -> Reply:
        try:
            method = self._admit(name, token)
            answer = {"ok": True, **method.run(ask)}
        except RefusalError as refusal:
            answer = {"ok": False, "error": refusal.error, **refusal.extra}
        return Reply(200, answer, {"x-oauth-scopes": ",".join(self._stage.scopes)})

    def _admit(self, name: str, token: str | None) -> Method:
        method = self._methods.get(name)
        if method is None:
            raise RefusalError("unknown_method", req_method=name)
        if method.token == "none":  # noqa: S105 - a kind of token
            return method
        self._check_token(method, token)
        if method.token == "bot" and method.scope and method.scope not in self._stage.scopes:  # noqa: S105
            raise RefusalError("missing_scope", needed=method.scope, provided=",".join(self._stage.scopes))
        return method

    def _check_token(self, method: Method, token: str | None) -> None:
        if not token:
            raise RefusalError("not_authed")
        known = {self._stage.secrets.bot_token: "bot", self._stage.secrets.app_token: "app"}
        if token not in known:
            raise RefusalError("invalid_auth")
        if known[token] != method.token:
            raise RefusalError("not_allowed_token_type")


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        return args | (body if isinstance(body, dict) else {})
    return args | dict(await request.post())


def _token(request: web.Request, args: Json) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    in_body = args.pop("token", None)
    return token if scheme.lower() == "bearer" and token else in_body
