"""A terminal of the store tests: its keys, its proofs, and the whole way from a code to a session."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from envaccess.application.people.sessions import Client, offer_login, pick_login, poll_login, start_login
from envaccess.crypto.boxes import BoxKey, open_box, token_info
from envaccess.crypto.login_codes import make_offer, read_code
from envaccess.crypto.proofs import ProofKey, make_proof
from envaccess.domain.call import by_person
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Login, LoginState, NewLogin, Offered, Session
from envaccess.identity.authenticate import Authenticator, Operation
from envaccess.identity.nonces import Nonces
from envaccess.identity.ports import EndsSeen
from tests.fakes.context import FakeDirectory, NothingEnded
from tests.fakes.sealing import wall
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness
from tests.store.verbs import context_on

URL = "https://envaccess.example.com/v1/whoami"
CLIENT = Receipt("lenovo-7", "alice", "envaccess", "203.0.113.9")
_ids = itertools.count(1)


@dataclass
class Terminal:
    """Somebody's terminal.

    Attributes:
        token: what it was given; empty before.
    """

    store: StoreHarness
    person: str = ALICE
    ended: EndsSeen = field(default_factory=NothingEnded)
    sign: ProofKey = field(default_factory=ProofKey.generate)
    seal: BoxKey = field(default_factory=BoxKey.generate)
    token: str = ""
    login: str = ""

    def __post_init__(self) -> None:
        directory = FakeDirectory()
        directory.join(ALICE, BOB, CAROL, self.person)
        self.directory = directory
        self.context = context_on(self.store, directory, ids=RandomLogins())
        nonces = Nonces(self.store.sealing.seals, wall)
        self.authenticator = Authenticator(self.store.sessions, nonces, self.ended)

    @property
    def client(self) -> Client:
        return Client(self.sign.public, self.seal.public, CLIENT)

    async def ask(self) -> NewLogin:
        """`/envaccess login`, of this terminal's person."""
        found = await start_login(self.context, by_person(self.store.op(), self.person))
        assert isinstance(found, NewLogin), found
        self.login = found.id
        return found

    async def offer(self, code: str, **other: Any) -> Offered | Refusal:
        """Type a code; what is none is sent as it is."""
        read = read_code(code)
        keys = other.get("sign", self.sign).public, other.get("seal", self.seal).public
        return await offer_login(self.context, make_offer(read, *keys).text if read else code, self.client)

    async def at(self) -> Login:
        found = await self.store.sessions.get(self.login)
        assert found
        return found

    async def pick(self, number: int | None = None, who: str = "", op: str = "") -> Login | Refusal:
        """Press a number as the message shows them: the right one unless another is given."""
        login = await self.at()
        assert login.offer
        choices, wanted = login.offer.choices, login.offer.number if number is None else number
        choice = choices.index(wanted) if wanted in choices else -1
        call = by_person(op or self.store.op(), who or self.person)
        return await pick_login(self.context, call, self.login, login.offer.mac, choice)

    async def wrong(self) -> int:
        login = await self.at()
        assert login.offer
        return next(number for number in login.offer.choices if number != login.offer.number)

    async def fetch(self) -> str:
        """Poll for a token."""
        polled = await poll_login(self.context, self.login, self.sign.public)
        assert not isinstance(polled, Refusal), polled
        if polled.token:
            self.token = open_box(self.seal, polled.token, token_info(self.login)).decode()
        return polled.token

    async def sign_in(self) -> "Terminal":
        """All of it."""
        code = await self.ask()
        assert isinstance(await self.offer(code.code), Offered)
        picked = await self.pick()
        assert isinstance(picked, Login), picked
        assert picked.state is LoginState.CONFIRMED
        assert await self.fetch()
        return self

    async def call(self, operation: Operation | None = None, **other: Any) -> Session | Refusal:
        """Call, with whatever is given in the place of what is right."""
        proof = other.get("proof") or self.proof(**other)
        token = other.get("token", self.token)
        return await self.authenticator.authenticate(
            f"DPoP {token}", proof, "GET", URL, operation, "192.0.2.4"
        )

    def proof(self, **other: Any) -> str:
        return make_proof(
            other.get("key", self.sign),
            other.get("method", "GET"),
            other.get("url", URL),
            now=other.get("now", 0),
            jti=other.get("jti", f"jti-{next(_ids)}"),
            nonce=other.get("nonce", self.authenticator.nonce()),
            token=other.get("proof_token", self.token),
        )


class RandomLogins:
    """Fits `ports.process.Ids`: ids that no other terminal of a test has."""

    def request(self) -> str:
        return f"{next(_ids):08d}"

    def operation(self) -> str:
        return f"op-{next(_ids)}"
