"""The names in an `.env.example` or `.env`, with what stands above them; never a value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from dotenv.parser import parse_stream

from envaccess.cli.env_lines import read_lines
from envaccess.cli.output import Complaint
from envaccess.domain.screening import looks_secret
from envaccess.domain.secret_names import announces
from envaccess.domain.text import clean, count

_COMMENT_MAX: Final = 100
_COMMENTS_MAX: Final = 3
_BINDING = re.compile(r"(?:export )?[A-Za-z_][A-Za-z0-9_]* ?=")
_ADDRESSES: Final = ("KEY", "URL", "URI", "DSN")
"""What names end with that may hold a password although nothing in them says so."""
_PLACEHOLDER = re.compile(
    r"""
      [<{\[(].*
    | .*(?:x{3}|\*{3}|\.{3}|change|replace|placeholder|example|your|dummy|secret|todo|fill).*
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class EnvName:
    """One name of a file.

    Attributes:
        name: what stands before `=`.
        comments: what stands above it, a line each, without `#`.
        preset: an example file gives a value that is no secret's and no placeholder.
    """

    name: str
    comments: tuple[str, ...] = ()
    preset: bool = False


def read_names(text: str) -> list[EnvName]:
    """Every name of a file, in its order; one that stands there twice counts once.

    Raises:
        Complaint: a line is none, so that a part of a value may have been read as a name.
    """
    lines = list(read_lines(text))
    faults = [f"line {line.number}: {line.fault}" for line in lines if line.fault]
    if faults:
        raise Complaint(
            "\n".join([*faults, f"{count(len(faults), 'line')} cannot be taken; nothing was changed."])
        )
    comments = dict(_comments(text))
    names: dict[str, EnvName] = {}
    for line in lines:
        preset = bool(line.value) and not _is_secret(line.name, line.value)
        found = EnvName(line.name, comments.get(line.name, ()), preset)
        names.setdefault(line.name, found)
    return list(names.values())


def _is_secret(name: str, value: str) -> bool:
    """Whether what an example gives stands for a secret, by its name or as a placeholder."""
    by_name = announces(name) or name.upper().endswith(_ADDRESSES)
    return by_name or _PLACEHOLDER.fullmatch(value) is not None or looks_secret(value)


def _comments(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """For each name the comments right above it, the first time that it stands there."""
    above: list[str] = []
    for binding in parse_stream(StringIO(text, newline="")):
        whole = binding.original.string
        if "\n" in whole[: len(whole) - len(whole.lstrip())]:
            above = []
        if binding.key is not None:
            yield binding.key, tuple(above[-_COMMENTS_MAX:])
            above = []
        elif kept := _kept(whole.strip()):
            above.append(kept)


def _kept(comment: str) -> str:
    """A comment that says something about a name; empty for a binding, a rule of dashes, or a word alone."""
    told = clean(comment.lstrip("#"))
    if len(told) > _COMMENT_MAX or _BINDING.match(told) or looks_secret(told):
        return ""
    return told if " " in told and any(map(str.isalpha, told)) else ""
