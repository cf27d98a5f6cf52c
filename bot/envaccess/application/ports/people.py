"""Who is who now, whose duty it is, and who is locked."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.domain.approval_progress import Delegation
from envaccess.domain.audit import Actor
from envaccess.domain.lock import Locks, Target
from envaccess.domain.outcome import Locked
from envaccess.domain.person import Person
from envaccess.domain.refusal import Refusal


class Directory(Protocol):
    """People and channels as Slack knows them, at most ten seconds ago. Raises `DirectoryError`."""

    @property
    def workspace(self) -> str:
        """The team id that `auth.test` gave."""
        ...

    async def person(self, user: str) -> Person | None:
        """Who this is; None when Slack knows nobody of that id."""
        ...

    async def persons(self, users: Sequence[str]) -> Sequence[Person | None]:
        """Who these are, in the same order; whoever Slack is to be asked about is asked about at once."""
        ...

    async def members(self, channel: str) -> frozenset[str]:
        """A channel's members without the bot itself; empty when the bot cannot see it."""
        ...

    async def group(self, group: str) -> frozenset[str] | None:
        """Members of the user group with this id (`S...`); None when there is none, or it is disabled."""
        ...

    def forget(self, user: str) -> None:
        """Drop what is remembered of somebody, because an event says that it changed."""
        ...


class Delegations(Protocol):
    """Approvers' duties that are in other hands."""

    async def standing(self) -> Sequence[Delegation]:
        """All that hold now."""
        ...

    async def give(self, op: str, giver: str, taker: str, seconds: int) -> int | Refusal:
        """Hand one's duty over; returns until when. It takes the place of an earlier one."""
        ...

    async def take_back(self, op: str, giver: str) -> bool | Refusal:
        """End one's delegation; False when there is none."""
        ...


class LockRegistry(Protocol):
    """Locks on people and variables. The scripts of the other ports check them too."""

    async def standing(self) -> Locks:
        """All that hold now."""
        ...

    async def lock(self, op: str, target: Target, actor: Actor, why: str) -> Locked | Refusal:
        """Lock, and end live grants in the same step. The service has ruled that the actor may."""
        ...

    async def unlock(
        self, op: str, target: Target, actor: Actor, why: str = "", lock: str = ""
    ) -> Locked | Refusal:
        """Lift the lock; with `lock`, only the one of this id."""
        ...
