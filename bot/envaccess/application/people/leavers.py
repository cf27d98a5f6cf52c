"""People who left: their grants end and their requests are withdrawn, at once or by the hourly sweep."""

from envaccess.application.people.standing import refuse_principal
from envaccess.application.rotations.due import is_awaited_to_leave, look_at_leaver
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import BOT
from envaccess.domain.errors import DirectoryError
from envaccess.domain.exposure import seers_of
from envaccess.domain.principal import read_principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import SessionEnd

_ASKED = 200
"""People who have seen what is current whom one sweep asks about: Slack answers so many in two minutes."""
_PAGES = 20
"""Pages of twenty that one call looks at: an end for the loop, far above what one person holds."""


async def has_something(context: ServiceContext, user: str) -> bool:
    """Whether somebody has anything that a leaver loses, what their agents and runs have among it."""
    held = await context.requests.held_by(user)
    if held.live or held.pending or await context.sessions.live(user):
        return True
    if await context.leases.requests_with(user) or await is_awaited_to_leave(context, user):
        return True
    if any([(await context.ledger.exposed(seer, 0, 1)).total for seer in seers_of(user)]):
        return True
    return bool(await context.requests.behind(user, ()))


async def left(context: ServiceContext, user: str, why: Reason) -> int:
    """End whatever somebody holds whom records name so; returns how many requests and grants that was.

    Their sessions end first: whoever is signed in could ask for more. So do those of their agents, and of
    pipelines' runs that they started, and what these have ends with theirs.
    """
    # Each time anew: whoever comes back, signs in and leaves again within the hour is out again.
    await context.sessions.end(context.ids.operation(), BOT, user, "", SessionEnd.LEFT)
    count = 0
    for _ in range(_PAGES):
        held = await context.requests.held_by(user)
        live = [*held.live, *(found for found in await context.requests.behind(user, ()) if found.held)]
        # Each verb has an operation of its own: an approval may land between the look and the withdrawal.
        ended = [await context.requests.revoke(f"left:{why}:revoke:{r.id}", r.id, BOT) for r in live]
        gone = [await context.requests.cancel(f"left:{why}:cancel:{r.id}", r.id, BOT) for r in held.pending]
        if not (ended or gone):
            break
        count += sum(not isinstance(outcome, Refusal) for outcome in [*ended, *gone])
    await context.ledger.note_leaver(user)
    count += await _end_logins(context, user, why)
    await look_at_leaver(context, user)
    return count


async def _end_logins(context: ServiceContext, user: str, why: Reason) -> int:
    """End what single uses showed that are over already: their logins live on."""
    made = await context.leases.requests_with(user)
    ended = [await context.requests.revoke(f"left:{why}:login:{request}", request, BOT) for request in made]
    return sum(not isinstance(outcome, Refusal) for outcome in ended)


async def sweep(context: ServiceContext) -> int:
    """Make good a lost `user_change`: ask about everybody who holds something (law 4).

    Of a machine or an agent the person behind is asked about. Who holds nothing, and has seen a value that is
    current, is asked about once in a while.
    """
    count = 0
    requests, sessions = await context.requests.holders(), await context.sessions.holders()
    for holder in {*requests, *sessions, *await context.leases.holders()}:
        try:
            reason = await refuse_principal(context, holder)
        except DirectoryError:
            continue  # the next sweep asks again; the reveal itself fails closed meanwhile
        if reason:
            count += await left(context, holder.key, reason)
    for person in await context.ledger.ask_about(_ASKED):
        try:
            reason = await refuse_principal(context, read_principal(person))
        except DirectoryError:
            continue
        if reason:
            count += await left(context, person, reason)
    return count
