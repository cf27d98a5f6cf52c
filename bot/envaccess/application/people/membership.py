"""Who is in a principal set now: asked of Slack each time, at most ten seconds stale, failing closed."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import ActorKind
from envaccess.domain.lock import Locks, first_lock
from envaccess.domain.person import refuse_person
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.principal import Principal
from envaccess.domain.request import Request

NAMED = 5
"""People whom an answer names: whoever is named was asked about."""
_BATCH = 5
"""People asked about at once, after the first."""


async def members(context: ServiceContext, who: PrincipalSet) -> frozenset[str]:
    """Everybody in a principal set; `anyone` is not spelled out.

    Raises:
        DirectoryError: Slack did not say.
    """
    if len(who.channels) == len(who.words) == 1:  # the usual case needs no task of its own
        return await context.directory.members(who.channels[0])
    if not who.channels and not who.groups:
        return frozenset(who.people)
    channels = [context.directory.members(channel) for channel in who.channels]
    groups = [context.directory.group(group) for group in who.groups]
    found = await asyncio.gather(asyncio.gather(*channels), asyncio.gather(*groups))
    return frozenset(who.people).union(*found[0], *(group or () for group in found[1]))


async def belongs(context: ServiceContext, who: PrincipalSet, user: str) -> bool:
    """Whether somebody is in a principal set; whether they are a full member at all is asked elsewhere."""
    return who.anyone or user in who.people or user in await members(context, who)


async def standing(
    context: ServiceContext, sets: Iterable[PrincipalSet], principal: Principal
) -> dict[PrincipalSet, bool]:
    """Whether a principal is in each of these principal sets; programs only where named (law 9)."""
    wanted = list(sets)
    if principal.kind is ActorKind.MACHINE:
        return {who: principal.id in who.machines for who in wanted}
    answers = await asyncio.gather(*(_stands(context, who, principal) for who in wanted))
    return dict(zip(wanted, answers, strict=True))


async def _stands(context: ServiceContext, who: PrincipalSet, principal: Principal) -> bool:
    """Whether a person is in a principal set, or an agent whose person is, where it names any."""
    if principal.is_person:
        return await belongs(context, who, principal.id)
    if not (who.agents and principal.kind is ActorKind.AGENT and principal.behalf):
        return False
    return not who.persons or await belongs(context, who.persons, principal.behalf)


async def may_have(context: ServiceContext, request: Request) -> bool:
    """Whether a request's requester is in every principal set that its pinned ruling asks for."""
    member = await standing(context, request.ruling.requesters, request.principal)
    return all(member.values())


async def eligible(
    context: ServiceContext,
    candidates: Iterable[str],
    enough: int,
    named: int = 0,
    locks: Locks | None = None,
    admitted: Collection[str] = (),
) -> tuple[str, ...]:
    """Full, live members among these who are not locked, sorted; nobody is asked about once there are enough.

    Whoever was found unable is left out, whoever was not asked about is kept. So many are asked about in any
    case as an answer is going to name. `locks` are those that count; None: all that hold now. `admitted` are
    sister workspaces whose people count.
    """
    people = sorted(candidates)
    unable: set[str] = set()
    asked = 0
    while asked < len(people) and asked - len(unable) < enough:
        batch = people[asked : asked + (_BATCH if asked else max(enough, named))]
        unable |= await _unable(context, batch, locks, admitted)
        asked += len(batch)
    return tuple(user for user in people if user not in unable) if asked > len(unable) else ()


async def _unable(
    context: ServiceContext, people: Sequence[str], locks: Locks | None, admitted: Collection[str]
) -> set[str]:
    """Those of these who are no full, live members, or are locked."""
    locks = await context.locks.standing() if locks is None else locks
    answers = await context.directory.persons(people)
    workspace = context.directory.workspace
    pairs = zip(people, answers, strict=True)
    return {
        user
        for user, someone in pairs
        if refuse_person(someone, workspace, admitted) or first_lock(locks, [user])
    }


def whole_set(step: Step) -> PrincipalSet:
    """Everybody who may ever decide a step."""
    return step.approvers | step.escalate


async def deciders(context: ServiceContext, steps: Sequence[Step]) -> frozenset[str]:
    """Everybody who may ever decide anything in a chain."""
    found = await asyncio.gather(*(members(context, whole_set(step)) for step in steps))
    return frozenset[str]().union(*found)
