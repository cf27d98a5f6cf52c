"""The parts that services act through, joined by `wiring`."""

from dataclasses import dataclass

from envaccess.application.ports import (
    Clock,
    Delegations,
    Directory,
    Ids,
    LockRegistry,
    Requests,
    Reveals,
    Secrets,
    Source,
    Throttle,
    Trail,
)
from envaccess.application.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """Every port that a verb may need."""

    requests: Requests
    reveals: Reveals
    trail: Trail
    throttle: Throttle
    secrets: Secrets
    source: Source
    directory: Directory
    ids: Ids
    delegations: Delegations
    locks: LockRegistry
    rulebook: Rulebook
    clock: Clock
    approvers_channel: str
