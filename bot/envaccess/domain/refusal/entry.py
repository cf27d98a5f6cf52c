"""What the tables of refusals hold: templates (`domain.phrase`) for each place where one is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from envaccess.domain.refusal.reason import Refusal


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
        do: what to do next; empty where `says` has it, or there is nothing to be done.
        about: the input at fault; None where it is no single one.
        elsewhere: the templates that say it in other places.
    """

    says: str
    do: str = ""
    about: Input | None = None
    elsewhere: Mapping[Place, str] = field(default_factory=dict)


Entry = Words | Callable[[Refusal], Words]
"""Words, or what chooses them by what the refusal is about."""


def by_request(some: Words, none: Words) -> Callable[[Refusal], Words]:
    """Other words where the refusal is about no request."""
    return lambda refusal: some if refusal.request else none


def by_state(states: Mapping[str, Words], otherwise: Words) -> Entry:
    """Words by the state of the request or grant that the refusal is about."""
    return lambda refusal: states.get(refusal.state, otherwise)
