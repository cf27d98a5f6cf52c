"""What the commands for the worst day share: they work while Slack is away, and each says why."""

import re
from collections.abc import Collection
from dataclasses import replace

import click

from envaccess.cli.operator_ports import OperatorTools
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.domain.catalogue import SEALED
from envaccess.domain.lock import Target, read_program
from envaccess.domain.phrase import plain
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.entry import Place
from envaccess.domain.refusal.words import tell_elsewhere
from envaccess.domain.text import REASON_MAX, REASON_MIN
from envaccess.domain.typed_parts import BadCommand, read_reason
from envaccess.domain.value import looks_like_value
from envaccess.domain.variable import Variable, nearest, parse_variable

_ID = re.compile(r"[UW](?=[A-Z0-9]*[0-9])[A-Z0-9]{2,20}", re.ASCII)
"""A Slack user id; one without a digit was never seen, and would be many a variable's name."""
_WORKSPACE = re.compile(r"[TE][A-Z0-9]{2,20}", re.ASCII)
_NAMED_MOST = 10
FORM = (
    "TARGET is a Slack user id, such as U0BOB1234 (their profile, the three dots, Copy member ID), "
    "machine:NAME, agent:ID, or a variable's name"
)


def read_why(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str:
    """Read a reason, as click's callback of an option; it is not repeated, since it may hold a value."""
    reason = read_reason(text or "")
    if text is not None and isinstance(reason, BadCommand):
        raise Misuse(
            f"--why takes {REASON_MIN} to {REASON_MAX} characters, and nothing that looks like a secret."
        )
    return "" if isinstance(reason, BadCommand) else reason


WHY = click.option(
    "--why", required=True, metavar="TEXT", callback=read_why, help="The reason, for the audit."
)


def read_workspace(
    _context: click.Context | None, _parameter: click.Parameter | None, text: str | None
) -> str:
    """Read a workspace's id, as click's callback of an option."""
    if text and not _WORKSPACE.fullmatch(text):
        raise Misuse("--workspace takes the id of a Slack workspace, such as T0ACME123.")
    return text or ""


WORKSPACE = click.option(
    "--workspace",
    metavar="ID",
    callback=read_workspace,
    help="The workspace's id. Without it, Slack is asked, or it is the only one stored.",
)


def refuse_elsewhere(operator: OperatorTools, variables: Collection[Variable], nothing: str) -> None:
    """Refuse what is about values of the sealed store where the file of sources keeps them elsewhere.

    Args:
        operator: knows where.
        variables: whose.
        nothing: what was not done, a sentence.

    Raises:
        Complaint: one of them is kept elsewhere.
        SettingsError: the file has a fault.
    """
    kept = {variable: operator.source_of(variable) for variable in variables}
    there = [f"{variable.label} ({source})" for variable, source in kept.items() if source != SEALED]
    if there:
        listed = ", ".join(there[:_NAMED_MOST]) + (" and more" if len(there) > _NAMED_MOST else "")
        raise Complaint(
            f"ENVACCESS_SOURCES_FILE keeps this in another source, where to change it: {listed}. {nothing}"
        )


def tell_workspace(operator: OperatorTools) -> None:
    """Say which workspace is meant where Slack did not."""
    if operator.from_store:
        say(f"Slack does not answer: this is about {operator.team}, the only workspace in this store.")


def find_target(text: str, names: Collection[Variable], locked: Collection[Target] = ()) -> Target:
    """Whom or what is meant. Only what exists, or is locked, can be meant.

    Raises:
        Misuse: it is no id, no program and no name, or it could be both.
        Complaint: there is no such variable.
    """
    if program := read_program(text):
        return program
    bare = text.removeprefix("@")
    person = Target(bare) if _ID.fullmatch(bare) else None
    variable = parse_variable(text)
    known = variable is not None and (variable in names or Target(variable=variable) in locked)
    if known and person:
        raise Misuse(f"This could be a person and a variable: say @{bare} or {variable}.")
    if known:
        return Target(variable=variable)
    if person:
        return person
    if variable is None or looks_like_value(variable.name):
        raise Misuse(f"This is no person, no program and no variable (nor is it repeated here): {FORM}.")
    raise no_variable(variable, names, " A person is named by their id, such as U0BOB1234.")


async def check_person(operator: OperatorTools, target: Target) -> None:
    """A lock on somebody who does not exist would only look like one.

    Raises:
        Complaint: Slack knows nobody of this id.
    """
    known = await operator.knows(target.person) if target.person else True
    if known is False:
        raise Complaint(f"Slack knows nobody of the id {target.person}, so nothing was locked.")
    if known is None:
        say(f"Slack was not asked whether {target.person} is anybody's id: please read it once more.")


def no_variable(variable: Variable, names: Collection[Variable], otherwise: str = "") -> Complaint:
    """That there is none of this name, and which is most like it; if none is, what else was perhaps meant."""
    near = nearest(variable.label, names)
    meant = f" Did you mean {near.label}?" if near else otherwise
    return Complaint(f"There is no variable {variable.label}.{meant}")


def tell_target(target: Target) -> str:
    """A person's id, a program as it is shown, or a variable's label."""
    return target.variable.label if target.variable else target.program or target.person


def refuse(refusal: Refusal, target: Target) -> Complaint:
    """Why a lock says no; or that there was none."""
    about = replace(refusal, reason=Reason.LOCKED if refusal.by else Reason.NOT_LOCKED, target=str(target))
    return Complaint(plain(tell_elsewhere(about, Place.HOST)))
