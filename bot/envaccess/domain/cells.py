"""Cells of tables that people open with spreadsheets: none is a formula."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula in one spreadsheet or another (OWASP, *CSV Injection*), in full width as well."""


def inert(text: str) -> str:
    """A cell that no spreadsheet computes, on one line."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"'{line}" if text.startswith(_FORMULA) or line.lstrip().startswith(_FORMULA) else line
