"""What security people see in their Home tab besides their own; a part that cannot be read hides no other."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final, TypeVar

from envaccess.application.service_context import ServiceContext
from envaccess.domain.access_review import AccessReview
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.watch import SecurityOverview

GRANTS_SHOWN: Final = 5
"""Live grants on a page."""
ALERTS_SHOWN: Final = 3
"""Open alerts, the newest; the audit channel has all."""

_Part = TypeVar("_Part")


async def watch(context: ServiceContext, page: int = 0) -> SecurityOverview:
    """Look everything up; whether somebody may see it is asked elsewhere.

    Args:
        context: the ports.
        page: of the live grants.
    """
    watched = context.watched
    grants, seal, sinks, alerts, reviews = await asyncio.gather(
        _readable(watched.grants(page, GRANTS_SHOWN)),
        _readable(watched.seal()),
        _readable(watched.sinks()),
        _readable(context.alerts.open(ALERTS_SHOWN + 1)),
        _readable(_open_reviews(context)),
    )
    return SecurityOverview(grants, seal, sinks, alerts, reviews)


async def _open_reviews(context: ServiceContext) -> Sequence[AccessReview]:
    found = await context.access_reviews.open()
    return [found] if found else []


async def _readable(part: Awaitable[_Part]) -> _Part | None:
    try:
        return await part
    except EnvaccessError:  # said in its place
        return None
