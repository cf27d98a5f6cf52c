"""What a pipeline's token must say besides who it is: for whom it is, its times, and what it is known by.

The signature holds by then: what is wrong here is told, and written down with the token's issuer.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from envaccess.domain.policy.claim_values import Claims, claim_at, claim_text, shown_claim
from envaccess.domain.policy.machines import Issuer
from envaccess.domain.programs import Platform
from envaccess.domain.refusal import Reason, Refusal

LIFETIME_MAX: Final = 24 * 3_600
"""Seconds that a token may be good for: platforms make them for minutes, or for one job."""
AHEAD_MAX: Final = 60
"""Seconds that an issuer's clock may be ahead of ours."""
_LATEST: Final = 2**40
"""Seconds; a later time is none."""
_POD: Final = "kubernetes.io/pod/uid"
_JTI: Final = "jti"
_NAMED_BY: Final = ("repository", "project_path", "sub")
"""Claims that say whose a token is, for whoever reads of a refused one."""
_AUDIENCES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token that its issuer has signed; whether it is for us, and good now, is not known yet."""

    issuer: Issuer
    claims: Claims = field(repr=False)

    @property
    def repository(self) -> str:
        """Whose it is, as it may be told; empty where it does not say."""
        found = (self.claims.get(name) for name in _NAMED_BY)
        return next((shown_claim(value) for value in found if claim_text(value)), "")


@dataclass(frozen=True, slots=True)
class TokenUse:
    """What an exchange of a token is known by, and how long what it gives may last.

    Attributes:
        replay: a digest of the issuer and what its token is known by: only one key may bring these.
        ends_at: when it expires, in milliseconds since the epoch.
    """

    replay: str
    ends_at: int


def check_token(token: SignedToken, audience: str, now: int) -> TokenUse | Refusal:
    """Whether a signed token is for us and good now; `now` is in milliseconds since the epoch."""
    claims = token.claims
    fault = _audience_fault(claims.get("aud"), audience) or _time_fault(claims, now // 1_000)
    known = "" if fault else _known_by(token)
    if not known:
        return Refusal(Reason.TOKEN_REFUSED, hint=fault or "its jti is missing")
    expires = claims["exp"]
    assert isinstance(expires, int)
    return TokenUse(known, expires * 1_000)


def _audience_fault(found: object, audience: str) -> str:
    """A token for several servers could be brought here by any of the others."""
    named = found if isinstance(found, list) else [found]
    if named == [audience]:
        return ""
    told = " and ".join(map(shown_claim, named[:_AUDIENCES_SHOWN])) or "empty"
    return f"its aud is {told}, and has to be {audience} alone"


def _time_fault(claims: Claims, now: int) -> str:
    """Seconds since the epoch (RFC 7519, 4.1.4 to 4.1.6); all three have to be there."""
    times = {name: _seconds(claims.get(name)) for name in ("exp", "iat", "nbf")}
    for name, at in times.items():
        if at is None:
            return f"its {name} is {shown_claim(claims.get(name))}, and has to be a time in seconds"
    expires, issued, starts = (at or 0 for at in times.values())
    if expires <= now:
        return f"it expired {now - expires} seconds ago"
    if max(issued, starts) > now + AHEAD_MAX:
        ahead = max(issued, starts) - now
        return f"it begins in {ahead} seconds by this server's clock"
    if expires <= max(issued, starts) or expires - min(issued, starts) > LIFETIME_MAX:
        return "it is not good for a time between one second and 24 hours"
    return ""


def _seconds(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 < value < _LATEST else None


def _known_by(token: SignedToken) -> str:
    """A digest of what only one key may bring; empty where the token has nothing of the kind.

    A pod's token is the same for hours, and the next one is its too: there the pod counts.
    """
    name = _JTI
    if token.issuer.platform is Platform.KUBERNETES and _text(claim_at(token.claims, _POD)):
        name = _POD
    value = _text(claim_at(token.claims, name))
    if not value:
        return ""
    told = "".join(f"{len(part)}:{part}" for part in (token.issuer.url, name, value))
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()


def _text(value: object) -> str:
    return claim_text(value) if isinstance(value, str) else ""
