"""Whether what was claimed is what people sealed that they agreed to (law 13)."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from envaccess.domain.call import BROKER, CI, CLI, SLACK
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.request import Request
from envaccess.domain.seals.access import Access, is_current
from envaccess.domain.seals.statements import FilingSeal
from envaccess.domain.seals.walk import ALLOWANCE
from envaccess.domain.tap import TAP_SECONDS
from envaccess.domain.variable import Variable

_WAYS: Final = MappingProxyType(
    {
        SLACK: frozenset({DeliveryMode.REVEAL, DeliveryMode.PUSH}),
        CLI: frozenset({DeliveryMode.CLI}),
        CI: frozenset({DeliveryMode.CI}),
        BROKER: frozenset({DeliveryMode.BROKER}),
    }
)
"""In which ways values leave through each surface."""


def why_not_sealed(claim: Claim, now: int) -> str:
    """Why the seals of a claim give nobody anything at a moment of our clock; empty where they do."""
    request = claim.request
    if request is None or request.sealed is None:
        return claim.fault or "it is not sealed"
    found = sealed_access(request, claim.extensions)
    if isinstance(found, str):
        return found
    if request.requester != claim.requester or set(found.variables) != set(claim.variables):
        return "it was claimed for something else"
    asked = _incarnations_asked_for(request.sealed.filing, claim.variables)
    if not all(asked) or claim.incarnations != asked:
        return "one of its variables is another one than was asked for"
    return _why_not_so(claim, request, now) or ("" if is_current(found, now) else "its time is not now")


def sealed_access(request: Request, extensions: Sequence[Request]) -> Access | str:
    """What the seals of a request give with those of the requests that prolonged it; else why nothing."""
    if request.sealed is None:
        return "it is not sealed"
    longer = tuple(extension.sealed for extension in extensions if extension.sealed)
    return (replace(request.sealed, extensions=longer) if longer else request.sealed).access


def _why_not_so(claim: Claim, request: Request, now: int) -> str:
    """Why it may not leave in the way in which it was claimed; empty where it may."""
    surface, ruling = claim.origin.surface, request.ruling
    if _WAYS.get(surface, frozenset()).isdisjoint(ruling.delivery):
        return "it may not leave in this way"
    mac = request.sealed.mac if request.sealed else ""
    untapped = ruling.tap and surface == CLI and not _is_tapped(claim, mac, now)
    return "nobody pressed for this release" if untapped else ""


def _is_tapped(claim: Claim, filing: str, now: int) -> bool:
    """Whether the requester pressed for exactly this operation of this terminal, just now."""
    tap, origin = claim.tap, claim.origin
    if tap is None or abs(now - tap.at) > TAP_SECONDS * 1_000 + ALLOWANCE:
        return False
    host = origin.receipt.host if origin.receipt else ""
    pressed = (tap.filing, tap.op, tap.session, tap.host, tap.by)
    return pressed == (filing, claim.op, origin.session, host, claim.requester)


def _incarnations_asked_for(filing: FilingSeal, variables: Sequence[Variable]) -> tuple[str, ...]:
    """Which making of each of these variables was asked for; empty for one that was not."""
    asked = dict(zip(filing.variables, filing.incarnations, strict=False))
    return tuple(asked.get(variable, "") for variable in variables)
