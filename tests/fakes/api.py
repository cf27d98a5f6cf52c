"""The API over real HTTP, with verbs on fakes, and a client with a real key."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from envaccess.crypto.boxes import BoxKey
from envaccess.crypto.proofs import ProofKey, make_proof
from envaccess.crypto.tokens import TokenKind, make_token, token_hash
from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import SESSION_SECONDS, Session, SessionUse
from envaccess.http import listening
from envaccess.http.api.context import ApiContext
from envaccess.http.api.dispatch import Api
from envaccess.http.api.intake import mount
from envaccess.http.jwks import IssuerKeys
from envaccess.identity.authenticate import Authenticator
from envaccess.identity.boxes import ClientBoxes
from envaccess.identity.nonces import Nonces
from envaccess.identity.pipeline_tokens import PipelineTokens
from envaccess.identity.server_key import ServerKey
from tests.fakes.books import Books
from tests.fakes.context import WORKSPACE, FakeDirectory, FakeSource, NothingEnded, make_context
from tests.fakes.sealing import seals_for
from tests.fakes.sessions import FakeSessions

ALICE = "U0ALICE"
BOB = "U0BOB"


@dataclass
class FakeSessionUses:
    """Fits `identity.ports.SessionUses`, in memory."""

    sessions: dict[str, Session] = field(default_factory=dict)
    asked: int = 0
    _proofs: set[str] = field(default_factory=set)
    _operations: dict[tuple[str, str], str] = field(default_factory=dict)

    async def use(self, use: SessionUse) -> Session | Refusal:
        self.asked += 1
        session = self.sessions.get(use.token)
        if session is None:
            return Refusal(Reason.NO_SESSION)
        if session.sign_key != use.key:
            return Refusal(Reason.BAD_PROOF)
        if use.jti in self._proofs:
            return Refusal(Reason.PROOF_USED)
        self._proofs.add(use.jti)
        if use.operation and self._operations.setdefault((session.id, use.operation), use.body) != use.body:
            return Refusal(Reason.IDEMPOTENCY_BODY)
        return session


@dataclass
class FakeWatch:
    """Woken once by what happens meanwhile, if anything does."""

    watches: "FakeWatches"
    over: bool = False

    async def changed(self, seconds: float) -> bool:
        self.watches.waited.append(seconds)
        happen, self.watches.meanwhile = self.watches.meanwhile, None
        if happen:
            await happen()
        return happen is not None


@dataclass
class FakeWatches:
    """Fits `http.api.context.Watches`.

    Attributes:
        meanwhile: what happens while the next call waits.
        watched: what calls waited for.
        waited: for how many seconds at most.
    """

    meanwhile: Callable[[], Awaitable[object]] | None = None
    watched: list[tuple[str, ...]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def watch(self, *ids: str) -> Iterator[FakeWatch]:
        self.watched.append(ids)
        yield FakeWatch(self)


@dataclass
class ApiReply:
    """What a client got."""

    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def reason(self) -> str:
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.text
        return str(self.json["reason"])


@dataclass
class ApiClient:
    """A terminal: a token, a key, and a session of aiohttp."""

    base: str
    http: aiohttp.ClientSession
    token: str
    key: ProofKey
    box: BoxKey
    nonce: str

    def proof(self, method: str, path: str, **more: Any) -> str:
        given = {"now": 0, "jti": secrets.token_hex(8), "nonce": self.nonce, "token": self.token, **more}
        return make_proof(self.key, method, f"{self.base}{path}", **given)

    def headers(self, method: str, path: str, key: str | None = "") -> dict[str, str]:
        found = {"Authorization": f"DPoP {self.token}", "DPoP": self.proof(method, path.partition("?")[0])}
        if key is not None and method in {"POST", "PUT"}:
            found["Idempotency-Key"] = key or secrets.token_hex(8)
        return found

    async def send(self, method: str, path: str, headers: Any = None, **more: Any) -> ApiReply:
        """Exactly this, unsigned."""
        url = f"{self.base}{path}"
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **more) as answer:
            return ApiReply(answer.status, answer.headers.copy(), await answer.text())

    async def get(self, path: str) -> ApiReply:
        return await self.send("GET", path, self.headers("GET", path))

    async def post(self, path: str, body: Any = None, key: str | None = "") -> ApiReply:
        return await self.send(
            "POST", path, self.headers("POST", path, key), json={} if body is None else body
        )


@dataclass
class ApiHarness:
    """The API, what is under it, and its clients.

    Attributes:
        arrivals: has something for each request that came.
    """

    base: str
    http: aiohttp.ClientSession
    books: Books
    directory: FakeDirectory
    source: FakeSource
    sessions: FakeSessionUses
    watches: FakeWatches
    context: ApiContext
    api: Api
    arrivals: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        """Note a request, and have it answered."""
        self.arrivals.put_nowait(None)
        return await self.api.take(request)

    @property
    def signed_in(self) -> FakeSessions:
        """The sessions that verbs know."""
        assert isinstance(self.context.verbs.sessions, FakeSessions)
        return self.context.verbs.sessions

    def client(self, user: str = ALICE) -> ApiClient:
        """Somebody at a terminal, signed in."""
        token, key, box = make_token(TokenKind.PERSON), ProofKey.generate(), BoxKey.generate()
        who = Principal(ActorKind.PERSON, user, WORKSPACE)
        now, ends = self.books.now, self.books.now + SESSION_SECONDS * 1_000
        told = ("lenovo-7", "alice", "envaccess", "127.0.0.1", now, ends, ends)
        session = Session(f"se_{secrets.token_hex(4)}", who, key.public, box.public, *told)
        self.sessions.sessions[token_hash(token)] = session
        self.signed_in.confirm(session)
        return ApiClient(self.base, self.http, token, key, box, self.context.authenticator.nonce())


@contextlib.asynccontextmanager
async def api_harness(books: Books, port: int, **more: Any) -> AsyncIterator[ApiHarness]:
    """The API on a port."""
    directory, source = FakeDirectory(), FakeSource(books)
    directory.join(ALICE, BOB, "U0CAROL")
    directory.approvers = frozenset({BOB, "U0CAROL"})
    base, sessions, watches = f"http://127.0.0.1:{port}", FakeSessionUses(), FakeWatches()
    nonces = Nonces(seals_for(WORKSPACE), lambda: books.now)
    context = ApiContext(
        verbs=make_context(books, directory, source),
        authenticator=Authenticator(sessions, nonces, NothingEnded()),
        watches=watches,
        url=base,
        boxes=ClientBoxes(ServerKey(seals_for(WORKSPACE))),
        server_version="0.0.0",
        workspace_name="Acme",
        **{"tokens": PipelineTokens(IssuerKeys(time.monotonic)), **more},
    )
    api, application = Api(context, lambda: 0.0), web.Application()
    async with aiohttp.ClientSession() as http:
        harness = ApiHarness(base, http, books, directory, source, sessions, watches, context, api)
        mount(application, harness.take)
        async with listening(application, port):
            yield harness
