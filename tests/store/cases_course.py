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
from tests.store.house import ALICE, BOB, CAROL, HOUR, House

DANA = "U0DANA"


async def first_of_two(house: House) -> str:
    return await house.file("A,B", ruling=TWO_STEPS)


async def second_of_two(house: House) -> str:
    request = await first_of_two(house)
    await house.decide(request)
    return request


async def asked(house: House) -> str:
    request = await pending(house)
    await house.requests.ask(house.op(), request, BOB, "which refund?", "")
    return request


async def asked_out(house: House) -> str:
    request = await pending(house)
    for _ in range(5):
        await house.requests.ask(house.op(), request, BOB, "which refund?", "")
    return request


def stuck(then: Then) -> Any:
    async def setup(house: House) -> str:
        slow = Step(HERE, timeout=600, then=then, escalate=OTHERS)
        return await house.file("A", ruling=ruled(slow, Step(OTHERS)))

    return setup


def overslept(then: Then) -> Any:
    async def setup(house: House) -> str:
        request: str = await stuck(then)(house)
        await house.pass_time(600_001)
        return request

    return setup


async def emergency(house: House) -> str:
    return await house.file("A", ruling=EMERGENCY, seconds=1800)


async def reviewed(house: House) -> str:
    request = await emergency(house)
    await house.requests.review(house.op(), request, BOB, "it was right", "")
    return request


async def extension(house: House) -> str:
    granted = await house.grant("A")
    return await house.file("A", ruling=ruled(), extends=granted)


async def extension_late(house: House) -> str:
    request = await extension(house)
    await house.pass_time(HOUR + 1)
    return request


async def unused(house: House) -> str:
    return await house.grant("A", ruling=ruled(starts=Starts.FIRST_USE, use_within=600))


async def lapsed(house: House) -> str:
    request = await unused(house)
    await house.pass_time(600_001)
    return request


async def neglected(house: House) -> str:
    request = await house.grant("A", ruling=ruled(use_within=600))
    await house.pass_time(600_001)
    return request


async def scheduled(house: House) -> str:
    new = house.new("A")
    await house.requests.open(house.op(), replace(new, starts_at=await house.now() + HOUR))
    await house.decide(new.id)
    return new.id


async def begun(house: House) -> str:
    request = await scheduled(house)
    await house.pass_time(HOUR + 1)
    return request


async def handed_over(house: House) -> None:
    await house.delegations.give(house.op(), BOB, CAROL, 3600)


async def extend_live(house: House, request: str, op: str) -> Any:
    return await house.requests.open(op, replace(house.new("A,B", extends=request), id="77777777"))


def asking(who: str) -> Act:
    async def act(house: House, request: str, op: str) -> Any:
        return await house.requests.ask(op, request, who, "which refund?", "")

    return act


def answering(who: str) -> Act:
    async def act(house: House, request: str, op: str) -> Any:
        return await house.requests.answer(op, request, who, "the one of Monday", "")

    return act


def reviewing(who: str) -> Act:
    async def act(house: House, request: str, op: str) -> Any:
        return await house.requests.review(op, request, who, "it was right", "")

    return act


async def escalate(house: House, request: str, op: str) -> Any:
    return await house.requests.escalate(op, await house.get(request), "nobody is left")


async def escalate_old(house: House, request: str, op: str) -> Any:
    """What it looked like one step earlier."""
    found = await house.get(request)
    old = replace(found, course=replace(found.course, step=found.course.step - 1))
    return await house.requests.escalate(op, old, "nobody is left")


async def delegate(house: House, _: Any, op: str) -> Any:
    return await house.delegations.give(op, BOB, DANA, 3600)


async def take_back(house: House, _: Any, op: str) -> Any:
    return await house.delegations.take_back(op, BOB)


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
