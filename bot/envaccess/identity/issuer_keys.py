"""The keys that an issuer publishes (RFC 7517): which of them may have signed a token.

Only public keys of the one pinned algorithm count: a set may hold others, and whoever could add to it must
not choose how a token is checked. What is private or symmetric is no key of anybody, however well it fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.crypto.encoding import from_text

Jwk = Mapping[str, object]
"""A key as JSON has it."""
KEYS_TRIED: Final = 4
"""Keys of one id that are tried: ids are given twice while keys change, and no more often."""
_RSA_BITS: Final = range(2_048, 8_193)
"""Shorter ones are broken, longer ones are slow to check for whoever sends rubbish."""
_EXPONENT: Final = range(3, 2**32)
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_P256, _P384, _P521 = 32, 48, 66


@dataclass(frozen=True, slots=True)
class _Curve:
    """A curve, and the bytes of each of its numbers."""

    kty: str
    name: str
    members: tuple[str, ...]
    size: int


_CURVES: Final[Mapping[str, _Curve]] = {
    "ES256": _Curve("EC", "P-256", ("x", "y"), _P256),
    "ES384": _Curve("EC", "P-384", ("x", "y"), _P384),
    "ES512": _Curve("EC", "P-521", ("x", "y"), _P521),
    "EdDSA": _Curve("OKP", "Ed25519", ("x",), 32),
}
_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
ALGORITHMS: Final = _RSA | frozenset(_CURVES)
"""Asymmetric ones, of which each issuer has one."""


def usable_keys(keys: Sequence[Jwk], algorithm: str, kid: str) -> list[dict[str, object]]:
    """The public halves of the keys that have this id and may sign by this algorithm, a few at most."""
    found = (_public_half(key, algorithm) for key in keys if key.get("kid") == kid)
    return [half for half, _ in zip(filter(None, found), range(KEYS_TRIED), strict=False)]


def _public_half(key: Jwk, algorithm: str) -> dict[str, object] | None:
    """The members that make the public key, and no others; None for a key that does not count."""
    if not _is_for(key, algorithm) or _PRIVATE & key.keys():
        return None
    if algorithm in _RSA:
        return _rsa(key)
    curve = _CURVES.get(algorithm)
    return _on_curve(key, curve) if curve else None


def _is_for(key: Jwk, algorithm: str) -> bool:
    """Whether the key says nothing against it (RFC 7517, 4.2 to 4.4)."""
    uses = key.get("key_ops", ["verify"])
    may = isinstance(uses, list) and "verify" in uses and key.get("use", "sig") == "sig"
    return may and key.get("alg", algorithm) == algorithm


def _rsa(key: Jwk) -> dict[str, object] | None:
    modulus, exponent = (int.from_bytes(_bytes(key.get(name))) for name in ("n", "e"))
    sound = key.get("kty") == "RSA" and modulus.bit_length() in _RSA_BITS and exponent in _EXPONENT
    return {"kty": "RSA", "n": key["n"], "e": key["e"]} if sound and modulus % 2 and exponent % 2 else None


def _on_curve(key: Jwk, curve: _Curve) -> dict[str, object] | None:
    if (key.get("kty"), key.get("crv")) != (curve.kty, curve.name):
        return None
    if any(len(_bytes(key.get(name))) != curve.size for name in curve.members):
        return None
    return {"kty": curve.kty, "crv": curve.name, **{name: key[name] for name in curve.members}}


def _bytes(value: object) -> bytes:
    return (from_text(value) if isinstance(value, str) else None) or b""
