"""Bytes as text: base64url without padding, as RFC 7515 (2) writes it."""

import base64
import binascii
import re
from typing import Final

_LETTERS: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def to_text(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes | None:
    """The bytes of base64url without padding; None for anything else.

    Bytes have one text: stray bits in the last letter, padding and blanks would be a second one.
    """
    if not _LETTERS.fullmatch(text):
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    return data if to_text(data) == text else None
