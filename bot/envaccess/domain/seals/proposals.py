"""What the seal of a proposal says. `at` is the sealing process's own clock, in milliseconds."""

from dataclasses import dataclass
from typing import ClassVar

from envaccess.domain.programs import AgentSession
from envaccess.domain.receipt import Receipt
from envaccess.domain.seals.statements import Statement
from envaccess.domain.variable import Variable


@dataclass(frozen=True, slots=True)
class ProposalSeal(Statement):
    """An agent wants to ask for something: its person sees exactly this, and presses for nothing else.

    Attributes:
        requester: the agent, as records name it.
        behind: the user id of its person, who alone may press.
        session: the key of its client that values are sealed to.
        start: when access shall begin, minutes after the person's midnight; -1: as soon as it may.
        deciders: whom the request would wait for first.
        automatic: whether the policy would let it through alone.
    """

    KIND: ClassVar[str] = "proposal"
    id: str
    requester: str
    behind: str
    issuer: str
    session: str
    agent: AgentSession
    variables: tuple[Variable, ...]
    named: tuple[str, ...]
    seconds: int
    once: bool
    reason: str
    start: int
    receipt: Receipt
    deciders: tuple[str, ...]
    automatic: bool
    at: int
