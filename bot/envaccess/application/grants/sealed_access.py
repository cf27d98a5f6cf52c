"""Whether what was claimed is what people sealed that they agreed to (law 13)."""

from dataclasses import replace

from envaccess.domain.outcome import Claim
from envaccess.domain.seals.access import access_of, is_current


def why_not_sealed(claim: Claim, now: int) -> str:
    """Why the seals of a claim give nobody anything at a moment of our clock; empty where they do."""
    request = claim.request
    if request is None or request.sealed is None:
        return claim.fault or "it is not sealed"
    extensions = tuple(longer.sealed for longer in claim.extensions if longer.sealed)
    found = access_of(replace(request.sealed, extensions=extensions) if extensions else request.sealed)
    if isinstance(found, str):
        return found
    if request.requester != claim.requester or set(found.variables) != set(claim.variables):
        return "it was claimed for something else"
    return "" if is_current(found, now) else "its time is not now"
