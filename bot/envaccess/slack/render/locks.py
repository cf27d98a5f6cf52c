"""Locks in words: what is locked, by whom, since when and why."""

from envaccess.domain.lock import Lock, Target
from envaccess.domain.outcome import Locked
from envaccess.slack.names import COMMAND
from envaccess.slack.render.blocks import Rendered, code, mention, say, when
from envaccess.slack.render.words import actor_of, count, typed

_WHY_SHOWN = 300
ASK_SECURITY = "Please ask who locked it, or the security people whom the policy names."


def render_locked(locked: Locked) -> Rendered:
    """A lock holds; to whoever asked for it."""
    lock = locked.lock
    undo = code(f"{COMMAND} unlock {_typed(lock.target)}")
    if locked.repeated:
        return say(f"{tell_lock(lock)} already; nothing was changed. To lift it, type {undo}.")
    ended = f"{count(locked.grants, 'live grant')} ended" if locked.grants else "No grant was live"
    return say(
        f":lock: {tell_target(lock.target)} is locked. {ended}, and nothing is filed, approved or revealed "
        f"until somebody of security types {undo}. The audit channel is told."
    )


def render_unlocked(locked: Locked) -> Rendered:
    """A lock is lifted; to whoever lifted it."""
    return say(
        f":unlock: {tell_target(locked.lock.target)} is unlocked. What the lock ended stays ended: it can be "
        "asked for again."
    )


def tell_lock(lock: Lock) -> str:
    """`STRIPE_KEY is locked by @sec (since ...: why)`."""
    return f"{tell_target(lock.target)} is locked {tell_origin(lock)}"


def tell_origin(lock: Lock) -> str:
    """By whom, since when, and why."""
    return f"by {actor_of(lock.by)} (since {when(lock.at)}: {code(lock.why, _WHY_SHOWN)})"


def tell_target(target: Target) -> str:
    """What a lock is about."""
    if target.variable:
        return code(target.variable.label, 200)
    return f"Access of {mention(target.person)}" if target.person else "This"


def _typed(target: Target) -> str:
    """As it is typed in a command; a mention there is an id, since nobody here knows the name."""
    return typed([target.variable]) if target.variable else "@PERSON"
