"""Logins and sessions: where they are kept, and the ciphers that they need."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.policy.machines import Issuer
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import (
    CodeDigest,
    FreshCode,
    FreshToken,
    Login,
    NewMachineSession,
    Offer,
    Session,
    SessionEnd,
)
from envaccess.domain.token_claims import SignedToken


class LoginSecrets(Protocol):
    """Makes codes, numbers and tokens. Nothing of them is kept here."""

    @property
    def server_key(self) -> str:
        """The public key of the server, with the id of the key that seals."""
        ...

    async def make_code(self) -> FreshCode:
        """A new code."""
        ...

    def lookup(self, offered: str) -> str:
        """Which login a terminal means; empty for what is no offer."""
        ...

    def holds(self, offered: str, secret: str, sign_key: str, seal_key: str) -> bool:
        """Whether the terminal knew the code of this secret, and means these keys; empty is no secret."""
        ...

    def number(self, secret: str, sign_key: str, seal_key: str, server_key: str) -> int:
        """The number that the terminal of that code and of these keys shows."""
        ...

    def choices(self, number: int) -> tuple[int, ...]:
        """Three numbers to choose from, the right one among them."""
        ...

    def are_keys(self, sign_key: str, seal_key: str) -> bool:
        """Whether these are public keys that are worth something."""
        ...

    def holds_job(self, job_key: str, signature: str, token: str, sign_key: str, seal_key: str) -> bool:
        """Whether the key of a job said of this token and these keys that they are its own."""
        ...

    def make_token(self, seal_key: str, login: str, kind: ActorKind = ActorKind.PERSON) -> tuple[str, str]:
        """A new token: its digest, and the token itself sealed to the client's key."""
        ...

    def make_machine_token(self) -> FreshToken:
        """A new token for a pipeline; it is known only later which session it is for."""
        ...

    def seal_token(self, token: FreshToken, seal_key: str, session: str) -> str:
        """The same sealed to the key of a session, for that session."""
        ...


class TokenReader(Protocol):
    """Reads identity tokens of pipelines."""

    async def read(self, text: str, issuers: Mapping[str, Issuer]) -> SignedToken | Refusal:
        """What a token says, if one of these issuers, by their exact `iss`, has signed it."""
        ...


class SessionStore(Protocol):
    """One workspace's logins and sessions, as their seals say. Raises `StoreError`."""

    async def start(
        self, op: str, principal: Principal, login: str, code: CodeDigest
    ) -> int | Refusal | None:
        """Keep a new login; returns until when. None: its id or its look-up part is taken."""
        ...

    async def secret_of(self, lookup: str) -> str:
        """What the code of this look-up part gives; empty where there is none now."""
        ...

    async def offer(self, code: CodeDigest, offer: Offer) -> Login | Refusal:
        """A terminal knows a code. The offer is sealed before anybody looks whether there is such a login."""
        ...

    async def get(self, login: str) -> Login | None:
        """One login, as it stands; None where there is none, or none that can be relied on."""
        ...

    async def pick(
        self, op: str, principal: Principal, login: Login, picked: int, message: str
    ) -> Login | Refusal:
        """Somebody picked a number of the offer that they were shown, or none of them (0)."""
        ...

    async def bind(self, login: Login, token: str) -> bool:
        """Give a confirmed login a token by its digest; False where one was used already, or it is over."""
        ...

    async def exchange(self, new: NewMachineSession) -> Session | Refusal:
        """A pipeline's token was verified: its run gets a session, or the one of this key gets more time.

        What may be exchanged by one key only is bound to the first that brings it.
        """
        ...

    async def live(self, person: str) -> Sequence[Login]:
        """The live sessions of somebody, and of the programs that they are behind; the newest first."""
        ...

    async def end(
        self, op: str, actor: Actor, person: str, session: str, how: SessionEnd, message: str = ""
    ) -> int | Refusal:
        """End one session of somebody, or all (`session` is empty); returns how many."""
        ...

    async def holders(self) -> Collection[Principal]:
        """Everybody who is signed in somewhere."""
        ...
