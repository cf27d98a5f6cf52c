"""What somebody sees in their Home tab: what they hold and asked, what waits for them, what is theirs."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from envaccess.application.people.delegate import duties_of
from envaccess.application.people.lock import is_security
from envaccess.application.people.membership import belongs
from envaccess.application.people.sessions import sessions_of
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.requests.status import with_programs
from envaccess.application.requests.waiting import reviews_for, waits_for
from envaccess.application.service_context import ServiceContext
from envaccess.application.watch import watch
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.exposure import KnownVariables
from envaccess.domain.lock import Lock, first_lock
from envaccess.domain.outcome import Holdings
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.session import Session
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from envaccess.domain.watch import SecurityOverview


@dataclass(frozen=True, slots=True)
class Home:
    """One person's Home tab; each list whole, the newest or the most urgent first.

    Attributes:
        lock: the one on this person.
        sessions: the person's terminals, their agents, and the pipeline runs that they started.
        known: what somebody has seen of what is theirs, the worst first, but nothing made for one use.
        rotations: what is being rotated of what is theirs, or waits for them.
        watch: what is live, sealed and sent, for them; None for others.
        locks: all that hold, for the policy's security people; for others none.
    """

    person: str
    holdings: Holdings = field(default_factory=Holdings)
    waiting: Sequence[Request] = ()
    reviews: Sequence[Request] = ()
    owned: Sequence[Variable] = ()
    duties: Sequence[Delegation] = ()
    lock: Lock | None = None
    locks: Sequence[Lock] = ()
    sessions: Sequence[Session] = ()
    watch: SecurityOverview | None = None
    rotations: Sequence[Rotation] = ()
    known: KnownVariables = field(default_factory=KnownVariables)


async def show_home(context: ServiceContext, person: str, grants_page: int = 0) -> Home | Refusal:
    """Look everything up; refused to whoever is no full member, which is no attempt at anything.

    `grants_page` is of all live grants, which security people see.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides.
        StoreError: Redis did not answer.
    """
    reason = await refuse_ineligible(context, person)
    if reason:
        return Refusal(reason)
    security, standing = await asyncio.gather(is_security(context, person), context.locks.standing())
    holdings, waiting, reviews, owned, duties, sessions = await asyncio.gather(
        context.requests.held_by(person),
        waits_for(context, person),
        reviews_for(context, person),
        owned_by(context, person),
        duties_of(context, person),
        sessions_of(context, person),
    )
    holdings = await with_programs(context, person, holdings, sessions)
    lock = first_lock(standing, [person])
    if lock:  # whatever it is, this person could not do it
        return Home(person, replace(holdings, proposals=()), owned=owned, lock=lock, sessions=sessions)
    rotations = [one for one in await context.rotations.open() if one.variable in owned] if owned else []
    home = Home(
        person, holdings, waiting, reviews, owned, duties,
        sessions=sessions, rotations=rotations, known=await _known_of(context, owned),
    )  # fmt: skip
    if not security:
        return home
    locks = sorted(standing.values(), key=lambda found: -found.at)
    return replace(home, locks=locks, watch=await watch(context, grants_page))


async def _known_of(context: ServiceContext, owned: Sequence[Variable]) -> KnownVariables:
    """What somebody has seen and its owner may change: a login that is made for a use ends by itself."""
    places = context.lease_sources
    kept = [one for one in owned if not isinstance(places.place_of(one), LeasePlace)]
    return await context.ledger.worst_of(kept) if kept else KnownVariables()


async def owns_any(context: ServiceContext, person: str, variables: Collection[Variable]) -> bool:
    """Whether the policy calls one of these this person's. Raises `DirectoryError`."""
    policy = context.rulebook.current
    sets = {who for variable in variables if (who := policy.owners_of(variable))}
    return any([await belongs(context, who, person) for who in sets])


async def owned_by(context: ServiceContext, person: str) -> Sequence[Variable]:
    """The variables that the policy calls this person's."""
    policy = context.rulebook.current
    if not policy.owners:
        return ()
    names = await context.catalogue.names()
    whose = {variable: policy.owners_of(variable) for variable in names}
    sets = [who for who in dict.fromkeys(whose.values()) if who]
    inside = await asyncio.gather(*(belongs(context, who, person) for who in sets))
    mine = {who for who, yes in zip(sets, inside, strict=True) if yes}
    return [variable for variable, who in whose.items() if who in mine]
