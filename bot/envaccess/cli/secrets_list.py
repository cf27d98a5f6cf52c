"""`envaccess secrets list`: names, never values."""

import json

import click

from envaccess.cli.operator_ports import Front, Listed, front, run
from envaccess.cli.words import say
from envaccess.domain.audit import rfc3339


@click.command("list")
@click.option("--format", "form", type=click.Choice(["names", "jsonl"]), default="names", show_default=True)
@click.pass_context
def list_names(context: click.Context, form: str) -> None:
    """Print the names of all variables.

    `names` is one a line, as people ask for it. `jsonl` is one JSON object a line: the name with its
    environment, as audit events have it, the version, and when it was changed.
    """
    parts = front(context)
    lines = run(_jsonl(parts) if form == "jsonl" else _names(parts))
    if lines:
        click.echo("\n".join(lines))
    else:
        say("There are no variables yet: `envaccess secrets set NAME` makes one.")


async def _names(parts: Front) -> list[str]:
    async with parts.operator() as operator:
        return [variable.label for variable in await operator.values.names()]


async def _jsonl(parts: Front) -> list[str]:
    async with parts.operator() as operator:
        return [_object(listed) for listed in await operator.values.describe()]


def _object(listed: Listed) -> str:
    flat = {
        "name": str(listed.variable),
        "version": listed.version,
        "changed_at": rfc3339(listed.changed_at),
    }
    return json.dumps(flat, separators=(",", ":"))
