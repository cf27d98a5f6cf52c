"""Locks in words: what is locked, by whom, since when and why."""

from envaccess.domain.lock import Lock, Target
from envaccess.domain.outcome import Locked
from envaccess.domain.refusal.fields import describe_lock, describe_target
from envaccess.domain.text import count
from envaccess.domain.variable import typed
from envaccess.slack.names import COMMAND
from envaccess.slack.render.blocks import Rendered, code, say
from envaccess.slack.render.phrase import write

ASK_SECURITY = "Please ask who locked it, or the security people whom the policy names."


def render_locked(locked: Locked) -> Rendered:
    """A lock holds; to whoever asked for it."""
    lock = locked.lock
    undo = code(f"{COMMAND} unlock {_typed(lock.target)}")
    if locked.repeated:
        return say(f"{tell_lock(lock)} already; nothing was changed. To lift it, type {undo}.")
    ended = f"{count(locked.grants, 'live grant')} ended" if locked.grants else "No grant was live"
    return say(
        f":lock: {_tell_target(lock.target)} is locked. {ended}, and nothing is filed, approved or revealed "
        f"until somebody of security types {undo}. The audit channel is told."
    )


def render_unlocked(locked: Locked) -> Rendered:
    """A lock is lifted; to whoever lifted it."""
    return say(
        f":unlock: {_tell_target(locked.lock.target)} is unlocked. What the lock ended stays ended: it can "
        "be asked for again."
    )


def tell_lock(lock: Lock) -> str:
    """`STRIPE_KEY is locked by @sec (since ...: why)`."""
    return write(describe_lock(lock))


def _tell_target(target: Target) -> str:
    """What a lock is about."""
    return write(describe_target(target))


def _typed(target: Target) -> str:
    """As it is typed in a command; a mention there is an id, since nobody here knows the name."""
    return typed([target.variable]) if target.variable else target.program or "@PERSON"
