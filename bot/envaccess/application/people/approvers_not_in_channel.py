"""Who is awaited, but does not see the message: not in the channel in which a request is decided."""

from collections.abc import Collection

from envaccess.application.people.membership import members
from envaccess.application.service_context import ServiceContext
from envaccess.domain.request import Request

OUTSIDERS_MAX = 10
"""People who are told in their direct messages, each at every call."""


async def outsiders(context: ServiceContext, request: Request) -> Collection[str]:
    """Their ids, sorted, without the requester; nobody where the channel itself is awaited.

    Raises:
        DirectoryError: Slack did not say.
    """
    if request.awaited.named.words == (request.channel,):
        return ()
    awaited = await members(context, request.awaited)
    inside = await context.directory.members(request.channel)
    return sorted(awaited - inside - {request.principal.person})[:OUTSIDERS_MAX]
