"""The Web API: who is calling, which method, and what Slack would answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from slack_emulator.http_answers import DroppedError, Reply, drop, to_response
from slack_emulator.installations import BotToken
from slack_emulator.record import RecordedCall
from slack_emulator.sockets import Sockets
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json, RefusalError, complain
from slack_emulator.web import (
    apps,
    chat,
    conversations,
    histories,
    oauth,
    org_wide,
    people,
    surfaces,
    usergroups,
)
from slack_emulator.web.api_call import ApiCall
from slack_emulator.web.reading import Sent, read_call

Token = Literal["bot", "app"]
_BOT: frozenset[Token] = frozenset({"bot"})


@dataclass(frozen=True)
class Method:
    """One method: what it does, which scope it needs, with which kinds of token, and how it is called.

    Without a `required` argument the answer is `invalid_arguments`; one that is there but empty or wrong gets
    the method's own refusal (measured by brekkylab/backlot#84). A method that does not take JSON acts as if a
    JSON body were not there (measured by kortix-ai/suna#6616 and Yeachan-Heo/gajae-code#3824).
    """

    run: Callable[[ApiCall], Json]
    scope: str | None = None
    tokens: frozenset[Token] = _BOT
    required: tuple[str, ...] = ()
    takes_json: bool = True
    only_post: bool = False


_UNKNOWN = Method(lambda _ask: {})

METHODS = {
    "api.test": Method(apps.test, tokens=frozenset()),
    "auth.test": Method(apps.auth_test, tokens=frozenset({"bot", "app"})),
    "auth.revoke": Method(oauth.revoke),
    "auth.teams.list": Method(oauth.teams_list),
    "apps.uninstall": Method(oauth.uninstall),
    "oauth.v2.access": Method(oauth.access, tokens=frozenset()),
    "chat.postMessage": Method(chat.post_message, "chat:write", required=("channel",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write", required=("channel", "user")),
    "chat.update": Method(chat.update, "chat:write", required=("channel", "ts")),
    "chat.delete": Method(chat.delete, "chat:write", required=("channel", "ts")),
    "conversations.open": Method(conversations.open_im, "im:write"),
    "conversations.info": Method(conversations.info, required=("channel",), takes_json=False),
    "conversations.history": Method(histories.history, required=("channel",), takes_json=False),
    "conversations.list": Method(conversations.all_channels, takes_json=False),
    "conversations.replies": Method(histories.replies, required=("channel", "ts"), takes_json=False),
    "conversations.members": Method(conversations.members, required=("channel",), takes_json=False),
    "usergroups.list": Method(usergroups.all_groups, "usergroups:read"),
    "usergroups.users.list": Method(usergroups.members, "usergroups:read", required=("usergroup",)),
    "users.list": Method(people.everybody, "users:read", takes_json=False),
    "users.lookupByEmail": Method(people.by_email, "users:read.email", required=("email",), takes_json=False),
    "users.info": Method(people.info, "users:read", takes_json=False),
    "views.open": Method(surfaces.open_view, required=("trigger_id", "view")),
    "views.push": Method(surfaces.push, required=("trigger_id", "view")),
    "views.update": Method(surfaces.update, required=("view",)),
    "views.publish": Method(surfaces.publish, required=("user_id", "view")),
}


class WebApi:
    """Answers `POST` and `GET /api/{method}`; `tell` delivers an event without waiting for it."""

    def __init__(
        self, state: EmulatorState, sockets: Sockets, tell: Callable[[EmulatorState, Json], None]
    ) -> None:
        self._state = state
        self._tell = tell
        opening = Method(
            lambda _ask: {"url": sockets.open()}, "connections:write", frozenset({"app"}), only_post=True
        )
        self._methods = {**METHODS, "apps.connections.open": opening}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Read, let a fault strike if one is on, act, record, answer."""
        name = request.match_info["method"]
        sent = await read_call(request, takes_json=self._methods.get(name, _UNKNOWN).takes_json)
        grant = self._state.teams.installations.find(sent.token or "")
        team = grant.team if grant else ""
        call = self._state.record.begin(name, sent.args, team)
        ask = ApiCall(self._state, sent.args, grant=grant, client=sent.client)

        def act() -> Reply:
            too_many = self._state.teams.rates_of(sent.token, self._state).refuse(name, sent.args)
            call.acted = too_many is None
            return too_many or self._act(name, sent, ask)

        try:
            reply = await self._state.faults.meet(name, sent.args, act, team)
        except DroppedError:
            self._note(call, ask)
            return drop(request)
        self._answered(call, reply)
        self._note(call, ask)
        self._state.record.note("to bot", f"answer:{name}", reply.body, ask.only_for)
        for event in ask.events:
            self._tell(ask.state, event)
        return to_response(reply)

    def _note(self, call: RecordedCall, ask: ApiCall) -> None:
        meant_for = ask.text("user") if call.method == "chat.postEphemeral" else ask.only_for
        self._state.record.note("from bot", call.method, call.args, meant_for)

    @staticmethod
    def _answered(call: RecordedCall, reply: Reply) -> None:
        call.status = reply.status
        call.answer = reply.body if isinstance(reply.body, dict) else {"body": reply.body}

    def _act(self, name: str, sent: Sent, ask: ApiCall) -> Reply:
        try:
            method = self._admit(name, sent, ask)
            answer = {"ok": True, **method.run(ask)}
        except RefusalError as refusal:
            answer = {"ok": False, "error": refusal.error, **refusal.extra}
        return Reply(200, answer, self._scopes(name, ask.state) if self._state.lists_scopes else {})

    def _scopes(self, name: str, state: EmulatorState) -> dict[str, str]:
        """The headers that list what the token may do, and what the method asks for."""
        asked = self._methods.get(name, _UNKNOWN).scope
        accepted = {"x-accepted-oauth-scopes": asked} if asked else {}
        return {"x-oauth-scopes": ",".join(state.scopes), **accepted}

    def _admit(self, name: str, sent: Sent, ask: ApiCall) -> Method:
        method = self._methods.get(name)
        if method is None:
            raise RefusalError("unknown_method", req_method=name)
        if method.only_post and not sent.is_post:
            raise RefusalError("insecure_request")
        if sent.wrong:
            raise sent.wrong
        if method.tokens:
            ask.token = self._checked_token(method, sent.token, ask)
            if ask.grant is not None and ask.grant.is_org_wide:
                ask.state = org_wide.place(ask, ask.grant, name)
        if ask.token == "bot" and method.scope and method.scope not in ask.state.scopes:  # noqa: S105
            raise RefusalError("missing_scope", needed=method.scope, provided=",".join(ask.state.scopes))
        _refuse_missing(method, ask)
        return method

    def _checked_token(self, method: Method, token: str | None, ask: ApiCall) -> Token:
        """The kind of token, if it works; from here on the call acts on the token's workspace."""
        if not token:
            raise RefusalError("not_authed")
        kind: Token = "app" if token == self._state.secrets.app_token else "bot"
        if kind == "bot" and ask.grant is None:
            raise RefusalError("invalid_auth")
        if kind not in method.tokens:
            raise RefusalError("not_allowed_token_type")
        if ask.grant is not None:
            ask.state = self._state.teams.states.get(ask.grant.team, self._state)
            self._refuse_ended(ask.grant, ask.state)
        return kind

    def _refuse_ended(self, grant: BotToken, state: EmulatorState) -> None:
        if state.uninstalled and not grant.is_org_wide:
            raise RefusalError("account_inactive")
        self._state.teams.installations.check(grant)


def _refuse_missing(method: Method, ask: ApiCall) -> None:
    missing = [name for name in method.required if ask.args.get(name) is None]
    if missing:
        raise complain("invalid_arguments", [f"missing required field: {name}" for name in missing])
