"""What a leaver has seen and is still current, for those who can change it: the owners of each variable."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from envaccess.application.people.membership import members
from envaccess.application.service_context import ServiceContext
from envaccess.domain.exposure import Exposure, LeaverList, seers_of
from envaccess.domain.policy.principal_set import PrincipalSet

_PAGE: Final = 500
LISTED: Final = 30
"""Exposures that a place is told one by one; `envaccess exposure` has all."""
_OWNERS_MOST: Final = 10
"""Owners of one variable who are written to by themselves."""


async def leaver_lists(context: ServiceContext, person: str) -> Mapping[str, LeaverList]:
    """What somebody has seen and is still current, by where it is told: a channel's or a person's id.

    Where the policy names no owners, or nobody is among them, that is the approvers channel. All of it is
    looked at, in pages, and of each place only the first are kept.

    Raises:
        DirectoryError: Slack did not say who the owners are.
        StoreError: the store did not answer.
    """
    policy = context.rulebook.current
    found: dict[str, LeaverList] = {}
    places: dict[PrincipalSet, Sequence[str]] = {}
    async for one in _exposed(context, person):
        owners = policy.owners_of(one.variable)
        if owners not in places:
            places[owners] = await _places_of(context, owners, person) or (policy.channel,)
        for place in places[owners]:
            before = found.get(place, LeaverList())
            listed = (*before.found, one) if before.total < LISTED else before.found
            found[place] = LeaverList(listed, before.total + 1)
    return found


async def _exposed(context: ServiceContext, person: str) -> AsyncIterator[Exposure]:
    """All that they, or processes of theirs, know."""
    for seer in seers_of(person):
        start, total = 0, 1
        while start < total:
            page = await context.ledger.exposed(seer, start, _PAGE)
            for one in page.found:
                yield one
            if page.reached == start:
                break
            start, total = page.reached, page.total


async def _places_of(context: ServiceContext, owners: PrincipalSet, leaver: str) -> Sequence[str]:
    """Where owners are told: in their channels, else each by themselves."""
    if owners.channels:
        return owners.channels
    everybody = await members(context, owners) if owners else frozenset()
    return sorted(everybody - {leaver})[:_OWNERS_MOST]
