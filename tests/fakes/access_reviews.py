"""Access reviews in memory: none was ever started."""

from collections.abc import Mapping, Sequence

from envaccess.domain.access_review import AccessReview, Judged, NewReview, Past, Verdict
from envaccess.domain.audit import Actor
from envaccess.domain.merkle import EMPTY
from envaccess.domain.refusal import Reason, Refusal


class NoAccessReviews:
    """Fits `ports.access_reviews.AccessReviews`."""

    async def open(self) -> AccessReview | None:
        return None

    async def get(self, review: str) -> AccessReview | None:
        del review
        return None

    async def all(self, newest: int = 0) -> Sequence[AccessReview]:
        del newest
        return ()

    async def past(self) -> Past:
        return Past(EMPTY, 0)

    async def start(self, op: str, actor: Actor, new: NewReview) -> AccessReview | Refusal | None:
        del op, actor, new
        return Refusal(Reason.NO_ACCESS_REVIEW)

    async def judge(
        self, op: str, review: AccessReview, actor: Actor, verdicts: Mapping[str, Verdict], why: str
    ) -> Judged | Refusal:
        del op, review, actor, verdicts, why
        return Refusal(Reason.NO_ACCESS_REVIEW)

    async def close(
        self, op: str, review: AccessReview, actor: Actor, at: int, patch: str, pack: str
    ) -> AccessReview | Refusal | None:
        del op, review, actor, at, patch, pack
        return Refusal(Reason.NO_ACCESS_REVIEW)
