"""What every verb is called with: under which operation id, by whom, and from where."""

from dataclasses import dataclass

from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call came from.

    Attributes:
        message: the message that was acted on, in the surface's own words, which only it reads; else empty.
    """

    message: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a verb.

    Attributes:
        op: the operation id: a repeat with it changes nothing and gets the first outcome (law 10).
    """

    op: str
    principal: Principal
    origin: Origin = Origin()

    @property
    def by(self) -> str:
        """Who acts, as records name them: of a person the bare user id."""
        return self.principal.key


def by_person(op: str, user: str, message: str = "", issuer: str = "") -> Call:
    """A person's call."""
    return Call(op, Principal(ActorKind.PERSON, user, issuer), Origin(message))
