"""Pending requests that nobody can pass any more: noticed and escalated, not waited for.

An approver leaves, a group is emptied, a channel is archived: what the end of the step's time would bring
about happens then, once two looks have found the same.
"""

from envaccess.application.people.membership import eligible
from envaccess.application.ports.process import Lease
from envaccess.application.requests.eligibility import admitted, awaited_now
from envaccess.application.service_context import ServiceContext
from envaccess.domain.errors import DirectoryError
from envaccess.domain.request import Request

LOOK_SECONDS = 30.0
_WHY = "nobody is left who could decide it"


class StalledRequests:
    """One process's looks.

    Args:
        context: whom to ask.
        lease: whether this process leads: one look is enough for all.
    """

    def __init__(self, context: ServiceContext, lease: Lease) -> None:
        self._context = context
        self._lease = lease
        self._suspect: frozenset[str] = frozenset()

    async def step(self) -> float:
        """Look at every pending request; returns seconds until the next look."""
        if await self._lease.lead():
            await self.look()
        return LOOK_SECONDS

    async def look(self) -> None:
        """Escalate what was found stuck the last time too."""
        stuck = frozenset[str]()
        for request in await self._context.requests.undecided(1_000):
            try:
                passable = await self._is_passable(request)
            except DirectoryError:
                return  # what is not known is no reason to act
            if passable:
                continue
            mark = f"vanished:{request.id}:{request.progress.step}:{request.progress.escalated:d}"
            if mark in self._suspect:
                await self._context.requests.escalate(mark, request, _WHY)
            stuck |= {mark}
        self._suspect = stuck

    async def _is_passable(self, request: Request) -> bool:
        """Whether enough people are left for what is missing in this step.

        Who is locked is still there: locks are not sealed, so that made-up ones pass no step over.
        """
        if request.step is None:
            return True
        missing = request.step.approvals - request.progress.count(request.progress.step)
        counted = {person for a in request.progress.approvals for person in (a.by, a.behalf)}
        left = await awaited_now(self._context, request) - counted - {request.principal.person}
        sisters = admitted(self._context, request)
        return len(await eligible(self._context, left, missing, locks={}, admitted=sisters)) >= missing
