"""`envaccess keys`: make master keys."""

import sys

import click

from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import front
from envaccess.cli.output import say

_ENTRIES = {"generate": Entry("envaccess.cli.keys:generate", "Print a new master key.")}


@click.group(cls=LazyGroup, entries=_ENTRIES)
def keys() -> None:
    """Make master keys."""


@click.command()
@click.pass_context
def generate(context: click.Context) -> None:
    """Print a new master key.

    It goes into ENVACCESS_MASTER_KEYS: the first key there seals, all of them open. Nothing else keeps it.
    """
    click.echo(front(context).new_master_key())
    if sys.stdout.isatty():
        say("Keep it where your other secrets are: without it no value that it sealed can be opened again.")
