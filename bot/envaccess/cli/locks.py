"""`envaccess locks`: who and what is locked."""

import json

import click

from envaccess.cli.host import WORKSPACE, tell_target, tell_workspace
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.words import say
from envaccess.domain.audit import rfc3339
from envaccess.domain.lock import Lock


@click.command("locks")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@WORKSPACE
@click.pass_context
def locks(context: click.Context, form: str, workspace: str) -> None:
    """Print who and what is locked, by whom, since when and why.

    `text` is one lock a line, with tabs between. `jsonl` is one JSON object a line.
    """
    found = run(_standing(front(context), workspace))
    draw = _object if form == "jsonl" else _line
    if found:
        click.echo("\n".join(map(draw, found)))
    else:
        say("Nobody and nothing is locked.")


async def _standing(parts: Front, workspace: str) -> list[Lock]:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        return sorted((await operator.locks.standing()).values(), key=lambda lock: lock.at)


def _line(lock: Lock) -> str:
    return "\t".join((tell_target(lock.target), rfc3339(lock.at), lock.by, lock.why))


def _object(lock: Lock) -> str:
    flat = {"target": str(lock.target), "at": rfc3339(lock.at), "by": lock.by, "why": lock.why, "id": lock.id}
    return json.dumps(flat, ensure_ascii=False, separators=(",", ":"))
