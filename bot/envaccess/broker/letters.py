"""What is left of a text when the way it is written is taken away: its letters and digits, in small letters.

A service may answer what it was sent with line breaks, as a list of characters, in UTF-16, with every sign
escaped, in capitals. A value is looked for in what all of these have in common.
"""

import re
import string
from collections.abc import Iterator
from html.entities import html5
from typing import Final

_ALNUM: Final = (string.ascii_letters + string.digits).encode()
_OTHER: Final = bytes(byte for byte in range(256) if byte not in _ALNUM)
_SMALL: Final = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_HEX: Final = rb"([0-9A-Fa-f]{2})"
_ESCAPE: Final = re.compile(
    rb"|".join(
        (
            *(sign + _HEX for sign in (rb"%(?:25)*", rb"\\u00", rb"\\u\{0*", rb"\\x", rb"=")),
            rb"&(?:amp;)*#[xX]0*([0-9A-Fa-f]{1,2})(?![0-9A-Fa-f]);?",
            rb"&(?:amp;)*#0*([0-9]{1,3})(?![0-9]);?",
            rb"\\([0-3][0-7]{2})",
            rb"&(?:amp;)*([A-Za-z]{2,8};)",
        )
    )
)
"""In URLs (also twice), JSON and programs, quoted-printable, and HTML (also twice)."""
_DECIMAL, _OCTAL, _NAME = 7, 8, 9
"""Groups of these; the ones before are hexadecimal."""
_BASES: Final = {_DECIMAL: 10, _OCTAL: 8}
_SIGNS: Final = (b"%", b"\\", b"=", b"&")


def letters_of(data: bytes) -> bytes:
    """Letters and digits of ASCII, in small letters."""
    return data.translate(_SMALL, _OTHER)


def readings(data: bytes) -> Iterator[bytes]:
    """The letters of a text as it is, and as it is once its escapes are read."""
    yield letters_of(data)
    if any(sign in data for sign in _SIGNS):
        read = _ESCAPE.sub(_read, data)
        if read != data:
            yield letters_of(read)


def _read(found: re.Match[bytes]) -> bytes:
    """The character that an escape stands for; nothing if that is beyond ASCII."""
    kind = found.lastindex or 0
    told = found[kind].decode("ascii")
    code = ord(html5.get(told, "\0")[0]) if kind == _NAME else int(told, _BASES.get(kind, 16))
    return chr(code).encode("ascii", "ignore")
