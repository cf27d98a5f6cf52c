"""Locks: a person or a variable for whom nothing is filed, approved or revealed until somebody unlocks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable

LOCKED = "locked"
"""Why a grant ended, in its record and in its event."""
_PERSON, _VARIABLE = "person", "variable"


@dataclass(frozen=True, slots=True)
class Target:
    """What a lock is about: one person, or one variable.

    Attributes:
        person: a Slack user id; empty where it is a variable.
    """

    person: str = ""
    variable: Variable | None = None

    def __str__(self) -> str:
        """As the store keeps it: `person:U0BOB`, `variable:default/STRIPE_KEY`."""
        return f"{_PERSON}:{self.person}" if self.person else f"{_VARIABLE}:{self.variable}"


def read_target(text: str) -> Target:
    """The inverse of `str(target)`; of what is none, a target that names nothing."""
    kind, _, name = text.partition(":")
    if kind == _PERSON:
        return Target(person=name)
    environment, slash, name = name.partition("/")
    return Target(variable=Variable(environment, name)) if slash else Target()


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that holds.

    Attributes:
        id: of its event in the audit stream; a later lock on the same target has another.
        by: the text of the actor who locked.
        at: milliseconds since the epoch, Redis time.
        why: what they gave as the reason.
    """

    id: str
    target: Target
    by: str
    at: int
    why: str


Locks = Mapping[Target, Lock]


def first_lock(locks: Locks, people: Iterable[str] = (), variables: Iterable[Variable] = ()) -> Lock | None:
    """The first lock on any of these; None where there is none."""
    if not locks:
        return None
    targets = [*(Target(person) for person in people), *(Target(variable=name) for name in variables)]
    return next((locks[target] for target in targets if target in locks), None)


def locked_out(lock: Lock, request: str = "") -> Refusal:
    """What somebody is told who meets a lock."""
    return Refusal(
        Reason.LOCKED, request=request, by=lock.by, at=lock.at, hint=lock.why, target=str(lock.target)
    )
