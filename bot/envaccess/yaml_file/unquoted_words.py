"""What YAML makes of words that nobody quoted: told in our words, with what to write instead.

A policy is full of words that begin with a sign which YAML keeps for itself (`*/*`, `@bob`), of backslashes
and of `#`. What the parser says about them names none of these.
"""

import re
import unicodedata
from typing import Final

from envaccess.domain.screening import printable

AS_YAML: Final = "write it as YAML: indent with spaces, close every bracket and quote"
_SHOWN: Final = 60
_TAB: Final = re.compile(r"[ ]*\t")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)')
_ESCAPE: Final = re.compile(r'\\[^0abtnvfre "/\\N_LPxuU\t]')
"""What no escape in double quotes is (YAML 1.2.2, 5.7)."""
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_SIGN: Final = re.compile(r"(?:^\s*(?:-\s+)*|[\[{,:]\s+|[\[{,])([*&!%@`][^\s,\[\]{}]*)")
_HOLE: Final = re.compile(r"(?:^|[\s,\[{:])([^\s,\[\]{}:'\"]{1,99}\{[a-z]{1,20}\}[^\s,\[\]{}'\"]{0,99})")
"""A word with `{name}` in it, which ends a mapping's braces too early."""
_VALUE: Final = re.compile(r"(?:-\s++)*+(?:[\w<>-]++\s*+:\s++)?+(.*)")
_BLOCK: Final = re.compile(r"[|>][-+0-9]{0,2}(?:\s+#.*)?")
"""How a text of several lines is begun."""
_CUT: Final = re.compile(r"[ \t]+(#.*)")
_COMMENT: Final = re.compile(r"#+\s[^\\\[\]]*")


def quoted(word: str) -> str:
    """A word as YAML reads it back to the letter; short, and never something that looks like a secret."""
    shown = printable(word)[:_SHOWN].replace("'", "''")
    return f"`'{shown}'`" + ("..." if len(word) > _SHOWN else "")


def mend_for(line: str) -> str:
    """What to write instead of a line that is no YAML."""
    if _TAB.match(line):
        return "indent with spaces, not with tabs"
    for found in _DOUBLE.finditer(line):
        if _ESCAPE.search(found[1]):
            return f"in double quotes a backslash is YAML's own: use single quotes, {quoted(found[1])}"
    plain = _QUOTED.sub(lambda match: "x" * len(match[0]), line)
    if hole := _HOLE.search(plain):
        return f"quote what holds `{{` and `}}`: write {quoted(hole[1])}"
    word = _SIGN.search(plain)
    if word:
        return f"quote what begins with `{word[1][0]}`: write {quoted(word[1].rstrip(':'))}"
    whole = _VALUE.fullmatch(line.strip())
    return f"quote it: write {quoted(whole[1])}" if whole and _is_bare(whole[1]) else AS_YAML


def _is_bare(value: str) -> bool:
    """Whether a value holds signs that it may hold in quotes only."""
    for opens, closes in ("[]", "{}"):
        if value.startswith(opens) and closes in value and not value.endswith(closes):
            return True
    if value[:1] in {"|", ">"}:
        return not _BLOCK.fullmatch(value)
    return value[:1] not in {"[", "{", "'", '"', "#", ""} and ": " in value


def cut_off(rest: str) -> str:
    """What stands after an unquoted word and counts as a comment, though it may belong to it; else empty."""
    found = _CUT.match(rest)
    return found[1] if found and not _COMMENT.fullmatch(found[1].rstrip()) else ""


def has_escapes(text: str) -> bool:
    """Whether double quotes made a control character of a backslash, which ends no word as `b` after it."""
    return any(unicodedata.category(character) == "Cc" for character in text)


def is_control(character: str) -> bool:
    """Whether YAML takes it nowhere: a control character, or half of a pair."""
    return character not in "\t\n\r\x85" and unicodedata.category(character) in {"Cc", "Cs"}
