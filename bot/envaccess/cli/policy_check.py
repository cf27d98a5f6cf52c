"""`envaccess policy check`: everything that is wrong with a policy file."""

from pathlib import Path

import click

from envaccess.application.policy.check import check_policy
from envaccess.cli.operator_ports import front, run
from envaccess.cli.policy_tools import FaultyFileError, PolicyTools, choose_file, read_or_tell, tell_faults
from envaccess.cli.words import count, say
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.fault import PolicyFault

NOT_ASKED = "Slack was not asked who is in its groups and channels"


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--offline", is_flag=True, help="Do not ask Slack, although its token is set.")
@click.pass_context
def check(context: click.Context, file: Path | None, *, offline: bool) -> None:
    """Say what is wrong with a policy FILE, with lines and mends.

    Without FILE it is the one that ENVACCESS_POLICY_FILE names. With SLACK_BOT_TOKEN set, Slack is asked too:
    whether it knows everybody who is named, and whether they are enough. The exit code is 0 when all is
    right, 1 when something is not.
    """
    operator = front(context).policies()
    path = choose_file(operator, file)
    policy = read_or_tell(operator, path)
    for note in policy.notes:
        say(f"{path}:{note.line}: note: {note}")
    why = _why_not_asked(operator, offline=offline)
    if why:
        say(f"{NOT_ASKED}: {why}.")
    else:
        faults = run(_ask(operator, policy))
        if faults:
            tell_faults(path, faults)
            raise FaultyFileError(f"{path.name} does not fit what Slack says: {count(len(faults), 'fault')}.")
    click.echo(f"{path}: {count(len(policy.rules), 'rule')}, all right")


def _why_not_asked(operator: PolicyTools, *, offline: bool) -> str:
    if offline:
        return "--offline"
    if not operator.can_ask:
        return "SLACK_BOT_TOKEN is not set"
    return "" if operator.channel else "ENVACCESS_APPROVERS_CHANNEL is not set"


async def _ask(operator: PolicyTools, policy: Policy) -> tuple[PolicyFault, ...]:
    async with operator.directory() as directory:
        return await check_policy(policy, directory)
