"""`envaccess rotate` and `rotations`: have a value replaced that people have seen, and see how it stands."""

import json
from typing import Final

import click

from envaccess.application.rotations.demand import rotate_on_host
from envaccess.cli.host_commands import WORKSPACE, no_variable, tell_workspace
from envaccess.cli.name_arguments import QuietCommand, read_variable
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Complaint, say
from envaccess.cli.table import moment, print_table
from envaccess.domain.audit import rfc3339
from envaccess.domain.phrase import plain
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.words import tell
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.seals.rotations import RotationStage
from envaccess.domain.variable import Variable

_TAKES = "There is too much here (it is not repeated): rotate takes one NAME, --now and --workspace."
_HEADER: Final = ("VARIABLE", "DUE BY", "SINCE", "ROTATION", "HOW IT STANDS")
_STAGES: Final = {
    RotationStage.DUE: "due",
    RotationStage.PLANNED: "the new value is being made",
    RotationStage.PREPARED: "the new value is made, and published next",
    RotationStage.PUBLISHED: "the new value is in use; the old one is ended after its grace",
    RotationStage.ASKING: "whoever rotates it is being asked",
    RotationStage.ASKED: "whoever rotates it was asked; its source shows the old value still",
    RotationStage.TASK: "waits for its owner",
}


@click.command("rotate", cls=QuietCommand, extra=_TAKES)
@click.argument("variable", metavar="NAME", callback=read_variable)
@click.option("--now", "at_once", is_flag=True, help="Do not wait for live access to end.")
@WORKSPACE
@click.pass_context
def rotate(context: click.Context, variable: Variable, at_once: bool, workspace: str) -> None:
    """Have a value replaced that people have seen.

    Who makes the new one says sources.yml under `rotate`; where it says nobody, the owners are asked in
    Slack. It works while Slack is away; a running bot does it.
    """
    say(run(_rotate(front(context), variable, workspace, at_once=at_once)))


async def _rotate(parts: Front, variable: Variable, workspace: str, *, at_once: bool) -> str:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        names = await operator.catalogue.names()
        if variable not in names:
            raise no_variable(variable, names)
        if operator.is_leased(variable):
            raise Complaint(plain(tell(Refusal(Reason.ROTATION_LEASED, names=(str(variable),)))))
        wait = 0 if at_once else operator.rotation_wait(variable)
        begun = await rotate_on_host(
            operator.rotations, operator.now(), operator.ids, variable, operator.actor, wait
        )
        if isinstance(begun, Refusal):
            raise Complaint(plain(tell(begun)))
        return f"{variable.label} is being rotated ({begun}). `envaccess rotations` shows how that stands."


@click.command("rotations")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@WORKSPACE
@click.pass_context
def rotations(context: click.Context, form: str, workspace: str) -> None:
    """Print what is being rotated: what is due, under way, failed or blocked.

    `text` is a table; where it is read by a program, one rotation a line with tabs between: its variable, why
    it is due, since when, its id, how it stands. `jsonl` is one JSON object a line.
    """
    found, now = run(_open(front(context), workspace))
    if not found:
        say("Nothing is being rotated, and nothing is due.")
    elif form == "jsonl":
        click.echo("\n".join(map(_object, found)))
    else:
        print_table(_HEADER, [_row(rotation, now) for rotation in found])


async def _open(parts: Front, workspace: str) -> tuple[list[Rotation], int]:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        return [*await operator.rotations.open()], operator.now()


def standing(rotation: Rotation, now: int) -> str:
    """How it stands, in few words."""
    state = rotation.state
    if state.blocked == "old_lives":
        return "published, the old value still works"
    if state.blocked == "away":
        return "a source or an issuer does not answer, and is asked again"
    if state.blocked:
        return f"blocked ({state.blocked})"
    if state.stage == RotationStage.DUE and state.tries:
        times = "once" if state.tries == 1 else f"{state.tries} times"
        return f"failed {times}, tried again"
    if state.stage == RotationStage.DUE and state.wait_until > now:
        return f"waits for live access, until {moment(state.wait_until)} at most"
    return _STAGES[RotationStage(state.stage)]


def _row(rotation: Rotation, now: int) -> tuple[str, ...]:
    state, stands = rotation.state, standing(rotation, now)
    said = f"{stands}: {state.says}" if state.says else stands
    return rotation.variable.label, state.why, moment(state.due_at), rotation.id, said


def _object(rotation: Rotation) -> str:
    state = rotation.state
    flat = {
        "rotation": rotation.id,
        "variable": state.variable,
        "stage": str(state.stage),
        "why": state.why,
        "by": state.by,
        "due_at": rfc3339(state.due_at),
        "tries": state.tries,
        "blocked": state.blocked,
        "says": state.says,
    }
    return json.dumps(flat, ensure_ascii=False, separators=(",", ":"))
