"""Find the first of thousands of globs that matches a name, in microseconds.

A glob is `environment/NAME` with `*` for any characters but `/` and `?` for one. One without a slash is about
the default environment, as in a command. Globs without a wildcard, and those with a single `*` at the end,
are looked up; all others are one regular expression, whose alternatives are tried in order.
"""

import re
from collections.abc import Iterable, Sequence

from bot.domain.variable import DEFAULT_ENVIRONMENT

SOMETHING = "\0"
"""Stands in a glob's own text for what its `*` may match, when globs are compared with each other."""

_GLOB = re.compile(r"(?:[A-Za-z0-9_.*?-]+/)?[A-Za-z0-9_*?]+", re.ASCII)
_NEVER = 1 << 60


def is_glob(text: str) -> bool:
    """Whether it could match a name at all."""
    return _GLOB.fullmatch(text) is not None


def full(glob: str) -> str:
    """With its environment: `STRIPE_*` -> `default/STRIPE_*`."""
    return glob if "/" in glob else f"{DEFAULT_ENVIRONMENT}/{glob}"


class Globs:
    """Globs by their rank: the lowest rank that matches wins.

    Args:
        patterns: for each rank, its globs.
    """

    def __init__(self, patterns: Sequence[Iterable[str]]) -> None:
        self._exact: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        others: list[tuple[int, str]] = []
        for rank, globs in enumerate(patterns):
            for glob in map(full, globs):
                self._add(rank, glob, others)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._ranks = [rank for rank, _ in others]
        alternatives = "|".join(f"({_regex(glob)})" for _, glob in others)
        self._others = re.compile(f"(?:{alternatives})", re.ASCII) if others else None

    def _add(self, rank: int, glob: str, others: list[tuple[int, str]]) -> None:
        wild = glob.count("*") + glob.count("?")
        if not wild:
            self._exact.setdefault(glob, rank)
        elif wild == 1 and glob.endswith("*"):
            self._prefixes.setdefault(glob[:-1], rank)
        else:
            others.append((rank, glob))

    def first(self, name: str) -> int | None:
        """The rank of the first that matches `environment/NAME`; None when none does."""
        best = min(self._exact.get(name, _NEVER), self._by_prefix(name))
        if self._others and (found := self._others.fullmatch(name)):
            best = min(best, self._ranks[(found.lastindex or 1) - 1])
        return None if best == _NEVER else best

    def _by_prefix(self, name: str) -> int:
        after_slash = name.find("/") + 1
        lengths = (length for length in self._lengths if after_slash <= length <= len(name))
        return min((self._prefixes.get(name[:length], _NEVER) for length in lengths), default=_NEVER)


def comparable(glob: str) -> str:
    """A glob as a name that only globs match which match everything that it matches itself."""
    return full(glob).replace("*", SOMETHING).replace("?", "?")


def _regex(glob: str) -> str:
    return "".join(
        "[^/]*" if part == "*" else f"[^/{SOMETHING}]" if part == "?" else re.escape(part) for part in glob
    )
