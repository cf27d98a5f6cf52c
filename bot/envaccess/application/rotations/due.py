"""What makes a rotation due: an event of the audit stream, the age of a value, somebody who left."""

from collections.abc import Iterable
from typing import Final

from envaccess.application.rotations.demand import wanted
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import BOT, TIME, Actor, Event, Tag
from envaccess.domain.catalogue import SEALED
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.exposure import Seer, SeerKind, mark_of, seers_of
from envaccess.domain.seals.rotations import RotationWhy
from envaccess.domain.variable import Variable, parse_variable

ENDS: Final = frozenset({Tag.GRANT_EXPIRED, Tag.GRANT_REVOKED, Tag.GRANT_USED_UP})


async def look_at_event(context: ServiceContext, event: Event) -> None:
    """Make due what this event makes due; repeated, it changes nothing."""
    if event.event in ENDS:
        for variable in _named(event):
            await _ended(context, event, variable)
    elif event.event == Tag.VALUE_SEEN:
        over = await _is_over(context, event)
        for variable in _named(event):
            await _seen(context, event, variable)
            if over:
                await _ended(context, event, variable)


async def _is_over(context: ServiceContext, event: Event) -> bool:
    """Whether the access by which somebody saw it has ended already: a single use ends before it is shown."""
    if not event.request or not any(_ends_with_grant(context, one) for one in _named(event)):
        return False
    try:
        found = await context.requests.get(event.request)
    except RecordRefusedError:
        return True
    return found is None or not found.held


def _ends_with_grant(context: ServiceContext, variable: Variable) -> bool:
    rule = context.rotators.rule(variable)
    return rule is not None and rule.when.grant_end


def _named(event: Event) -> Iterable[Variable]:
    return filter(None, map(parse_variable, event.variables))


async def _ended(context: ServiceContext, event: Event, variable: Variable) -> None:
    """Access ended: its value is due where it was seen with it; and one that waited for the end may go on."""
    rule = context.rotators.rule(variable)
    if rule and rule.when.grant_end:
        version = await context.ledger.known_to(variable, _seers(event))
        if version:
            await _due(context, event.id, variable, RotationWhy.GRANT_END, version, event.at)
    await context.rotations.wake(variable)


async def _seen(context: ServiceContext, event: Event, variable: Variable) -> None:
    """Somebody saw it: due once so many people have seen what is current."""
    rule = context.rotators.rule(variable)
    if rule is None or not rule.when.seen_by:
        return
    page = await context.ledger.seen(variable, count=1)
    if page.count.people >= rule.when.seen_by and page.current:
        version = page.current[-1].version
        people = page.count.people
        await _due(context, event.id, variable, RotationWhy.SEEN_BY, version, event.at, people=people)


def _seers(event: Event) -> frozenset[Seer]:
    """Who may have seen a value by the access that ended: of a program, whose process it was."""
    person = event.behind or event.requester
    return frozenset({*seers_of(person), Seer(SeerKind.PROCESS, event.requester)})


async def look_at_leaver(context: ServiceContext, person: str) -> None:
    """Somebody left: due is what they have seen and is current, where the file says so."""
    for variable, version in await context.rotations.exposed_to(person):
        rule = context.rotators.rule(variable)
        if rule and rule.when.leaver:
            op = f"{person}:{mark_of(version)}"
            await _due(context, op, variable, RotationWhy.LEAVER, version, context.clock.now())


async def is_awaited_to_leave(context: ServiceContext, person: str) -> bool:
    """Whether anything would be due if somebody left."""
    rules = [context.rotators.rule(one) for one, _ in await context.rotations.exposed_to(person)]
    return any(rule and rule.when.leaver for rule in rules)


async def look_at_ages(context: ServiceContext) -> None:
    """Make due whatever has been current for longer than its rule says."""
    names = await context.catalogue.names()
    aged = [(one, rule) for one in names if (rule := context.rotators.rule(one)) and rule.when.age]
    entries = await context.catalogue.get([variable for variable, _ in aged])
    now = context.clock.now()
    for variable, rule in aged:
        entry = entries.get(variable)
        if entry is None:
            continue
        page = await context.ledger.seen(variable, count=1)
        version = page.current[-1].version if page.current else ""
        begun = entry.changed_at if entry.source == SEALED else entry.created_at
        since = await context.rotations.since(variable, mark_of(version), begun)
        if now - since >= rule.when.age * 1_000:
            await _due(context, f"age:{since}", variable, RotationWhy.AGE, version, now, TIME)


async def _due(
    context: ServiceContext,
    op: str,
    variable: Variable,
    why: RotationWhy,
    version: str,
    seen_at: int,
    actor: Actor = BOT,
    people: int | None = None,
) -> None:
    new = wanted(context.rotators, context.clock, context.ids, variable, actor, why, version)
    new = new.moved(people=people)
    await context.rotations.add(f"rotate:{why}:{op}:{variable}", new, actor, seen_at)
