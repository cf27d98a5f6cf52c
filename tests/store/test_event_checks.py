"""With the tree `audit verify` checks what lies apart from it: what people typed, and seals of approvals."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from envaccess.domain.audit import Tag
from envaccess.domain.audit_line import day_of
from envaccess.domain.outcome import Decided
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.request import Verb
from envaccess.domain.tree_check import Outcome
from envaccess.wiring.audit_tree import redact_event
from tests.fakes.rulings import AUTOMATIC, EMERGENCY
from tests.fakes.sealing import seals_for
from tests.store.harness import ALICE, BOB, CAROL, OPERATOR, WORKSPACE, StoreHarness
from tests.store.sealed_store import Sealed

DAYS = 86_400_000
SEALS = seals_for(WORKSPACE)
STEP = Step(PrincipalSet(("C0APPROVE",)))
Damage = Callable[[Sealed], Awaitable[str]]
"""Something that whoever writes to Redis does; returns what is then said."""


@pytest.fixture
async def lived(harness: StoreHarness) -> Sealed:
    """Approvals of every kind, a denial and an emergency; one request has ended."""
    sealed = Sealed(harness)
    await harness.outbox.lead()
    await harness.add("A", "B", "C", "D")
    await harness.revoke(await harness.grant("A"))
    two = await harness.file("B", ruling=Ruling("C0APPROVE", (STEP, STEP)))
    await harness.decide(two)
    assert isinstance(await harness.decide(two, CAROL, step=1, checked=1), Decided)
    await harness.file("C", ruling=AUTOMATIC)
    await harness.file("D", ruling=EMERGENCY)
    await harness.decide(await harness.file("D"), verb=Verb.DENY)
    await sealed.seal()
    return sealed


async def id_of(sealed: Sealed, tag: Tag, place: int = 0) -> str:
    return [event.id for event in await sealed.harness.events() if event.event == tag][place]


async def text_key(sealed: Sealed, event: str) -> str:
    return sealed.harness.runner.key("typed", str(day_of(event)))


async def test_approvals_have_valid_seals_and_texts_are_what_was_said(lived: Sealed) -> None:
    report = await lived.verify(seals=SEALS)
    assert report.problems == ()
    assert "4 approvals with a valid seal" in report.facts


async def test_without_a_key_it_is_said_that_seals_were_not_checked(lived: Sealed) -> None:
    """Never called tampered with for a missing key."""
    report = await lived.verify()
    assert report.outcome is Outcome.VALID
    assert "seals not checked: no key that opens them is here" in report.facts
    other = await lived.verify(seals=seals_for(WORKSPACE, "another store's"))
    assert other.outcome is Outcome.INCOMPLETE
    assert "4 approvals whose seals could not be checked any more" in other.facts


async def append(sealed: Sealed, request: str, actor: str, detail: dict[str, str]) -> str:
    """An event as ours are, with the number that fits: the tree seals it like any other."""
    number = sealed.harness.runner.key("event_number")
    n = int(await sealed.client.get(number) or 0)
    said: dict[Any, Any] = {
        "event": "request.approved",
        "at": "1",
        "actor": actor,
        "n": str(n),
        "s": "ab" * 16,
    }
    said |= {"request": request, "requester": ALICE, "variables": "A", "detail": json.dumps(detail)}
    event = await sealed.client.xadd(sealed.stream, said)
    await sealed.client.set(number, n + 1)
    await sealed.seal()
    return str(event)


async def forged_approval(sealed: Sealed) -> str:
    request = await sealed.harness.file("A")
    return (
        f"{await append(sealed, request, f'person:{CAROL}', {'step': '1'})} by {CAROL}: no valid seal says so"
    )


async def forged_automatic(sealed: Sealed) -> str:
    request = await sealed.harness.file("A")
    event = await append(sealed, request, "policy", {"automatic": "1"})
    return f"{event} by policy: no valid seal says so"


async def approval_of_nothing(sealed: Sealed) -> str:
    event = await append(sealed, "zzzzzzzz", f"person:{BOB}", {"step": "1"})
    return f"{event} by {BOB}: the record of its request is gone before its time"


async def another_requests_approvals(sealed: Sealed) -> str:
    key, events = sealed.harness.runner.key, await sealed.harness.events()
    first, second = [event.request for event in events if event.event == Tag.REQUEST_APPROVED][:2]
    stolen: Any = await sealed.client.hget(key("text", second), "approvals")
    await sealed.client.hset(key("text", first), "approvals", stolen)
    return f"by {BOB}: no valid seal says so"


async def broken_seal(sealed: Sealed) -> str:
    event = next(e for e in await sealed.harness.events() if e.event == Tag.REQUEST_APPROVED)
    key = sealed.harness.runner.key("text", event.request)
    stored: Any = await sealed.client.hget(key, "approvals")
    await sealed.client.hset(key, "approvals", stored.replace(BOB, CAROL))
    return "a seal of its request is missing or broken"


async def history_of_nobody(sealed: Sealed) -> str:
    """A request from before there were seals needs none of who approved: so somebody says that it is one."""
    request = await sealed.harness.file("A")
    key = sealed.harness.runner.key("text", request)
    await sealed.client.hset(key, "filing", "history.nothing")
    event = await append(sealed, request, f"person:{CAROL}", {"step": "1"})
    return f"{event} by {CAROL}: a seal of its request is missing or broken"


async def changed_text(sealed: Sealed) -> str:
    event = await id_of(sealed, Tag.REQUEST_CREATED)
    key = await text_key(sealed, event)
    stored: Any = await sealed.client.hget(key, event)
    await sealed.client.hset(key, event, stored.replace("refund", "payout"))
    return f"what was typed in event {event} (reason) is not what was said then"


async def deleted_text(sealed: Sealed) -> str:
    event = await id_of(sealed, Tag.REQUEST_DENIED)
    await sealed.client.hdel(await text_key(sealed, event), event)
    return f"what was typed is gone, and no event says who took it away, of {event}"


async def deleted_record(sealed: Sealed) -> str:
    event = next(e for e in await sealed.harness.events() if e.event == Tag.REQUEST_APPROVED)
    await sealed.client.delete(sealed.harness.runner.key("text", event.request))
    return f"{event.id} by {BOB}: the record of its request is gone before its time"


@pytest.mark.parametrize(
    "damage",
    [
        forged_approval,
        forged_automatic,
        approval_of_nothing,
        another_requests_approvals,
        broken_seal,
        history_of_nobody,
        changed_text,
        deleted_text,
        deleted_record,
    ],
)
async def test_what_whoever_writes_to_redis_does_is_named(lived: Sealed, damage: Damage) -> None:
    told = await damage(lived)
    report = await lived.verify(seals=SEALS)
    assert report.outcome is Outcome.ALTERED, report.facts
    assert told in " ".join(problem.told for problem in report.problems)


async def test_an_approval_under_a_key_that_never_was_is_not_called_valid(lived: Sealed) -> None:
    """Whoever writes to Redis can name any key; of one that leaked and was dropped an event tells."""
    request = await lived.harness.file("A")
    key = lived.harness.runner.key("text", request)
    filing: Any = await lived.client.hget(key, "filing")
    kind, _, rest = filing.split(".", 2)
    await lived.client.hset(key, "filing", f"{kind}.{'ab' * 8}.{rest}")
    event = await append(lived, request, f"person:{CAROL}", {"step": "1"})
    report = await lived.verify(seals=SEALS)
    assert report.outcome is Outcome.INCOMPLETE, report.facts
    assert f"{event} by {CAROL} is sealed with a key that is not here" in report.problems[0].told
    await lived.harness.trail.append(lived.harness.op(), Tag.SEAL_KEY_DROPPED, OPERATOR, {})
    assert (await lived.verify(seals=SEALS)).outcome is Outcome.VALID


async def test_what_was_redacted_is_as_it_should_be(lived: Sealed) -> None:
    """Its text is gone, and the record with the seals of its request."""
    event = await id_of(lived, Tag.REQUEST_CREATED)
    await redact_event(lived.tree, lived.harness.op(), OPERATOR, event, "asked for under the GDPR")
    await lived.seal()
    report = await lived.verify(seals=SEALS)
    assert report.problems == ()
    assert "1 text taken away, or gone by age" in report.facts
    assert "3 approvals with a valid seal" in report.facts
    assert "1 approval whose seals could not be checked any more" in report.facts


async def test_what_went_by_its_age_is_as_it_should_be(lived: Sealed) -> None:
    old = f"{await lived.harness.now() - 100 * DAYS}-0"
    said: dict[Any, Any] = {"event": "request.approved", "actor": f"person:{BOB}", "request": "zzzzzzzz"}
    await lived.harness.client.flushall()
    await lived.client.xadd(lived.stream, {**said, "typed": f"reason:{'0' * 64}"}, id=old)
    report = await Sealed(lived.harness).verify(seals=SEALS)
    assert not [problem for problem in report.problems if problem.outcome is Outcome.ALTERED]


async def test_an_approval_that_stopped_counting_needs_no_seal_any_more(harness: StoreHarness) -> None:
    """Whoever may not approve any more is taken out of the record; the event says who that was."""
    sealed = Sealed(harness)
    await harness.outbox.lead()
    await harness.add("A")
    request = await harness.file("A", ruling=Ruling("C0APPROVE", (STEP, STEP)))
    await harness.decide(request)
    assert isinstance(await harness.decide(request, CAROL, step=1, checked=1, lost=(BOB,)), Decided)
    await sealed.seal()
    report = await sealed.verify(seals=SEALS)
    assert report.problems == ()
    assert "1 approval whose seals could not be checked any more" in report.facts
