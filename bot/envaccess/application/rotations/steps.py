"""How a rotation goes on: what each outcome of a step makes of it. No step is done here."""

from dataclasses import replace
from typing import Final

from envaccess.domain.audit import Tag
from envaccess.domain.rotation_record import RotationMove
from envaccess.domain.seals.rotations import RotationSeal, RotationStage
from envaccess.domain.sources.rotation_rule import RotatorKind

TRIES: Final = 3
"""Once, and tried again twice; then the owner is asked."""
AGAIN: Final = (60.0, 300.0)
"""Seconds until the second and the third try."""
KILL_AGAIN_MOST: Final = 300.0
"""Seconds between two tries to end an old secret, at most: they never stop."""
BLOCKED_AGAIN: Final = 3_600.0
"""Seconds until what a person has to mend is looked at again, unless somebody presses before."""
TASK_AGAIN: Final = 3_600.0
"""Seconds until the source of an owner's task is looked at again."""
AWAY_AGAIN: Final = 15.0
"""Seconds until a source that did not answer is asked again."""
AWAY_TOLD: Final = 15 * 60 * 1_000
"""Milliseconds that one may not answer before the owners are told."""
AWAY: Final = "away"
"""Why a rotation is blocked then."""
REMIND: Final = 24 * 3_600 * 1_000
"""Milliseconds from one message to the owners to the next."""
SECRETS_OVER: Final = {"fresh": "", "slot": ""}


def done(state: RotationSeal, now: int, how: str, version: str = "") -> RotationMove:
    """The value that was seen is worthless."""
    over = state.moved(stage=RotationStage.DONE, closed_at=now, blocked="", says="", tries=0)
    detail = {"how": how, "why": state.why, **({"version": version} if version else {})}
    return RotationMove(
        over,
        event=Tag.ROTATION_DONE,
        detail=detail,
        secrets=SECRETS_OVER,
        draw=state.told_at > 0,
        tells_holders=True,
    )


def gone(state: RotationSeal, now: int) -> RotationMove:
    """There is no such variable any more; whoever deleted it knows."""
    over = state.moved(stage=RotationStage.GONE, closed_at=now, blocked="", says="")
    return RotationMove(
        over,
        event=Tag.ROTATION_FAILED,
        detail={"why": "deleted"},
        secrets=SECRETS_OVER,
        draw=state.told_at > 0,
    )


def ask_owner(state: RotationSeal, now: int, says: str = "") -> RotationMove:
    """A task for the owner; no event: that it failed is written already, or nothing did."""
    asked = state.moved(
        stage=RotationStage.TASK, blocked="", says=says, told_at=now, kind=state.kind or RotatorKind.OWNER
    )
    again = 0.0 if (asked.pinned or {}).get("made") else TASK_AGAIN  # what was made in vain is ended first
    return RotationMove(asked, again, secrets=SECRETS_OVER, draw=True, anew=True)


def failed(state: RotationSeal, now: int, why: str, says: str) -> RotationMove:
    """A try came to nothing before anything was published: again, or the owner's task after the last one."""
    tries = state.tries + 1
    last = tries >= TRIES
    detail = {"why": why, "try": str(tries), "next": "owner" if last else "again"}
    if last:
        move = ask_owner(state.moved(tries=tries), now, says)
        return RotationMove(
            move.state, move.seconds, Tag.ROTATION_FAILED, detail, move.secrets, draw=True, anew=True
        )
    anew = state.stage in _ANEW
    again = state.moved(stage=RotationStage.DUE if anew else state.stage, tries=tries, says=says)
    kept = SECRETS_OVER if anew else {}
    return RotationMove(again, AGAIN[tries - 1], Tag.ROTATION_FAILED, detail, kept, draw=state.told_at > 0)


_ANEW: Final = frozenset({RotationStage.ASKING, RotationStage.ASKED, RotationStage.PLANNED})
"""Where a try begins with another operation, and another secret: this one may be what was not taken."""


def blocked(state: RotationSeal, now: int, why: str, says: str) -> RotationMove:
    """A person has to act first. Written down once for each reason; the owners are reminded."""
    new = why != state.blocked
    remind = new or now - state.told_at >= REMIND
    told = state.moved(blocked=why, says=says, told_at=now if remind else state.told_at)
    detail = {"why": why, "next": "blocked"}
    event = Tag.ROTATION_FAILED if new else None
    return RotationMove(told, BLOCKED_AGAIN, event, detail if new else {}, draw=remind, anew=remind)


def away(state: RotationSeal, now: int, why: str, says: str) -> RotationMove:
    """A source or an issuer does not answer: asked again without end, and told once that lasts."""
    since = state.away_at or now
    state = state.moved(away_at=since)
    if now - since < AWAY_TOLD or state.stage == RotationStage.TASK:
        return RotationMove(state, AWAY_AGAIN)
    new = state.blocked != AWAY
    remind = new or now - state.told_at >= REMIND
    told = state.moved(blocked=AWAY, says=says, told_at=now if remind else state.told_at)
    event = Tag.ROTATION_FAILED if new else None
    detail = {"why": why, "next": "again"} if new else {}
    return RotationMove(told, AWAY_AGAIN, event, detail, draw=remind, anew=remind)


def answered(move: RotationMove) -> RotationMove:
    """The same where everything answers again."""
    if not move.state.away_at:
        return move
    was = move.state.blocked == AWAY
    state = move.state.moved(away_at=None, **({"blocked": "", "says": ""} if was else {}))
    return replace(move, state=state, draw=move.draw or was)


def not_killed(state: RotationSeal, now: int, why: str, says: str) -> RotationMove:
    """The new value is published and the old one still works: tried for ever, and told after the last try."""
    tries = state.tries + 1
    seconds = min(2.0 ** min(tries, 10), KILL_AGAIN_MOST)
    again = state.moved(tries=tries, says=says)
    if tries > TRIES and now - state.told_at < REMIND:
        return RotationMove(again, seconds)
    if tries < TRIES:
        detail = {"why": why, "try": str(tries), "next": "again"}
        return RotationMove(again, seconds, Tag.ROTATION_FAILED, detail)
    told = again.moved(blocked="old_lives", told_at=now)
    detail = {"why": why, "try": str(tries), "next": "again"}
    event = Tag.ROTATION_FAILED if tries == TRIES else None
    return RotationMove(told, seconds, event, detail if event else {}, draw=True, anew=True)
