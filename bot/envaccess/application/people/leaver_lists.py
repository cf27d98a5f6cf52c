"""What a leaver has seen and is still current, for those who can change it: the owners of each variable."""

from collections.abc import Mapping, Sequence
from typing import Final

from envaccess.application.people.membership import members
from envaccess.application.service_context import ServiceContext
from envaccess.domain.exposure import Exposure, seers_of
from envaccess.domain.policy.principal_set import PrincipalSet

LISTED: Final = 500
"""Exposures that are looked at; `envaccess exposure` has all."""
_OWNERS_MOST: Final = 10
"""Owners of one variable who are written to by themselves."""


async def leaver_lists(context: ServiceContext, person: str) -> Mapping[str, Sequence[Exposure]]:
    """What somebody has seen and is still current, by where it is told: a channel's or a person's id.

    Where the policy names no owners, or nobody is among them, that is the approvers channel.

    Raises:
        DirectoryError: Slack did not say who the owners are.
        StoreError: the store did not answer.
    """
    policy = context.rulebook.current
    found: dict[str, list[Exposure]] = {}
    places: dict[PrincipalSet, Sequence[str]] = {}
    for seer in seers_of(person):
        for one in (await context.ledger.exposed(seer, 0, LISTED)).found:
            owners = policy.owners_of(one.variable)
            if owners not in places:
                places[owners] = await _places_of(context, owners, person) or (policy.channel,)
            for place in places[owners]:
                found.setdefault(place, []).append(one)
    return found


async def _places_of(context: ServiceContext, owners: PrincipalSet, leaver: str) -> Sequence[str]:
    """Where owners are told: in their channels, else each by themselves."""
    if owners.channels:
        return owners.channels
    everybody = await members(context, owners) if owners else frozenset()
    return sorted(everybody - {leaver})[:_OWNERS_MOST]
