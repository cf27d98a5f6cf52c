"""What somebody has asked for and holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from envaccess.application.people.lock import lock_on
from envaccess.application.people.sessions import sessions_of
from envaccess.application.people.standing import refuse_principal
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import Call
from envaccess.domain.outcome import Holdings
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Session


async def show_status(context: ServiceContext, call: Call) -> Holdings | Refusal:
    """A person's own requests and grants, and those of their agents and of the runs that they started."""
    reason = await refuse_principal(context, call.principal)
    if reason:
        return await refuse(context, call, "status", Refusal(reason))
    held, lock, sessions = await asyncio.gather(
        context.requests.held_by(call.by), lock_on(context, call.by), sessions_of(context, call.by)
    )
    return replace(await with_programs(context, call.by, held, sessions), lock=lock)


async def with_programs(
    context: ServiceContext, person: str, held: Holdings, sessions: Sequence[Session]
) -> Holdings:
    """What somebody has, with what their agents, and the runs that they started, wait for and have.

    Args:
        context: what verbs act through.
        person: a Slack user id.
        held: their own.
        sessions: theirs, and those of the programs that they are behind.

    Raises:
        StoreError: the store did not answer.
    """
    programs = [one.principal for one in sessions if not one.principal.is_person]
    agents = [one.key for one in programs if one.kind is ActorKind.AGENT]
    theirs, proposed = await asyncio.gather(
        context.requests.behind(person, sorted({one.key for one in programs})),
        asyncio.gather(*map(context.proposals.of, agents)),
    )
    return replace(held, programs=tuple(theirs), proposals=tuple(chain.from_iterable(proposed)))
