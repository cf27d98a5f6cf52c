"""A look back through the audit stream goes so far and no further, and says how far."""

from envaccess.domain.audit import Tag, person
from envaccess.domain.audit_line import REMOVED
from envaccess.domain.audit_subject import AuditSubject, Look, read_subject
from envaccess.domain.request import Verb
from envaccess.store.audit_history import SHOWN, RedisHistory
from envaccess.wiring.audit_tree import redact_event
from tests.store.harness import ALICE, BOB, OPERATOR, REASON, StoreHarness
from tests.store.sealed_store import Sealed


def about(word: str) -> AuditSubject:
    found = read_subject(word)
    assert isinstance(found, AuditSubject)
    return found


async def happened(harness: StoreHarness, who: str, times: int) -> None:
    """So many events of one person, and nobody else."""
    for _ in range(times):
        await harness.trail.append(harness.op(), Tag.ACCESS_REFUSED_COUNT, person(who), {})


async def test_a_look_ends_at_its_bound_and_the_next_one_finds_what_is_further_back(
    harness: StoreHarness,
) -> None:
    await happened(harness, ALICE, 1)
    await happened(harness, BOB, 25)
    history, look, looks = RedisHistory(harness.trail, looked=10), Look(ended=False), 0
    while not (look.events or look.ended):
        look = await history.look(about(f"@{ALICE}"), look.reached, newer=False)
        looks += 1
        assert look.looked <= 10
    assert [event.actor.id for event in look.events] == [ALICE]
    assert looks == 3


async def test_pages_leave_nothing_out_and_show_nothing_twice(harness: StoreHarness) -> None:
    for _ in range(20):
        await happened(harness, BOB, 1)
        await happened(harness, ALICE, 1)
    history, seen, start = RedisHistory(harness.trail, looked=21), list[str](), ""
    while True:
        look = await history.look(about(f"@{BOB}"), start, newer=False)
        assert len(look.events) <= SHOWN
        seen += [event.id for event in look.events]
        start = look.reached
        if look.ended:
            break
    assert seen == [event.id for event in reversed(await harness.events()) if event.actor.id == BOB]
    forward = await history.look(about(f"@{BOB}"), seen[10], newer=True)
    assert [event.id for event in forward.events] == seen[10 - SHOWN : 10]


async def test_what_was_taken_away_is_said_to_be(harness: StoreHarness) -> None:
    request = await harness.file("A")
    await harness.decide(request, verb=Verb.DENY)
    history = RedisHistory(harness.trail)
    before = await history.look(about(request), "", newer=False)
    assert before.events[-1].detail["reason"] == REASON
    sealed = Sealed(harness)
    await redact_event(sealed.tree, harness.op(), OPERATOR, before.events[-1].id, "asked for")
    after = await history.look(about(request), "", newer=False)
    assert after.events[-1].detail["reason"] == REMOVED


async def test_an_event_of_another_workspace_is_not_here(harness: StoreHarness) -> None:
    await harness.client.xadd("envaccess:{T0OTHER}:audit", {"event": "bot.started", "actor": "bot"}, id="7-7")
    await happened(harness, BOB, 1)
    look = await RedisHistory(harness.trail).look(about("7-7"), "", newer=False)
    assert look.events == ()


async def test_who_looked_for_somebody_is_no_event_about_them(harness: StoreHarness) -> None:
    """Else every look would stand first in the next one."""
    subject = about(f"@{ALICE}")
    await harness.trail.append(harness.op(), Tag.AUDIT_READ, person(BOB), {"about": subject.told})
    history = RedisHistory(harness.trail)
    assert (await history.look(subject, "", newer=False)).events == ()
    assert len((await history.look(about(f"@{BOB}"), "", newer=False)).events) == 1
