"""Who is meant by the words of a list: ids, names of groups, `owners`, `anyone`."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from envaccess.domain.policy.principal_set import AGENTS, ANYONE, MACHINE, OWNERS, PrincipalSet
from envaccess.policy_file.program_words import is_program_name, not_a_name
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.scalars import NONE, near, shown
from envaccess.yaml_file.tree import Path

APPROVERS: Final = "approvers"
"""The group that is always there: the members of the approvers channel."""
_ID: Final = re.compile(r"[UWSCG][A-Z0-9]{2,31}", re.ASCII)
_SISTER: Final = re.compile(r"T[A-Z0-9]{2,31}", re.ASCII)
_LIKE_ID: Final = re.compile(r"[A-Z][A-Z0-9]{5,}", re.ASCII)
_UNKNOWN: Final = PrincipalSet(("S",))
"""Whoever an unknown word means: nothing is said about too few people because of it."""
_RESERVED: Final = frozenset({APPROVERS, OWNERS, ANYONE, NONE, AGENTS})
ASKING: Final = (OWNERS, ANYONE, AGENTS, MACHINE)
"""What means something where a list says who may ask: of machines, all that the file names."""
SISTERS: Final = "sisters"
"""Not a word of the file: in a list with this, `T...` is a sister workspace."""
_WHERE: Final = (
    "people's ids begin with U, user groups' with S, channels' with C (Slack shows them under About)"
)

_ONLY_ASKS: Final[Mapping[str, tuple[str, str]]] = {
    kind: (
        f"{kind}s may ask, but never decide, and have no part in a group or an emergency",
        "name people here; `requesters` and `automatic.for` of a rule may name it",
    )
    for kind in ("machine", "agent")
}


class PrincipalReader:
    """The file's groups, and how lists are read with them.

    Args:
        groups: the words of each, as they stand in the file.
        channel: the approvers channel's id.
        machines: the names of the file's machines, which no group may have.
        ledger: told of what is wrong.
    """

    def __init__(
        self,
        groups: Mapping[str, tuple[str, ...]],
        channel: str,
        machines: Collection[str],
        ledger: FaultCollector,
    ) -> None:
        self._ledger = ledger
        self._machines = machines
        for name in machines:
            self._check_machine(name)
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
            special: which of `owners`, `anyone` and `agents` mean something here; `MACHINE`: machines, too;
                `SISTERS`: sister workspaces.
        """
        found = PrincipalSet()
        for place, word in enumerate(words):
            found |= self._read_word(word, (*path, place), special)
        return found

    def _check_machine(self, name: str) -> None:
        if name in _RESERVED:
            problem, mend = f"{shown(name)} has a meaning of its own", "give the machine another name"
        elif not is_program_name(name):
            problem, mend = not_a_name(name, "machine")
        else:
            return
        self._ledger.add(("machines", name), problem, mend)

    def _check_name(self, name: str) -> None:
        if name in self._machines:
            problem, mend = f"a machine is called {shown(name)} too", "give one of the two another name"
        elif name in _RESERVED:
            problem, mend = f"{shown(name)} has a meaning of its own", "give the group another name"
        elif not is_program_name(name):
            problem, mend = not_a_name(name, "group")
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
        if word in self._machines and word not in self._known:
            if MACHINE in special:
                return PrincipalSet((f"{MACHINE}{word}",))
            self._ledger.add(path, *_ONLY_ASKS["machine"])
            return _UNKNOWN
        if SISTERS in special and _SISTER.fullmatch(word):
            return PrincipalSet((word,))
        if (word in special and word not in {MACHINE, SISTERS}) or _ID.fullmatch(word):
            return PrincipalSet((word,))
        if word in self._known and word not in {OWNERS, ANYONE}:
            return self._known[word]
        self._ledger.add(path, *self._refuse(word, special))
        return _UNKNOWN

    def _refuse(self, word: str, special: tuple[str, ...]) -> tuple[str, str]:
        if word == AGENTS:
            return _ONLY_ASKS["agent"]
        if word == ANYONE:
            return "`anyone` may ask, but never decide", "name people, user groups or channels"
        if word == OWNERS:
            return "`owners` means nothing here", "name it where a rule names people"
        if _SISTER.fullmatch(word):
            return (
                "a workspace means nothing here: it may stand among `approvers` and `escalate` only",
                "take it out, or name its people one by one",
            )
        if word.startswith(("@", "#")) or _LIKE_ID.fullmatch(word):
            return f"{shown(word)} is no id", _WHERE
        names = [*self._known, *self._words, *self._machines, OWNERS, ANYONE]
        machines = (
            "for a pipeline `machines`" if MACHINE in special else "what is under `machines` may only ask"
        )
        return f"there is no group {shown(word)}", near(
            word, names, f"name it under `groups` ({machines}), or give an id: {_WHERE}"
        )
