"""People as a policy names them: not yet who they are."""

from collections.abc import Iterable
from dataclasses import dataclass

OWNERS = "owners"
"""The owners of the variables that are asked for."""
ANYONE = "anyone"
"""Any full member of the workspace; only for requesters, never for approvers."""
AGENTS = "agents"
"""Any agent whose person may ask, too; only for requesters."""
MACHINE = "machine:"
"""Before the name of a machine of the policy; only for requesters."""


@dataclass(frozen=True, slots=True)
class PrincipalSet:
    """People (`U...`, `W...`), user groups (`S...`), channels' members (`C...`, `G...`), `owners`, `anyone`.

    A sister workspace (`T...`) puts nobody into it: people of that workspace whom the rest names count, too.

    Attributes:
        words: those ids and words, sorted, each once.
    """

    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Iterable[str]) -> "PrincipalSet":
        """A principal set of these, whatever their order."""
        return cls(tuple(sorted(set(words))))

    def __bool__(self) -> bool:
        return bool(self.words)

    def __or__(self, other: "PrincipalSet") -> "PrincipalSet":
        return PrincipalSet.of([*self.words, *other.words])

    @property
    def anyone(self) -> bool:
        """Whether it is everybody who may use the bot at all."""
        return ANYONE in self.words

    @property
    def owners(self) -> bool:
        """Whether the owners belong to it."""
        return OWNERS in self.words

    @property
    def people(self) -> tuple[str, ...]:
        """Ids of people."""
        return tuple(word for word in self.words if word[0] in "UW")

    @property
    def agents(self) -> bool:
        """Whether agents belong to it."""
        return AGENTS in self.words

    @property
    def machines(self) -> tuple[str, ...]:
        """Names of machines."""
        return tuple(word.removeprefix(MACHINE) for word in self.words if word.startswith(MACHINE))

    @property
    def programs(self) -> tuple[str, ...]:
        """The words for machines and agents."""
        return tuple(word for word in self.words if word == AGENTS or word.startswith(MACHINE))

    @property
    def persons(self) -> "PrincipalSet":
        """The same set without machines and agents."""
        return PrincipalSet(tuple(word for word in self.words if word not in self.programs))

    @property
    def groups(self) -> tuple[str, ...]:
        """Ids of user groups."""
        return tuple(word for word in self.words if word[0] == "S")

    @property
    def channels(self) -> tuple[str, ...]:
        """Ids of channels."""
        return tuple(word for word in self.words if word[0] in "CG")

    @property
    def sisters(self) -> tuple[str, ...]:
        """Ids of workspaces of the organisation whose people count beside our own."""
        return tuple(word for word in self.words if word.startswith("T"))

    @property
    def named(self) -> "PrincipalSet":
        """The same set without sister workspaces, which name nobody."""
        return PrincipalSet(tuple(word for word in self.words if not word.startswith("T")))

    def without(self, person: str) -> "PrincipalSet":
        """The same set without naming this person, who may still be in a group or a channel of the set."""
        return PrincipalSet(tuple(word for word in self.words if word != person))

    def with_owners(self, owners: "PrincipalSet") -> "PrincipalSet":
        """The same set with the owners named."""
        if not self.owners:
            return self
        return PrincipalSet.of([*(word for word in self.words if word != OWNERS), *owners.words])


NOBODY = PrincipalSet()
EVERYBODY = PrincipalSet((ANYONE,))
