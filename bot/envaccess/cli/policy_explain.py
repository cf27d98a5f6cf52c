"""`envaccess policy explain`: what a request would be told, and why."""

from pathlib import Path

import click

from envaccess.application.ports.people import Directory
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.cli.policy_tools import PolicyTools, choose_file, read_or_tell
from envaccess.cli.policy_words import (
    People,
    explain_refusal,
    explain_rules,
    explain_ruling,
    explain_set,
    listed,
)
from envaccess.domain.audit import read_rfc3339
from envaccess.domain.duration import Duration, parse_duration
from envaccess.domain.named import Names, join_names, read_name
from envaccess.domain.person import refuse_person
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.resolving import resolve_names
from envaccess.domain.policy.ruling import USUAL, Asking, Belongs, rule_request, sets
from envaccess.domain.policy.trial import membership
from envaccess.domain.refusal import Refusal

_ANY_REASON = "a reason that is not given here"


@click.command()
@click.argument("user")
@click.argument("names")
@click.argument("duration", default="")
@click.option(
    "--file", type=click.Path(path_type=Path), help="The policy; unless said, ENVACCESS_POLICY_FILE's."
)
@click.option("--reason", default=_ANY_REASON, help="What they would give as the reason.")
@click.option(
    "--at", "at_text", metavar="RFC3339", help="When they would ask, such as 2026-01-07T22:00+01:00."
)
@click.option("--emergency", is_flag=True, help="In an emergency.")
@click.option("--member", multiple=True, metavar="GROUP", help="They are in this group; Slack is not asked.")
@click.pass_context
def explain(
    context: click.Context,
    user: str,
    names: str,
    duration: str,
    file: Path | None,
    reason: str,
    at_text: str | None,
    *,
    emergency: bool,
    member: tuple[str, ...],
) -> None:
    """Say what USER would be told who asks for NAMES for DURATION, and why.

    USER is a Slack id such as U0ALICE, NAMES has commas between, DURATION may be left out. Slack is asked who
    is in which group, unless --member says it or no token is set. The exit code is 1 where it is refused.
    """
    operator = front(context).policies()
    at = operator.now() if at_text is None else _read_time(at_text)
    named, lasts = _read_names(names), _read_duration(duration)
    policy = read_or_tell(operator, choose_file(operator, file), guarded=False)
    variables = resolve_names(policy, named.variables, named.sets)
    if isinstance(variables, Refusal):
        click.echo("\n".join(explain_refusal(variables)))
        context.exit(Complaint.exit_code)
    for name in named.sets:
        click.echo(explain_set(policy, name))
    asking = Asking(variables, lasts, reason, at, emergency=emergency)
    if member or not operator.can_ask:
        say("Slack was not asked: memberships are as --member says.")
        allowed = _print(policy, asking, membership(policy, user, member), _named(policy))
    else:
        allowed = run(_ask(operator, policy, asking, user))
    if not allowed:
        context.exit(Complaint.exit_code)


async def _ask(operator: PolicyTools, policy: Policy, asking: Asking, user: str) -> bool:
    """The same with memberships as Slack says."""
    async with operator.directory() as directory:
        why = refuse_person(await directory.person(user), directory.workspace)
        if why:
            click.echo(f"refused ({why}): {user} is no full member of this workspace")
            return False
        every = dict.fromkeys(sets(policy, asking.variables))
        mine = {who: await _is_in(directory, who, user) for who in every}
        return _print(policy, asking, lambda who: mine[who], _named(policy))


async def _is_in(directory: Directory, who: PrincipalSet, user: str) -> bool:
    if who.anyone or user in who.people:
        return True
    for group in who.groups:
        if user in (await directory.group(group) or ()):
            return True
    for channel in who.channels:
        if user in await directory.members(channel):
            return True
    return False


def _print(policy: Policy, asking: Asking, belongs: Belongs, people: People) -> bool:
    """Print it all; whether it is allowed."""
    ruled = rule_request(policy, asking, belongs)
    refused = isinstance(ruled, Refusal)
    for line in explain_rules(policy, asking, belongs, people):
        click.echo(line)
    for line in (
        explain_refusal(ruled) if isinstance(ruled, Refusal) else explain_ruling(ruled, asking, people)
    ):
        click.echo(line)
    return not refused


def _named(policy: Policy) -> People:
    """Principal sets by the names that the file gives them, else by their ids."""
    names = {who: name for name, who in policy.groups}

    def people(who: PrincipalSet) -> str:
        if who in names:
            return f"{names[who]} ({listed(who.words)})"
        single = {known.words[0]: name for known, name in names.items() if len(known.words) == 1}
        return listed(f"{single[word]} ({word})" if word in single else word for word in who.words)

    return people


def _read_names(text: str) -> Names:
    found = [read_name(name.strip()) for name in text.split(",")]
    if None in found:
        raise Misuse("NAMES must be NAME or environment/NAME, with commas between.")
    return join_names(filter(None, found))


def _read_duration(text: str) -> Duration:
    found = parse_duration(text) if text else USUAL
    if found is None:
        raise Misuse("DURATION must be 45s, 30m, 1h, 1h30m, 2d or once.")
    return found


def _read_time(text: str) -> int:
    milliseconds = read_rfc3339(text)
    if milliseconds is None:
        raise Misuse("--at must be a time such as 2026-01-07T22:00+01:00 (with Z or +02:00).")
    return milliseconds
