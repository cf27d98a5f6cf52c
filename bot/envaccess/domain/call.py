"""What every verb is called with: under which operation id, by whom, and from where."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession, PipelineRun
from envaccess.domain.receipt import Receipt

SLACK: Final = "slack"
CLI: Final = "cli"
CI: Final = "ci"
BROKER: Final = "broker"
"""Surfaces: Slack, a person's terminal, a machine's pipeline, and an agent's broker."""
SURFACES: Final = MappingProxyType({ActorKind.PERSON: CLI, ActorKind.MACHINE: CI, ActorKind.AGENT: BROKER})
"""Through what a principal of each kind calls the API."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call came from.

    Attributes:
        message: the message that was acted on, in the surface's own words, which only it reads; else empty.
        surface: through what: `slack`, or one of `SURFACES`. The surface itself says so.
        session: the id of the session; empty in Slack.
        seal_key: the public key of that session's client, which values are sealed to.
        receipt: from where, as that client says; None in Slack.
        pipeline: which run of a pipeline a machine is; else None.
        agent: which session an agent is; else None.
    """

    message: str = ""
    surface: str = SLACK
    session: str = ""
    seal_key: str = ""
    receipt: Receipt | None = None
    pipeline: PipelineRun | None = None
    agent: AgentSession | None = None


IN_SLACK: Final = Origin()
"""Nobody pressed a message: a command, or the process itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a verb.

    Attributes:
        op: the operation id: a repeat with it changes nothing and gets the first outcome (law 10).
    """

    op: str
    principal: Principal
    origin: Origin = IN_SLACK

    @property
    def by(self) -> str:
        """Who acts, as records name them: of a person the bare user id."""
        return self.principal.key


def by_person(op: str, user: str, message: str = "", issuer: str = "") -> Call:
    """A person's call."""
    return Call(op, Principal(ActorKind.PERSON, user, issuer), Origin(message))
