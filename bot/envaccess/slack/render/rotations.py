"""Rotations: the message to a variable's owners, drawn from its seal, and the answer to who wanted one."""

from collections.abc import Mapping, Sequence
from typing import Final

from envaccess.domain.rotation import BlockedWhy
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.seals.rotations import RotationSeal, RotationStage, RotationWhy
from envaccess.domain.text import count
from envaccess.domain.variable import Variable
from envaccess.slack.names import COMMAND, ROTATE_AGAIN, ROTATED
from envaccess.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    button,
    code,
    context,
    fit,
    mention,
    quote,
    say,
    section,
    when,
)
from envaccess.slack.render.words import BRIEFLY

_WHY: Final[Mapping[str, str]] = {
    RotationWhy.GRANT_END: "access to it ended, and its value is known to whoever had it",
    RotationWhy.AGE: "its value is old",
    RotationWhy.LEAVER: "somebody who has seen its value left",
    RotationWhy.DEMAND: "an owner, or whoever runs envaccess, asked for it",
}
_DO_IT: Final = (
    "Please make a new value, store it where {name} is read, and end the old one. Then press *I rotated it*: "
    "the source is asked, and has to show another value."
)
_BLOCKED: Final[Mapping[str, str]] = {
    "old_lives": "The new value is in use. *The old one still works*; ending it is tried again and again.",
    "away": "What has to be asked for it does not answer. It is asked again and again; until it does, what "
    "was seen may work.",
    BlockedWhy.SLOTS_FULL: "Both places for a secret are in use, and no unknown one is ever deleted.",
    BlockedWhy.PENDING_VERSION: "Another rotation left a version behind.",
    BlockedWhy.LIVE_SLOT: "What was to be ended is what is read now.",
    BlockedWhy.DENIED: "The issuer does not let envaccess do it.",
}
_AT_HOME: Final = 3
_AT_HOME_PRESSED: Final = "in the *Home* tab of this app"
_STUCK: Final = "It cannot go on before somebody has mended what is in its way."


def render_rotation(rotation: Rotation) -> Rendered:
    """The message to the owners."""
    state = rotation.state
    name = code(rotation.variable.label, 200)
    if state.is_closed:
        return _over(rotation, name)
    calls = f"{_called(state)} " if state.owners else ""
    why = _why(state)
    if state.stage == RotationStage.TASK:
        head = f":arrows_counterclockwise: {calls}*{name} has to be rotated*: {why}."
        blocks = [section(head), *_said(state), section(_DO_IT.format(name=name)), _buttons(rotation)]
        return Rendered(f"{rotation.variable.label} has to be rotated", fit([*blocks, _small(rotation)]))
    if not state.blocked:
        line = f":hourglass_flowing_sand: *{name} is being rotated*: {why}."
        return Rendered(f"{rotation.variable.label} is being rotated", [section(line), _small(rotation)])
    told = _BLOCKED.get(state.blocked, _STUCK)
    head = f":warning: {calls}*The rotation of {name} needs somebody*: {why}. {told}"
    blocks = [section(head), *_said(state), _buttons(rotation), _small(rotation)]
    return Rendered(f"The rotation of {rotation.variable.label} needs somebody", fit(blocks))


def draw_rotations(rotations: Sequence[Rotation]) -> list[Block]:
    """In the Home tab of an owner: those that wait for them with their buttons, of the others how many."""
    waiting = [one for one in rotations if one.state.for_owners]
    blocks: list[Block] = []
    for one in waiting[:_AT_HOME]:
        stuck = (
            "has to be rotated"
            if one.state.stage == RotationStage.TASK
            else "is not rotated: something is in the way"
        )
        blocks += [
            section(f":arrows_counterclockwise: {code(one.variable.label, 200)} {stuck}."),
            _buttons(one),
        ]
    others = len(rotations) - len(waiting[:_AT_HOME])
    return [*blocks, context(f"{count(others, 'more rotation')} of yours under way.")] if others else blocks


def brief_rotation(rotation: Rotation) -> Rendered:
    """The same in words that are ours alone."""
    return Rendered(f"A rotation waits for its owners · {code(rotation.id)}. {BRIEFLY}", [])


def call_owner(rotation: Rotation) -> Rendered:
    """What one of the owners is told in direct messages: all of it, since they may not be in the channel."""
    state, name = rotation.state, code(rotation.variable.label, 200)
    if state.stage != RotationStage.TASK:
        told = _BLOCKED.get(state.blocked, _STUCK)
        head = f":warning: *The rotation of {name}, which you own, needs somebody*: {_why(state)}. {told}"
        then = f"Once that is mended, press *Try again* {_AT_HOME_PRESSED}."
        blocks = [section(head), *_said(state), section(then)]
        return Rendered(f"The rotation of {rotation.variable.label} needs somebody", fit(blocks))
    typed = code(f"{COMMAND} rotate {rotation.variable.label}")
    told = (
        f":arrows_counterclockwise: {name}, which you own, has to be rotated. Please make a new value, store "
        f"it where it is read, and end the old one. Then type {typed}, or press *I rotated it* "
        f"{_AT_HOME_PRESSED}: the source is asked, and has to show another value."
    )
    blocks = fit([section(told), *_said(state)])
    return Rendered(f"{rotation.variable.label}, which you own, has to be rotated", blocks)


def render_begun(variable: Variable, rotation: str) -> Rendered:
    """The answer to who wanted one."""
    return say(
        f"{code(variable.label, 200)} is being rotated ({code(rotation)}). It waits for live access to end, "
        "for as long as the sources file says; the audit channel tells when it is done."
    )


def _over(rotation: Rotation, name: str) -> Rendered:
    state = rotation.state
    if state.stage == RotationStage.GONE:
        told = f":wastebasket: *{name} is not rotated any more*: it was deleted, {when(state.closed_at)}."
        return Rendered(f"{rotation.variable.label} was deleted", [section(told), _small(rotation)])
    told = (
        f":white_check_mark: *{name} was rotated*, {when(state.closed_at)}. "
        "Its source shows another value now."
    )
    return Rendered(f"{rotation.variable.label} was rotated", [section(told), _small(rotation)])


def _why(state: RotationSeal) -> str:
    if state.people:
        seers = "1 person has" if state.people == 1 else f"{state.people} people have"
        return f"{seers} seen its value"
    return _WHY.get(state.why, "its value was seen")


def _called(state: RotationSeal) -> str:
    return " ".join(
        f"<!subteam^{word}>" if word[0] == "S" else mention(word) for word in state.owners.split(",")
    )


def _said(state: RotationSeal) -> list[Block]:
    return [quote("What went wrong:", state.says)] if state.says else []


def _buttons(rotation: Rotation) -> Block:
    state = rotation.state
    done = (
        [button(ROTATED, "I rotated it", rotation.id, "primary")] if state.stage == RotationStage.TASK else []
    )
    again = (
        []
        if state.kind in {"", "owner"} and not state.blocked
        else [button(ROTATE_AGAIN, "Try again", rotation.id)]
    )
    return actions(*done, *again)


def _small(rotation: Rotation) -> Block:
    return context(f"Rotation {code(rotation.id)} · due since {when(rotation.state.due_at)}")
