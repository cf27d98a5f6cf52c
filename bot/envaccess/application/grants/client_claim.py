"""A use of a grant by a person's client: values leave in the answer to the call that claims it (law 2)."""

from collections.abc import Collection

from envaccess.application.grants.reveal import claim_reveal
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable


class _InTheAnswer:
    """Fits `ports.delivery.Reach`: who calls is reached by the answer."""

    async def prepare(self, person: str) -> str:
        del person
        return ""


async def claim_for_client(
    context: ServiceContext, call: Call, request: str, only: Collection[Variable] = ()
) -> Claim | Refusal:
    """Claim exactly this grant for its requester's client; `only` some of its variables, or all.

    `hand_over` delivers what was claimed, by a way that seals it to `Claim.origin.seal_key`.

    Raises:
        DirectoryError: Slack did not say who this is; nothing was claimed.
        StoreError: see `ports.grants.Reveals`.
    """
    return await claim_reveal(context, _InTheAnswer(), call, request, only=only)
