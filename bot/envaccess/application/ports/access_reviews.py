"""Access reviews as the verbs, reports and pages see them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from envaccess.domain.access_review import AccessReview, Judged, NewReview, Past, Verdict
from envaccess.domain.audit import Actor
from envaccess.domain.refusal import Refusal


class AccessReviews(Protocol):
    """A workspace's access reviews. Raises `StoreError`."""

    async def open(self) -> AccessReview | None:
        """The one that is open; None where none is."""
        ...

    async def get(self, review: str) -> AccessReview | None:
        """One of them; None where there is none of this id, or none that can be relied on."""
        ...

    async def all(self, newest: int = 0) -> Sequence[AccessReview]:
        """All that are kept, the newest first; `newest`: only so many."""
        ...

    async def past(self) -> Past:
        """What the stream says about the last 90 days; of what reviews have looked at already, nothing."""
        ...

    async def start(self, op: str, actor: Actor, new: NewReview) -> AccessReview | Refusal | None:
        """Start it; None: its id is taken."""
        ...

    async def judge(
        self, op: str, review: AccessReview, actor: Actor, verdicts: Mapping[str, Verdict], why: str
    ) -> Judged | Refusal:
        """Judge items by their numbers; what somebody else judged meanwhile stays."""
        ...

    async def close(
        self, op: str, review: AccessReview, actor: Actor, at: int, patch: str, pack: str
    ) -> AccessReview | Refusal | None:
        """Close it as it was seen; None: somebody judged something meanwhile.

        Args:
            op: the operation id.
            review: as it was seen.
            actor: who closes it.
            at: when, by our clock; the pack says so.
            patch: what follows for the policy.
            pack: SHA-256 of the manifest.
        """
        ...
