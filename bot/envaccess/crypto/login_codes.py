"""The code that begins a login in Slack, and the number by which a person knows their own terminal.

A code is `K7QP-XXXXX-XXXXX` in Crockford's base 32 (https://www.crockford.com/base32.html): four characters
say which login is meant, ten are the secret of 50 bits. It is read as people type: in any case, O for 0, I
and L for 1, blanks and dashes anywhere.

The code itself is never sent. The terminal sends a MAC over its public keys under a key that is stretched
from the code (`make_offer`), and both sides make the number under the same key: who ends TLS in between can
put in no keys of their own, since neither the offer nor the number can be made from what they see. (Were
the code sent, they would try keys until the number is the same, 90 times.) A guess costs 100,000 hashes,
and a code lives for two minutes.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from envaccess.crypto.encoding import from_text, to_text

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKUP_LENGTH: Final = 4
_SECRET_LENGTH: Final = 10
_BETWEEN: Final = str.maketrans({" ": "", "-": "", "\t": "", "\N{EN DASH}": "", "\N{NO-BREAK SPACE}": ""})
_MISREAD: Final = str.maketrans("OIL", "011")
_LONGEST: Final = 64
_SHAPE: Final = re.compile(rf"[{_DIGITS}]{{{_LOOKUP_LENGTH + _SECRET_LENGTH}}}")
_STRETCHED: Final = 100_000
"""Hashes of PBKDF2 for one code, about 30 ms: 2^50 codes are out of reach in two minutes."""
_HASH_LABEL: Final = b"envaccess login code 1\0"
_OFFER_LABEL: Final = b"envaccess login offer 1"
_NUMBER_LABEL: Final = b"envaccess login number 1"
_OFFER: Final = re.compile(rf"([{_DIGITS}]{{{_LOOKUP_LENGTH}}})\.([A-Za-z0-9_-]{{43}})", re.ASCII)
_LEAST: Final = 10
_NUMBERS: Final = 90
"""Two-digit numbers that do not begin with 0: 10 to 99."""
_CHOICES: Final = 3


@dataclass(frozen=True, slots=True)
class LoginCode:
    """A code in its one writing.

    Attributes:
        lookup: four characters that say which login is meant; no secret.
        secret: ten characters, never shown by `repr`.
    """

    lookup: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What a person reads and types."""
        return f"{self.lookup}-{self.secret[:5]}-{self.secret[5:]}"


def make_code() -> LoginCode:
    """Make a new code."""
    digits = "".join(secrets.choice(_DIGITS) for _ in range(_LOOKUP_LENGTH + _SECRET_LENGTH))
    return LoginCode(digits[:_LOOKUP_LENGTH], digits[_LOOKUP_LENGTH:])


def read_code(text: str) -> LoginCode | None:
    """The code that somebody typed; None for what is none."""
    if len(text) > _LONGEST:
        return None
    digits = text.strip().translate(_BETWEEN).upper().translate(_MISREAD)
    return LoginCode(digits[:_LOOKUP_LENGTH], digits[_LOOKUP_LENGTH:]) if _SHAPE.fullmatch(digits) else None


def secret_hash(code: LoginCode) -> str:
    """The key that a code gives, as base64url: what the server keeps of it for its two minutes."""
    salt = _HASH_LABEL + code.lookup.encode("ascii")
    return to_text(hashlib.pbkdf2_hmac("sha256", code.secret.encode("ascii"), salt, _STRETCHED))


@dataclass(frozen=True, slots=True)
class LoginOffer:
    """What a terminal sends instead of the code.

    Attributes:
        lookup: which login is meant.
        mac: over the terminal's keys, under what the code gives.
    """

    lookup: str
    mac: str

    @property
    def text(self) -> str:
        """As it is sent, in the field `code`."""
        return f"{self.lookup}.{self.mac}"


def make_offer(code: LoginCode, sign_key: str, seal_key: str) -> LoginOffer:
    """Bind a terminal's public keys to the code that was typed into it."""
    return LoginOffer(code.lookup, _mac(secret_hash(code), _OFFER_LABEL, sign_key, seal_key))


def read_offer(text: str) -> LoginOffer | None:
    """What was sent in the field `code`; None for what is no offer."""
    found = _OFFER.fullmatch(text)
    return LoginOffer(found[1], found[2]) if found else None


def holds(offer: LoginOffer, secret: str, sign_key: str, seal_key: str) -> bool:
    """Whether who made the offer knew the code and meant these keys; `secret` is the code's `secret_hash`."""
    return hmac.compare_digest(_mac(secret, _OFFER_LABEL, sign_key, seal_key), offer.mac)


def login_number(secret: str, sign_key: str, seal_key: str, server_key: str) -> int:
    """The number from 10 to 99 that the terminal shows and Slack offers; another key makes another number.

    Args:
        secret: the code's `secret_hash`.
        sign_key: the public key of the client's proofs.
        seal_key: the public key that the client's values are sealed to.
        server_key: the server's key with its id, as it is sent to the client.
    """
    digest = from_text(_mac(secret, _NUMBER_LABEL, sign_key, seal_key, server_key)) or b""
    return _LEAST + int.from_bytes(digest, "big") % _NUMBERS


def login_choices(number: int, rand: Callable[[int], int] = secrets.randbelow) -> tuple[int, int, int]:
    """Three different numbers from 10 to 99 in an order that says nothing, the right one among them.

    Args:
        number: the right one.
        rand: returns a number from 0 up to, not including, the one it is given.
    """
    left = [other for other in range(_LEAST, _LEAST + _NUMBERS) if other != number]
    wrong = [left.pop(rand(len(left))) for _ in range(_CHOICES - 1)]
    wrong.insert(rand(_CHOICES), number)
    first, second, third = wrong
    return first, second, third


def _mac(secret: str, label: bytes, *parts: str) -> str:
    """HMAC-SHA-256 over parts with their lengths, so that no two lists have one text."""
    told = b"".join(
        len(part).to_bytes(4, "big") + part for part in (label, *(part.encode() for part in parts))
    )
    return to_text(hmac.digest(secret.encode("ascii"), told, "sha256"))
