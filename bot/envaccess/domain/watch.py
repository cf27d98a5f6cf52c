"""What security people watch: live grants, the seal of the audit stream, and the systems that it goes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.access_review import AccessReview
from envaccess.domain.request import Request
from envaccess.domain.signals.alerts import Alert
from envaccess.domain.sinks import SinkLag

SEAL_LATE: Final = 5 * 60
"""Seconds: an event that waits longer to be sealed is an alarm, since that happens each minute."""


@dataclass(frozen=True, slots=True)
class LiveGrants:
    """A page of all live grants, the one that ends first being first.

    Attributes:
        total: how many there are in all.
        page: which page this is, counted from 0; the last where there are not so many.
        refused: ids of those on it whose records cannot be relied on.
    """

    requests: Sequence[Request] = ()
    total: int = 0
    page: int = 0
    refused: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SealState:
    """How far the audit stream is sealed.

    Attributes:
        size: how many events the newest head seals.
        at: when the last of them happened, milliseconds; 0 where none is sealed.
        key: eight hexadecimal digits that name the key that signed; empty where nobody did.
        fork: 0, or how often a head was lost.
        waits: seconds for which the oldest event has waited that is not sealed; 0 where all are.
    """

    size: int = 0
    at: int = 0
    key: str = ""
    fork: int = 0
    waits: int = 0

    @property
    def is_late(self) -> bool:
        """Whether sealing does not keep up."""
        return self.waits > SEAL_LATE


@dataclass(frozen=True, slots=True)
class SecurityOverview:
    """All of it; None for what could not be read.

    Attributes:
        sinks: how far each is behind.
        alerts: the newest that nobody has closed.
        reviews: the access review that is open; empty for none.
    """

    grants: LiveGrants | None = None
    seal: SealState | None = None
    sinks: Sequence[SinkLag] | None = None
    alerts: Sequence[Alert] | None = None
    reviews: Sequence[AccessReview] | None = None
