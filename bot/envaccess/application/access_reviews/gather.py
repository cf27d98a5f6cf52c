"""What there is to review: the policy of now with everybody looked up, duties, channels, grants."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from envaccess.application.people.membership import members
from envaccess.application.service_context import ServiceContext
from envaccess.domain.access_review import EVERYTHING, KINDS_OF, Item, ItemKind, Past, PastGrant, draw
from envaccess.domain.duration import spell_seconds
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import AGENTS, ANYONE, MACHINE, OWNERS, PrincipalSet
from envaccess.domain.policy.rules import Rule
from envaccess.domain.request import Request

_FINDING = "less would have done"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is wanted: kinds of items, and of one rule only where that is named."""

    kinds: frozenset[ItemKind]
    rule: str = ""

    def has(self, kind: ItemKind, rule: str = "") -> bool:
        """Whether such an item belongs to it."""
        return kind in self.kinds and self.rule in {"", rule}


def read_scope(what: str, policy: Policy) -> Scope | None:
    """What somebody asked to be reviewed; None where that is neither a word for it nor a rule."""
    word = what or EVERYTHING
    if word in KINDS_OF:
        return Scope(KINDS_OF[word])
    known = word in {rule.name for rule in policy.rules}
    return Scope(KINDS_OF["access"], word) if known else None


async def gather_items(
    context: ServiceContext, scope: Scope, channels: Sequence[tuple[str, str]], past: Past
) -> tuple[Item, ...]:
    """Everything that is to be looked at, numbered.

    Args:
        context: who is asked.
        scope: what is wanted.
        channels: a word for each channel, and its id.
        past: what happened that no review has looked at.

    Raises:
        DirectoryError: Slack did not say who is in a group or a channel: nothing is known then.
    """
    policy = context.rulebook.current
    parts = await asyncio.gather(
        _of_rules(context, scope, policy, past),
        _of_duties(context, scope),
        _of_channels(context, scope, channels),
        _of_people(context, scope, policy),
        _of_requests(context, scope, past),
    )
    return tuple(replace(item, id=str(place)) for place, item in enumerate(chain(*parts), start=1))


async def _via(context: ServiceContext, who: PrincipalSet) -> dict[str, tuple[str, ...]]:
    """Everybody in a principal set, and through which of its ids."""
    words = [*who.people, *who.groups, *who.channels]
    found = await asyncio.gather(*(members(context, PrincipalSet((word,))) for word in words))
    via: dict[str, list[str]] = {}
    for word, people in zip(words, found, strict=True):
        for person in people:
            via.setdefault(person, []).append(word)
    return {person: tuple(via[person]) for person in sorted(via)}


async def _of_rules(context: ServiceContext, scope: Scope, policy: Policy, past: Past) -> list[Item]:
    owners = PrincipalSet.of(word for entry in policy.owners for word in entry.who.words)
    rules = [rule for rule in policy.rules if scope.has(ItemKind.REQUESTER, rule.name)]
    found = await asyncio.gather(*(_of_rule(context, rule, owners, past) for rule in rules))
    return [*chain(*found)]


async def _of_rule(context: ServiceContext, rule: Rule, owners: PrincipalSet, past: Past) -> list[Item]:
    asking, alone, urgent = await asyncio.gather(
        _via(context, rule.requesters),
        _in(context, rule.automatic.who if rule.automatic else None),
        _in(context, rule.emergency.who if rule.emergency else None),
    )
    who, items = rule.requesters, list[Item]()
    if who.anyone:
        items.append(_asks(rule, ANYONE, (), less=_half("asked for", rule.max_seconds)))
    for person, via in asking.items():
        also = _also(person, alone, urgent, agents=who.agents)
        items.append(_asks(rule, person, (person,), via=via, also=also, less=_only_ask(also)))
    if who.owners:
        items.append(_asks(rule, OWNERS, tuple(sorted(await members(context, owners)))))
    for name in who.machines:
        machine = f"{MACHINE}{name}"
        also = ("automatic",) if rule.automatic and machine in rule.automatic.who.words else ()
        about = tuple(sorted(past.starters.get(machine, ())))
        items.append(_asks(rule, machine, about, also=also, less=_only_ask(also)))
    if who.agents and not asking:
        items.append(_asks(rule, AGENTS, ()))
    return [*items, *_alone(rule, alone, past)]


async def _in(context: ServiceContext, who: PrincipalSet | None) -> frozenset[str] | None:
    """Everybody in a set; None for everybody there is."""
    if who is None:
        return frozenset()
    return None if who.anyone else await members(context, who)


def _also(
    person: str, alone: frozenset[str] | None, urgent: frozenset[str] | None, *, agents: bool
) -> tuple[str, ...]:
    """What somebody may besides asking."""
    found = {
        "automatic": alone is None or person in alone,
        "emergency": urgent is None or person in urgent,
        AGENTS: agents,
    }
    return tuple(word for word, may in found.items() if may)


def _only_ask(also: Iterable[str]) -> str:
    words = {"automatic": "automatic approval", "emergency": "emergency access"}
    lost = [words[word] for word in also if word in words]
    return f"may still ask, without {' and '.join(lost)}" if lost else ""


def _half(what: str, seconds: int) -> str:
    return f"{what} for {spell_seconds(max(seconds // 2, 1))} at most, not {spell_seconds(seconds)}"


def _asks(
    rule: Rule,
    who: str,
    about: tuple[str, ...],
    via: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    less: str = "",
) -> Item:
    return Item(
        "", ItemKind.REQUESTER, rule.name, who, about, via, seconds=rule.max_seconds, less=less, also=also
    )


def _alone(rule: Rule, people: frozenset[str] | None, past: Past) -> list[Item]:
    """That a rule lets requests through alone: whoever gains by it does not judge it."""
    if rule.automatic is None:
        return []
    seconds, via = rule.automatic.seconds, rule.automatic.who.words
    behind = [past.starters.get(word, frozenset[str]()) for word in via]
    about = tuple(sorted(frozenset(people or ()).union(*behind)))
    less = _half("let through", seconds)
    return [Item("", ItemKind.AUTOMATIC, rule.name, about=about, via=via, seconds=seconds, less=less)]


async def _of_duties(context: ServiceContext, scope: Scope) -> list[Item]:
    if not scope.has(ItemKind.DUTY):
        return []
    standing = sorted(await context.delegations.standing(), key=lambda duty: (duty.giver, duty.taker))
    return [
        Item(
            "",
            ItemKind.DUTY,
            who=duty.taker,
            about=(duty.giver, duty.taker),
            via=(duty.giver,),
            until=duty.until,
        )
        for duty in standing
    ]


async def _of_channels(
    context: ServiceContext, scope: Scope, channels: Sequence[tuple[str, str]]
) -> list[Item]:
    if not scope.has(ItemKind.CHANNEL):
        return []
    found = await asyncio.gather(*(context.directory.members(channel) for _, channel in channels))
    return [
        Item("", ItemKind.CHANNEL, word, person, (person,), (channel,))
        for (word, channel), people in zip(channels, found, strict=True)
        for person in sorted(people)
    ]


async def _of_people(context: ServiceContext, scope: Scope, policy: Policy) -> list[Item]:
    if not scope.has(ItemKind.SECURITY):
        return []
    security = await _via(context, policy.security)
    items = [Item("", ItemKind.SECURITY, "", who, (who,), via) for who, via in security.items()]
    for entry in policy.owners:
        owners = await _via(context, entry.who)
        glob = ", ".join(entry.match)
        items += [Item("", ItemKind.OWNER, glob, who, (who,), via) for who, via in owners.items()]
    return items


async def _of_requests(context: ServiceContext, scope: Scope, past: Past) -> list[Item]:
    """All emergencies, and of the other grants a sample that the head of the tree draws."""
    urgent = [grant.request for grant in past.grants if grant.emergency]
    others = draw(past.root, [grant.request for grant in past.grants if not grant.emergency])
    known = {grant.request: grant for grant in past.grants}
    wanted = [(one, ItemKind.EMERGENCY) for one in urgent] + [(one, ItemKind.GRANT) for one in others]
    items = [await _of_request(context, kind, known[one]) for one, kind in wanted if scope.has(kind)]
    return sorted(items, key=lambda item: (item.kind, item.at, item.request))


async def _of_request(context: ServiceContext, kind: ItemKind, grant: PastGrant) -> Item:
    """One grant. Whoever asked for it, is behind it, or agreed to it gains by its being found right."""
    found = await context.requests.get(grant.request)
    about = {grant.behind, "" if ":" in grant.requester else grant.requester}
    item = Item("", kind, who=grant.requester, request=grant.request, less=_FINDING)
    if found is None:
        return replace(item, about=tuple(sorted(about - {""})))
    return replace(
        item,
        rule="",
        about=tuple(sorted((about | _took_part(found)) - {""})),
        variables=tuple(map(str, found.variables)),
        at=found.decided_at or found.created_at,
        seconds=found.duration.seconds,
        also=(found.behind,) if found.behind else (),
    )


def _took_part(request: Request) -> set[str]:
    approvals = {name for one in request.progress.approvals for name in (one.by, one.behalf)}
    reviewer = request.emergency.reviewed_by if request.emergency else ""
    person = request.principal.person
    return approvals | {reviewer.removeprefix("person:"), person}
