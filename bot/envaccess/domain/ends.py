"""Ends that a process saw: what ended once lives again only where a use was given back, with its seal.

Whoever writes to Redis can put back what a request was before it ended. A process that saw the end is not
deceived by that, for as long as anything that people agreed to could still be valid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from envaccess.domain.audit import Tag
from envaccess.domain.bounded_memory import BoundedMemory
from envaccess.domain.policy.rules import LONGEST

ENDS: Final = frozenset(
    {
        Tag.REQUEST_DECLINED,
        Tag.REQUEST_DENIED,
        Tag.REQUEST_CANCELLED,
        Tag.REQUEST_TIMED_OUT,
        Tag.GRANT_EXPIRED,
        Tag.GRANT_LAPSED,
        Tag.GRANT_REVOKED,
        Tag.GRANT_USED_UP,
        Tag.SESSION_ENDED,
    }
)
"""Events after which a request, or a session, gives no access any more."""
GIVEN_BACK: Final = Tag.GRANT_REVEAL_FAILED
"""The event after which a grant that was used up lives again."""
REMEMBERED_SECONDS: Final = LONGEST
"""How long an end is remembered: no grant lasts longer."""
REMEMBERED_MOST: Final = 100_000
"""Ends that are remembered at most, some 25 MB; then the oldest is forgotten first."""


@dataclass(frozen=True, slots=True)
class EndEvent:
    """What an event says of the end of a request.

    Attributes:
        event: its tag.
        seal: the seal of a use that was given back; empty where there is none.
    """

    event: str
    request: str
    seal: str = ""


class SeenEnds:
    """The ends that one process saw.

    Args:
        is_returned: whether a seal says that a use of this request was given back.
        seconds: how long each is remembered.
        most: how many are.
    """

    def __init__(
        self,
        is_returned: Callable[[str, str], bool],
        seconds: float = REMEMBERED_SECONDS,
        most: int = REMEMBERED_MOST,
    ) -> None:
        self._is_returned = is_returned
        self._ends = BoundedMemory[str](seconds, most)
        self._seals = BoundedMemory[bool](seconds, most)

    def note(self, event: EndEvent, now: float) -> bool:
        """Take an event in; False where an older one had to be forgotten for it before its time.

        Args:
            event: the next one of the stream.
            now: seconds of a clock that never goes back.
        """
        if event.event in ENDS:
            return self._ends.put(event.request, event.event, now)
        if self.of(event.request, now) == Tag.GRANT_USED_UP and self._gives_back(event, now):
            self._ends.forget(event.request)
        return True

    def of(self, request: str, now: float) -> str | None:
        """The tag of the event with which a request ended; None where no end was seen."""
        return self._ends.get(request, now)

    def _gives_back(self, event: EndEvent, now: float) -> bool:
        """Whether this event gives a use back. Each seal does so once: a copy of it is somebody else's."""
        if event.event != GIVEN_BACK or not event.seal or self._seals.get(event.seal, now):
            return False
        if not self._is_returned(event.request, event.seal):
            return False
        self._seals.put(event.seal, fact=True, now=now)
        return True
