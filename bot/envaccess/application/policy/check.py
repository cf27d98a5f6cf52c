"""Whether Slack knows everybody whom a policy names, and whether they are enough for its chains.

Each question is asked once, however many rules need its answer, and a few at a time. Slack answers
`users.info` 100 times a minute, and questions about user groups 20 times
(https://docs.slack.dev/apis/web-api/rate-limits): people are asked for in batches of eighty with a minute's
rest between them, and the directory knows all groups from one question (`slack.groups`). Members of groups
and channels are not looked at one by one: who may decide is asked again at the click.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from envaccess.application.ports.people import Directory
from envaccess.domain.errors import GroupRefusedError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.person import Person, refuse_person
from envaccess.domain.phrase import plain
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.completion import why_stuck
from envaccess.domain.policy.globs import Globs, comparable
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Owners, Rule
from envaccess.domain.policy.ruling import chain_for
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.entry import Place
from envaccess.domain.refusal.words import tell_elsewhere

PEOPLE_A_MINUTE = 80
_MINUTE = 60.0
_AT_ONCE = 4

T = TypeVar("T")
Rest = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Use:
    """A principal set where the policy names it.

    Attributes:
        decides: whether its people must be full members; of those who may ask, that is asked later.
    """

    line: int
    field: str
    who: PrincipalSet
    decides: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    """What Slack said.

    Attributes:
        unread: the groups of which Slack refused to say who is in them, and why.
    """

    workspace: str
    people: Mapping[str, Person | None]
    groups: Mapping[str, frozenset[str] | None]
    unread: Mapping[str, GroupRefusedError]
    channels: Mapping[str, frozenset[str]]

    def principals(self, who: PrincipalSet) -> frozenset[str] | None:
        """Everybody in a principal set; None where the owners are not named yet, or it is anyone."""
        if who.owners or who.anyone:
            return None
        sound = {
            user for user in who.people if not refuse_person(self.people[user], self.workspace, who.sisters)
        }
        found = [self.groups[group] or frozenset() for group in who.groups]
        return frozenset(sound).union(*found, *(self.channels[channel] for channel in who.channels))


async def check_policy(
    policy: Policy, directory: Directory, rest: Rest = asyncio.sleep
) -> tuple[FileFault, ...]:
    """Check a policy against Slack; returns its faults by line.

    Args:
        policy: one that is sound in itself.
        directory: asked about every id that the policy names.
        rest: waits for so many seconds.

    Raises:
        DirectoryError: Slack did not answer, so that nothing is known.
    """
    uses = list(_uses(policy))
    known = await _ask(uses, directory, rest)
    faults = [*_check_ids(uses, known), *_check_empty(uses, known)]
    chains: dict[tuple[object, ...], FileFault | None] = {}
    for rule in policy.rules:
        faults += _check_rule(rule, policy.owners, known, chains)
    faults += _check_sets(policy, known)
    return tuple(sorted(set(faults)))


def _uses(policy: Policy) -> Iterator[_Use]:
    yield _Use(0, "security", policy.security)
    people = PrincipalSet.of(person for _, person in policy.people)
    yield _Use(0, "people", people, decides=False)
    for owners in policy.owners:
        yield _Use(owners.line, f"owners of {', '.join(owners.match)}", owners.who)
    for rule in policy.rules:
        where = f"rule `{rule.name}`"
        yield _Use(rule.line, f"{where}: requesters", rule.requesters, decides=False)
        for step in rule.steps:
            yield _Use(rule.line, f"{where}: approvers", step.approvers)
            yield _Use(rule.line, f"{where}: escalate", step.escalate)
        if rule.automatic:
            yield _Use(rule.line, f"{where}: automatic", rule.automatic.who, decides=False)
        if rule.emergency:
            yield _Use(rule.line, f"{where}: emergency", rule.emergency.who, decides=False)
            yield _Use(rule.line, f"{where}: review", rule.emergency.review)


async def _ask(uses: Iterable[_Use], directory: Directory, rest: Rest) -> _Known:
    sets = {use.who for use in uses}
    people = sorted({user for who in sets for user in who.people})
    told: dict[str, Person | None] = {}
    for first in range(0, len(people), PEOPLE_A_MINUTE):
        if first:
            await rest(_MINUTE)
        told |= await _ask_all(people[first : first + PEOPLE_A_MINUTE], directory.person)
    unread: dict[str, GroupRefusedError] = {}

    async def ask_group(group: str) -> frozenset[str] | None:
        try:
            return await directory.group(group)
        except GroupRefusedError as error:
            unread[group] = error
            return None

    return _Known(
        directory.workspace,
        told,
        await _ask_all(sorted({group for who in sets for group in who.groups}), ask_group),
        unread,
        await _ask_all(sorted({channel for who in sets for channel in who.channels}), directory.members),
    )


async def _ask_all(ids: list[str], ask: Callable[[str], Awaitable[T]]) -> dict[str, T]:
    """Ask about each, a few at a time."""
    found: dict[str, T] = {}
    waiting = iter(ids)

    async def work() -> None:
        for one in waiting:
            found[one] = await ask(one)

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    return found


def _check_ids(uses: Iterable[_Use], known: _Known) -> Iterator[FileFault]:
    """Every unknown id, once, where it stands first."""
    told: set[str] = set()
    for use in uses:
        for word, problem, mend in _unknown(use, known):
            if word not in told:
                told.add(word)
                yield FileFault(use.line, use.field, problem, mend)


def _unknown(use: _Use, known: _Known) -> Iterator[tuple[str, str, str]]:
    for user in use.who.people:
        why = refuse_person(known.people[user], known.workspace, use.who.sisters)
        if why and (use.decides or why is Reason.NOT_FOUND):
            yield (
                user,
                f"{user} cannot be named here: {plain(tell_elsewhere(Refusal(why), Place.CHECK))}",
                "name a full member, or take the id out",
            )
    for group in use.who.groups:
        if error := known.unread.get(group):
            # The same is wrong with every group: told once, at the first.
            problem = f"who is in the user group {group} is not known: {error.problem} (`{error.code}`)"
            yield error.problem, problem, error.mend
        elif known.groups[group] is None:
            yield (
                group,
                f"Slack knows no user group {group}, or it is disabled",
                "copy its id again, or enable it",
            )
    for channel in use.who.channels:
        if not known.channels[channel]:
            problem = f"nobody in the channel {channel} counts: the bot cannot see it, or it is not safe"
            mend = "invite the bot to it; it must be private, of this workspace alone, and not archived"
            yield channel, problem, mend


def _check_empty(uses: Iterable[_Use], known: _Known) -> Iterator[FileFault]:
    """User groups that are there and have nobody in them, where nobody else is named."""
    for use in uses:
        groups = use.who.groups
        if (
            groups
            and known.principals(use.who) == frozenset()
            and all(known.groups[g] == frozenset() for g in groups)
        ):
            problem = f"the user group {groups[0]} has no members"
            yield FileFault(use.line, use.field, problem, "add people to it in Slack, or name others here")


def _check_rule(
    rule: Rule,
    owners: Iterable[Owners],
    known: _Known,
    told: dict[tuple[object, ...], FileFault | None],
) -> Iterator[FileFault]:
    """Check a rule for each of the owners that its variables may have; what is the same is looked at once."""
    for who in _owners_for(rule, owners):
        named = _with_owners(rule, who)
        key = (named.steps, named.requesters, named.emergency)
        if key not in told:
            told[key] = _check_named(named, known)
        if fault := told[key]:
            yield replace(fault, line=rule.line, field=f"rule `{rule.name}`")


def _check_sets(policy: Policy, known: _Known) -> Iterator[FileFault]:
    """Sets that nobody could be given as a whole, though each of their variables could be had alone."""
    for one in policy.variable_sets:
        rules = {rule.name: rule for rule in map(policy.rule_for, one.variables) if rule}
        steps = chain_for(policy, one.variables)
        if len(rules) <= 1 or not all(known.principals(step.approvers) for step in steps):
            continue  # what one rule says is told of the rule
        asking = {rule.requesters for rule in rules.values()}
        whole = replace(
            next(iter(rules.values())),
            steps=steps,
            requesters=asking.pop() if len(asking) == 1 else PrincipalSet(),
        )
        if stuck := why_stuck(whole, known.principals):
            yield FileFault(one.line, f"set `{one}`", stuck.problem, f"{stuck.mend}, or make two sets of it")


def _check_named(rule: Rule, known: _Known) -> FileFault | None:
    if all(known.principals(step.approvers) for step in rule.steps):  # else that is told already
        stuck = why_stuck(rule, known.principals)
        if stuck:
            return FileFault(0, "", stuck.problem, stuck.mend)
    if rule.emergency:
        reviewers, users = known.principals(rule.emergency.review), known.principals(rule.emergency.who)
        if reviewers and len(reviewers) == 1 and (users is None or reviewers <= users):
            problem = f"only {min(reviewers)} could review an emergency, who may use it too"
            return FileFault(0, "", problem, "name somebody else beside them")
    return None


def _owners_for(rule: Rule, owners: Iterable[Owners]) -> Iterator[PrincipalSet]:
    """The owners that a rule's variables may have, as far as comparing globs shows it."""
    sets = [step.approvers for step in rule.steps] + [step.escalate for step in rule.steps]
    sets += [rule.requesters] + ([rule.emergency.review] if rule.emergency else [])
    if not any(who.owners for who in sets):
        yield PrincipalSet()
        return
    mine = Globs([rule.match])
    for entry in owners:
        theirs = Globs([entry.match])
        inside = any(mine.first(comparable(glob)) is not None for glob in entry.match)
        if inside or any(theirs.first(comparable(glob)) is not None for glob in rule.match):
            yield entry.who


def _with_owners(rule: Rule, owners: PrincipalSet) -> Rule:
    steps = tuple(
        replace(
            step, approvers=step.approvers.with_owners(owners), escalate=step.escalate.with_owners(owners)
        )
        for step in rule.steps
    )
    emergency = rule.emergency and replace(
        rule.emergency,
        who=rule.emergency.who.with_owners(owners),
        review=rule.emergency.review.with_owners(owners),
    )
    return replace(rule, steps=steps, requesters=rule.requesters.with_owners(owners), emergency=emergency)
