"""What is wrong with an installation, and how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What Redis says about itself.

    Attributes:
        product: `redis` or `valkey`.
        policy: the eviction policy.
        used: bytes in use; 0 when unknown.
        limit: `maxmemory` in bytes; 0 for none.
        forbidden: commands that this user may not run.
        replicated: whether replicas follow it, so that a failover could lose the last steps.
    """

    product: str
    version: tuple[int, ...]
    aof: bool
    policy: str
    used: int = 0
    limit: int = 0
    forbidden: tuple[str, ...] = ()
    replicated: bool = False

    @property
    def nearly_full(self) -> bool:
        """Whether 90 % of the memory is used, when nothing new may be filed."""
        return self.limit > 0 and self.used >= 0.9 * self.limit


@dataclass(frozen=True, slots=True)
class Fault:
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
