"""Identity tokens of pipelines (RFC 7519, RFC 7515): whether an issuer of the policy has signed one.

PyJWT checks the signature. By itself it takes a token with `==` behind it, a header that brings its own key,
members that stand twice and any length (tried with 2.15.1), so the shape is checked here, before anything is
computed. What the claims must say is a rule (`domain.token_claims`). A token is never part of an error.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from envaccess.crypto.encoding import from_text
from envaccess.domain import strict_json
from envaccess.domain.errors import IssuerKeysError
from envaccess.domain.policy.claim_values import shown_claim
from envaccess.domain.policy.machines import Issuer
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.token_claims import SignedToken
from envaccess.identity.issuer_keys import ALGORITHMS, usable_keys
from envaccess.identity.ports import KeySource

TOKEN_MAX: Final = 16_384
"""Characters of a token that is looked at."""
_KID_MAX: Final = 256
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_REFUSED: Final = ("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty")
"""Members of a header by which whoever sends a token would choose how it is checked (RFC 7515, 4.1)."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A token that was read, and that nobody has vouched for."""

    text: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any]


class PipelineTokens:
    """Fits `application.ports.sessions.TokenReader`.

    Args:
        keys: gives the keys of issuers.
    """

    def __init__(self, keys: KeySource) -> None:
        self._keys = keys

    async def read(self, text: str, issuers: Mapping[str, Issuer]) -> SignedToken | Refusal:
        """What a token says, if one of these issuers has signed it.

        Args:
            text: as it was sent.
            issuers: those that count, by their exact `iss`.
        """
        token = _read(text)
        if token is None:
            return Refusal(Reason.TOKEN_INVALID, hint="it is no signed token of at most 16 KB")
        issuer = _issuer(token, issuers)
        fault = _header_fault(token, issuer)
        if fault or issuer is None:
            return Refusal(Reason.TOKEN_INVALID, hint=fault)
        try:
            keys = await self._keys.keys(issuer, token.header["kid"])
        except IssuerKeysError:
            return Refusal(Reason.ISSUER_AWAY)
        usable = usable_keys(keys, issuer.algorithm, token.header["kid"])
        if not usable:
            return Refusal(Reason.TOKEN_KEY_UNKNOWN)
        if not _is_signed(token, issuer.algorithm, usable):
            return Refusal(Reason.TOKEN_INVALID, hint="its signature does not hold")
        return SignedToken(issuer, token.claims)


def _read(text: str) -> _Token | None:
    """The parts of a token; None for what is none. Bytes have one text here, so that no token has two."""
    if len(text) > TOKEN_MAX or not _SHAPE.fullmatch(text):
        return None
    header, claims, signature = map(from_text, text.split("."))
    if not (header and claims and signature):
        return None
    try:
        return _Token(
            text, strict_json.read_object(header.decode()), strict_json.read_object(claims.decode())
        )
    except ValueError:
        return None


def _issuer(token: _Token, issuers: Mapping[str, Issuer]) -> Issuer | None:
    said = token.claims.get("iss")
    return issuers.get(said) if isinstance(said, str) else None


def _header_fault(token: _Token, issuer: Issuer | None) -> str:
    """Why nobody looks for the key of this token; empty where somebody may."""
    header = token.header
    if issuer is None or issuer.algorithm not in ALGORITHMS:
        return f"its iss is {shown_claim(token.claims.get('iss'))}, which no machine of the policy names"
    if brought := next((name for name in _REFUSED if name in header), ""):
        return f"its header has {brought}"
    if header.get("alg") != issuer.algorithm:
        return f"its alg is {shown_claim(header.get('alg'))}, and has to be {issuer.algorithm}"
    kind, kid = header.get("typ", "JWT"), header.get("kid")
    if not (isinstance(kind, str) and kind.upper() == "JWT"):
        return f"its typ is {shown_claim(kind)}, and has to be JWT"
    named = isinstance(kid, str) and 0 < len(kid) <= _KID_MAX
    return "" if named else "its header names no key (kid)"


def _is_signed(token: _Token, algorithm: str, keys: Sequence[dict[str, object]]) -> bool:
    """Whether one of these keys has signed it, by this algorithm alone."""
    import jwt  # noqa: PLC0415 - slow to load, and only a process that is sent a token needs it

    signatures = jwt.PyJWS(algorithms=[algorithm])
    for key in keys:
        try:
            made = jwt.PyJWK(key, algorithm=algorithm)
            signatures.decode_complete(token.text, made.key, algorithms=[algorithm])
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        return True
    return False
