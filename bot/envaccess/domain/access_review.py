"""Access reviews: somebody else looks at who may have what, and says whether that is still right.

What is looked at is fixed when a review starts, item by item; what is said about an item is a judgement.
Nobody judges an item that is about themselves, and what nobody judged is not reviewed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

ITEMS_MAX: Final = 1_000
"""Items of one review: more than that nobody reads, and one review would hold Redis up."""
SAMPLE: Final = 25
"""Grants of a sample."""
USUAL_SECONDS: Final = 14 * 24 * 3_600
SHORTEST_SECONDS: Final = 3_600
LONGEST_SECONDS: Final = 90 * 24 * 3_600
PAGE: Final = 20
"""Items that are shown, and judged, at once."""
EVERYTHING: Final = "everything"


class ItemKind(StrEnum):
    """What an item is about; the value stands in events and is stable."""

    REQUESTER = "requester"
    """Somebody may ask under a rule."""
    AUTOMATIC = "automatic"
    """A rule lets requests through alone."""
    DUTY = "duty"
    """Somebody decides in somebody else's place."""
    CHANNEL = "channel"
    """Somebody is in the approvers or the audit channel."""
    SECURITY = "security"
    """Somebody is one of the policy's security people."""
    OWNER = "owner"
    """Somebody owns variables."""
    EMERGENCY = "emergency"
    """Somebody took emergency access."""
    GRANT = "grant"
    """Somebody had access: one of a sample."""


KINDS_OF: Final[Mapping[str, frozenset[ItemKind]]] = {
    EVERYTHING: frozenset(ItemKind),
    "access": frozenset({ItemKind.REQUESTER, ItemKind.AUTOMATIC}),
    "duties": frozenset({ItemKind.DUTY}),
    "channels": frozenset({ItemKind.CHANNEL}),
    "people": frozenset({ItemKind.SECURITY, ItemKind.OWNER}),
    "emergencies": frozenset({ItemKind.EMERGENCY}),
    "grants": frozenset({ItemKind.GRANT}),
}
"""What can be reviewed, by the word for it; any other word is the name of a rule."""


class Verdict(StrEnum):
    """What somebody said about an item; the value stands in events and is stable."""

    KEEP = "keep"
    REDUCE = "reduce"
    REVOKE = "revoke"


class ReviewState(StrEnum):
    """Where an access review stands."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at, as it stood when the review started.

    Attributes:
        id: its number within the review, from 1.
        rule: the rule, the glob of an owner, or the channel: `approvers`, `audit`.
        who: a Slack user id, a program as records name it, or `anyone`, `owners`, `agents`.
        about: people who gain by it, none of whom may judge it; none where it is about everybody.
        via: through which ids of the policy's list they came: their own, a user group's, a channel's.
        variables: of a grant.
        request: the id of a grant's request.
        at: when access began, milliseconds since the epoch; 0 where it is no grant.
        until: when a duty ends, milliseconds.
        seconds: how long access lasts.
        less: what reducing it comes to, in words; empty where there is nothing to reduce.
        also: what else they may: `automatic`, `emergency`, `agents`.
    """

    id: str
    kind: ItemKind
    rule: str = ""
    who: str = ""
    about: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    request: str = ""
    at: int = 0
    until: int = 0
    seconds: int = 0
    less: str = ""
    also: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """What it is shown together with."""
        return f"{self.kind}:{self.rule}"

    def allows(self, verdict: Verdict) -> bool:
        """Whether this can be said about it."""
        return verdict is not Verdict.REDUCE or bool(self.less)

    def written(self) -> str:
        """As it is stored: JSON, one text for one item, without what there is none of."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return json.dumps(
            {name: value for name, value in found.items() if value},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )


_MANY: Final = frozenset({"about", "via", "variables", "also"})


def read_item(text: str) -> Item:
    """The inverse of `written`.

    Raises:
        ValueError: this version does not understand it.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        many = {name: tuple(found[name]) for name in _MANY & found.keys()}
        return Item(**{**found, **many, "kind": ItemKind(found["kind"])})
    except (TypeError, KeyError, AttributeError):
        raise ValueError("an item that this version does not understand") from None


def digest_of_items(items: Iterable[Item]) -> str:
    """SHA-256 over all items in their order, hexadecimal: what the seal of a review says."""
    return hashlib.sha256("\n".join(item.written() for item in items).encode()).hexdigest()


def draw(root: bytes, candidates: Iterable[str], most: int = SAMPLE) -> list[str]:
    """The ids that a head of the tree picks, so that nobody does: the least SHA-256(root || id)."""
    return sorted(set(candidates), key=lambda one: hashlib.sha256(root + one.encode()).digest())[:most]


@dataclass(frozen=True, slots=True)
class ItemJudgement:
    """What somebody said about an item.

    Attributes:
        by: the text of the actor.
        at: milliseconds since the epoch.
        why: the reason; empty for a Keep, and where it was taken away (`audit redact`).
    """

    item: str
    verdict: Verdict
    by: str
    at: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class NewReview:
    """A review that is about to start.

    Attributes:
        id: eight letters and digits.
        what: `everything`, another word of `KINDS_OF`, or the name of a rule.
        reviewers: who may judge; none: whoever is security in the policy of that moment.
        seconds: how long they have.
        policy: the digest of the policy of now.
        root: the root of the tree over the events that the sample was drawn by, hexadecimal.
        size: how many events that has.
        told: who is told of it where nobody is named: the first few of the security people.
    """

    id: str
    what: str
    reviewers: tuple[str, ...]
    seconds: int
    policy: str
    root: str
    size: int
    items: tuple[Item, ...]
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessReview:
    """A review as it stands; everything from its seals.

    Attributes:
        by: the text of the actor who started it.
        opened_at: milliseconds since the epoch, as are the other times.
        until: by when it should be done.
        judgements: by the id of the item.
        closed_by: the text of the actor; empty while it is open.
        patch: what follows for the policy, as YAML; empty while it is open.
        pack: SHA-256 of the manifest of its pack, hexadecimal; empty while it is open.
        mac: names the seal that started it.
        recorded: how many items the store has as judged, those among them whose seal does not hold.
    """

    id: str
    what: str
    by: str
    reviewers: tuple[str, ...]
    policy: str
    root: str
    size: int
    items: tuple[Item, ...]
    opened_at: int
    until: int
    state: ReviewState = ReviewState.OPEN
    judgements: Mapping[str, ItemJudgement] = field(default_factory=dict)
    closed_by: str = ""
    closed_at: int = 0
    patch: str = ""
    pack: str = ""
    mac: str = ""
    recorded: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it can still be judged."""
        return self.state is ReviewState.OPEN

    @property
    def unjudged(self) -> tuple[Item, ...]:
        """What nobody has said anything about."""
        return tuple(item for item in self.items if item.id not in self.judgements)

    def count(self, verdict: Verdict) -> int:
        """How many items were judged so."""
        return sum(one.verdict is verdict for one in self.judgements.values())

    def left_for(self, person: str) -> tuple[Item, ...]:
        """What is not judged yet and this person may judge."""
        return tuple(item for item in self.unjudged if person not in item.about)

    def item(self, number: str) -> Item | None:
        """The item of this number."""
        return next((item for item in self.items if item.id == number), None)


def groups_of(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Items by what they are shown together with, in their order."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.group, []).append(item)
    return found


def next_page(left: Iterable[Item], after: int) -> list[Item]:
    """The items to show next: those of one group that come after a number, as many as are shown at once."""
    groups = groups_of(item for item in left if int(item.id) > after)
    return next(iter(groups.values()), [])[:PAGE]


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of judging items.

    Attributes:
        done: the items that were judged by this.
        lost: those that somebody else had judged, and who that was, as the text of an actor.
    """

    review: str
    done: tuple[str, ...]
    lost: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastGrant:
    """A grant that no review has looked at.

    Attributes:
        requester: as records name them.
        behind: the person behind a program; empty for a person.
    """

    request: str
    requester: str
    behind: str
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What the stream says about the last 90 days.

    Attributes:
        root: of the newest head of the tree; of an empty tree where nothing is sealed yet.
        size: how many events that has.
        starters: who was behind which machine.
    """

    root: bytes
    size: int
    grants: tuple[PastGrant, ...] = ()
    starters: Mapping[str, frozenset[str]] = field(default_factory=dict)
