"""Find the first of thousands of globs that matches a name, in microseconds.

A glob is `environment/NAME` with `*` for any characters but `/` and `?` for one. One without a slash is about
the default environment, as in a command. Globs without a wildcard, and those with a single `*` at the end,
are looked up. All others lie under what their NAME begins with, else under what it ends with, so that few of
them are tried one by one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from envaccess.domain.variable import DEFAULT_ENVIRONMENT, ENVIRONMENT_LIMIT, NAME_LIMIT

SOMETHING = "\0"
"""Stands in a glob's own text for what its `*` may match, when globs are compared with each other."""

_GLOB = re.compile(r"(?:[A-Za-z0-9*?][A-Za-z0-9_.*?-]*/)?[A-Za-z_*?][A-Za-z0-9_*?]*", re.ASCII)
_WILD = re.compile(r"[*?]")
_NEVER = 1 << 60

_Matches = Callable[[str], bool]
_Ranked = list[tuple[int, _Matches]]


def is_glob(text: str) -> bool:
    """Whether it could match a name at all."""
    if _GLOB.fullmatch(text) is None:
        return False
    environment, _, name = full(text).replace("*", "").rpartition("/")
    return len(name) <= NAME_LIMIT and len(environment) <= ENVIRONMENT_LIMIT


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
        self._beginnings: dict[str, _Ranked] = {}
        self._endings: dict[str, _Ranked] = {}
        for rank, globs in enumerate(patterns):
            for glob in map(full, globs):
                self._add(rank, glob)
        self._lengths = sorted(set(map(len, self._prefixes)))
        self._beginning_lengths = sorted(set(map(len, self._beginnings)))
        self._ending_lengths = sorted(set(map(len, self._endings)))

    def _add(self, rank: int, glob: str) -> None:
        wild = len(_WILD.findall(glob))
        if not wild:
            self._exact.setdefault(glob, rank)
        elif wild == 1 and glob.endswith("*"):
            self._prefixes.setdefault(glob[:-1], rank)
        else:
            parts = _WILD.split(glob.partition("/")[2])
            where, key = (self._beginnings, parts[0]) if parts[0] else (self._endings, parts[-1])
            where.setdefault(key, []).append((rank, _matcher(glob)))

    def first(self, name: str) -> int | None:
        """The rank of the first that matches `environment/NAME`; None when none does."""
        best = min(self._exact.get(name, _NEVER), self._by_prefix(name))
        for ranked in self._candidates(name.partition("/")[2]):
            for rank, matches in ranked:
                if rank >= best:
                    break
                if matches(name):
                    best = rank
        return None if best == _NEVER else best

    def _by_prefix(self, name: str) -> int:
        after_slash = name.find("/") + 1
        lengths = (length for length in self._lengths if after_slash <= length <= len(name))
        return min((self._prefixes.get(name[:length], _NEVER) for length in lengths), default=_NEVER)

    def _candidates(self, bare: str) -> Iterator[_Ranked]:
        for length in self._beginning_lengths:
            if found := self._beginnings.get(bare[:length]):
                yield found
        for length in self._ending_lengths:
            if found := self._endings.get(bare[max(0, len(bare) - length) :]):
                yield found


def comparable(glob: str) -> str:
    """A glob as a name that only globs match which match everything that it matches itself.

    A `?` stands for itself in it: only `?` and `*` match that character, which no name has.
    """
    return full(glob).replace("*", SOMETHING)


def _matcher(glob: str) -> _Matches:
    if "?" not in glob:
        return plain_matcher(glob)
    pattern = re.compile(_regex(glob), re.ASCII)
    return lambda name: pattern.fullmatch(name) is not None


def plain_matcher(glob: str) -> _Matches:
    """Match a glob that has a `*` by searching each piece after the last one: it never backtracks.

    In a name a `*` takes no slash, since it has only one, which the glob's own needs.
    """
    first, *middle, last = glob.split("*")
    least = len(first) + len(last)

    def matches(name: str) -> bool:
        if len(name) < least or not (name.startswith(first) and name.endswith(last)):
            return False
        place, end = len(first), len(name) - len(last)
        for piece in middle:
            place = name.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return True

    return matches


def _regex(glob: str) -> str:
    """Each `*` with the piece after it, but the last, is atomic: it need never be tried again."""
    first, *others = (
        "".join(f"[^/{SOMETHING}]" if character == "?" else re.escape(character) for character in piece)
        for piece in glob.split("*")
    )
    *middle, last = others or [""]
    pieces = "".join(f"(?>[^/]*?{piece})" for piece in middle)
    return first + pieces + (f"[^/]*{last}" if others else "")
