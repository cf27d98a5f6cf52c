"""One person under two ids: on Enterprise Grid an organisation's (`W...`) beside a workspace's own (`U...`).

When a workspace moves into an organisation, ids change
(https://docs.slack.dev/enterprise/developing-for-enterprise-orgs), and what was filed under one id must not
be agreed to under the other (law 3).
"""

from collections.abc import Iterable

from envaccess.application.service_context import ServiceContext
from envaccess.domain.person import is_one_person


async def same_person(context: ServiceContext, user: str, others: Iterable[str]) -> frozenset[str]:
    """Those of these ids that are this person's, too.

    Raises:
        DirectoryError: Slack did not say who they are.
    """
    ids = [one for one in dict.fromkeys(others) if one]
    first, *found = await context.directory.persons([user, *ids])
    pairs = zip(ids, found, strict=True)
    return frozenset(one for one, someone in pairs if one == user or is_one_person(first, someone))
