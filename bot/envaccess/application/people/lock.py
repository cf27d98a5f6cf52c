"""Lock a person, a program or a variable, and unlock: for the policy's security people."""

from envaccess.application.people.membership import belongs
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.call import Call
from envaccess.domain.lock import Lock, Target, first_lock
from envaccess.domain.outcome import Locked
from envaccess.domain.refusal import Reason, Refusal

_LOCK, _UNLOCK = "lock", "unlock"


async def lock_target(context: ServiceContext, call: Call, target: Target, why: str) -> Locked | Refusal:
    """End live grants of a target, and let nothing be filed, approved or revealed by or over it.

    Raises:
        DirectoryError: Slack did not say who one of them is; nothing changed.
    """
    refusal = await refuse_not_security(context, call, _LOCK)
    if refusal:
        return refusal
    refusal = await _refuse_target(context, target)
    if refusal:
        return await refuse(context, call, _LOCK, refusal, refusal.names)
    return await context.locks.lock(call.op, target, call.principal.actor, why)


async def unlock_target(
    context: ServiceContext, call: Call, target: Target, why: str = "", lock: str = ""
) -> Locked | Refusal:
    """Lift a lock; with `lock`, only the one of this id. Nobody who is locked lifts any."""
    refusal = await refuse_not_security(context, call, _UNLOCK)
    return refusal or await context.locks.unlock(call.op, target, call.principal.actor, why, lock)


async def unlock_by_id(context: ServiceContext, call: Call, lock: str) -> Locked | Refusal:
    """Lift the lock that a button was about."""
    refusal = await refuse_not_security(context, call, _UNLOCK)
    if refusal:
        return refusal
    standing = await context.locks.standing()
    found = next((held.target for held in standing.values() if held.id == lock), None)
    if found is None:
        return Refusal(Reason.NOT_LOCKED)
    return await context.locks.unlock(call.op, found, call.principal.actor, "", lock)


async def is_security(context: ServiceContext, actor: str) -> bool:
    """Whether the policy of now names this person; whether they are a full member is asked elsewhere."""
    security = context.rulebook.current.security
    return bool(security) and await belongs(context, security, actor)


async def lock_on(context: ServiceContext, *people: str) -> Lock | None:
    """The first lock on any of these people. The scripts look again."""
    return first_lock(await context.locks.standing(), people)


async def refuse_not_security(context: ServiceContext, call: Call, tried: str) -> Refusal | None:
    """The audited refusal of whoever is no security person of the policy of now.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    if refusal := await refuse_program(context, call, tried):
        return refusal
    reason = await refuse_ineligible(context, call.by)
    if reason is None and not context.rulebook.current.security:
        reason = Reason.NO_SECURITY
    if reason is None and not await is_security(context, call.by):
        reason = Reason.NOT_SECURITY
    return await refuse(context, call, tried, Refusal(reason)) if reason else None


async def _refuse_target(context: ServiceContext, target: Target) -> Refusal | None:
    """A lock on what does not exist would only look like one."""
    if target.variable:
        known = target.variable in await context.catalogue.get([target.variable])
        return None if known else Refusal(Reason.UNKNOWN_VARIABLE, names=(str(target.variable),))
    if target.program:
        return None if await _is_program(context, target.program) else Refusal(Reason.NO_PROGRAM)
    known = await context.directory.person(target.person) is not None
    return None if known else Refusal(Reason.NOT_FOUND, by=target.person)


async def _is_program(context: ServiceContext, program: str) -> bool:
    """Whether the policy of now names this machine, or it or this agent has a session."""
    machines = {str(Actor(ActorKind.MACHINE, machine.name)) for machine in context.rulebook.current.machines}
    return program in machines or bool(await context.sessions.live(program))
