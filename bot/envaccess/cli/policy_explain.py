"""`envaccess policy explain`: what a request would be told, and why."""

from dataclasses import replace
from pathlib import Path

import click

from envaccess.application.ports.people import Directory
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.cli.policy_claims import explain_match, read_claims
from envaccess.cli.policy_tools import PolicyTools, choose_file, read_or_tell
from envaccess.cli.policy_words import (
    People,
    explain_refusal,
    explain_rules,
    explain_ruling,
    explain_set,
    listed,
)
from envaccess.domain.audit import ActorKind, read_rfc3339
from envaccess.domain.duration import Duration, parse_duration
from envaccess.domain.named import Names, join_names, read_name
from envaccess.domain.person import refuse_person
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.claim_values import claim_text
from envaccess.domain.policy.claims import match_claims
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.resolving import resolve_names
from envaccess.domain.policy.ruling import USUAL, Asking, Belongs, rule_request, sets
from envaccess.domain.policy.trial import membership, needs_approval, standing_of, unknown_actor
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Refusal

_ANY_REASON = "a reason that is not given here"


@click.command()
@click.argument("words", metavar="[USER] [NAMES] [DURATION]", nargs=-1)
@click.option(
    "--file", type=click.Path(path_type=Path), help="The policy; unless said, ENVACCESS_POLICY_FILE's."
)
@click.option("--reason", default=_ANY_REASON, help="What they would give as the reason.")
@click.option(
    "--at", "at_text", metavar="RFC3339", help="When they would ask, such as 2026-01-07T22:00+01:00."
)
@click.option("--emergency", is_flag=True, help="In an emergency.")
@click.option("--agent", is_flag=True, help="An agent of USER asks.")
@click.option(
    "--claims",
    "claims_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A pipeline asks whose token says what is in FILE, as JSON; without USER.",
)
@click.option("--member", multiple=True, metavar="GROUP", help="They are in this group; Slack is not asked.")
@click.pass_context
def explain(
    context: click.Context,
    words: tuple[str, ...],
    file: Path | None,
    reason: str,
    at_text: str | None,
    *,
    emergency: bool,
    agent: bool,
    claims_file: Path | None,
    member: tuple[str, ...],
) -> None:
    """Say what USER would be told who asks for NAMES for DURATION, and why.

    USER is a Slack id such as U0ALICE or a machine's name, NAMES has commas between, DURATION may be left
    out. With --claims it is said which machine a token is, or what it lacks; NAMES may be left out then, too.
    Slack is asked who is in which group, unless --member says it or no token is set. The exit code is 1 where
    it is refused.
    """
    operator = front(context).policies()
    at = operator.now() if at_text is None else _read_time(at_text)
    claims = None if claims_file is None else read_claims(claims_file)
    user, names, duration = _split(words, claims=claims is not None, agent=agent)
    named, lasts = _read_names(names) if names else Names(), _read_duration(duration)
    policy = read_or_tell(operator, choose_file(operator, file), guarded=False)
    principal, unknown = _principal(policy, user, agent=agent), None
    if claims is not None:
        matched = match_claims(policy, claim_text(claims.get("iss")), claims)
        click.echo("\n".join(explain_match(policy, claims, matched)))
        if isinstance(matched, Refusal):
            context.exit(Complaint.exit_code)
        principal = Principal(ActorKind.MACHINE, matched.machine.name, behalf=matched.person)
        unknown = unknown_actor(matched)
    if not names:
        return
    asking = _resolve(policy, named, Asking((), lasts, reason, at, emergency=emergency))
    if asking is None or not _explain(operator, policy, asking, principal, member, unknown):
        context.exit(Complaint.exit_code)


def _resolve(policy: Policy, named: Names, asking: Asking) -> Asking | None:
    """The same with its variables; None where there is no such set, which is told."""
    variables = resolve_names(policy, named.variables, named.sets)
    if isinstance(variables, Refusal):
        click.echo("\n".join(explain_refusal(variables)))
        return None
    for name in named.sets:
        click.echo(explain_set(policy, name))
    return replace(asking, variables=variables)


def _explain(
    operator: PolicyTools,
    policy: Policy,
    asking: Asking,
    principal: Principal,
    member: tuple[str, ...],
    unknown: Refusal | None,
) -> bool:
    """Print it all; whether it is allowed. `unknown`: what is told where somebody must approve."""
    is_machine = principal.kind is ActorKind.MACHINE
    if operator.can_ask and not member and not is_machine:
        return run(_ask(operator, policy, asking, principal))
    if not is_machine:
        say("Slack was not asked: memberships are as --member says.")
    return _print(policy, asking, membership(policy, principal, member), _named(policy), unknown)


def _split(words: tuple[str, ...], *, claims: bool, agent: bool) -> tuple[str, str, str]:
    """Who asks, for what and for how long; empty what is not said."""
    if claims and agent:
        raise Misuse("--agent is about a person's agent, and --claims about a pipeline.")
    most, least = (2, 0) if claims else (3, 2)
    if not least <= len(words) <= most:
        raise Misuse(
            "With --claims, only NAMES and DURATION may follow." if claims else "Name USER and NAMES."
        )
    user, names, duration = (*(("",) if claims else ()), *words, "", "", "")[:3]
    return user, names, duration


def _principal(policy: Policy, user: str, *, agent: bool) -> Principal:
    if agent:
        return Principal(ActorKind.AGENT, "", behalf=user)
    machines = {machine.name for machine in policy.machines}
    return Principal(ActorKind.MACHINE if user in machines else ActorKind.PERSON, user)


async def _ask(operator: PolicyTools, policy: Policy, asking: Asking, principal: Principal) -> bool:
    """The same with memberships as Slack says."""
    user = principal.person
    async with operator.directory() as directory:
        why = refuse_person(await directory.person(user), directory.workspace)
        if why:
            click.echo(f"refused ({why}): {user} is no full member of this workspace")
            return False
        every = dict.fromkeys(sets(policy, asking.variables))
        mine = {who.persons: await _is_in(directory, who.persons, user) for who in every}
        belongs = standing_of(principal, lambda who: mine[who.persons])
        return _print(policy, asking, belongs, _named(policy))


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


def _print(
    policy: Policy, asking: Asking, belongs: Belongs, people: People, unknown: Refusal | None = None
) -> bool:
    """The same once it is known who is in which group."""
    ruled = rule_request(policy, asking, belongs)
    if unknown and needs_approval(ruled):
        ruled = unknown
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
