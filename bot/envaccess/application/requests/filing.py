"""File a request: who asks, what the policy says, whether anybody could decide, and one atomic step."""

import asyncio
from dataclasses import dataclass, replace

from envaccess.application.people.membership import standing
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.refuse import refuse
from envaccess.application.requests.approvers import who_may_decide
from envaccess.application.requests.names import resolve_for
from envaccess.application.reviews.review import can_be_reviewed
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import SLACK, Call
from envaccess.domain.catalogue import incarnations_of
from envaccess.domain.command import Ask
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.outcome import Filed, NewRequest
from envaccess.domain.person import refuse_person
from envaccess.domain.policy.hours import next_clock, zone_named
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.policy.ruling import Asking, Ruling, rule_request, sets
from envaccess.domain.policy.variable_sets import set_label
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State
from envaccess.domain.screening import printable
from envaccess.domain.signals.observe import kept_under
from envaccess.domain.signals.observing import Observing
from envaccess.domain.variable import Variable, nearest

_TRIES = 3
"""How often a variable may be deleted and made again in between."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be filed, as the policy and Slack answer now; nothing is written yet.

    Attributes:
        ask: with its sets as the variables that they are.
        approvers: whom it would wait for first; nobody where the policy decides alone.
        named: the sets and what was named beside them; nothing where no set was named.
        zoned: whether the time of its beginning is by the clock of the person who asks.
        observing: how what is unusual about it is found out.
    """

    ask: Ask
    ruling: Ruling
    approvers: tuple[str, ...]
    incarnations: tuple[str, ...]
    starts_at: int
    named: tuple[str, ...]
    zoned: bool
    observing: Observing


async def open_request(
    context: ServiceContext, call: Call, ask: Ask, extends: Request | None = None, id_: str = ""
) -> Filed | Refusal:
    """File it, or say why not. With `extends`, it would prolong that request's grant.

    Args:
        context: what verbs act through.
        call: who asks; of an agent what its person agreed to (`application.agents.propose`).
        ask: for what.
        extends: the request whose grant it would prolong.
        id_: what it is to be called, where that is known.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
        StoreError: see `ports.requests.Requests`.
    """
    prepared = await prepare(context, call, ask, extends)
    if isinstance(prepared, Refusal):
        return prepared
    outcome = await _file(context, call, prepared.ask, extends, _new(context, call, prepared, extends, id_))
    if isinstance(outcome, Refusal):
        return _told(outcome, call, ask)
    unasked = DeliveryMode.PUSH in prepared.ruling.delivery and call.origin.surface == SLACK
    return replace(
        outcome,
        approvers=prepared.approvers,
        push=unasked and outcome.state is State.APPROVED,
        unzoned=bool(prepared.starts_at) and not prepared.zoned,
    )


async def prepare(
    context: ServiceContext, call: Call, ask: Ask, extends: Request | None = None
) -> Prepared | Refusal:
    """What would be filed, or the audited reason why it would not.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides.
        StoreError: see `ports.secrets.Catalogue`.
    """
    tried = "emergency" if ask.emergency else "request"
    variables = await resolve_for(context, call, tried, ask.variables, ask.sets)
    if isinstance(variables, Refusal):
        return variables
    found = await _prepare(context, call, replace(ask, variables=variables), extends)
    if isinstance(found, Refusal):
        return _told(found, call, ask)
    return replace(found, named=_named(ask))


def _told(refusal: Refusal, call: Call, ask: Ask) -> Refusal:
    """The same with what whoever asks has to know besides."""
    if refusal.reason is Reason.ACTOR_UNKNOWN and call.origin.pipeline:
        return replace(refusal, hint=call.origin.pipeline.actor)  # with their number, which `people` names
    if refusal.reason is Reason.RESTARTED and call.origin.pipeline:
        return replace(refusal, hint=call.origin.pipeline.restarted)
    return _of_a_set(refusal, ask) if refusal.reason is Reason.UNKNOWN_VARIABLE else refusal


def _of_a_set(refusal: Refusal, ask: Ask) -> Refusal:
    """A variable that nobody typed is the set's fault."""
    typed = set(map(str, ask.variables))
    if not ask.sets or typed.intersection(refusal.names):
        return refusal
    return replace(refusal, target=",".join(map(set_label, ask.sets)))


def _named(ask: Ask) -> tuple[str, ...]:
    """The sets and what was named beside them, for messages; nothing where no set was named."""
    labels = (*map(set_label, ask.sets), *(printable(variable.label) for variable in ask.variables))
    return labels if ask.sets else ()


async def _prepare(
    context: ServiceContext, call: Call, ask: Ask, extends: Request | None
) -> Prepared | Refusal:
    starts_at, zoned = await _start(context, call.principal.person, ask)
    ruling, zone = await _rule(context, call.principal, ask, extends, starts_at)
    if isinstance(ruling, Refusal):
        return await _refuse(context, call, ask, extends, ruling)
    # Asked in one turn, so that they are one packet.
    approvers, incarnations, observing = await asyncio.gather(
        _deciders(context, call, ruling, extends),
        _incarnations(context, ask.variables),
        _observing(context, call, zone),
    )
    if isinstance(approvers, Refusal):
        return await _refuse(context, call, ask, extends, approvers)
    return Prepared(ask, ruling, approvers, incarnations, starts_at, (), zoned, observing)


async def _observing(context: ServiceContext, call: Call, zone: str | None) -> Observing:
    """How what is unusual about a request is found out."""
    who = kept_under(call.principal)
    remembered = await context.requests.remembered(who)
    return Observing(who, zone, context.rulebook.current.signals, remembered)


async def _refuse(
    context: ServiceContext, call: Call, ask: Ask, extends: Request | None, refusal: Refusal
) -> Refusal:
    tried = "emergency" if ask.emergency else "extend" if extends else "request"
    return await refuse(context, call, tried, refusal, tuple(map(str, ask.variables)))


async def _deciders(
    context: ServiceContext, call: Call, ruling: Ruling, extends: Request | None
) -> tuple[str, ...] | Refusal:
    """Whom the request waits for first; an emergency waits for nobody, but somebody must review it.

    What nobody need agree to waits for nobody either, unless a limit says so when it is filed; then it is
    refused there, if nobody is known who is behind it. Where no limit can, it is not asked who could decide:
    Slack tells of a hundred people a minute, and those who ask need all of them.
    """
    actor, restarted = call.principal.person, call.origin.pipeline and call.origin.pipeline.restarted
    if restarted or not actor:
        unknown = Refusal(Reason.RESTARTED if restarted else Reason.ACTOR_UNKNOWN)
        return () if ruling.automatic else unknown
    if ruling.automatic and not extends and not any(limit.automatic for limit in ruling.limits):
        seen = await context.directory.members(ruling.channel)  # it is announced there
        return () if seen else Refusal(Reason.APPROVERS_UNREACHABLE)
    if not ruling.emergency:
        return await who_may_decide(context, actor, ruling.channel, ruling.steps)
    return () if await can_be_reviewed(context, actor, ruling) else Refusal(Reason.NO_REVIEWERS)


async def _incarnations(context: ServiceContext, variables: tuple[Variable, ...]) -> tuple[str, ...]:
    return incarnations_of(await context.catalogue.get(variables), variables)


async def _file(
    context: ServiceContext, call: Call, ask: Ask, extends: Request | None, new: NewRequest
) -> Filed | Refusal:
    """File it for the variables that exist now: one that was made again meanwhile is looked at again.

    One whose catalogue record cannot be relied on is none, though the store has one.
    """
    for _ in range(_TRIES):
        outcome = await context.requests.open(call.op, new)
        if not isinstance(outcome, Refusal) or outcome.reason is not Reason.MOVED_ON:
            return outcome
        new = replace(new, incarnations=await _incarnations(context, new.variables))
        if "" in new.incarnations:
            missing = str(new.variables[new.incarnations.index("")])
            refusal = Refusal(Reason.UNKNOWN_VARIABLE, names=(missing,))
            return await _refuse(context, call, ask, extends, refusal)
    raise StoreUnavailableError("The catalogue changed each time that the request was about to be filed")


async def _start(context: ServiceContext, actor: str, ask: Ask) -> tuple[int, bool]:
    """When it shall begin, 0: as soon as it may; and whether that is by the clock of the person who asks."""
    if ask.start is None:
        return 0, True
    someone = await context.directory.person(actor) if actor else None
    zone = someone.tz if someone else ""
    return next_clock(ask.start, zone, context.clock.now()), zone_named(zone) is not None


async def _rule(
    context: ServiceContext, principal: Principal, ask: Ask, extends: Request | None, starts_at: int
) -> tuple[Ruling | Refusal, str | None]:
    """What the policy says, and the time zone of a person who asks."""
    policy = context.rulebook.current
    wanted = sets(policy, ask.variables)
    # Then nothing but the person is to be asked about.
    trivial = principal.is_person and all(who.anyone for who in wanted)
    if trivial:
        (ineligible, zone), member = await _asker(context, principal), dict.fromkeys(wanted, True)
    else:
        (ineligible, zone), member = await asyncio.gather(
            _asker(context, principal), standing(context, wanted, principal)
        )
    if ineligible:
        return Refusal(ineligible), zone
    now = context.clock.now()
    left = max(0, extends.expires_at - now) // 1000 if extends else 0
    asking = Asking(
        ask.variables, ask.duration, ask.reason, now, emergency=ask.emergency, more=left, begins=starts_at
    )
    ruling = rule_request(policy, asking, member.__getitem__)
    if isinstance(ruling, Refusal) and ruling.reason in {Reason.NO_RULE, Reason.NO_EMERGENCY}:
        return await _unknown(context, ask.variables) or ruling, zone
    if extends and isinstance(ruling, Ruling) and not _goes_on(extends.ruling, ruling):
        return Refusal(Reason.NOT_EXTENDABLE, request=extends.id), zone
    return ruling, zone


async def _asker(context: ServiceContext, principal: Principal) -> tuple[Reason | None, str | None]:
    """Why the person who asks, or the one behind, is no full, live member; the time zone of one who asks.

    None where nobody is known, and no zone for a program: it has no usual hours.
    """
    if not principal.person:
        return None, None
    (someone,) = await context.directory.persons([principal.person])
    zone = someone.tz if someone and principal.is_person else None
    return refuse_person(someone, context.directory.workspace), zone


def _goes_on(held: Ruling, now: Ruling) -> bool:
    """Whether the policy of now would give the same kind of access: a longer grant keeps its first ruling."""
    kinds = [
        (ruling.requesters, ruling.delivery, ruling.starts, ruling.single_use, ruling.use_within, ruling.tap)
        for ruling in (held, now)
    ]
    return kinds[0] == kinds[1]


async def _unknown(context: ServiceContext, variables: tuple[Variable, ...]) -> Refusal | None:
    """A name that the policy does not know may not exist at all: that is what its author should hear."""
    known = await context.catalogue.get(variables)
    unknown = tuple(str(variable) for variable in variables if variable not in known)
    return Refusal(Reason.UNKNOWN_VARIABLE, names=unknown) if unknown else None


def _new(
    context: ServiceContext, call: Call, prepared: Prepared, extends: Request | None, id_: str
) -> NewRequest:
    ask, ruling = prepared.ask, prepared.ruling
    return NewRequest(
        id=id_ or context.ids.request(),
        requester=call.by,
        behind=call.principal.behalf,
        issuer=call.principal.issuer,
        variables=ask.variables,
        incarnations=prepared.incarnations,
        duration=ruling.duration_for(ask.duration),
        reason=ask.reason,
        ruling=ruling,
        extends=extends.id if extends else "",
        extends_mac=extends.sealed.mac if extends and extends.sealed else "",
        starts_at=prepared.starts_at,
        origin=call.origin,
        named=prepared.named,
        observing=prepared.observing,
    )


async def suggest(context: ServiceContext, actor: str, typed: str) -> Variable | None:
    """The existing variable that is most like what was typed; names are told to full members only.

    Raises:
        DirectoryError: Slack did not say who this is.
        StoreError: see `ports.secrets.Catalogue`.
    """
    if await refuse_ineligible(context, actor):
        return None
    return nearest(typed, await context.catalogue.names())
