"""The code that begins a login in Slack, and the number by which a person knows their own terminal.

A code is `K7QP-XXXXX-XXXXX` in Crockford's base 32 (https://www.crockford.com/base32.html): four characters
say which login is meant, ten are the secret of 50 bits. It is read as people type: in any case, O for 0, I
and L for 1, blanks and dashes anywhere.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from envaccess.crypto.encoding import to_text

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKUP_LENGTH: Final = 4
_SECRET_LENGTH: Final = 10
_BETWEEN: Final = str.maketrans({" ": "", "-": "", "\t": "", "\N{EN DASH}": "", "\N{NO-BREAK SPACE}": ""})
_MISREAD: Final = str.maketrans("OIL", "011")
_LONGEST: Final = 64
_SHAPE: Final = re.compile(rf"[{_DIGITS}]{{{_LOOKUP_LENGTH + _SECRET_LENGTH}}}")
_HASH_LABEL: Final = b"envaccess login code 1\0"
_NUMBER_LABEL: Final = b"envaccess login number 1"
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
    """SHA-256 of a code as base64url: what is stored of it for its two minutes."""
    return to_text(hashlib.sha256(_HASH_LABEL + code.text.encode("ascii")).digest())


def login_number(code: LoginCode, sign_key: str, seal_key: str, server_key: str) -> int:
    """The number from 10 to 99 that the terminal shows and Slack offers; another key makes another number.

    Args:
        code: the code, which is the key of the MAC.
        sign_key: the public key of the client's proofs.
        seal_key: the public key that the client's values are sealed to.
        server_key: the server's key with its id, as it is sent to the client.
    """
    parts = (_NUMBER_LABEL, sign_key.encode(), seal_key.encode(), server_key.encode())
    told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    digest = hmac.digest(code.text.encode("ascii"), told, "sha256")
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
