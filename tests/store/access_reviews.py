"""An access review in a store, and the people who judge it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from envaccess.domain.access_review import (
    USUAL_SECONDS,
    AccessReview,
    Item,
    ItemKind,
    Judged,
    NewReview,
    Verdict,
)
from envaccess.domain.audit import Actor, person
from envaccess.domain.merkle import EMPTY
from envaccess.domain.refusal import Refusal
from envaccess.store.access_reviews import RedisAccessReviews
from tests.store.harness import ALICE, BOB, CAROL, SECURITY, StoreHarness

REASON = "has left the team"


def items_about(*people: str) -> tuple[Item, ...]:
    """That each of them may ask under a rule."""
    return tuple(
        Item(str(place), ItemKind.REQUESTER, "payments", who, (who,), (who,), less="half")
        for place, who in enumerate(people, start=1)
    )


@dataclass
class Reviewed:
    """A review that is open in a store."""

    store: StoreHarness
    reviews: RedisAccessReviews
    review: AccessReview

    @classmethod
    async def of(cls, store: StoreHarness, people: Sequence[str] = (ALICE, BOB, CAROL)) -> "Reviewed":
        """Start one about these people."""
        reviews = RedisAccessReviews(store.runner, store.sealing)
        items = items_about(*people)
        new = NewReview("7k2m9xq4", "everything", (), USUAL_SECONDS, "built-in", EMPTY.hex(), 0, items)
        started = await reviews.start(store.op(), SECURITY, new)
        assert isinstance(started, AccessReview), started
        return cls(store, reviews, started)

    async def judges(
        self, verdicts: Mapping[str, Verdict] | None = None, by: Actor | None = None, op: str = ""
    ) -> Judged | Refusal:
        """Judge items; Carol keeps the first unless said."""
        said = verdicts or {"1": Verdict.KEEP}
        return await self.reviews.judge(op or self.store.op(), self.review, by or person(CAROL), said, REASON)

    async def now(self) -> AccessReview:
        """As it stands."""
        found = await self.reviews.get(self.review.id)
        assert found is not None
        return found
