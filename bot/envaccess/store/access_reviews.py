"""Access reviews, read from their seals alone (law 13): fits `ports.access_reviews.AccessReviews`."""

import hashlib
import json
import secrets as randomness
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from envaccess.domain.access_review import (
    KINDS_OF,
    AccessReview,
    Item,
    ItemJudgement,
    ItemKind,
    Judged,
    NewReview,
    Past,
    PastGrant,
    ReviewState,
    Verdict,
    digest_of_items,
    read_item,
)
from envaccess.domain.audit import Actor, ActorKind, Event, Tag, read_actor
from envaccess.domain.audit_tree import read_heads_of
from envaccess.domain.errors import RecordRefusedError, SealBrokenError, SealRefusedError
from envaccess.domain.merkle import EMPTY
from envaccess.domain.refusal import Refusal
from envaccess.domain.seals.access_reviews import (
    AccessReviewCloseSeal,
    AccessReviewSeal,
    ItemJudgementSeal,
    said_digest,
)
from envaccess.domain.seals.statements import mac_of
from envaccess.store.client import ours
from envaccess.store.keys import DAY
from envaccess.store.opened_seals import opened
from envaccess.store.refusals import Alarm, Refusals, refusing, silent, with_keys_of_now
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.trail import RedisTrail

_LONGEST: Final = 90 * DAY
_PAGE: Final = 1_000
_SECONDS: Final = 10.0
"""The longest that a page may take: nobody waits for it in Slack."""


class RedisAccessReviews:
    """One workspace's access reviews.

    Args:
        runner: the workspace's scripts.
        sealing: seals what people say, and opens it.
        alarm: tells whoever runs this process of a record that does not hold.
    """

    def __init__(self, runner: Runner, sealing: Sealing, alarm: Alarm = silent) -> None:
        self._runner = runner
        self._sealing = sealing
        self._refusals = Refusals(runner, alarm)

    async def open(self) -> AccessReview | None:
        """The one that is open; None where none is."""
        for review in await self._ids():
            if found := await self.get(review):
                return found if found.is_open else None
        return None

    async def all(self, newest: int = 0) -> Sequence[AccessReview]:
        """All that are kept, the newest first; `newest`: only so many."""
        read = [await self.get(review) for review in await self._ids(newest)]
        return [review for review in read if review]

    async def _ids(self, newest: int = 0) -> Sequence[str]:
        found: Sequence[str] = await self._runner.read(
            "ZREVRANGE", self._runner.key("access_reviews"), 0, newest - 1
        )
        return found

    async def get(self, review: str) -> AccessReview | None:
        """One of them; None where there is none of this id, or none that can be relied on."""
        kinds = ("access_review", "review_items", "judgements")
        commands = [("HGETALL", self._runner.key(kind, review)) for kind in kinds]
        found = [_fields(answer) for answer in await self._runner.read_all(commands)]
        if not found[0]:
            return None
        try:
            read = await with_keys_of_now(self._sealing, lambda: self._read(review, *found))
        except RecordRefusedError as refused:
            await self._refusals.tell(refused)
            return None
        if read.recorded > len(read.judgements):
            await self._refusals.tell(SealRefusedError(review, "seal", "a seal is missing or broken"))
        return read

    def _read(
        self, review: str, record: Mapping[str, str], items: Mapping[str, str], said: Mapping[str, str]
    ) -> AccessReview:
        with refusing(SealRefusedError, review):
            start = opened(AccessReviewSeal, self._sealing.seals, record["seal"])
            listed = tuple(read_item(items[number]) for number in sorted(items, key=int))
            if start.id != review or start.items != digest_of_items(listed):
                raise SealBrokenError("other items")
            mac = mac_of(record["seal"])
            close = self._closed(mac, record)
            return AccessReview(
                id=review,
                what=start.what,
                by=start.by,
                reviewers=start.reviewers,
                policy=start.policy,
                root=start.root,
                size=start.size,
                items=listed,
                opened_at=start.at,
                until=start.until,
                state=ReviewState.CLOSED if close else ReviewState.OPEN,
                judgements=self._judged(mac, listed, said),
                closed_by=close.by if close else "",
                closed_at=close.at if close else 0,
                patch=record.get("patch", "") if close else "",
                pack=close.pack if close else "",
                mac=mac,
                recorded=len(said),
            )

    def _closed(self, mac: str, record: Mapping[str, str]) -> AccessReviewCloseSeal | None:
        """Who closed it; None where nobody did, whatever its record says."""
        if "close_seal" not in record:
            return None
        close = opened(AccessReviewCloseSeal, self._sealing.seals, record["close_seal"])
        if close.review != mac or close.patch != _sha(record.get("patch", "")):
            raise SealBrokenError("the close of another review")
        return close

    def _judged(self, mac: str, items: Sequence[Item], said: Mapping[str, str]) -> dict[str, ItemJudgement]:
        read = (self._judgement(mac, item, said[item.id]) for item in items if item.id in said)
        return {one.item: one for one in read if one}

    def _judgement(self, mac: str, item: Item, text: str) -> ItemJudgement | None:
        """What somebody said; None where no seal says so: the item is not judged then."""
        try:
            kept = json.loads(text)
            seal = opened(ItemJudgementSeal, self._sealing.seals, kept["seal"])
        except (SealBrokenError, ValueError, TypeError, KeyError, RecursionError):
            return None
        who = read_actor(seal.by)
        own = who.kind is ActorKind.PERSON and who.id in item.about
        if (seal.review, seal.item) != (mac, item.id) or own or not item.allows(seal.verdict):
            return None
        why = str(kept.get("why", ""))
        true = said_digest(str(kept.get("salt", "")), why) == seal.said
        return ItemJudgement(item.id, seal.verdict, seal.by, seal.at, why if true else "")

    async def past(self) -> Past:
        """What the stream says about the last 90 days; of what reviews have looked at already, nothing."""
        judged, begun = await self._reviewed()
        async with ours():
            heads = read_heads_of(await self._runner.client.hgetall(self._runner.key("tree")))
        head = heads[-1] if heads else None
        grants: dict[str, PastGrant] = {}
        starters: dict[str, set[str]] = {}
        async for event in self._events(self._sealing.clock() - _LONGEST):
            if event.event in {Tag.GRANT_ACTIVATED, Tag.EMERGENCY_USED}:
                used = event.event == Tag.EMERGENCY_USED
                before = grants.get(event.request)
                emergency = used or (before is not None and before.emergency)
                if event.request not in judged and (event.at >= begun or emergency):
                    grants[event.request] = PastGrant(event.request, event.requester, event.behind, emergency)
            elif (
                event.event == Tag.REQUEST_CREATED and event.actor.kind is ActorKind.MACHINE and event.behind
            ):
                starters.setdefault(event.requester, set()).add(event.behind)
        return Past(
            root=head.root if head else EMPTY,
            size=head.size if head else 0,
            grants=tuple(grants.values()),
            starters={machine: frozenset(people) for machine, people in starters.items()},
        )

    async def _reviewed(self) -> tuple[frozenset[str], int]:
        """Requests that were judged, and when the last review of a sample began; all from seals."""
        reviews = await self.all()
        judged = [item.request for one in reviews for item in one.items if item.id in one.judgements]
        drew = [one.opened_at for one in reviews if ItemKind.GRANT in KINDS_OF.get(one.what, ())]
        return frozenset(judged), max(drew, default=0)

    async def _events(self, since: int) -> AsyncIterator[Event]:
        """Events from a moment on, a page at a time."""
        trail, after = RedisTrail(self._runner), f"{since}-0"
        while page := await trail.after(after, _PAGE):
            for event in page:
                yield event
            after = page[-1].id

    async def start(self, op: str, actor: Actor, new: NewReview) -> AccessReview | Refusal | None:
        """Start it; None: its id is taken."""
        await self._sealing.ready()
        at = self._sealing.clock()
        said = AccessReviewSeal(
            id=new.id,
            by=str(actor),
            what=new.what,
            reviewers=new.reviewers,
            until=at + new.seconds * 1_000,
            policy=new.policy,
            root=new.root,
            size=new.size,
            items=digest_of_items(new.items),
            at=at,
        )
        outcome = await self._runner.outcome(
            "open_review",
            op=op,
            id=new.id,
            same=new.what,
            actor=str(actor),
            what=new.what,
            reviewers=",".join(new.reviewers or new.told),
            items={item.id: item.written() for item in new.items},
            policy=new.policy[:12],
            root=new.root,
            size=new.size,
            seal=said.sealed(self._sealing.seals),
            clock=at,
        )
        if "taken" in outcome:
            return None
        return read_refusal(outcome) or await self.get(outcome["id"])

    async def judge(
        self, op: str, review: AccessReview, actor: Actor, verdicts: Mapping[str, Verdict], why: str
    ) -> Judged | Refusal:
        """Judge items by their numbers; what somebody else judged meanwhile stays."""
        await self._sealing.ready()
        at, salt = self._sealing.clock(), randomness.token_hex(16)
        seals = {
            item: ItemJudgementSeal(
                review=review.mac,
                item=item,
                verdict=verdict,
                by=str(actor),
                said=said_digest(salt, why if verdict is not Verdict.KEEP else ""),
                at=at,
            ).sealed(self._sealing.seals)
            for item, verdict in verdicts.items()
        }
        outcome = await self._runner.outcome(
            "judge_review",
            op=op,
            id=review.id,
            actor=str(actor),
            verdicts={item: str(verdict) for item, verdict in verdicts.items()},
            seals=seals,
            salt=salt,
            why=why,
            clock=at,
        )
        lost = dict(one.split("=", 1) for one in outcome.get("lost", "").split(",") if one)
        done = tuple(filter(None, outcome.get("done", "").split(",")))
        return read_refusal(outcome) or Judged(review.id, done, lost)

    async def close(
        self, op: str, review: AccessReview, actor: Actor, at: int, patch: str, pack: str
    ) -> AccessReview | Refusal | None:
        """Close it as it was seen; None: somebody judged something meanwhile."""
        await self._sealing.ready()
        said = AccessReviewCloseSeal(review.mac, str(actor), len(review.judgements), _sha(patch), pack, at)
        counts = {f"{verdict}": review.count(verdict) for verdict in Verdict}
        outcome = await self._runner.outcome(
            "close_review",
            op=op,
            id=review.id,
            actor=str(actor),
            judged=review.recorded,
            counts={name: str(count) for name, count in {**counts, "open": len(review.unjudged)}.items()},
            patch=patch,
            pack=pack,
            seal=said.sealed(self._sealing.seals),
            clock=at,
        )
        return None if "moved" in outcome else read_refusal(outcome) or await self.get(review.id)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _fields(answer: Any) -> dict[str, str]:  # noqa: ANN401 - whatever Redis answers
    """A hash, however the connection gives it."""
    if isinstance(answer, Mapping):
        return dict(answer)
    return dict(zip(answer[::2], answer[1::2], strict=True))
