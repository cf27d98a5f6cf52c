"""Proposals: what an agent wants to ask for, until its person lets it ask, or does not."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.duration import Duration
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import LoginCard
from envaccess.domain.variable import Variable

PROPOSAL_SECONDS: Final = 15 * 60
"""How long the person is asked."""
PROPOSALS_MAX: Final = 5
"""Proposals of one agent that wait at once."""


class ProposalState(StrEnum):
    """How a proposal stands."""

    PROPOSED = "proposed"
    """Its person is asked."""
    AGREED = "agreed"
    """They pressed; the request is being filed."""
    FILED = "filed"
    """There is a request."""
    DECLINED = "declined"
    """There is none, and will be none."""


class DeclinedHow(StrEnum):
    """Why a proposal became no request; the value stands in events and is stable."""

    BUTTON = "button"
    UNANSWERED = "unanswered"
    WITHDRAWN = "withdrawn"
    ENDED = "session_ended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NewProposal:
    """What an agent wants to ask for.

    Attributes:
        id: the request's, should there be one.
        agent: who asks, with the person behind.
        session: what the agent is called, and where it runs.
        seal_key: the public key that what it is given is sealed to.
        start: when access shall begin, minutes after the person's midnight; -1: as soon as it may.
        receipt: from where, as its program says.
        deciders: whom the request would wait for first.
        automatic: whether the policy would let it through alone.
    """

    id: str
    agent: Principal
    session: AgentSession
    seal_key: str
    variables: tuple[Variable, ...]
    named: tuple[str, ...]
    duration: Duration
    reason: str
    start: int
    receipt: Receipt
    deciders: tuple[str, ...]
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Proposal(NewProposal):
    """A proposal as it stands.

    Attributes:
        created_at: milliseconds since the epoch, and so are the other times.
        mac: names what was sealed when it was made.
        request: the request that it became.
        how: why it became none (`DeclinedHow`).
        why: the reason for which filing it was refused; else empty.
        version: grows with every change that is drawn.
    """

    state: ProposalState = ProposalState.PROPOSED
    created_at: int = 0
    mac: str = ""
    request: str = ""
    how: str = ""
    why: str = ""
    closed_at: int = 0
    version: int = 0
    card: LoginCard = field(default_factory=LoginCard)

    @property
    def expires_at(self) -> int:
        """Until when its person is asked."""
        return self.created_at + PROPOSAL_SECONDS * 1_000

    @property
    def is_open(self) -> bool:
        """Whether its person may still press."""
        return self.state in {ProposalState.PROPOSED, ProposalState.AGREED}

    @property
    def asked(self) -> Principal:
        """Whose message it is."""
        return Principal(ActorKind.PERSON, self.agent.behalf)

    @property
    def is_drawn(self) -> bool:
        """Whether there is a message about it."""
        return True

    @property
    def refusal(self) -> Refusal | None:
        """Why it could not be filed, for the agent's eyes; None where that is not why it is over."""
        if self.why not in set(Reason):
            return None
        return Refusal(Reason(self.why), names=tuple(map(str, self.variables)))

    def as_of(self, now: int) -> ProposalState:
        """How it truly stands, even where no worker has written it down yet."""
        return ProposalState.DECLINED if self.is_open and now >= self.expires_at else self.state
