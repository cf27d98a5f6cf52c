"""A workspace whose people, groups and policy a test changes; its services and scripts are the real ones."""

from collections.abc import Iterable
from dataclasses import replace

from envaccess.application.rulebook import Rulebook
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.store.client import Client
from tests.fakes.context import APPROVERS, FakeDirectory
from tests.property.policies import CHAINS, GROUPS, LEADS, NAMES, ON_CALL, PEOPLE, SECURITY
from tests.store.harness import StoreHarness
from tests.store.verbs import context_on


class PolicyHarness:
    """One workspace that a test changes, and who is in which group or channel at this moment."""

    def __init__(self, client: Client) -> None:
        self.store = StoreHarness(client)
        self.directory = FakeDirectory()
        self.directory.join(*PEOPLE)
        self.directory.approvers = frozenset(PEOPLE[:4])
        self.directory.groups = {
            LEADS: {"U0ANN", "U0BEN", "U0FAY"},
            SECURITY: {"U0CAY", "U0DAN"},
            ON_CALL: {"U0ANN", "U0EVE"},
        }
        self.rulebook = Rulebook(CHAINS)
        self.moved = 0
        self.context = context_on(self.store, self.directory, rulebook=self.rulebook)

    async def stock(self) -> None:
        """Store every variable."""
        await self.store.add(*NAMES)

    async def pass_time(self, seconds: int) -> None:
        """Move what is stored on."""
        self.moved += seconds * 1_000
        await self.store.pass_time(seconds * 1_000)

    def flip_person(self, user: str) -> None:
        """Somebody leaves the workspace, or is back."""
        known = self.directory.people[user]
        self.directory.people[user] = replace(known, deleted=not known.deleted)

    def flip_member(self, principals: str, user: str) -> None:
        """Somebody leaves a group or the approvers channel, or joins it."""
        if principals in GROUPS:
            self.directory.groups[principals] ^= {user}
        else:
            self.directory.approvers ^= {user}

    def is_member(self, *users: str) -> bool:
        """Whether all of these are full members of the workspace."""
        return not any(self.directory.people[user].deleted for user in users)

    def members_of(self, words: Iterable[str]) -> frozenset[str]:
        """Everybody in these principal sets at this moment."""
        found: set[str] = set()
        for word in words:
            if word in GROUPS:
                found |= self.directory.groups[word]
            elif word == APPROVERS:
                found |= self.directory.approvers
            else:
                found |= set(PEOPLE) if word == "anyone" else {word}
        return frozenset(found)

    def holds(self, who: PrincipalSet, user: str) -> bool:
        """Whether somebody is in a principal set at this moment."""
        return user in self.members_of(who.words)
