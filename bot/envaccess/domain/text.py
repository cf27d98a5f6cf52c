"""What people type, made harmless."""

import unicodedata

REASON_MIN = 3
REASON_MAX = 500
TEXT_MAX = 4_000
"""Characters of a command that are looked at; anything longer is refused unread."""

_DIGITS_MAX = 15

_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but emoji and Persian, Hindi and other scripts need them."""
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters that look like nothing."""


def clean(text: str) -> str:
    """Strip what is not seen; fold white space to single spaces; nothing is left of joiners alone."""
    if not (
        text.isascii() and text.isprintable()
    ):  # nothing of that is unseen, and it is what most people type
        text = "".join(character for character in text if not _is_harmful(character))
    cleaned = " ".join(text.split())
    return cleaned if cleaned.strip("\u200c\u200d ") else ""


def _is_harmful(character: str) -> bool:
    """Whether a character is not seen: control, format (text direction too), surrogate, blank letter."""
    if character.isspace() or character in _JOINERS:
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} or character in _BLANK


def whole_number(text: str) -> int | None:
    """What at most 15 digits say; None for anything else, such as more digits than Python reads."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX else None


def count(number: int, noun: str) -> str:
    """`1 minute`, `2 minutes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
