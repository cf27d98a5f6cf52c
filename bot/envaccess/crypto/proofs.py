"""Proofs that whoever sends a request holds a key: DPoP (RFC 9449) with Ed25519 (RFC 8037), and nothing else.

A proof is a compact JWS (RFC 7515). It is written and read here, by hand and by both sides, since a library
for all of JOSE costs a command nine times the start of Python, and offers what a server then has to refuse.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from envaccess.crypto.encoding import from_text, to_text
from envaccess.crypto.tokens import token_hash
from envaccess.domain.errors import ProofError
from envaccess.domain.strict_json import read_object

KEY_BYTES: Final = 32
LONGEST: Final = 4096
"""Characters of a proof; ours have about 700."""
_TEXT: Final = re.compile(r"[!-~]{0,1024}")
_JTI_LONGEST: Final = 128
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}", re.ASCII)
_HEADER: Final = frozenset({"typ", "alg", "jwk"})
_JWK: Final = frozenset({"kty", "crv", "x"})
_PRIME: Final = 2**255 - 19
_EIGHTH: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL: Final = frozenset({0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _EIGHTH, _PRIME - _EIGHTH})
"""Points of small order, by `y` (RFC 8032, 5.1.3): under such a key anybody can sign, and OpenSSL agrees."""


class ProofKey:
    """The private key that a session is bound to; it never shows its secret.

    Attributes:
        public: the public half: 32 bytes as base64url, the `x` of its JWK.
    """

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = to_text(key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, secret: bytes) -> Self:
        """The key of 32 secret bytes.

        Raises:
            ProofError: the secret has another length.
        """
        if len(secret) != KEY_BYTES:
            del secret
            raise ProofError("A key that signs has 32 bytes.")
        return cls(Ed25519PrivateKey.from_private_bytes(secret))

    def to_bytes(self) -> bytes:
        """The secret: 32 bytes."""
        return self._key.private_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """Sign with Ed25519: 64 bytes (RFC 8032)."""
        return self._key.sign(data)

    def __repr__(self) -> str:
        return f"ProofKey(public={self.public})"


def is_proof_key(text: str) -> bool:
    """Whether a text is a public key, as `ProofKey.public`, under which not everybody can sign."""
    key = from_text(text) or b""
    return len(key) == KEY_BYTES and int.from_bytes(key, "little") % 2**255 not in _SMALL


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof says; its signature holds, everything else is still to be compared.

    Attributes:
        key: the public key that signed, as `ProofKey.public`.
        jti: the proof's own id, 1 to 128 characters.
        method: the HTTP method, as written.
        url: the URL without query and fragment, as written.
        issued_at: the client's clock, in seconds; no clock of a client is trusted.
        nonce: the server's nonce; empty when there is none.
        token_hash: the SHA-256 of the token that goes with it; empty when there is none.
    """

    key: str
    jti: str
    method: str
    url: str
    issued_at: int
    nonce: str
    token_hash: str


def make_proof(
    key: ProofKey, method: str, url: str, *, now: int, jti: str, nonce: str = "", token: str = ""
) -> str:
    """Prove the key for one request.

    Args:
        key: the key of the session.
        method: the HTTP method.
        url: the request's URL; query and fragment are left out, as RFC 9449 (4.2) wants.
        now: seconds since the epoch.
        jti: an id that no other proof has.
        nonce: the last nonce that the server gave.
        token: the token that is sent beside the proof.
    """
    header = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": key.public}}
    claims: dict[str, Any] = {"jti": jti, "htm": method, "htu": re.split(r"[?#]", url)[0], "iat": now}
    if nonce:
        claims["nonce"] = nonce
    if token:
        claims["ath"] = token_hash(token)
    return sign_compact(key, header, json.dumps(claims, separators=(",", ":")).encode())


def sign_compact(key: ProofKey, header: dict[str, Any], payload: bytes) -> str:
    """A compact JWS of these bytes (RFC 7515, 7.1)."""
    text = f"{to_text(json.dumps(header, separators=(',', ':')).encode())}.{to_text(payload)}"
    return f"{text}.{to_text(key.sign(text.encode('ascii')))}"


def read_proof(text: str) -> Proof:
    """Check a proof's shape and signature, and say what it proves.

    Raises:
        ProofError: too long, not a compact JWS, of another type or algorithm, a key of another kind or with
            its private half, members that are unknown in the header or stand twice, claims that are no short
            texts, or a signature that does not hold.
    """
    if len(text) > LONGEST or not _SHAPE.fullmatch(text):
        raise ProofError("A proof is a compact JWS of at most 4096 characters.")
    header, claims, signature = text.split(".")
    key = _read_key(_read_object(header))
    _verify(key, text.rpartition(".")[0], signature)
    return _read_claims(key, _read_object(claims))


def _read_key(header: dict[str, Any]) -> str:
    """The public key of a header that has exactly what ours have: no `crit`, `kid`, `jku` or `x5u`."""
    jwk = header.get("jwk")
    if header.keys() != _HEADER or header["typ"] != "dpop+jwt" or header["alg"] != "EdDSA":
        raise ProofError("A proof's header has the type dpop+jwt, the algorithm EdDSA, a key, and no more.")
    if not isinstance(jwk, dict) or jwk.keys() != _JWK or jwk["kty"] != "OKP" or jwk["crv"] != "Ed25519":
        raise ProofError("A proof's key is the public half of an Ed25519 key.")
    x = jwk["x"]
    if not isinstance(x, str) or not is_proof_key(x):
        raise ProofError("A proof's key has 32 bytes, and a secret half.")
    return x


def _verify(key: str, signed: str, signature: str) -> None:
    try:
        found = from_text(signature) or b""
        Ed25519PublicKey.from_public_bytes(from_text(key) or b"").verify(found, signed.encode("ascii"))
    except (InvalidSignature, ValueError):
        raise ProofError("A proof's signature does not hold.") from None


def _read_claims(key: str, claims: dict[str, Any]) -> Proof:
    issued_at = claims.get("iat")
    if type(issued_at) is not int:
        raise ProofError("A proof says when it was made, in whole seconds.")
    told = {name: claims.get(name, "") for name in ("jti", "htm", "htu", "nonce", "ath")}
    if not all(isinstance(value, str) and _TEXT.fullmatch(value) for value in told.values()):
        raise ProofError("A proof's claims are short texts of visible ASCII.")
    if not (0 < len(told["jti"]) <= _JTI_LONGEST and told["htm"] and told["htu"]):
        raise ProofError("A proof has an id, a method and a URL.")
    return Proof(key, told["jti"], told["htm"], told["htu"], issued_at, told["nonce"], told["ath"])


def _read_object(part: str) -> dict[str, Any]:
    try:
        return read_object(from_text(part) or b"")
    except ValueError:
        pass
    raise ProofError("A proof's parts are JSON objects, each member once.")
