"""`envaccess serve`: run the bot."""

import click

from envaccess.cli.operator_ports import front, run


@click.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Run the bot until it is told to stop.

    Settings come from the environment. Stops with exit code 0 on SIGTERM, and with 2 when a setting is wrong.
    """
    run(front(context).serve())
