"""Identifiers that people read and type: eight letters of Crockford's base 32 (40 random bits)."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 8

_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, "`": None, "#": None})


def make_id(random_bytes: bytes) -> str:
    """Five random bytes to an id."""
    number = int.from_bytes(random_bytes[:5], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


def parse_id(text: str) -> str | None:
    """Read an id as people type it (upper case, `o` for `0`); None when it is none."""
    found = text.strip().lower().translate(_MISREAD)
    if len(found) == LENGTH and all(letter in ALPHABET for letter in found):
        return found
    return None
