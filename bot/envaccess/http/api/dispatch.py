"""One request of the API, from its head to its answer."""

import json
import re
from asyncio import Semaphore
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, assert_never

from aiohttp import web
from yarl import URL

from envaccess import log
from envaccess.application.faults import EXPECTED, refusal_of
from envaccess.application.people.machine_login import refuse_changed
from envaccess.domain.metrics import words
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import Session
from envaccess.domain.tracing import SpanKind, SpanName, traced
from envaccess.http.addresses import Address, Network, client_address, counted_as
from envaccess.http.api.authentication import CALLS_PER_MINUTE, Attempts, MinuteCount
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.incoming import read_bytes, read_model, read_object, read_query, refuse_head
from envaccess.http.api.models import ApiInput, NoBody
from envaccess.http.api.openapi import describe
from envaccess.http.api.problems import (
    ApiProblem,
    HttpFault,
    fault_problem,
    people_in,
    refusal_problem,
    unexpected,
)
from envaccess.http.api.routes import ROUTES, Proves, Route
from envaccess.http.api.views import names_of
from envaccess.http.connection import connection_of
from envaccess.identity.authenticate import Operation

DOCUMENT: Final = "/v1/openapi.json"
_KEY: Final = re.compile(r"[!-~]{1,64}")
_UNPROVEN: Final = {
    Reason.NO_SESSION: "invalid_token",
    Reason.BAD_PROOF: "invalid_dpop_proof",
    Reason.PROOF_USED: "invalid_dpop_proof",
    Reason.USE_NONCE: "use_dpop_nonce",
}
"""Reasons for which nobody knows whose a call is, and what RFC 9449 (7.1 and 9) calls them."""
_GUESSES: Final = frozenset(
    {
        Reason.LOGIN_CODE,
        Reason.LOGIN_UNKNOWN,
        Reason.TOKEN_INVALID,
        Reason.TOKEN_KEY_UNKNOWN,
        Reason.TOKEN_REFUSED,
        Reason.TOKEN_USED,
        Reason.NO_MACHINE,
        Reason.AGENT_UNKNOWN,
    }
)
"""Refusals that whoever tries codes, ids and tokens gets."""
_CHALLENGE: Final = 'DPoP algs="EdDSA"'
_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"

_CALL: Final = SpanName("api.call", SpanKind.SERVER, {"operation": words(*(route.name for route in ROUTES))})
"""A call of the API whose proof holds."""


class Api:
    """Answers everything under `/v1`.

    Args:
        context: what the endpoints act through.
        clock: seconds of a clock that never goes back.
        trusted: peers that are proxies.
    """

    def __init__(
        self, context: ApiContext, clock: Callable[[], float], trusted: Sequence[Network] = ()
    ) -> None:
        self._context = context
        self._base = URL(context.url)
        self._trusted = trusted
        self._attempts = Attempts(clock)
        self._rates = MinuteCount(CALLS_PER_MINUTE, clock)
        self._key_rates = MinuteCount(CALLS_PER_MINUTE, clock)
        self._document = json.dumps(describe(context.server_version, context.url)).encode()

    async def take(self, request: web.Request) -> web.Response:
        """Answer one request; whatever goes wrong is a problem in words."""
        try:
            reply = await self._reply(request)
            told = await self._in_words(reply) if isinstance(reply, Refusal) else reply
        except EXPECTED as error:
            refusal = refusal_of(error)
            reason = refusal.reason
            log.fault(reason, error, doing="api")
            told = refusal_problem(refusal)
        except Exception as error:  # noqa: BLE001 - whatever broke, the client gets an answer
            told = unexpected(log.unexpected("api", error))
        return self._answer(request, told)

    async def _reply(self, request: web.Request) -> Reply | bytes:
        if problem := refuse_head(request, self._base):
            return problem
        path, method = request.raw_path.partition("?")[0], request.method
        found = {route.method: route for route in ROUTES if route.pattern.fullmatch(path)}
        allowed: dict[str, Route | None] = {**found, **({"GET": None} if path == DOCUMENT else {})}
        if not allowed:
            return fault_problem(HttpFault.NO_SUCH_PATH)
        wanted = "GET" if method == "HEAD" else method
        if wanted not in allowed:
            return _other_method(method, allowed)
        route = allowed[wanted]
        return await self._use(request, route, path) if route else self._document

    async def _use(self, request: web.Request, route: Route, path: str) -> Reply:
        """What the route answers to whoever may use it."""
        hops = request.headers.getall("X-Forwarded-For", ())
        address = client_address(request.get_extra_info("peername"), hops, self._trusted)
        # Where a token is not looked at, it proves nothing: its owner could try codes without end.
        by_key = route.proves is Proves.KEY
        authorization = "" if by_key else _single(request, "Authorization")
        if fault := self._too_often(counted_as(address), authorization):
            return fault_problem(fault)
        if not (_single(request, "DPoP") and (authorization or by_key)):
            return _unproven(fault_problem(HttpFault.NO_PROOF))
        sent = await _read_sent(request, route, path)
        if isinstance(sent, ApiProblem):
            return sent
        body, operation = sent
        async with self._turn(request):
            proven = await self._prove(request, route, path, operation, address)
        if isinstance(proven, (Refusal, ApiProblem)):
            return proven
        asked = _read(request, route, path, body, _Proven(*proven, operation, str(address or "")))
        if isinstance(asked, ApiProblem):
            return asked
        with traced(_CALL, route.name):
            reply = await route.handle(self._context, asked)
        return self._counted(reply, address)

    def _counted(self, reply: Reply, address: Address | None) -> Reply:
        """What an endpoint answered; a session that ended meanwhile gets what a new call would get."""
        if not isinstance(reply, Refusal):
            return reply
        if reply.reason in _GUESSES:
            self._attempts.failed(counted_as(address))
        over = reply.reason is Reason.NO_SESSION
        return _unproven(refusal_problem(reply), _UNPROVEN[reply.reason]) if over else reply

    def _too_often(self, address: str, authorization: str) -> HttpFault | None:
        """Why a call is not looked at, which costs the store nothing."""
        principal = self._attempts.whose(authorization)
        if not principal and self._attempts.is_full(address):
            return HttpFault.FAILURES
        return HttpFault.RATE if self._rates.is_full(principal) else None

    def _turn(self, request: web.Request) -> Semaphore:
        """What a call waits for before anybody looks whose it is."""
        turns = self._context.turns
        return turns.polls if request.method == "GET" and "wait" in request.query else turns.calls

    async def _prove(
        self,
        request: web.Request,
        route: Route,
        path: str,
        operation: Operation | None,
        address: Address | None,
    ) -> tuple[Session | None, str] | ApiProblem | Refusal:
        """The session that makes the call, if it needs one, and the key that was proven."""
        url, proof = f"{self._context.url}{path}", _single(request, "DPoP")
        if route.proves is Proves.KEY:
            found = self._context.authenticator.prove(proof, request.method, url)
            if isinstance(found, Refusal):
                return self._unproven(found, address)
            return (None, found.key) if self._key_rates.add(found.key) else fault_problem(HttpFault.RATE)
        authorization = _single(request, "Authorization")
        session = await self._context.authenticator.authenticate(
            authorization, proof, request.method, url, operation, str(address or "")
        )
        if isinstance(session, Refusal):
            return self._unproven(session, address) if session.reason in _UNPROVEN else session
        key = session.principal.key
        self._attempts.worked(authorization, key)
        if connection := connection_of(request):  # which counts for its principal from now on
            connection.request_was_proven(key)
        if not self._rates.add(key):
            return fault_problem(HttpFault.RATE)
        return refuse_changed(self._context.verbs, session) or (session, session.sign_key)

    def _unproven(self, why: Refusal, address: Address | None) -> ApiProblem:
        """Nobody knows whose the call is; to be told a nonce is no failure."""
        if why.reason is not Reason.USE_NONCE:
            self._attempts.failed(counted_as(address))
        return _unproven(refusal_problem(why), _UNPROVEN[why.reason])

    async def _in_words(self, refusal: Refusal) -> ApiProblem:
        """A refusal with people by their names."""
        return refusal_problem(refusal, await names_of(self._context.verbs, people_in(refusal)))

    def _answer(self, request: web.Request, reply: Answered | ApiProblem | bytes) -> web.Response:
        headers = {"Cache-Control": "no-store", "DPoP-Nonce": self._context.authenticator.nonce()}
        response = _render(reply, headers)
        if not request.content.is_eof():  # what is left of the body is nobody's next request
            response.force_close()
        return response


def _render(reply: Answered | ApiProblem | bytes, headers: dict[str, str]) -> web.Response:
    match reply:
        case bytes():
            return web.Response(body=reply, content_type=_JSON, headers=headers)
        case ApiProblem():
            return problem_response(reply, headers)
        case Answered(status, model, more):
            told = {**headers, **more}
            if model is None:
                return web.Response(status=status, headers=told)
            body = model.model_dump_json()
            return web.Response(status=status, text=body, content_type=_JSON, headers=told)
    assert_never(reply)


def problem_response(problem: ApiProblem, headers: Mapping[str, str]) -> web.Response:
    """A problem as it is sent (RFC 9457), with these headers besides its own."""
    retry = {"Retry-After": str(problem.retry_in)} if problem.retry_in else {}
    body = problem.info.model_dump_json(exclude_none=True)
    told = {**headers, **retry, **problem.headers}
    return web.Response(status=problem.status, text=body, content_type=_PROBLEM, headers=told)


def _other_method(method: str, allowed: Iterable[str]) -> Answered | ApiProblem:
    """No page of another origin is ever told that it may: there is no CORS."""
    known = {*allowed, "OPTIONS", *({"HEAD"} if "GET" in allowed else ())}
    allow = {"Allow": ", ".join(sorted(known))}
    if method == "OPTIONS":
        return Answered(204, None, allow)
    return replace(fault_problem(HttpFault.METHOD), headers=allow)


def _unproven(problem: ApiProblem, error: str = "") -> ApiProblem:
    """Nobody knows whose the call is."""
    told = f'{_CHALLENGE}, error="{error}"' if error else _CHALLENGE
    return replace(problem, status=401, headers={"WWW-Authenticate": told})


def _single(request: web.Request, name: str) -> str:
    """A header that is there once; empty for any other number."""
    found = request.headers.getall(name, ())
    return found[0] if len(found) == 1 else ""


async def _read_sent(
    request: web.Request, route: Route, path: str
) -> tuple[bytes, Operation | None] | ApiProblem:
    """The body, and what a repeat of the call is known by."""
    body = await read_bytes(request) if route.body or request.can_read_body else b""
    if isinstance(body, ApiProblem):
        return body
    operation = _operation(request, route, path, body)
    return operation if isinstance(operation, ApiProblem) else (body, operation)


def _operation(request: web.Request, route: Route, path: str, body: bytes) -> Operation | ApiProblem | None:
    """What a repeat is known by; None where nothing is changed."""
    if not route.keyed:
        return None
    if "Idempotency-Key" not in request.headers:
        return fault_problem(HttpFault.NO_KEY)
    key = _single(request, "Idempotency-Key")
    if not _KEY.fullmatch(key):
        return fault_problem(HttpFault.BAD_KEY)
    # How long an answer may wait is not what is asked for.
    asked = sorted(f"{name}={value}" for name, value in request.query.items() if name != "wait")
    digest = sha256("&".join(asked).encode("utf-8", "surrogateescape") + b"\0" + body).hexdigest()
    return Operation(key, f"{route.method} {path}", digest)


@dataclass(frozen=True, slots=True)
class _Proven:
    """Whose a call is, and what it may be repeated as."""

    session: Session | None
    sign_key: str
    operation: Operation | None
    address: str


def _read(
    request: web.Request, route: Route, path: str, body: bytes, who: _Proven
) -> CheckedCall | ApiProblem:
    """The call in the models of its route."""
    query = read_query(request, route.query)
    found = read_object(body) if body or route.body else {}
    kind: type[ApiInput] = route.body or NoBody
    model = found if isinstance(found, ApiProblem) else read_model(found, kind)
    if isinstance(query, ApiProblem):
        return query
    if isinstance(model, ApiProblem):
        return model
    parts = route.pattern.fullmatch(path)
    assert parts

    def gone() -> bool:
        return request.transport is None or request.transport.is_closing()

    key = who.operation.key if who.operation else ""
    op = who.operation.op(who.session.principal) if who.operation and who.session else ""
    return CheckedCall(parts.groupdict(), query, model, who.session, who.sign_key, key, op, who.address, gone)
