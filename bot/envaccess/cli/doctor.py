"""`envaccess doctor`: look at everything, go on after a fault, say how to mend each."""

from collections.abc import AsyncIterator

import click

from envaccess.application.installation_checks import Finding, sentence
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint
from envaccess.domain.errors import EnvaccessError, SettingsError


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Check tokens, channels, Redis and keys; say how to mend faults.

    One line a check, on stdout. The exit code is 0 when nothing would stop the bot or its work, as a warning
    does not, and 1 when something does.
    """
    if not run(_report(front(context).diagnose())):
        context.exit(Complaint.exit_code)


async def _report(findings: AsyncIterator[Finding]) -> bool:
    """Print each finding as it comes; whether nothing was grave."""
    sound = True
    try:
        async for finding in findings:
            click.echo(line(finding))
            sound = sound and not (finding.fault and finding.fault.grave)
    except EnvaccessError as error:
        subject = "settings" if isinstance(error, SettingsError) else "doctor"
        for told in str(error).split("\n"):
            click.echo(f"FAULT {subject}: {told}")
        return False
    return sound


def line(finding: Finding) -> str:
    """`ok SUBJECT: sentence`, or `FAULT` or `warning` and `SUBJECT: problem -> mend`."""
    fault = finding.fault
    if fault is None:
        return f"ok {finding.subject}: {finding.ok}"
    return f"{'FAULT' if fault.grave else 'warning'} {sentence(fault)}"
