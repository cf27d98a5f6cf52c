"""Tokens of the API: a prefix that says whose, 256 random bits, and a checksum by which scanners know them.

A token is a prefix, 43 characters of base64url and 6 characters of checksum: the CRC-32 of all before it, in
base 62 with the digits first, as GitHub's tokens have theirs
(https://github.blog/engineering/behind-githubs-new-authentication-token-formats/).
"""

import hashlib
import re
import secrets
import zlib
from enum import StrEnum
from typing import Final

from envaccess.crypto.encoding import to_text

_RANDOM_BYTES: Final = 32
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_LENGTH: Final = 6
_SHAPE: Final = re.compile(r"(eva_[pca]_)[A-Za-z0-9_-]{43}[A-Za-z0-9]{6}", re.ASCII)


class TokenKind(StrEnum):
    """Who a token speaks for; the value is its prefix."""

    PERSON = "eva_p_"
    MACHINE = "eva_c_"
    AGENT = "eva_a_"


def make_token(kind: TokenKind) -> str:
    """Make a new token."""
    body = kind + to_text(secrets.token_bytes(_RANDOM_BYTES))
    return body + _checksum(body)


def token_kind(text: str) -> TokenKind | None:
    """Whom a token speaks for; None for what is none of ours, by its shape or its checksum."""
    found = _SHAPE.fullmatch(text)
    if not found or _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
        return None
    return TokenKind(found[1])


def token_hash(token: str) -> str:
    """SHA-256 of a token as base64url: what is stored of it, and the `ath` of a proof (RFC 9449, 4.2)."""
    return to_text(hashlib.sha256(token.encode()).digest())


def _checksum(body: str) -> str:
    number, text = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text
