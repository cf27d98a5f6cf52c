"""What the seals of an access review say. `at` is the sealing process's own clock, in milliseconds.

Who writes to Redis makes no item look judged, no review look closed, and takes no item out.
"""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from envaccess.domain.access_review import Verdict
from envaccess.domain.seals.statements import Statement


@dataclass(frozen=True, slots=True)
class AccessReviewSeal(Statement):
    """Somebody started an access review of these items.

    Attributes:
        by: the text of the actor.
        reviewers: who may judge; none: whoever is security in the policy of that moment.
        policy: the digest of the policy when it started.
        root: the root of the tree that the sample was drawn by, hexadecimal, and its size.
        items: SHA-256 over all items (`access_review.digest_of_items`).
    """

    KIND: ClassVar[str] = "accessreview"
    id: str
    by: str
    what: str
    reviewers: tuple[str, ...]
    until: int
    policy: str
    root: str
    size: int
    items: str
    at: int


@dataclass(frozen=True, slots=True)
class ItemJudgementSeal(Statement):
    """Somebody judged one item.

    Attributes:
        review: the MAC of what started the review.
        item: the number of the item.
        said: a digest of the reason with its own salt, so that the reason can be taken away; empty: none.
    """

    KIND: ClassVar[str] = "itemjudgement"
    review: str
    item: str
    verdict: Verdict
    by: str
    said: str
    at: int


@dataclass(frozen=True, slots=True)
class AccessReviewCloseSeal(Statement):
    """Somebody closed it.

    Attributes:
        review: the MAC of what started it.
        judged: how many items were judged by then.
        patch: SHA-256 of the policy patch, hexadecimal.
        pack: SHA-256 of the manifest of the pack, hexadecimal.
    """

    KIND: ClassVar[str] = "accessreviewclose"
    review: str
    by: str
    judged: int
    patch: str
    pack: str
    at: int


def said_digest(salt: str, why: str) -> str:
    """What a judgement's seal says of its reason."""
    return hashlib.sha256(f"{salt}:{why}".encode()).hexdigest() if why else ""
