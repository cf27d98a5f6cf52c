"""Sessions: of people at terminals, and of machines whose pipelines proved who they are."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from envaccess.domain.principal import Principal, read_principal
from envaccess.domain.programs import AgentSession, MachineEntry, PipelineRun
from envaccess.domain.receipt import Receipt

HOST_DAYS: Final = 90
"""Days after which a host that no values went to is a new one again."""
CODE_SECONDS: Final = 120
"""How long the code of a login may be typed at a terminal."""
PICK_SECONDS: Final = 120
"""How long a terminal that knew the code waits for the number to be picked."""
FETCH_SECONDS: Final = 120
"""How long a confirmed login waits for the first use of its token."""
TRIES_MAX: Final = 5
"""Wrong codes with the right look-up part, after which a login is over."""
IDLE_SECONDS: Final = 12 * 3_600
"""How long a session lives unused."""
SESSION_SECONDS: Final = 7 * 24 * 3_600
"""How long a session lives, however much it is used."""
SESSIONS_MAX: Final = 20
"""Sessions of one person at once. One more is refused: no terminal is signed out unasked."""
AGENT_SECONDS: Final = 8 * 3_600
"""How long an agent's session lives at most, and unless its person says."""
AGENT_LEAST: Final = 60
"""Seconds that an agent's session lives at least."""
AGENT_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
"""What an agent may be called."""
AGENTS_MAX: Final = 10
"""Agents of one person at once, those that wait for their press among them."""
RUN_SESSIONS_MAX: Final = 5
"""Sessions of one run of a machine at once: of a job's steps that each bring a key of their own."""
MACHINE_SESSIONS_MAX: Final = 50
"""Sessions of all runs of a machine at once."""
NONCE_SECONDS: Final = 300
"""How long a nonce of the server may be proved with."""


class LoginState(StrEnum):
    """How a login stands, and the session that it became."""

    ASKED = "asked"
    """Somebody was given a code."""
    OFFERED = "offered"
    """A terminal knew it: its number is to be picked."""
    CONFIRMED = "confirmed"
    """The right one was picked: a session."""
    REFUSED = "refused"
    """Another one was picked, or none."""
    EXPIRED = "expired"
    """Nobody picked in time."""
    ENDED = "ended"
    """The session is over."""


class SessionEnd(StrEnum):
    """How a login or a session ended; the value stands in events and is stable."""

    LOGOUT = "logout"
    BUTTON = "button"
    LEFT = "left"
    LOCKED = "locked"
    EXPIRED = "expired"
    UNUSED = "unused"
    UNANSWERED = "unanswered"
    DECLINED = "declined"
    WRONG_NUMBER = "wrong_number"
    WRONG_CODES = "wrong_codes"
    UPGRADED = "upgraded"


@dataclass(frozen=True, slots=True)
class Session:
    """A terminal at which somebody is signed in.

    Attributes:
        sign_key: the public key with which every call is proved.
        seal_key: the public key that values are sealed to.
        host: the name of the machine, as the client says; `user` and `program` too.
        address: from where the login came, as the server saw it.
        opened_at: milliseconds since the epoch, and so are the other times.
        ends_at: when it ends, however much it is used.
        idle_at: when it ends unless it is used before.
        last_used_at: 0 where it was never used.
        mac: names what was sealed when it began.
        pipeline: the run of a pipeline whose session it is; None where it is no machine's.
        agent: the agent whose session it is; else None.
        entry: what the policy said of the machine; None for others, and where an earlier version sealed it.
    """

    id: str
    principal: Principal
    sign_key: str
    seal_key: str
    host: str
    user: str
    program: str
    address: str
    opened_at: int
    ends_at: int
    idle_at: int
    last_used_at: int = 0
    last_address: str = ""
    mac: str = ""
    pipeline: PipelineRun | None = None
    agent: AgentSession | None = None
    entry: MachineEntry | None = None


@dataclass(frozen=True, slots=True)
class NewMachineSession:
    """A pipeline's token was verified: its run gets a session, or more time for the one of this key.

    Attributes:
        id: of the session; where this key has one of this run, that one's stays.
        principal: the machine with its run, and whom the policy knows to be behind it.
        client: what it says of itself, and its address.
        pipeline: what its token says of the run.
        replay: a digest of what may be exchanged by one key only: the token's issuer and `jti`, or the pod.
        bound_to: that key: the process's own, or that of its whole job.
        token: the digest of the token that it is given.
        ends_at: when the pipeline's token expires, in milliseconds since the epoch.
        entry: what the policy says of the machine; None: nobody asks again whether it still does.
    """

    id: str
    principal: Principal
    sign_key: str
    seal_key: str
    client: Receipt
    pipeline: PipelineRun
    replay: str
    bound_to: str
    token: str
    ends_at: int
    entry: MachineEntry | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A terminal that knew a code, and asks to be signed in.

    Attributes:
        client: what it says about itself, and its address.
        server_key: what it knows the server by.
        number: what it shows; `choices` are those that the person is shown.
        mac: names this offer.
    """

    client: Receipt
    sign_key: str
    seal_key: str
    server_key: str
    number: int
    choices: tuple[int, ...]
    mac: str


@dataclass(frozen=True, slots=True)
class LoginCard:
    """The message about a login: where it is, what it shows, and others that are to be deleted."""

    place: str = ""
    message: str = ""
    shown: int = 0
    strays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Login:
    """A login, and the session that it became; both have one id.

    Attributes:
        person: who asked for it, as records name them.
        expires_at: until when the code, the number, or the first use of the token is waited for.
        offer: the terminal; None before one knew the code.
        session: None before the number was picked, and where it never was.
        ended_how: empty while it is not over.
        ended_by: who ended it, the text of an actor.
        version: grows with every change that is drawn.
        behind: the user id of the person behind an agent; empty for a terminal.
        agent: the agent that asks to be started; None for a terminal.
        seconds: how long that one's session shall live; 0 for a terminal.
    """

    id: str
    person: str
    state: LoginState
    expires_at: int
    offer: Offer | None = None
    session: Session | None = None
    ended_how: str = ""
    ended_by: str = ""
    ended_at: int = 0
    version: int = 0
    card: LoginCard = LoginCard()
    behind: str = ""
    agent: AgentSession | None = None
    seconds: int = 0

    @property
    def is_drawn(self) -> bool:
        """Whether there is a message about it."""
        return self.offer is not None

    @property
    def asked(self) -> Principal:
        """Whose it is, with the person behind."""
        return read_principal(self.person, self.behind)


@dataclass(frozen=True, slots=True)
class NewAgent:
    """An agent that somebody wants to start.

    Attributes:
        id: `ag_` and eight letters and digits.
        seconds: how long its session shall live.
        client: what its program says about itself, and its address.
        server_key: what it knows the server by.
    """

    id: str
    name: str
    seconds: int
    sign_key: str
    seal_key: str
    client: Receipt
    server_key: str


@dataclass(frozen=True, slots=True)
class CodeDigest:
    """A code as it is stored.

    Attributes:
        lookup: which login is meant.
        secret: the key that the code gives, under which a terminal binds its own keys; empty for none.
    """

    lookup: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FreshCode:
    """A code that was just made, which `repr` does not show.

    Attributes:
        stored: what is kept of it.
        text: what its person types.
    """

    stored: CodeDigest
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FreshToken:
    """A token that was just made, which `repr` does not show.

    Attributes:
        digest: what is kept of it.
    """

    digest: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionUse:
    """A call by a session, as its token and its proof say.

    Attributes:
        token: the digest of the token.
        key: the public key that the proof is signed with.
        jti: the proof's own id.
        address: from where it came.
        operation: under which endpoint and key it may be repeated; empty where it has none.
        body: the digest of its body.
    """

    token: str
    key: str
    jti: str
    address: str = ""
    operation: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A login that was just asked for.

    Attributes:
        code: what its person types at the terminal; it is shown once, and never by `repr`.
    """

    id: str
    code: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A terminal's offer stands, or stood already.

    Attributes:
        server_key: what the server is known by from now on, with the id of its key.
        expires_in: seconds.
    """

    id: str
    server_key: str
    expires_in: float


@dataclass(frozen=True, slots=True)
class PolledLogin:
    """How a login stands, for its terminal.

    Attributes:
        token: sealed to the terminal's key; empty where there is none to be had, or any more.
    """

    login: Login
    token: str = field(default="", repr=False)
