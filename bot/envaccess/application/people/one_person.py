"""One person under two ids: on Enterprise Grid an organisation's (`W...`) beside a workspace's own (`U...`).

When a workspace moves into an organisation, ids change
(https://docs.slack.dev/enterprise/developing-for-enterprise-orgs), and what was filed under one id must not
be agreed to under the other (law 3).
"""

from collections.abc import Iterable

from envaccess.application.service_context import ServiceContext
from envaccess.domain.person import is_one_person


async def is_about(context: ServiceContext, actor: str, people: Iterable[str]) -> bool:
    """Whether somebody is among these, by an id of the other kind: of an organisation, or of a workspace.

    Ids of the same kind are different people's, so that nobody is asked about outside Enterprise Grid.
    """
    others = [one for one in people if one.startswith("U" if actor.startswith("W") else "W")]
    return bool(others and await same_person(context, actor, others))


async def same_person(context: ServiceContext, user: str, others: Iterable[str]) -> frozenset[str]:
    """Those of these ids that are this person's, too.

    Whoever has no account in an organisation has one id: nobody else is asked about then.

    Raises:
        DirectoryError: Slack did not say who they are.
    """
    ids = [one for one in dict.fromkeys(others) if one]
    (first,) = await context.directory.persons([user])
    if first is None or not (first.account or user.startswith("W")):
        return frozenset(ids) & {user}
    found = await context.directory.persons(ids)
    pairs = zip(ids, found, strict=True)
    return frozenset(one for one, someone in pairs if one == user or is_one_person(first, someone))
