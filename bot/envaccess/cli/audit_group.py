"""`envaccess audit`: the audit stream."""

import click

from envaccess.cli.lazy import Entry, LazyGroup

_COMMANDS = {
    "tail": Entry("envaccess.cli.audit_tail:tail", "Print the newest events, for people."),
    "export": Entry("envaccess.cli.audit_export:export", "Print all events, one JSON object a line."),
}


@click.group(cls=LazyGroup, entries=_COMMANDS)
def audit() -> None:
    """Read the audit stream."""
