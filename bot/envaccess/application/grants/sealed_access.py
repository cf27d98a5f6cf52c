"""Whether what was claimed is what people sealed that they agreed to (law 13)."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from envaccess.domain.call import CLI, SLACK
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.seals.access import is_current
from envaccess.domain.seals.statements import FilingSeal
from envaccess.domain.variable import Variable

_WAYS: Final = MappingProxyType(
    {SLACK: frozenset({DeliveryMode.REVEAL, DeliveryMode.PUSH}), CLI: frozenset({DeliveryMode.CLI})}
)
"""In which ways values leave through each surface."""


def why_not_sealed(claim: Claim, now: int) -> str:
    """Why the seals of a claim give nobody anything at a moment of our clock; empty where they do."""
    request = claim.request
    if request is None or request.sealed is None:
        return claim.fault or "it is not sealed"
    extensions = tuple(longer.sealed for longer in claim.extensions if longer.sealed)
    sealed = replace(request.sealed, extensions=extensions) if extensions else request.sealed
    found = sealed.access
    if isinstance(found, str):
        return found
    if request.requester != claim.requester or set(found.variables) != set(claim.variables):
        return "it was claimed for something else"
    asked = _incarnations_asked_for(request.sealed.filing, claim.variables)
    if not all(asked) or claim.incarnations != asked:
        return "one of its variables is another one than was asked for"
    if _WAYS.get(claim.origin.surface, frozenset()).isdisjoint(request.ruling.delivery):
        return "it may not leave in this way"
    return "" if is_current(found, now) else "its time is not now"


def _incarnations_asked_for(filing: FilingSeal, variables: Sequence[Variable]) -> tuple[str, ...]:
    """Which making of each of these variables was asked for; empty for one that was not."""
    asked = dict(zip(filing.variables, filing.incarnations, strict=False))
    return tuple(asked.get(variable, "") for variable in variables)
