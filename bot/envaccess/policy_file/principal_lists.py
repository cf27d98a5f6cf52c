"""Who is meant by the words of a list: ids, names of groups, `owners`, `anyone`."""

import re
from collections.abc import Mapping
from typing import Final

from envaccess.domain.policy.principal_set import ANYONE, OWNERS, PrincipalSet
from envaccess.policy_file.fault_collector import FaultCollector
from envaccess.policy_file.scalars import NONE, near, shown
from envaccess.policy_file.tree import Path

APPROVERS: Final = "approvers"
"""The group that is always there: the members of the approvers channel."""
_ID: Final = re.compile(r"[UWSCG][A-Z0-9]{2,31}", re.ASCII)
_LIKE_ID: Final = re.compile(r"[A-Z][A-Z0-9]{5,}", re.ASCII)
_GROUP: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_UNKNOWN: Final = PrincipalSet(("S",))
"""Whoever an unknown word means: nothing is said about too few people because of it."""
_RESERVED: Final = frozenset({APPROVERS, OWNERS, ANYONE, NONE})
_WHERE: Final = (
    "people's ids begin with U, user groups' with S, channels' with C (Slack shows them under About)"
)


class PrincipalReader:
    """The file's groups, and how lists are read with them.

    Args:
        groups: the words of each, as they stand in the file.
        channel: the approvers channel's id.
        ledger: told of what is wrong.
    """

    def __init__(self, groups: Mapping[str, tuple[str, ...]], channel: str, ledger: FaultCollector) -> None:
        self._ledger = ledger
        self._known = {APPROVERS: PrincipalSet((channel,))}
        self._words = groups
        for name in groups:
            self._check_name(name)
        for name in groups:
            self._resolve(name, ())

    @property
    def groups(self) -> tuple[tuple[str, PrincipalSet], ...]:
        """Every group's name and whom it means."""
        return tuple(sorted(self._known.items()))

    def read(self, words: tuple[str, ...], path: Path, *special: str) -> PrincipalSet:
        """A list's people.

        Args:
            words: as they stand in the file.
            path: where.
            special: which of `owners` and `anyone` mean something here.
        """
        found = PrincipalSet()
        for place, word in enumerate(words):
            found |= self._read_word(word, (*path, place), special)
        return found

    def _check_name(self, name: str) -> None:
        if name in _RESERVED:
            problem, mend = f"{shown(name)} has a meaning of its own", "give the group another name"
        elif not _GROUP.fullmatch(name):
            problem = f"{shown(name)} is no name of a group"
            mend = "write small letters, digits, `-` and `_`, a letter first"
        else:
            return
        self._ledger.add(("groups", name), problem, mend)

    def _resolve(self, name: str, above: tuple[str, ...]) -> PrincipalSet:
        if name in self._known:
            return self._known[name]
        found = PrincipalSet()
        for place, word in enumerate(self._words[name]):
            path = ("groups", name, place)
            if word in (*above, name):
                self._ledger.add(path, f"the group {shown(word)} would hold itself", "take it out")
            elif word in self._words and word not in self._known:
                found |= self._resolve(word, (*above, name))
            else:
                found |= self._read_word(word, path, ())
        self._known[name] = found
        return found

    def _read_word(self, word: str, path: Path, special: tuple[str, ...]) -> PrincipalSet:
        if word in special or _ID.fullmatch(word):
            return PrincipalSet((word,))
        if word in self._known and word not in {OWNERS, ANYONE}:
            return self._known[word]
        self._ledger.add(path, *self._refuse(word))
        return _UNKNOWN

    def _refuse(self, word: str) -> tuple[str, str]:
        if word == ANYONE:
            return "`anyone` may ask, but never decide", "name people, user groups or channels"
        if word == OWNERS:
            return "`owners` means nothing here", "name it where a rule names people"
        if word.startswith(("@", "#")) or _LIKE_ID.fullmatch(word):
            return f"{shown(word)} is no id", _WHERE
        names = [*self._known, *self._words, OWNERS, ANYONE]
        return f"there is no group {shown(word)}", near(
            word, names, f"name it under `groups`, or give an id: {_WHERE}"
        )
