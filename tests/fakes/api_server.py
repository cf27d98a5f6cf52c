"""A small server that speaks the API over real sockets, checks every proof, and can misbehave."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from envaccess.client.session_file import StoredSession
from envaccess.crypto.boxes import BoxKey, open_box, seal_to, token_info, values_info, variable_info
from envaccess.crypto.login_codes import LoginCode, holds, login_number, read_offer, secret_hash
from envaccess.crypto.proofs import Proof, ProofKey, read_proof
from envaccess.crypto.tokens import TokenKind, make_token, token_hash
from tests.fakes.agent_routes import AgentRoutes
from tests.fakes.token_exchange import TokenExchange

Reply = tuple[int, dict[str, Any]]
Fault = Callable[["_Handler"], None]
"""What is done instead of answering."""


def answer(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Fault:
    """Answer with exactly this."""

    def do(handler: "_Handler") -> None:
        handler.answer(status, body, kind, **headers)

    return do


def hang_up(handler: "_Handler") -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def answer_then_hang_up(handler: "_Handler") -> None:
    """Do what was asked, and lose the answer."""
    handler.reply()
    handler.close_connection = True


@dataclass
class FakeApi:
    """The state of the server; tests change it and see what came."""

    values: dict[str, str] = field(default_factory=lambda: {"default/STRIPE_KEY": "value-for-tests"})
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    sets: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    done: dict[str, Reply] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)
    seal_keys: dict[str, str] = field(default_factory=dict)
    code: LoginCode | None = None
    login: dict[str, Any] = field(default_factory=dict)
    nonce: str = "nonce-1"
    taps: int = 0
    leased: list[str] = field(default_factory=list)
    no_ends: bool = False
    box: BoxKey = field(default_factory=BoxKey.generate)
    changed: threading.Condition = field(default_factory=threading.Condition)
    refusal: Reply | None = None
    exchanges: TokenExchange = field(default_factory=TokenExchange)
    agents: AgentRoutes = field(default_factory=AgentRoutes)
    url: str = ""

    def session(self) -> StoredSession:
        """Somebody who is signed in."""
        sign, seal, token = ProofKey.generate(), BoxKey.generate(), make_token(TokenKind.PERSON)
        self.tokens[token_hash(token)], self.seal_keys[token_hash(token)] = sign.public, seal.public
        return StoredSession(
            self.url, token, sign, seal, "se_12345678", "U0ALICE", "alice", "Acme", self.server_key, 2e9
        )

    @property
    def server_key(self) -> str:
        return f"key1.{self.box.public}"

    def set_state(self, id_: str, state: str, **more: Any) -> None:
        """Change a request, as a decision in Slack does."""
        with self.changed:
            request = self.requests[id_]
            request.update(more, state=state, version=request["version"] + 1)
            self.changed.notify_all()

    def approve(self, id_: str) -> None:
        grant = {"state": "active", "ends_in": 3600, "expires_at": "2026-11-26T12:00:00Z"}
        self.set_state(
            id_, "approved", grant=grant, decided_by={"id": "U0BOB", "name": "bob"}, waiting_for=[]
        )

    def pick(self, number: int) -> None:
        """Press a number in Slack."""
        with self.changed:
            self.login["state"] = "confirmed" if number == self.login["number"] else "refused"
            self.changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: FakeApi

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ValueError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class names it
        """Nothing is printed."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        self.body = json.loads(self.rfile.read(length)) if length else {}
        self.api.calls.append((self.command, self.path))
        self.api.bodies.append(self.body)
        self.api.keys.append(self.headers.get("Idempotency-Key", ""))
        if self.api.faults:
            self.api.faults.pop(0)(self)
            return
        self.tell(*self.reply())

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that the base class looks for

    def tell(self, status: int, body: dict[str, Any]) -> None:
        kind = "application/json" if status < 400 else "application/problem+json"
        headers = (
            {"WWW_Authenticate": 'DPoP error="use_dpop_nonce"'} if body.get("reason") == "use_nonce" else {}
        )
        self.answer(status, json.dumps(body).encode(), kind, DPoP_Nonce=self.api.nonce, **headers)

    def answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def reply(self) -> Reply:
        target = urlsplit(self.path)
        if target.path == "/v1/openapi.json":
            return 200, {"openapi": "3.1.0"}
        self.query = {name: found[0] for name, found in parse_qs(target.query).items()}
        proof = read_proof(self.headers["DPoP"])
        assert (proof.method, proof.url) == (self.command, self.api.url + target.path)
        if proof.nonce != self.api.nonce:
            return 401, {"reason": "use_nonce", "status": 401}
        assert proof.jti not in self.api.seen, "a proof was sent twice"
        self.api.seen.add(proof.jti)
        if target.path.startswith("/v1/logins"):
            return self._logins(target.path, proof.key)
        if target.path.startswith("/v1/agents/") and "Authorization" not in self.headers:
            return self._agent(proof.key)
        return self._exchange(proof.key) if target.path == "/v1/token" else self._proven(target.path, proof)

    def _proven(self, path: str, proof: Proof) -> Reply:
        token = self.headers.get("Authorization", "").removeprefix("DPoP ")
        if self.api.tokens.get(token_hash(token)) != proof.key or proof.token_hash != token_hash(token):
            return 401, {"reason": "not_signed_in", "detail": "You are not signed in."}
        if self.api.refusal:
            return self.api.refusal
        return self._known(path, token_hash(token))

    def _known(self, path: str, holder: str) -> Reply:
        op = self.headers.get("Idempotency-Key", "")
        changing = self.command != "GET"
        assert bool(op) == changing
        if changing and op in self.api.done:
            if path.endswith("/values"):
                return 409, {"reason": "repeated", "detail": "They were sent once.", "hint": "Ask again."}
            return self.api.done[op]
        found = self._route(path.removeprefix("/v1/").split("/"), holder, op)
        if changing and found[0] != 202 and found[0] < 400:
            self.api.done[op] = found
        return found

    def _route(self, parts: list[str], holder: str, op: str) -> Reply:
        found: Reply = (
            404,
            {"reason": "unknown_id", "detail": "There is no such request.", "hint": "Look it up."},
        )
        if of_agents := self.api.agents.answer([self.command, *parts], self.body, op):
            return of_agents
        match self.command, parts:
            case "GET", ["whoami"]:
                found = 200, self._whoami()
            case "DELETE", ["session"]:
                self.api.tokens.pop(holder)
                found = 200, {}
            case "GET", ["variables"]:
                found = 200, self._variables()
            case "PUT", ["variables", environment, name]:
                found = self._set(f"{environment}/{name}", op)
            case "GET", ["requests"]:
                found = 200, {"requests": list(self.api.requests.values())}
            case "POST", ["requests"]:
                found = self._file()
            case method, [kind, id_, *verb] if id_ in self.api.requests:
                found = self._of_request(f"{method} {kind} {' '.join(verb)}".strip(), id_, holder, op)
        return found

    def _of_request(self, asked: str, id_: str, holder: str, op: str) -> Reply:
        match asked:
            case "GET requests":
                return 200, self._waited(id_)
            case "GET grants":
                return 200, self._grant(self._waited(id_))
            case "POST grants values":
                return self._claim(id_, holder, op)
            case "POST requests cancel":
                self.api.set_state(id_, "cancelled")
                return 200, self.api.requests[id_]
        if asked == "POST grants uses 1 end":
            return (503, {"reason": "away"}) if self.api.no_ends else (200, {"ended": len(self.api.leased)})
        assert asked == "POST grants end"
        self.api.requests[id_]["grant"]["state"] = "revoked"
        return 200, self._grant(self.api.requests[id_])

    def _whoami(self) -> dict[str, Any]:
        session = {"id": "se_12345678", "host": "lenovo-7", "user": "alice", "ends_in": 600_000}
        if self.api.exchanges.used:
            return {**self.api.exchanges.whoami(), "session": session, "server_key": self.api.server_key}
        return {
            "principal": "person:U0ALICE", "kind": "person", "person": "U0ALICE", "name": "alice",
            "workspace": "T0ACME123", "workspace_name": "Acme", "session": session,
            "server_key": self.api.server_key, "server_version": "0.3.0",
            "colour": "a field of a later version",
        }  # fmt: skip

    def _variables(self) -> dict[str, Any]:
        names = [label.partition("/") for label in self.api.values]
        listed = [
            {"name": name, "environment": place, "label": name if place == "default" else f"{place}/{name}"}
            for place, _, name in names
        ]
        return {"variables": listed, "sets": self.api.sets}

    def _file(self) -> Reply:
        for request in self.api.requests.values():
            if request["state"] == "pending" and request["variables"] == self.body["variables"]:
                return 200, request
        id_ = f"k7qp000{len(self.api.requests)}"
        request = {
            "id": id_, "version": 1, "state": "pending", "grant": None, "variables": self.body["variables"],
            "duration": self.body["duration"], "once": self.body["duration"] == "once", "reason":
            self.body["reason"], "requester": "U0ALICE", "surface": "cli", "created_at":
            "2026-11-26T11:00:00Z", "deadline_in": 7200, "step": 1, "steps": 1, "waiting_for": [{"id":
            "U0BOB", "name": "bob"}, {"id": "U0CARLA", "name": "carla"}], "approvals": [], "decided_by": None,
            "decision_reason": "", "starts_in": 0,
        }  # fmt: skip
        self.api.requests[id_] = request
        return 201, request

    def _waited(self, id_: str) -> dict[str, Any]:
        known, wait = int(self.query.get("version", "-1")), int(self.query.get("wait", "0"))
        request = self.api.requests[id_]
        with self.api.changed:
            self.api.changed.wait_for(lambda: request["version"] != known, wait)
        return request

    def _grant(self, request: dict[str, Any]) -> dict[str, Any]:
        grant = request["grant"]
        return {
            "id": request["id"], "request": request["id"], "version": request["version"], "state":
            grant["state"], "once": request["once"], "ends_in": grant["ends_in"],
            "ended_by": grant.get("ended_by"), "ended_why": grant.get("ended_why", ""),
        }  # fmt: skip

    def _claim(self, id_: str, holder: str, op: str) -> Reply:
        if self.api.taps:
            self.api.taps -= 1
            return 202, {"state": "tap", "tap": "t1", "expires_in": 60}
        wanted = self.body.get("variables") or list(self.api.values)
        told = json.dumps({name: self.api.values[name] for name in wanted}).encode()
        sealed = seal_to(self.api.seal_keys[holder], told, values_info(id_, op))
        ends_in = self.api.requests[id_]["grant"]["ends_in"]
        more = {"use": 1, "leased": self.api.leased} if self.api.leased else {}
        return 200, {
            "grant": id_,
            "operation": op,
            "values": sealed,
            "once": False,
            "ends_in": ends_in,
            **more,
        }

    def _set(self, variable: str, op: str) -> Reply:
        value = open_box(self.api.box, self.body["value"], variable_info(variable, op)).decode()
        if variable in self.api.values and self.query.get("replace") != "1":
            return 409, {"reason": "exists", "detail": f"{variable} has a value already."}
        state = "changed" if variable in self.api.values else "created"
        self.api.values[variable] = value
        return 200, {"state": state}

    def _exchange(self, key: str) -> Reply:
        assert (self.body["sign_key"], "Authorization" in self.headers) == (key, False)
        status, told = self.api.exchanges.exchange(self.body, self.api.url)
        if status == 201:
            token = make_token(TokenKind.MACHINE)
            self.api.tokens[token_hash(token)] = key
            self.api.seal_keys[token_hash(token)] = self.body["seal_key"]
            box = seal_to(self.body["seal_key"], token.encode(), token_info(told["session"]["id"]))
            told |= {"token": box, "server_key": self.api.server_key}
        return status, told

    def _agent(self, key: str) -> Reply:
        agents = self.api.agents
        assert agents.offer["sign_key"] == key
        token = make_token(TokenKind.AGENT)
        self.api.tokens[token_hash(token)] = key
        self.api.seal_keys[token_hash(token)] = agents.offer["seal_key"]
        return 200, agents.stands(token)

    def _logins(self, path: str, key: str) -> Reply:
        if self.command == "POST":
            return self._offer(key)
        assert self.api.login["sign_key"] == key
        with self.api.changed:
            self.api.changed.wait_for(lambda: self.api.login["state"] != "offered", 5)
        told = {"id": path.rpartition("/")[2], "state": self.api.login["state"]}
        return 200, told | (self._confirmed(key) if told["state"] == "confirmed" else {})

    def _offer(self, key: str) -> Reply:
        offer, code = read_offer(self.body["code"]), self.api.code
        seal = self.body["seal_key"]
        if not offer or not code or not holds(offer, secret_hash(code), key, seal):
            return 403, {"reason": "login_code", "detail": "This code is none.", "hint": "Ask for a new one."}
        number = login_number(secret_hash(code), key, seal, self.api.server_key)
        self.api.login = {**self.body, "state": "offered", "number": number}
        return 201, {
            "id": "login-1", "state": "offered", "server_key": self.api.server_key,
            "workspace": "T0ACME123", "workspace_name": "Acme", "expires_in": 110,
        }  # fmt: skip

    def _confirmed(self, key: str) -> dict[str, Any]:
        token = make_token(TokenKind.PERSON)
        self.api.tokens[token_hash(token)] = key
        self.api.seal_keys[token_hash(token)] = self.api.login["seal_key"]
        session = {"id": "se_12345678", "person": "U0ALICE", "name": "alice", "ends_in": 604_800}
        return {
            "session": session,
            "token": seal_to(self.api.login["seal_key"], token.encode(), token_info("login-1")),
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""


@contextmanager
def serving(api: FakeApi, port: int = 0) -> Iterator[FakeApi]:
    """Serve it on loopback."""
    handler = type("Handler", (_Handler,), {"api": api})
    server = _Server(("127.0.0.1", port), handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
