"""End what sources made for one use, before the access ends: the command that had it is over."""

from envaccess.application.requests.own import own_request
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.leases import COMMAND_OVER, lease_id
from envaccess.domain.refusal import Refusal


async def end_use(context: ServiceContext, call: Call, request: str, use: int) -> int | Refusal:
    """How many end; none where nothing of this use lives. Only who asked for the access may.

    It takes access away and gives none, so nobody is asked whether they may have it still.
    """
    found = await own_request(context, call, request, "end_use")
    if isinstance(found, Refusal):
        return found
    if not 0 < use <= found.uses:
        return 0
    workspace = context.directory.workspace
    made = [lease_id(workspace, request, number, use) for number in range(len(found.variables))]
    return await context.leases.end(call.op, made, call.principal.acting, COMMAND_OVER)
