"""What the seals of logins and sessions say. `at` is the sealing process's own clock, in milliseconds."""

from dataclasses import dataclass
from typing import ClassVar

from envaccess.domain.programs import PipelineRun
from envaccess.domain.seals.statements import Statement


@dataclass(frozen=True, slots=True)
class LoginSeal(Statement):
    """Somebody asked for a code to sign in with at a terminal.

    Attributes:
        person: as records name them.
        code: the key that the code gives; it names the login in the offer.
    """

    KIND: ClassVar[str] = "login"
    id: str
    person: str
    issuer: str
    code: str
    at: int


@dataclass(frozen=True, slots=True)
class OfferSeal(Statement):
    """A terminal knew a code, and offers its keys.

    Attributes:
        code: the key that that code gives.
        host: as the client says; `os_user` and `program` too.
        address: as the server saw it.
        server_key: the public key of the server that it was told, with the id of its key.
        number: what the terminal shows, which follows from the code and the keys.
        choices: the numbers that the person is shown.
    """

    KIND: ClassVar[str] = "offer"
    code: str
    sign_key: str
    seal_key: str
    host: str
    os_user: str
    program: str
    address: str
    server_key: str
    number: int
    choices: tuple[int, ...]
    at: int


@dataclass(frozen=True, slots=True)
class SessionSeal(Statement):
    """Somebody picked the right number: a terminal acts for them.

    Attributes:
        offer: the MAC of what they agreed to.
        person: as records name them.
        behind: the user id of the person behind a machine or an agent; empty for a person.
    """

    KIND: ClassVar[str] = "session"
    id: str
    offer: str
    person: str
    behind: str
    issuer: str
    sign_key: str
    seal_key: str
    ends_at: int
    at: int


@dataclass(frozen=True, slots=True)
class MachineSeal(Statement):
    """A pipeline's token was verified: whoever has this key acts for that run of a machine.

    Attributes:
        person: the machine with its run, as records name them.
        behind: the user id of the person who started it, as far as the policy knows; else empty.
        issuer: who signed the token.
        host: as the client says; `os_user` and `program` too.
        address: as the server saw it.
        pipeline: what the token says of the run.
        since: when the session began that this goes on with.
        entry: the digest of what the policy said of the machine; None where an earlier version sealed it.
        actor_id: who started the run, as its platform numbers them.
    """

    KIND: ClassVar[str] = "machine"
    id: str
    person: str
    behind: str
    issuer: str
    sign_key: str
    seal_key: str
    host: str
    os_user: str
    program: str
    address: str
    pipeline: PipelineRun
    ends_at: int
    since: int
    at: int
    entry: str | None = None
    actor_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentOfferSeal(Statement):
    """Somebody, at a terminal, wants to start an agent.

    Attributes:
        person: the user id of whoever wants it, who has to press in Slack.
        name: what they call it.
        seconds: how long it shall live.
        host: as its program says; `os_user` and `program` too.
        address: as the server saw it.
        server_key: the public key of the server that it was told, with the id of its key.
    """

    KIND: ClassVar[str] = "agentoffer"
    id: str
    person: str
    issuer: str
    name: str
    seconds: int
    sign_key: str
    seal_key: str
    host: str
    os_user: str
    program: str
    address: str
    server_key: str
    at: int


@dataclass(frozen=True, slots=True)
class AgentSeal(Statement):
    """Its person pressed in Slack: an agent asks for them, and decides nothing.

    Attributes:
        offer: the MAC of what they agreed to.
        person: the user id of the person behind it.
    """

    KIND: ClassVar[str] = "agent"
    id: str
    offer: str
    person: str
    issuer: str
    name: str
    sign_key: str
    seal_key: str
    ends_at: int
    at: int


@dataclass(frozen=True, slots=True)
class TokenSeal(Statement):
    """A token speaks for a session.

    Attributes:
        session: the MAC of its beginning.
        token: the digest of the token.
    """

    KIND: ClassVar[str] = "token"
    session: str
    token: str
    at: int


@dataclass(frozen=True, slots=True)
class NonceSeal(Statement):
    """The server told the time: its MAC is a nonce. `at` is in whole minutes."""

    KIND: ClassVar[str] = "nonce"
    at: int
