"""What is wrong with an installation, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass

PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "elasticache": (".cache.amazonaws.com",),
    "memorydb": (".memorydb.",),
    "azure": (".redis.cache.windows.net", ".redis.azure.net"),
    "upstash": (".upstash.io",),
    "dragonfly": (".dragonflydb.cloud",),
}
"""Services that run a Redis of their own kind, and what is in the names of their servers."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What Redis says about itself.

    Attributes:
        product: `redis` or `valkey`.
        policy: the eviction policy.
        used: bytes in use; 0 when unknown.
        limit: `maxmemory` in bytes; 0 for none.
        forbidden: commands that this user may not run.
        replicas: how many follow it.
        replica: whether it follows another server itself, and takes no writes.
        restoring: whether a restore of the workspace is under way, or did not finish.
        later: whether a later version has changed how the workspace is laid out.
        ahead: milliseconds that its clock is ahead of ours.
        provider: who runs it, a word of `PROVIDERS`; empty for whoever it is.
        unknown: commands that it does not have.
        undeclared: whether scripts may use only keys that are named beforehand.
    """

    product: str
    version: tuple[int, ...]
    aof: bool
    policy: str
    used: int = 0
    limit: int = 0
    forbidden: tuple[str, ...] = ()
    replica: bool = False
    replicas: int = 0
    restoring: bool = False
    later: bool = False
    ahead: int = 0
    provider: str = ""
    unknown: tuple[str, ...] = ()
    undeclared: bool = False

    @property
    def replicated(self) -> bool:
        """Whether replicas follow it, so that a failover could lose the last steps."""
        return self.replicas > 0

    @property
    def nearly_full(self) -> bool:
        """Whether 90 % of the memory is used, when nothing new may be filed."""
        return self.limit > 0 and self.used >= 0.9 * self.limit


@dataclass(frozen=True, slots=True)
class Transport:
    """How what is said to Redis travels, by the words of its URL alone.

    Attributes:
        remote: whether the server is not this machine by its literal address or the name `localhost`.
        tls: whether the connection is encrypted.
        verified: whether the server's certificate is checked.
        password: whether a password is sent.
    """

    remote: bool
    tls: bool
    verified: bool
    password: bool


@dataclass(frozen=True, slots=True)
class SetupFault:
    """One thing that is wrong.

    Attributes:
        subject: what was looked at, such as a setting's name.
        problem: what is wrong with it, one sentence.
        mend: what to do about it, one sentence.
        grave: whether serving must refuse to start.
    """

    subject: str
    problem: str
    mend: str
    grave: bool = True
