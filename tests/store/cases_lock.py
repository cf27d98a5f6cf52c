"""The same for locks: what they do to what there is, and what they refuse."""

from typing import Any

from envaccess.domain.audit import person
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY
from tests.store.cases import (
    REFUSED,
    Act,
    Case,
    Setup,
    cancelling,
    claiming,
    deciding,
    filing,
    give_back,
    live,
    naming,
    nothing,
    once,
    pending,
    revoking,
    used_up,
)
from tests.store.cases_course import asking, extension, reviewing, scheduled, second_of_two, unused
from tests.store.harness import ALICE, BOB, CAROL, SECURITY, StoreHarness

LOCKED, UNLOCKED = ("principal.locked",), ("principal.unlocked",)


def locking(what: str, actor: str = "") -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.lock(what, person(actor) if actor else SECURITY, op=op)

    return act


def unlocking(what: str, actor: str = "", **which: str) -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.unlock(what, person(actor) if actor else SECURITY, op=op, **which)

    return act


def locked(what: str, before: Setup = nothing) -> Setup:
    """Something, and then a lock."""

    async def setup(harness: StoreHarness) -> Any:
        found = await before(harness)
        assert not isinstance(await harness.lock(what), Refusal)
        return found

    return setup


def unlocked(what: str, before: Setup) -> Setup:
    """Something, a lock, and its end."""

    async def setup(harness: StoreHarness) -> Any:
        found = await locked(what, before)(harness)
        assert not isinstance(await harness.unlock(what), Refusal)
        return found

    return setup


async def emergency(harness: StoreHarness) -> str:
    return await harness.file("A", ruling=EMERGENCY, seconds=1800)


def delegating(taker: str) -> Act:
    async def act(harness: StoreHarness, _: Any, op: str) -> Any:
        return await harness.delegations.give(op, BOB, taker, 3600)

    return act


async def back(harness: StoreHarness, claim: Claim, op: str) -> Any:
    return await give_back(harness, claim, op)


GONE = ("grant.reveal_failed", "grant.revoked")

LOCK_CASES: dict[str, Case] = {
    "lock a person": Case(nothing, locking(ALICE), LOCKED),
    "lock a person who holds something": Case(live, locking(ALICE), (*LOCKED, "grant.revoked")),
    "lock a person who waits for an hour": Case(scheduled, locking(ALICE), (*LOCKED, "grant.revoked")),
    "lock a person who has not used it": Case(unused, locking(ALICE), (*LOCKED, "grant.revoked")),
    "lock a person who holds an emergency": Case(emergency, locking(ALICE), (*LOCKED, "grant.revoked")),
    "lock a person whose request is pending": Case(pending, locking(ALICE), LOCKED),
    "lock another person": Case(live, locking(CAROL), LOCKED),
    "lock a variable": Case(nothing, locking("A"), LOCKED),
    "lock a variable that is granted": Case(live, locking("B"), (*LOCKED, "grant.revoked")),
    "lock another variable": Case(live, locking("staging/DB"), LOCKED),
    "lock oneself": Case(nothing, locking(ALICE, ALICE), LOCKED),
    "lock again": Case(locked(ALICE), locking(ALICE)),
    "lock by who is locked": Case(locked(CAROL), locking(ALICE, CAROL), REFUSED),
    "unlock": Case(locked(ALICE), unlocking(ALICE), UNLOCKED),
    "unlock a variable": Case(locked("A", live), unlocking("A"), UNLOCKED),
    "unlock oneself": Case(locked(ALICE), unlocking(ALICE, ALICE), REFUSED),
    "unlock what is not locked": Case(locked(ALICE), unlocking("A")),
    "unlock by an earlier lock's button": Case(locked(ALICE), unlocking(ALICE, lock="1-1")),
    "file by who is locked": Case(locked(ALICE), filing("A"), REFUSED),
    "file for what is locked": Case(locked("B"), filing("A,B"), REFUSED),
    "file beside what is locked": Case(locked("B"), filing("A"), ("request.created",)),
    "file again while locked": Case(locked(ALICE, pending), filing("A,B"), REFUSED),
    "file an automatic one while locked": Case(locked(ALICE), filing("A", ruling=AUTOMATIC), REFUSED),
    "file an emergency while locked": Case(locked("A"), filing("A", ruling=EMERGENCY, seconds=1800), REFUSED),
    "approve by who is locked": Case(locked(BOB, pending), deciding(BOB, Verb.APPROVE), REFUSED),
    "approve for who is locked": Case(locked(ALICE, pending), deciding(BOB, Verb.APPROVE), REFUSED),
    "approve what is locked": Case(locked("B", pending), deciding(BOB, Verb.APPROVE), REFUSED),
    "approve in the name of who is locked": Case(
        locked(CAROL, pending), deciding(BOB, Verb.APPROVE, behalf=CAROL), REFUSED
    ),
    "approve the last after an earlier approver is locked": Case(
        locked(BOB, second_of_two),
        deciding(CAROL, Verb.APPROVE, step=1, checked=1, lost=(BOB,)),
        ("request.step_reopened", "request.step_approved"),
    ),
    "approve an extension while locked": Case(locked(ALICE, extension), deciding(BOB, Verb.APPROVE), REFUSED),
    "approve an extension of what a lock ended": Case(
        unlocked(ALICE, extension), deciding(BOB, Verb.APPROVE), REFUSED
    ),
    "approve after the unlock": Case(
        unlocked("A", pending), deciding(BOB, Verb.APPROVE), ("request.approved", "grant.activated")
    ),
    "deny by who is locked": Case(locked(BOB, pending), deciding(BOB, Verb.DENY), REFUSED),
    "deny who is locked": Case(locked(ALICE, pending), deciding(BOB, Verb.DENY), ("request.denied",)),
    "ask by who is locked": Case(locked(BOB, pending), asking(BOB), REFUSED),
    "review by who is locked": Case(locked(BOB, emergency), reviewing(BOB), REFUSED),
    "review what a lock ended": Case(locked(ALICE, emergency), reviewing(BOB), ("emergency.reviewed",)),
    "hand over to who is locked": Case(locked(CAROL), delegating(CAROL), REFUSED),
    "hand over by who is locked": Case(locked(BOB), delegating(CAROL), REFUSED),
    "withdraw one's own while locked": Case(
        locked(ALICE, pending), cancelling(ALICE), ("request.cancelled",)
    ),
    "end another's by who is locked": Case(locked(BOB, live), revoking(BOB), REFUSED),
    "reveal while locked": Case(locked(ALICE, live), claiming(ALICE), REFUSED),
    "reveal what is locked": Case(locked("A", live), claiming(ALICE), REFUSED),
    "reveal what a lock ended": Case(unlocked(ALICE, live), claiming(ALICE), REFUSED),
    "reveal by name while locked": Case(locked(ALICE, live), naming("A"), REFUSED),
    "reveal by name what is locked": Case(locked("A", once), naming("A"), REFUSED),
    "give back a once while locked": Case(locked(ALICE, used_up), back, GONE),
    "give back a once of what is locked": Case(locked("A", used_up), back, GONE),
    "give back a once after lock and unlock": Case(unlocked(ALICE, used_up), back, GONE),
}
