"""Who acts, and which person counts for it.

Persons decide; machines and agents only ask. Law 3 counts the person behind: whoever opened the agent's
session, or started the pipeline as far as the policy knows them.
"""

from dataclasses import dataclass
from typing import Final

from envaccess.domain.audit import Actor, ActorKind, read_actor

PROGRAMS: Final = frozenset({ActorKind.MACHINE, ActorKind.AGENT})
"""Principals that are no persons."""
_RUN: Final = "/"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts.

    Attributes:
        id: a person's Slack user id, a machine's name in the policy, or the id of an agent's session.
        issuer: who says that it is this one: the workspace that the surface names, or who issued a machine's
            token; empty where none is named.
        behalf: the Slack user id of the person behind a machine or an agent; empty for a person, and where
            nobody is known.
        run: which run of a machine, as a digest of its issuer, run, attempt and job; else empty. What one run
            asked for is not another's.
    """

    kind: ActorKind
    id: str
    issuer: str = ""
    behalf: str = ""
    run: str = ""

    def __str__(self) -> str:
        """`person:U0ALICE`, `machine:deploy`, `agent:ag_7k2p of person:U0ALICE`."""
        return f"{self.actor} of {Actor(ActorKind.PERSON, self.behalf)}" if self.behalf else str(self.actor)

    @property
    def actor(self) -> Actor:
        """The same for the audit stream, which has the person behind in an event's details."""
        return Actor(self.kind, self.id)

    @property
    def acting(self) -> Actor:
        """Who acts, for the steps of the store, which tell runs apart; events leave them out."""
        return Actor(self.kind, f"{self.id}{_RUN}{self.run}" if self.run else self.id)

    @property
    def is_person(self) -> bool:
        """Whether it may decide at all."""
        return self.kind is ActorKind.PERSON

    @property
    def key(self) -> str:
        """How records and keys name it: a person's bare id, `machine:deploy/9f86d081`, `agent:ag_7k2p`."""
        if self.is_person:
            return self.id
        return str(self.acting)

    @property
    def person(self) -> str:
        """The Slack user id of the person who counts (law 3); empty where nobody is known."""
        return self.id if self.is_person else self.behalf


def read_principal(key: str, behind: str = "") -> Principal:
    """A principal from how records name it, and who is behind it; what names no program is a person's id."""
    kind, colon, _ = key.partition(":")
    if not colon or kind not in PROGRAMS:
        return Principal(ActorKind.PERSON, key)
    name, _, run = read_actor(key).id.partition(_RUN)
    return Principal(ActorKind(kind), name, behalf=behind, run=run)
