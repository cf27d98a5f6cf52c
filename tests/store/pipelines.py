"""A run of a pipeline in the store tests: its keys, the tokens that it brings, and its calls."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from envaccess.crypto.boxes import BoxKey
from envaccess.crypto.proofs import ProofKey, make_proof
from envaccess.crypto.tokens import TokenKind, make_token, token_hash
from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal
from envaccess.domain.programs import MachineEntry, PipelineRun, Platform
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import NewMachineSession, Session
from envaccess.identity.authenticate import Authenticator, Operation
from envaccess.identity.nonces import Nonces
from envaccess.identity.ports import EndsSeen
from tests.fakes.context import NothingEnded
from tests.fakes.sealing import wall
from tests.store.harness import ALICE, StoreHarness

URL = "https://envaccess.example.com/v1/whoami"
ISSUER = "https://token.actions.example.com"
RUN, OTHER_RUN = "9f86d081884c7d65", "60303ae22b998861"
CLIENT = Receipt("runner-3", "ci", "envaccess", "203.0.113.20")
PIPELINE = PipelineRun(
    Platform.GITHUB, "acme/shop", "main", "4fd2a1c", "deploy.yml", "alice", "https://ci.example.com/runs/7"
)
_ids = itertools.count(1)


@dataclass
class Pipeline:
    """One job of a run, with a key of its own.

    Attributes:
        job: the key that it shares with others of its job.
        token: what it was given; empty before.
        session: its id.
    """

    store: StoreHarness
    machine: str = "deploy"
    run: str = RUN
    behind: str = ALICE
    ended: EndsSeen = field(default_factory=NothingEnded)
    sign: ProofKey = field(default_factory=ProofKey.generate)
    seal: BoxKey = field(default_factory=BoxKey.generate)
    job: ProofKey | None = None
    token: str = ""
    session: str = ""

    def __post_init__(self) -> None:
        nonces = Nonces(self.store.sealing.seals, wall)
        self.authenticator = Authenticator(self.store.sessions, nonces, self.ended)

    @property
    def principal(self) -> Principal:
        return Principal(ActorKind.MACHINE, self.machine, ISSUER, self.behind, self.run)

    async def bring(self, replay: str = "", *, seconds: float = 900, **other: Any) -> Session | Refusal:
        """Exchange a pipeline's token that was verified, named by what may be brought by one key only."""
        token = make_token(TokenKind.MACHINE)
        given = {
            "id": f"ci_{next(_ids):016x}",
            "principal": self.principal,
            "sign_key": self.sign.public,
            "seal_key": self.seal.public,
            "client": CLIENT,
            "pipeline": PIPELINE,
            "bound_to": self.job.public if self.job else self.sign.public,
            "replay": replay or f"token-{next(_ids)}",
            "token": token_hash(token),
            "ends_at": await self.store.now() + int(seconds * 1_000),
            "entry": MachineEntry("d" * 32, "9001"),
            **other,
        }
        found = await self.store.sessions.exchange(NewMachineSession(**given))
        if isinstance(found, Session):
            self.token, self.session = token, found.id
        return found

    async def signed_in(self, **more: Any) -> "Pipeline":
        brought = await self.bring(**more)
        assert isinstance(brought, Session), brought
        return self

    async def call(self, operation: Operation | None = None, **other: Any) -> Session | Refusal:
        """Call, with whatever is given in the place of what is right."""
        token = other.get("token", self.token)
        proof = make_proof(
            other.get("key", self.sign),
            "GET",
            URL,
            now=0,
            jti=f"ci-{next(_ids)}",
            nonce=self.authenticator.nonce(),
            token=token,
        )
        return await self.authenticator.authenticate(
            f"DPoP {token}", proof, "GET", URL, operation, "192.0.2.4"
        )
