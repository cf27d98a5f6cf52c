"""`envaccess policy`: check the policy file, run the cases kept next to it, print its JSON Schema."""

from pathlib import Path

import click

from envaccess.application.policy.check import check_policy
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, say
from envaccess.cli.policy_tools import (
    FaultyFileError,
    PolicyTools,
    choose_file,
    read_or_tell,
    refuse_file,
    tell_faults,
)
from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.trial import Case, try_case
from envaccess.domain.text import count

_ENTRIES = {
    "check": Entry(
        "envaccess.cli.policy:check", "Say what is wrong with a policy file, with lines and mends."
    ),
    "explain": Entry("envaccess.cli.policy_explain:explain", "Say what a request would be told, and why."),
    "test": Entry("envaccess.cli.policy:test", "Run the cases kept next to a policy."),
    "schema": Entry("envaccess.cli.policy:schema", "Print the file's JSON Schema, for editors."),
}


@click.group(cls=LazyGroup, entries=_ENTRIES)
def policy() -> None:
    """Check, explain and try the policy file."""


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
        faults = run(_ask_slack(operator, policy))
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


async def _ask_slack(operator: PolicyTools, policy: Policy) -> tuple[FileFault, ...]:
    async with operator.directory() as directory:
        return await check_policy(policy, directory)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--cases", type=click.Path(path_type=Path), help="Where they are; FILE.test.yml unless said.")
@click.pass_context
def test(context: click.Context, file: Path | None, cases: Path | None) -> None:
    """Run the cases kept next to a policy FILE: `policy.test.yml` beside `policy.yml`.

    Slack is not asked: each case says whom it means. One line a failure; the exit code is then 1.
    """
    operator = front(context).policies()
    path = choose_file(operator, file)
    beside = cases or path.with_name(f"{path.stem}.test{path.suffix}")
    policy = read_or_tell(operator, path, guarded=False)
    found = operator.cases(beside)
    faults = [fault for fault in found if isinstance(fault, FileFault)]
    if faults:
        refuse_file(beside, faults)
    ran = [(case, try_case(policy, case)) for case in found if isinstance(case, Case)]
    for failure in (failure for _, failures in ran for failure in failures):
        click.echo(
            f"{beside}:{failure.line}: {failure.case}: {failure.field}: "
            f"expected {failure.expected or 'nothing'}, got {failure.got}"
        )
    failed = sum(bool(failures) for _, failures in ran)
    if failed:
        raise Complaint(f"{failed} of {count(len(ran), 'case')} failed.")
    say(f"{count(len(ran), 'case')} passed.")


@click.command()
@click.pass_context
def schema(context: click.Context) -> None:
    """Print the file's JSON Schema, for editors.

    Editors with the YAML language server use it when the file begins with the line
    `# yaml-language-server: $schema=./policy.schema.json`.
    """
    click.echo(front(context).policies().schema())
