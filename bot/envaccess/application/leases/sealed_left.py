"""How long a lease may live by what people sealed, whatever Redis says (law 13)."""

from collections.abc import Sequence

from envaccess.application.grants.sealed_access import sealed_access
from envaccess.domain.request import Request
from envaccess.domain.seals.walk import ALLOWANCE


def sealed_left(request: Request, extensions: Sequence[Request], now: int) -> int:
    """Milliseconds from a moment of our clock; 0 where its seals give nothing.

    What a single use showed lives for as long as was agreed to, from the use.
    """
    found = sealed_access(request, extensions)
    if isinstance(found, str):
        return 0
    if request.duration.once:
        return request.duration.seconds * 1_000
    return found.ends_at + ALLOWANCE - now
