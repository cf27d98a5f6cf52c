"""What the tables of refusals hold: templates (`domain.phrase`), and what one can do next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from envaccess.domain.refusal.reason import Refusal


class Next(StrEnum):
    """What somebody who was refused can do. The value is stable: programs read it."""

    AGAIN = "try_again"
    LATER = "try_later"
    CHANGE = "ask_differently"
    ANEW = "ask_anew"
    OTHERS = "leave_it_to_others"
    LOOK = "look_at_the_state"
    POLICY = "ask_who_keeps_the_policy"
    SECURITY = "ask_security"
    OPERATOR = "tell_who_runs_envaccess"
    ADMIN = "ask_an_admin_of_the_workspace"
    OWNER = "ask_who_keeps_the_value"


GENERAL: Final[Mapping[Next, str]] = {
    Next.AGAIN: "Please try again.",
    Next.LATER: "Please try again later.",
    Next.CHANGE: "Please ask for something else.",
    Next.ANEW: "Please ask anew.",
    Next.OTHERS: "Please leave this to others.",
    Next.LOOK: "Please look how it stands now.",
    Next.POLICY: "Please ask whoever looks after the policy.",
    Next.SECURITY: "Please ask the security people whom the policy names.",
    Next.OPERATOR: "Please tell whoever runs envaccess.",
    Next.ADMIN: "Please ask an admin of this workspace.",
    Next.OWNER: "Please ask whoever keeps the value.",
}
"""Each step in general words, where a refusal has none of its own."""


class Place(StrEnum):
    """Where a refusal is told in other words than to the person refused."""

    FORM = "form"
    """At a field of a form that stays open, because sending it again may do."""
    EXPLAIN = "explain"
    """To whoever tries a policy: `it is longer than the rule's maximum`."""
    CHECK = "check"
    """About somebody whom a policy names: `they are deactivated`."""
    HOST = "host"
    """To whoever runs envaccess, on its host."""


class Input(StrEnum):
    """What of a filing a refusal is about."""

    VARIABLES = "variables"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Words:
    """One refusal in words.

    Attributes:
        says: what did not happen, and why.
        next: what kind of step comes next.
        do: that step in this refusal's own words; empty where `says` has it, or `GENERAL` is enough.
        about: the input at fault; None where it is no single one.
        elsewhere: the templates that say it in other places.
    """

    says: str
    next: Next
    do: str = ""
    about: Input | None = None
    elsewhere: Mapping[Place, str] = field(default_factory=dict)


Entry = Words | Callable[[Refusal], Words]
"""Words, or what chooses them by what the refusal is about."""


def by_request(some: Words, none: Words) -> Entry:
    """Other words where the refusal is about no request."""
    return lambda refusal: some if refusal.request else none


def by_state(states: Mapping[str, Words], otherwise: Words) -> Entry:
    """Words by the state of the request or grant that the refusal is about."""
    return lambda refusal: states.get(refusal.state, otherwise)
