"""What can be the value of a variable, and what is rather a value than a name."""

from typing import Final

VALUE_BYTES: Final = 131_072
"""The longest environment variable that Linux takes, its name included (MAX_ARG_STRLEN, execve(2))."""
_WORD: Final = 12
"""Characters; letters and digits as few as these are no secret of any shape."""


def refuse_value(value: str) -> str:
    """Why this text cannot be a value, a part of a sentence; empty when it can."""
    if not value:
        return "is empty"
    if "\0" in value:
        return "holds a NUL character, which no environment variable can"
    size = len(value.encode("utf-8", "surrogatepass"))
    if size > VALUE_BYTES:
        return f"is longer than {VALUE_BYTES:,} bytes, which no environment variable can be"
    if any("\ud800" <= character <= "\udfff" for character in value):
        return "is no text that can be written as UTF-8"
    return ""


def looks_like_value(name: str) -> bool:
    """Whether something that could be a name is rather a pasted key.

    Its parts are looked at one by one, for `Serilog__WriteTo__0__Args__apiKey` is a name and a whole key has
    one long dense part.
    """
    return any(not _is_word(part) and _looks_secret(part) for part in name.split("_"))


def _is_word(part: str) -> bool:
    return len(part) <= _WORD and part.isascii() and (part.isalnum() or not part)


def _looks_secret(part: str) -> bool:
    from envaccess.domain.screening import looks_secret  # noqa: PLC0415 - heavy; names of words do without

    return looks_secret(part)
