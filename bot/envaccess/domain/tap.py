"""A press before a release: a rule may ask the person, each time, before values go to their terminal."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TAP_SECONDS: Final = 120
"""How long a press is waited for, and how long it holds."""


class TapState(StrEnum):
    """How it stands."""

    ASKED = "asked"
    RELEASED = "released"
    REFUSED = "refused"
    USED = "used"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Tap:
    """One release that is asked for.

    Attributes:
        op: the operation that would release.
        session: the session of that terminal.
        host: what its client says that it is; `program` too.
        ends_at: milliseconds since the epoch.
        address: from where it called, as the server saw it.
    """

    op: str
    session: str
    host: str
    program: str
    state: TapState
    ends_at: int
    address: str = ""

    @property
    def mark(self) -> str:
        """What a button about exactly this carries: of what was shown, nothing can be put in its place."""
        told = f"{self.op}\0{self.session}\0{self.host}\0{self.program}\0{self.address}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]
