"""`envaccess doctor`: look at everything, go on after a fault, say how to mend each."""

from collections.abc import AsyncIterator

import click

from bot.cli.front import front, run
from bot.cli.words import Complaint
from bot.domain.errors import EnvaccessError, SettingsError
from bot.services.checks import Finding, sentence


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Check tokens, channels, Redis and keys; say how to mend faults.

    One line a check, on stdout. The exit code is 0 when all is right, 1 when something is not.
    """
    try:
        sound = run(_report(front(context).diagnose()))
    except SettingsError as error:
        # A setting that cannot be read stands before everything else: nothing more can be looked at.
        click.echo(f"FAULT settings: {error}")
        sound = False
    if not sound:
        context.exit(Complaint.exit_code)


async def _report(findings: AsyncIterator[Finding]) -> bool:
    """Print each finding as it comes; whether all was right."""
    sound = True
    try:
        async for finding in findings:
            click.echo(line(finding))
            sound = sound and finding.fault is None
    except SettingsError:
        raise
    except EnvaccessError as error:
        click.echo(f"FAULT doctor: {error}")
        return False
    return sound


def line(finding: Finding) -> str:
    """`ok SUBJECT: sentence` or `FAULT SUBJECT: problem -> mend`."""
    fault = finding.fault
    return f"ok {finding.subject}: {finding.ok}" if fault is None else f"FAULT {sentence(fault)}"
