"""`envaccess keys generate`: a new master key for ENVACCESS_MASTER_KEYS."""

import sys

import click

from envaccess.cli.operator_ports import front
from envaccess.cli.words import say


@click.command()
@click.pass_context
def generate(context: click.Context) -> None:
    """Print a new master key.

    It goes into ENVACCESS_MASTER_KEYS: the first key there seals, all of them open. Nothing else keeps it.
    """
    click.echo(front(context).new_master_key())
    if sys.stdout.isatty():
        say("Keep it where your other secrets are: without it no value that it sealed can be opened again.")
