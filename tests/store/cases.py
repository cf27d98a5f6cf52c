"""Every changing call of the store in every situation, as data: what it must write, and nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from envaccess.domain.audit import Tag, person
from envaccess.domain.outcome import Attempt, Claim
from envaccess.domain.refusal import Reason
from envaccess.domain.request import Verb
from tests.store.harness import ALICE, BLOB, BOB, BOT, CAROL, HOUR, OPERATOR, StoreHarness, value, var

Setup = Callable[[StoreHarness], Awaitable[Any]]
Act = Callable[[StoreHarness, Any, str], Awaitable[Any]]


@dataclass(frozen=True)
class Case:
    """One call in one situation.

    Attributes:
        setup: brings the situation about; what it returns is given to `act`.
        act: the call, under the operation id that it is given.
        events: the tags that it must write, in order.
        changes: whether it changes what is promised; by default, whether it writes events of its own.
    """

    setup: Setup
    act: Act
    events: tuple[str, ...] = ()
    changes: bool | None = None

    @property
    def changing(self) -> bool:
        """Whether requests, grants or values must be different afterwards."""
        own = any(not tag.startswith(("access.", "bot.")) for tag in self.events)
        return own if self.changes is None else self.changes


REFUSED = ("access.refused",)


async def nothing(_: StoreHarness) -> None:
    """An empty workspace with variables."""


async def pending(harness: StoreHarness) -> str:
    return await harness.file("A,B")


async def overdue(harness: StoreHarness) -> str:
    request = await pending(harness)
    await harness.pass_time(4 * HOUR + 1)
    return request


async def denied(harness: StoreHarness) -> str:
    request = await pending(harness)
    await harness.decide(request, verb=Verb.DENY)
    return request


async def live(harness: StoreHarness) -> str:
    return await harness.grant("A,B")


async def once(harness: StoreHarness) -> str:
    return await harness.grant("A", once=True, seconds=900)


async def expired(harness: StoreHarness) -> str:
    request = await live(harness)
    await harness.pass_time(HOUR + 1)
    return request


async def revoked(harness: StoreHarness) -> str:
    request = await live(harness)
    await harness.revoke(request)
    return request


async def bereft(harness: StoreHarness) -> str:
    request = await pending(harness)
    await harness.sealed.delete(harness.op(), var("B"), OPERATOR)
    return request


async def claimed(harness: StoreHarness) -> Claim:
    return await harness.use(await live(harness))


async def used_up(harness: StoreHarness) -> Claim:
    return await harness.use(await once(harness))


async def used_up_id(harness: StoreHarness) -> str:
    return (await used_up(harness)).id


async def used_up_late(harness: StoreHarness) -> Claim:
    claim = await used_up(harness)
    await harness.pass_time(900_001)
    return claim


async def used_up_barred(harness: StoreHarness) -> Claim:
    claim = await used_up(harness)
    await harness.revoke(claim.id, person(BOB))
    return claim


async def used_up_deleted(harness: StoreHarness) -> Claim:
    claim = await used_up(harness)
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    return claim


async def claimed_revoked(harness: StoreHarness) -> Claim:
    claim = await claimed(harness)
    await harness.revoke(claim.id)
    return claim


def filing(labels: str, who: str = ALICE, **more: Any) -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.requests.open(op, replace(harness.new(labels, who, **more), id="77777777"))

    return act


def deciding(who: str, verb: Verb, **vote: Any) -> Act:
    async def act(harness: StoreHarness, request: str, op: str) -> Any:
        voted = await harness.voted(request, **vote)
        return await harness.requests.decide(op, request, who, verb, "not today", "", voted)

    return act


def cancelling(who: str) -> Act:
    async def act(harness: StoreHarness, request: str, op: str) -> Any:
        return await harness.requests.cancel(op, request, BOT if who == "bot" else person(who))

    return act


def revoking(who: str) -> Act:
    async def act(harness: StoreHarness, request: str, op: str) -> Any:
        return await harness.requests.revoke(op, request, BOT if who == "bot" else person(who))

    return act


def claiming(who: str) -> Act:
    async def act(harness: StoreHarness, request: str, op: str) -> Any:
        return await harness.reveals.claim(op, request, who)

    return act


def naming(label: str, who: str = ALICE) -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.reveals.claim_named(op, var(label), who)

    return act


async def give_back(harness: StoreHarness, claim: Claim, op: str) -> Any:
    return await harness.reveals.give_back(replace(claim, op=op), "source_down")


def putting(label: str, version: int, *, replaces: bool = True) -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.sealed.put(
            op, var(label), value(version, BLOB + b"2"), OPERATOR, replace=replaces
        )

    return act


def resealing(label: str, version: int) -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.sealed.reseal(op, var(label), value(version, BLOB + b"3", "key-2"), OPERATOR)

    return act


def deleting(label: str) -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.sealed.delete(op, var(label), OPERATOR)

    return act


async def refuse(harness: StoreHarness, _: Any, op: str) -> Any:
    return await harness.trail.refuse(op, Attempt(person(CAROL), "request"), Reason.GUEST)


async def append(harness: StoreHarness, _: Any, op: str) -> Any:
    return await harness.trail.append(op, Tag.BOT_STARTED, BOT, {"version": "1"})


async def unknown(_: StoreHarness) -> str:
    return "zzzzzzzz"


APPROVED = ("request.approved", "grant.activated")

CASES: dict[str, Case] = {
    "file": Case(nothing, filing("A"), ("request.created",)),
    "file two": Case(nothing, filing("staging/DB,A"), ("request.created",)),
    "file unknown": Case(nothing, filing("A,NOPE"), REFUSED),
    "file again": Case(pending, filing("B,A")),
    "file again after the timeout": Case(overdue, filing("B,A"), ("request.timed_out", "request.created")),
    "file the same as somebody else": Case(pending, filing("A,B", BOB), ("request.created",)),
    "approve": Case(pending, deciding(BOB, Verb.APPROVE), APPROVED),
    "approve one's own": Case(pending, deciding(ALICE, Verb.APPROVE), REFUSED),
    "approve unknown": Case(unknown, deciding(BOB, Verb.APPROVE), REFUSED),
    "approve too late": Case(overdue, deciding(BOB, Verb.APPROVE), ("request.timed_out",)),
    "approve one's own too late": Case(
        overdue, deciding(ALICE, Verb.APPROVE), ("request.timed_out", "access.refused")
    ),
    "approve what was denied": Case(denied, deciding(CAROL, Verb.APPROVE)),
    "approve what was approved": Case(live, deciding(CAROL, Verb.APPROVE)),
    "approve what has expired": Case(expired, deciding(CAROL, Verb.APPROVE), ("grant.expired",)),
    "approve a deleted variable": Case(bereft, deciding(BOB, Verb.APPROVE), REFUSED),
    "deny": Case(pending, deciding(BOB, Verb.DENY), ("request.denied",)),
    "deny one's own": Case(pending, deciding(ALICE, Verb.DENY), REFUSED),
    "deny a deleted variable": Case(bereft, deciding(BOB, Verb.DENY), ("request.denied",)),
    "deny what was approved": Case(live, deciding(CAROL, Verb.DENY)),
    "cancel": Case(pending, cancelling(ALICE), ("request.cancelled",)),
    "cancel as the bot": Case(pending, cancelling("bot"), ("request.cancelled",)),
    "cancel another's": Case(pending, cancelling(BOB), REFUSED),
    "cancel what was approved": Case(live, cancelling(ALICE)),
    "cancel too late": Case(overdue, cancelling(ALICE), ("request.timed_out",)),
    "cancel unknown": Case(unknown, cancelling(ALICE), REFUSED),
    "revoke": Case(live, revoking(ALICE), ("grant.revoked",)),
    "revoke as the bot": Case(once, revoking("bot"), ("grant.revoked",)),
    "revoke again": Case(revoked, revoking(BOB)),
    "revoke what is used up": Case(used_up_id, revoking(BOB), changes=True),
    "revoke too late": Case(expired, revoking(BOB), ("grant.expired",)),
    "revoke what is pending": Case(pending, revoking(BOB)),
    "revoke what has timed out": Case(overdue, revoking(BOB), ("request.timed_out",)),
    "revoke unknown": Case(unknown, revoking(BOB), REFUSED),
    "reveal": Case(live, claiming(ALICE), ("grant.revealed",)),
    "reveal a once": Case(once, claiming(ALICE), ("grant.revealed", "grant.used_up")),
    "reveal another's": Case(live, claiming(BOB), REFUSED),
    "reveal too late": Case(expired, claiming(ALICE), ("grant.expired", "access.refused")),
    "reveal what was revoked": Case(revoked, claiming(ALICE), REFUSED),
    "reveal what is pending": Case(pending, claiming(ALICE), REFUSED),
    "reveal what has timed out": Case(overdue, claiming(ALICE), ("request.timed_out", "access.refused")),
    "reveal unknown": Case(unknown, claiming(ALICE), REFUSED),
    "reveal by name": Case(live, naming("B"), ("grant.revealed",)),
    "reveal a once by name": Case(once, naming("A"), ("grant.revealed", "grant.used_up")),
    "reveal by name too late": Case(expired, naming("A"), ("grant.expired", "access.refused")),
    "reveal by name without a grant": Case(live, naming("staging/DB"), REFUSED),
    "give back": Case(claimed, give_back, ("grant.reveal_failed",)),
    "give back a once": Case(used_up, give_back, ("grant.reveal_failed",)),
    "give back a once too late": Case(used_up_late, give_back, ("grant.reveal_failed", "grant.expired")),
    "give back a once that somebody ended": Case(
        used_up_barred, give_back, ("grant.reveal_failed", "grant.revoked")
    ),
    "give back a once of a deleted variable": Case(
        used_up_deleted, give_back, ("grant.reveal_failed", "grant.revoked")
    ),
    "give back what was revoked": Case(claimed_revoked, give_back, ("grant.reveal_failed",)),
    "store": Case(nothing, putting("NEW", 1), ("secret.created",)),
    "store anew": Case(nothing, putting("A", 2), ("secret.changed",)),
    "store what exists": Case(nothing, putting("A", 2, replaces=False)),
    "reseal": Case(nothing, resealing("A", 1), ("secret.resealed",)),
    "reseal an old version": Case(nothing, resealing("A", 2)),
    "reseal nothing": Case(nothing, resealing("NOPE", 1)),
    "delete": Case(nothing, deleting("A"), ("secret.deleted",)),
    "delete what is granted": Case(live, deleting("A"), ("secret.deleted", "grant.revoked")),
    "delete what was granted": Case(expired, deleting("A"), ("grant.expired", "secret.deleted")),
    "delete nothing": Case(nothing, deleting("NOPE")),
    "refuse": Case(nothing, refuse, REFUSED),
    "append": Case(nothing, append, ("bot.started",)),
}
