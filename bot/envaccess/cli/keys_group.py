"""`envaccess keys`: master keys."""

import click

from envaccess.cli.lazy import Entry, LazyGroup

_COMMANDS = {"generate": Entry("envaccess.cli.keys_generate:generate", "Print a new master key.")}


@click.group(cls=LazyGroup, entries=_COMMANDS)
def keys() -> None:
    """Make master keys."""
