"""`envaccess audit`: the audit stream."""

import click

from bot.cli.lazy import Entry, LazyGroup

_COMMANDS = {
    "tail": Entry("bot.cli.audit_tail:tail", "Print the newest events, for people."),
    "export": Entry("bot.cli.audit_export:export", "Print all events, one JSON object a line."),
}


@click.group(cls=LazyGroup, entries=_COMMANDS)
def audit() -> None:
    """Read the audit stream."""
