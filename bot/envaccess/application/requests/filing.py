"""File a request: who asks, what the policy says, whether anybody could decide, and one atomic step."""

import asyncio
from dataclasses import replace

from envaccess.application.people.membership import standing
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.refuse import refuse
from envaccess.application.requests.approvers import who_may_decide
from envaccess.application.reviews.review import can_be_reviewed
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.command import Ask
from envaccess.domain.outcome import Filed, NewRequest
from envaccess.domain.policy.hours import next_clock, zone_named
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.policy.ruling import Asking, Ruling, rule_request, sets
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State
from envaccess.domain.variable import Variable, nearest


async def open_request(
    context: ServiceContext, call: Call, ask: Ask, extends: Request | None = None
) -> Filed | Refusal:
    """File it, or say why not. With `extends`, it would prolong that request's grant.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
        StoreError: see `ports.requests.Requests`.
    """
    starts_at, zoned = await _start(context, call.by, ask)
    ruling = await _rule(context, call.by, ask, extends, starts_at)
    approvers: tuple[str, ...] = ()
    if isinstance(ruling, Ruling) and not ruling.emergency:
        found = await who_may_decide(context, call.by, ruling.channel, ruling.steps)
        if isinstance(found, Refusal):
            ruling = found
        else:
            approvers = found
    elif isinstance(ruling, Ruling) and not await can_be_reviewed(context, call.by, ruling):
        ruling = Refusal(Reason.NO_REVIEWERS)
    if isinstance(ruling, Refusal):
        tried = "emergency" if ask.emergency else "extend" if extends else "request"
        return await refuse(context, call, tried, ruling, tuple(map(str, ask.variables)))
    new = _new(context, call.by, ask, ruling, extends, starts_at)
    outcome = await context.requests.open(call.op, new)
    if isinstance(outcome, Refusal):
        return outcome
    push = DeliveryMode.PUSH in ruling.delivery and outcome.state is State.APPROVED
    return replace(outcome, approvers=approvers, push=push, unzoned=bool(starts_at) and not zoned)


async def _start(context: ServiceContext, actor: str, ask: Ask) -> tuple[int, bool]:
    """When it shall begin, 0: as soon as it may; and whether that is by the requester's own clock."""
    if ask.start is None:
        return 0, True
    someone = await context.directory.person(actor)
    zone = someone.tz if someone else ""
    return next_clock(ask.start, zone, context.clock.now()), zone_named(zone) is not None


async def _rule(
    context: ServiceContext, actor: str, ask: Ask, extends: Request | None, starts_at: int
) -> Ruling | Refusal:
    policy = context.rulebook.current
    wanted = sets(policy, ask.variables)
    trivial = all(who.anyone for who in wanted)  # nothing but the person is to be asked about
    if trivial:
        ineligible, member = await refuse_ineligible(context, actor), dict.fromkeys(wanted, True)
    else:
        ineligible, member = await asyncio.gather(
            refuse_ineligible(context, actor), standing(context, wanted, actor)
        )
    if ineligible:
        return Refusal(ineligible)
    now = context.clock.now()
    left = max(0, extends.expires_at - now) // 1000 if extends else 0
    asking = Asking(
        ask.variables, ask.duration, ask.reason, now, emergency=ask.emergency, more=left, begins=starts_at
    )
    ruling = rule_request(policy, asking, member.__getitem__)
    if isinstance(ruling, Refusal) and ruling.reason in {Reason.NO_RULE, Reason.NO_EMERGENCY}:
        return await _unknown(context, ask.variables) or ruling
    if extends and isinstance(ruling, Ruling) and not _goes_on(extends.ruling, ruling):
        return Refusal(Reason.NOT_EXTENDABLE, request=extends.id)
    return ruling


def _goes_on(held: Ruling, now: Ruling) -> bool:
    """Whether the policy of now would give the same kind of access: a longer grant keeps its first ruling."""
    kinds = [
        (ruling.requesters, ruling.delivery, ruling.starts, ruling.single_use, ruling.use_within)
        for ruling in (held, now)
    ]
    return kinds[0] == kinds[1]


async def _unknown(context: ServiceContext, variables: tuple[Variable, ...]) -> Refusal | None:
    """A name that the policy does not know may not exist at all: that is what its author should hear."""
    known = set(await context.secrets.names())
    unknown = tuple(str(variable) for variable in variables if variable not in known)
    return Refusal(Reason.UNKNOWN_VARIABLE, names=unknown) if unknown else None


def _new(
    context: ServiceContext, actor: str, ask: Ask, ruling: Ruling, extends: Request | None, starts_at: int
) -> NewRequest:
    return NewRequest(
        context.ids.request(),
        actor,
        ask.variables,
        ruling.duration_for(ask.duration),
        ask.reason,
        ruling,
        extends.id if extends else "",
        starts_at,
    )


async def suggest(context: ServiceContext, actor: str, typed: str) -> Variable | None:
    """The existing variable that is most like what was typed; names are told to full members only.

    Raises:
        DirectoryError: Slack did not say who this is.
        StoreError: see `ports.secrets.Secrets`.
    """
    if await refuse_ineligible(context, actor):
        return None
    return nearest(typed, await context.secrets.names())
