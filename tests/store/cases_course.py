"""The calls of chains, emergencies, extensions, later starts and delegations, in every situation."""

from dataclasses import replace
from typing import Any

from envaccess.domain.policy.rules import Starts, Step, Then
from envaccess.domain.request import Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY, HERE, OTHERS, TWO_STEPS, ruled
from tests.store.cases import (
    APPROVED,
    REFUSED,
    Act,
    Case,
    claiming,
    deciding,
    denied,
    expired,
    filing,
    live,
    nothing,
    once,
    pending,
    revoking,
    unknown,
)
from tests.store.harness import ALICE, BOB, CAROL, HOUR, StoreHarness

DANA = "U0DANA"


async def first_of_two(harness: StoreHarness) -> str:
    return await harness.file("A,B", ruling=TWO_STEPS)


async def second_of_two(harness: StoreHarness) -> str:
    request = await first_of_two(harness)
    await harness.decide(request)
    return request


async def asked(harness: StoreHarness) -> str:
    request = await pending(harness)
    await harness.requests.ask(harness.op(), request, BOB, "which refund?", "")
    return request


async def asked_out(harness: StoreHarness) -> str:
    request = await pending(harness)
    for _ in range(5):
        await harness.requests.ask(harness.op(), request, BOB, "which refund?", "")
    return request


def stuck(then: Then) -> Any:
    async def setup(harness: StoreHarness) -> str:
        slow = Step(HERE, timeout=600, then=then, escalate=OTHERS)
        return await harness.file("A", ruling=ruled(slow, Step(OTHERS)))

    return setup


def overslept(then: Then) -> Any:
    async def setup(harness: StoreHarness) -> str:
        request: str = await stuck(then)(harness)
        await harness.pass_time(600_001)
        return request

    return setup


async def emergency(harness: StoreHarness) -> str:
    return await harness.file("A", ruling=EMERGENCY, seconds=1800)


async def reviewed(harness: StoreHarness) -> str:
    request = await emergency(harness)
    await harness.requests.review(harness.op(), request, BOB, "it was right", "")
    return request


async def extension(harness: StoreHarness) -> str:
    granted = await harness.grant("A")
    return await harness.file("A", ruling=ruled(), extends=granted)


async def extension_late(harness: StoreHarness) -> str:
    request = await extension(harness)
    await harness.pass_time(HOUR + 1)
    return request


async def unused(harness: StoreHarness) -> str:
    return await harness.grant("A", ruling=ruled(starts=Starts.FIRST_USE, use_within=600))


async def lapsed(harness: StoreHarness) -> str:
    request = await unused(harness)
    await harness.pass_time(600_001)
    return request


async def neglected(harness: StoreHarness) -> str:
    request = await harness.grant("A", ruling=ruled(use_within=600))
    await harness.pass_time(600_001)
    return request


async def scheduled(harness: StoreHarness) -> str:
    new = harness.new("A")
    await harness.requests.open(harness.op(), replace(new, starts_at=await harness.now() + HOUR))
    await harness.decide(new.id)
    return new.id


async def begun(harness: StoreHarness) -> str:
    request = await scheduled(harness)
    await harness.pass_time(HOUR + 1)
    return request


async def handed_over(harness: StoreHarness) -> None:
    await harness.delegations.give(harness.op(), BOB, CAROL, 3600)


async def extend_live(harness: StoreHarness, request: str, op: str) -> Any:
    return await harness.requests.open(op, replace(harness.new("A,B", extends=request), id="77777777"))


def asking(who: str) -> Act:
    async def act(harness: StoreHarness, request: str, op: str) -> Any:
        return await harness.requests.ask(op, request, who, "which refund?", "")

    return act


def answering(who: str) -> Act:
    async def act(harness: StoreHarness, request: str, op: str) -> Any:
        return await harness.requests.answer(op, request, who, "the one of Monday", "")

    return act


def reviewing(who: str) -> Act:
    async def act(harness: StoreHarness, request: str, op: str) -> Any:
        return await harness.requests.review(op, request, who, "it was right", "")

    return act


async def escalate(harness: StoreHarness, request: str, op: str) -> Any:
    return await harness.requests.escalate(op, await harness.get(request), "nobody is left")


async def escalate_old(harness: StoreHarness, request: str, op: str) -> Any:
    """What it looked like one step earlier."""
    found = await harness.get(request)
    old = replace(found, progress=replace(found.progress, step=found.progress.step - 1))
    return await harness.requests.escalate(op, old, "nobody is left")


async def delegate(harness: StoreHarness, _: Any, op: str) -> Any:
    return await harness.delegations.give(op, BOB, DANA, 3600)


async def take_back(harness: StoreHarness, _: Any, op: str) -> Any:
    return await harness.delegations.take_back(op, BOB)


AT_ONCE = ("request.created", "request.approved", "grant.activated")
DROPPED = ("request.timed_out",)

COURSE_CASES: dict[str, Case] = {
    "approve the first of two": Case(first_of_two, deciding(BOB, Verb.APPROVE), ("request.step_approved",)),
    "approve the second of two": Case(
        second_of_two, deciding(CAROL, Verb.APPROVE, step=1, checked=1), APPROVED
    ),
    "approve both of two": Case(second_of_two, deciding(BOB, Verb.APPROVE, step=1, checked=1), REFUSED),
    "approve a step that is passed": Case(second_of_two, deciding(CAROL, Verb.APPROVE)),
    "approve the last without a look back": Case(second_of_two, deciding(CAROL, Verb.APPROVE, step=1)),
    "approve when an earlier one is lost": Case(
        second_of_two,
        deciding(CAROL, Verb.APPROVE, step=1, checked=1, lost=(BOB,)),
        ("request.step_reopened", "request.step_approved"),
    ),
    "approve in another's name": Case(
        second_of_two, deciding(CAROL, Verb.APPROVE, step=1, checked=1, behalf=DANA), APPROVED
    ),
    "approve in the name of who counted": Case(
        second_of_two, deciding(CAROL, Verb.APPROVE, step=1, checked=1, behalf=BOB), REFUSED
    ),
    "approve in the requester's name": Case(pending, deciding(BOB, Verb.APPROVE, behalf=ALICE), REFUSED),
    "approve less": Case(pending, deciding(BOB, Verb.APPROVE, seconds=60), APPROVED),
    "deny the second of two": Case(second_of_two, deciding(CAROL, Verb.DENY, step=1), ("request.denied",)),
    "ask": Case(pending, asking(BOB), ("request.questioned",)),
    "ask too often": Case(asked_out, asking(BOB)),
    "ask what was denied": Case(denied, asking(BOB)),
    "ask unknown": Case(unknown, asking(BOB), REFUSED),
    "answer": Case(asked, answering(ALICE), ("request.answered",)),
    "answer nothing": Case(pending, answering(ALICE)),
    "answer for another": Case(asked, answering(CAROL), REFUSED),
    "answer unknown": Case(unknown, answering(ALICE), REFUSED),
    "escalate": Case(stuck(Then.ESCALATE), escalate, ("request.escalated",)),
    "escalate by skipping": Case(stuck(Then.SKIP), escalate, ("request.step_skipped",)),
    "escalate by refusing": Case(stuck(Then.REFUSE), escalate, DROPPED),
    "escalate what moved on": Case(second_of_two, escalate_old),
    "ask after the step's time": Case(
        overslept(Then.ESCALATE), asking(BOB), ("request.escalated", "request.questioned")
    ),
    "approve a step that time skipped": Case(
        overslept(Then.SKIP), deciding(BOB, Verb.APPROVE), ("request.step_skipped",)
    ),
    "approve a step that time refused": Case(overslept(Then.REFUSE), deciding(BOB, Verb.APPROVE), DROPPED),
    "file what is automatic": Case(nothing, filing("A", ruling=AUTOMATIC), AT_ONCE),
    "file an emergency": Case(
        nothing,
        filing("A", ruling=EMERGENCY, seconds=1800),
        ("request.created", "emergency.used", "grant.activated"),
    ),
    "file an emergency again": Case(emergency, filing("A", ruling=EMERGENCY, seconds=1800)),
    "review": Case(emergency, reviewing(BOB), ("emergency.reviewed",)),
    "review one's own": Case(emergency, reviewing(ALICE), REFUSED),
    "review again": Case(reviewed, reviewing(CAROL)),
    "review what was none": Case(live, reviewing(BOB)),
    "review unknown": Case(unknown, reviewing(BOB), REFUSED),
    "file an extension": Case(live, extend_live, ("request.created",)),
    "file an extension too late": Case(expired, extend_live, ("grant.expired", "access.refused")),
    "file an extension of a once": Case(once, extend_live, REFUSED),
    "approve an extension": Case(
        extension, deciding(BOB, Verb.APPROVE), ("request.approved", "grant.extended")
    ),
    "approve an extension after the end": Case(
        extension_late,
        deciding(BOB, Verb.APPROVE),
        ("grant.expired", "request.approved", "grant.activated"),
    ),
    "reveal at first use": Case(unused, claiming(ALICE), ("grant.activated", "grant.revealed")),
    "reveal what lapsed": Case(lapsed, claiming(ALICE), ("grant.lapsed", "access.refused")),
    "reveal what was neglected": Case(neglected, claiming(ALICE), ("grant.lapsed", "access.refused")),
    "reveal what has not begun": Case(scheduled, claiming(ALICE)),
    "reveal what has just begun": Case(begun, claiming(ALICE), ("grant.activated", "grant.revealed")),
    "revoke what has not begun": Case(scheduled, revoking(BOB), ("grant.revoked",)),
    "revoke what waits for its use": Case(unused, revoking(ALICE), ("grant.revoked",)),
    "revoke what lapsed": Case(lapsed, revoking(ALICE), ("grant.lapsed",)),
    "delegate": Case(nothing, delegate, ("duty.delegated",)),
    "delegate again": Case(handed_over, delegate, ("duty.returned", "duty.delegated")),
    "take a duty back": Case(handed_over, take_back, ("duty.returned",)),
    "take back nothing": Case(nothing, take_back),
}
