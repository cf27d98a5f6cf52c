"""Lock a person or a variable, and unlock: for the policy's security people; the host has its own command."""

from envaccess.application.people.membership import belongs
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.refuse import refuse
from envaccess.application.service_context import World
from envaccess.domain.audit import person
from envaccess.domain.lock import Lock, Target, first_lock
from envaccess.domain.outcome import Locked
from envaccess.domain.refusal import Reason, Refusal

_LOCK, _UNLOCK = "lock", "unlock"


async def lock_target(world: World, op: str, actor: str, target: Target, why: str) -> Locked | Refusal:
    """End live grants of a person, or over a variable, and let nothing be filed, approved or revealed.

    Raises:
        DirectoryError: Slack did not say who one of them is; nothing changed.
    """
    refusal = await _refuse_security(world, op, actor, _LOCK)
    if refusal:
        return refusal
    refusal = await _refuse_target(world, target)
    if refusal:
        return await refuse(world, op, actor, _LOCK, refusal, refusal.names)
    return await world.locks.lock(op, target, person(actor), why)


async def unlock_target(
    world: World, op: str, actor: str, target: Target, why: str = "", lock: str = ""
) -> Locked | Refusal:
    """Lift a lock; with `lock`, only the one of this id. Nobody who is locked lifts any."""
    refusal = await _refuse_security(world, op, actor, _UNLOCK)
    return refusal or await world.locks.unlock(op, target, person(actor), why, lock)


async def unlock_by_id(world: World, op: str, actor: str, lock: str) -> Locked | Refusal:
    """Lift the lock that a button was about."""
    refusal = await _refuse_security(world, op, actor, _UNLOCK)
    if refusal:
        return refusal
    standing = await world.locks.standing()
    found = next((held.target for held in standing.values() if held.id == lock), None)
    if found is None:
        return Refusal(Reason.NOT_LOCKED)
    return await world.locks.unlock(op, found, person(actor), "", lock)


async def is_security(world: World, actor: str) -> bool:
    """Whether the policy of now names this person; whether they are a full member is asked elsewhere."""
    security = world.rulebook.current.security
    return bool(security) and await belongs(world, security, actor)


async def lock_on(world: World, *people: str) -> Lock | None:
    """The first lock on any of these people. The scripts look again."""
    return first_lock(await world.locks.standing(), people)


async def _refuse_security(world: World, op: str, actor: str, tried: str) -> Refusal | None:
    reason = await refuse_ineligible(world, actor)
    if reason is None and not world.rulebook.current.security:
        reason = Reason.NO_SECURITY
    if reason is None and not await is_security(world, actor):
        reason = Reason.NOT_SECURITY
    return await refuse(world, op, actor, tried, Refusal(reason)) if reason else None


async def _refuse_target(world: World, target: Target) -> Refusal | None:
    """A lock on what does not exist would only look like one."""
    if target.variable:
        known = target.variable in await world.secrets.names()
        return None if known else Refusal(Reason.UNKNOWN_VARIABLE, names=(str(target.variable),))
    known = await world.directory.person(target.person) is not None
    return None if known else Refusal(Reason.NOT_FOUND, by=target.person)
