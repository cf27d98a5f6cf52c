"""An access review as the commands see it, kept in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from envaccess.domain.access_review import (
    AccessReview,
    Item,
    ItemJudgement,
    ItemKind,
    Judged,
    ReviewState,
    Verdict,
)
from envaccess.domain.refusal import Refusal
from envaccess.domain.review_pack import make_pack, pack_hash

NOON = 1_760_011_200_123
ME = "cli:tester"
ITEMS = (
    Item("1", ItemKind.REQUESTER, "payments", "U0ALICE", ("U0ALICE",)),
    Item("2", ItemKind.GRANT, "", "U0BOB", ("U0BOB",), request="7k2m9xq4", less="less would have done"),
)
OPEN = AccessReview("7k2m9xq4", "everything", ME, (), "built-in", "", 0, ITEMS, NOON, NOON + 14 * 86_400_000)
PATCH = "# nothing\n{}\n"


@dataclass
class FakeReviewTools:
    """Fits `cli.review.ReviewTools`."""

    kept: AccessReview | None = OPEN
    refusal: Refusal | None = None
    asked: list[object] = field(default_factory=list)
    team: str = "Acme"

    def operation(self) -> str:
        return "op"

    async def newest(self, review: str) -> AccessReview | None:
        return self.kept if review in {"", "7k2m9xq4"} else None

    async def start(
        self, op: str, what: str, reviewers: tuple[str, ...], seconds: int
    ) -> AccessReview | Refusal:
        self.asked.append((op, what, reviewers, seconds))
        return self.refusal or OPEN

    async def judge(
        self, op: str, review: AccessReview, verdicts: Mapping[str, Verdict], why: str
    ) -> Judged | Refusal:
        self.asked.append((op, review.id, dict(verdicts), why))
        return self.refusal or Judged(review.id, ("2",), {"1": "person:U0CAROL"})

    async def close(self, op: str, review: AccessReview) -> AccessReview | Refusal:
        self.asked.append((op, review.id))
        self.kept = closed(review)
        return self.refusal or self.kept


def closed(review: AccessReview, why: str = "=HYPERLINK(1)") -> AccessReview:
    said = ItemJudgement("2", Verdict.REVOKE, "person:U0CAROL", NOON, why)
    judged = replace(review, judgements={"2": said}, patch=PATCH)
    pack = pack_hash(make_pack(judged, ME, NOON, PATCH))
    return replace(judged, state=ReviewState.CLOSED, closed_by=ME, closed_at=NOON, pack=pack)
