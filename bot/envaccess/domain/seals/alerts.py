"""What the seals of alerts say. `at` is the sealing process's own clock, in milliseconds since the epoch.

Who writes to Redis could else name another person as the one whom an alert is about, so that they judge their
own, or let it look judged by somebody who never saw it.
"""

from dataclasses import dataclass
from typing import ClassVar

from envaccess.domain.seals.statements import Statement
from envaccess.domain.signals.alerts import Disposition, NoticedFact


@dataclass(frozen=True, slots=True)
class AlertSeal(Statement):
    """Something unusual was noticed.

    Attributes:
        about: whom it is about, as records name them.
        people: the persons who do not judge it.
        noticed: the facts, the oldest first.
    """

    KIND: ClassVar[str] = "alert"
    id: str
    about: str
    people: tuple[str, ...]
    noticed: tuple[NoticedFact, ...]
    at: int


@dataclass(frozen=True, slots=True)
class JudgementSeal(Statement):
    """Somebody judged an alert.

    Attributes:
        alert: the MAC of what they judged.
        before: the MAC of the judgement that it follows; empty for the first.
        note: a salted digest of what they said; empty where they said nothing. So a note can be taken away.
    """

    KIND: ClassVar[str] = "judgement"
    alert: str
    before: str
    disposition: Disposition
    by: str
    note: str
    at: int
