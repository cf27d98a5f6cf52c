"""Rich lives: all that a request and a grant can come to, with somebody else's beside it."""

from collections.abc import Awaitable, Callable

from envaccess.application.people.delegate import give_duty, take_duty_back
from envaccess.application.requests.decide import Narrower
from envaccess.application.reviews.review import close_review
from envaccess.domain.audit import person
from envaccess.domain.call import by_person
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Recorded
from envaccess.domain.policy.principal_set import EVERYBODY, PrincipalSet
from envaccess.domain.policy.rules import EmergencyRule, Starts, Step, Then
from envaccess.domain.policy.ruling import Limit
from envaccess.domain.refusal import Refusal
from tests.attack.workspace import ALICE, BOB, CAROL, DAN, EVE, FAY, Workspace
from tests.fakes.rulings import HERE, RULE, ruled
from tests.store.harness import OPERATOR, SECURITY, var

FIRST, SECOND, CALLED = (PrincipalSet((name,)) for name in ("S0FIRST", "S0SECOND", "S0CALLED"))
TWO = ruled(Step(FIRST), Step(SECOND))
TWO_OF_ONE = ruled(Step(HERE, approvals=2))
SKIPPED = ruled(Step(FIRST, timeout=600, then=Then.SKIP), Step(SECOND))
ESCALATED = ruled(Step(FIRST, timeout=600, then=Then.ESCALATE, escalate=CALLED))
REOPENED = ruled(Step(HERE), Step(SECOND))
FIRST_USE = ruled(starts=Starts.FIRST_USE, use_within=7_200)
AUTOMATIC = ruled(automatic=True, limits=(Limit(RULE, automatic=1, per=3_600),))
EMERGENCY = ruled(emergency=EmergencyRule(EVERYBODY, 1_800, HERE))

Life = Callable[[Workspace], Awaitable[None]]


async def timed(work: Workspace) -> None:
    """Pending, approved, used, revoked; somebody else's waits, and lives."""
    mine, other = await work.file("A"), await work.file("B", EVE, seconds=600)
    waiting = await work.file("staging/C,A", ALICE, seconds=7_200)
    work.mark()
    await work.approve(mine)
    await work.approve(other, CAROL)
    work.mark()
    await work.reveal(ALICE, mine)
    work.clock.pass_(60)
    await work.store.revoke(mine, person(ALICE))
    work.acts.asked[mine].ended = True
    work.mark()
    await work.deny(waiting)
    work.mark()


async def chained(work: Workspace) -> None:
    """One step of two, narrowed, approved; another's at its first step; two people of one step."""
    mine, other = await work.file("A,B", ALICE, TWO), await work.file("B,staging/C", EVE, TWO, seconds=900)
    pair = await work.file("staging/C", ALICE, TWO_OF_ONE)
    await work.approve(other, BOB, Narrower(300, (var("B"),)))
    await work.approve(mine, BOB)
    work.mark()
    await work.approve(pair, DAN)
    await work.approve(pair, CAROL, Narrower(600))
    work.mark()
    await work.approve(mine, CAROL, Narrower(900, (var("A"),)))
    work.mark()


async def skipped(work: Workspace) -> None:
    """A step's time is over: it is passed over, or others are called; both come to access."""
    mine, other = await work.file("A", ALICE, SKIPPED), await work.file("B", EVE, ESCALATED)
    early = await work.file("staging/C", ALICE, ESCALATED)
    work.mark()
    await work.approve(early, BOB)
    work.clock.pass_(700)
    await work.store.work()
    work.mark()
    late = await work.file("A", EVE, SKIPPED)
    await work.approve(mine, CAROL)
    await work.approve(other, DAN)
    await work.approve(late, BOB)
    work.mark()


async def reopened(work: Workspace) -> None:
    """An approver leaves before the last one agrees: their step is asked again."""
    mine, other = await work.file("A", ALICE, REOPENED), await work.file("B", EVE, REOPENED)
    await work.approve(mine, DAN)
    await work.approve(other, BOB)
    work.mark()
    work.directory.approvers -= {DAN}
    await work.approve(mine, CAROL)
    del work.acts.asked[mine].yes[DAN]
    work.seat_everybody()
    work.mark()
    await work.approve(mine, BOB)
    work.mark()


async def used(work: Workspace) -> None:
    """Once, from the first use, and from an hour: waiting, begun, used up, lapsed."""
    once, first = await work.file("A", once=True), await work.file("B", ALICE, FIRST_USE)
    hour = await work.file("staging/C", ALICE, starts_in=3_600, seconds=1_800)
    other = await work.file("A", EVE, FIRST_USE, seconds=900)
    for request in (once, first, hour, other):
        await work.approve(request)
    work.mark()
    await work.reveal(ALICE, once)
    work.acts.asked[once].ended = True
    await work.reveal(ALICE, first)
    work.mark()
    work.clock.pass_(7_300)
    await work.store.work()
    work.acts.asked[other].ended = True
    work.mark()


async def extended(work: Workspace) -> None:
    """Prolonged once, and asked for again; somebody else has the same name."""
    mine, other = await work.file("A"), await work.file("A", EVE, seconds=600)
    await work.approve(mine)
    await work.approve(other)
    more = await work.file("A", seconds=1_800, extends=mine)
    again = await work.file("A", EVE, seconds=300, extends=other)
    work.mark()
    await work.approve(more, CAROL, Narrower(900))
    work.mark()
    await work.deny(again)
    work.mark()


async def alone(work: Workspace) -> None:
    """By the policy alone, then over its limit; an emergency, reviewed; another's emergency."""
    await work.file("A", ALICE, AUTOMATIC, seconds=900)
    limited = await work.file("B", ALICE, AUTOMATIC, seconds=900)
    raised = await work.file("staging/C", ALICE, EMERGENCY, seconds=1_800)
    await work.file("B", EVE, EMERGENCY, seconds=1_800)
    work.mark()
    call = by_person(work.store.op(), BOB)
    assert isinstance(await close_review(work.context, call, raised, "it was right"), Recorded)
    await work.deny(limited)
    work.mark()


async def delegated(work: Workspace) -> None:
    """Fay agrees for Bob, whose duty she had for an hour; he took it back."""
    mine, other = await work.file("A", ALICE, TWO), await work.file("B", EVE)
    call = by_person(work.store.op(), BOB)
    assert not isinstance(await give_duty(work.context, call, FAY, Duration(3_600)), Refusal)
    work.mark()
    await work.approve(mine, FAY, seat=BOB)
    await take_duty_back(work.context, by_person(work.store.op(), BOB))
    work.mark()
    await work.approve(mine, CAROL)
    await work.approve(other, CAROL)
    work.mark()


async def over(work: Workspace) -> None:
    """Denied, cancelled, timed out, expired, locked: with an approval that came too late."""
    denied, gone = await work.file("A"), await work.file("B")
    await work.deny(denied)
    await work.store.requests.cancel(work.store.op(), gone, person(ALICE))
    expired, held = await work.file("A", EVE, seconds=60), await work.file("staging/C", EVE)
    await work.approve(expired)
    await work.approve(held)
    pending, again = await work.file("A"), await work.file("B")
    work.mark()
    await work.store.lock("staging/C", SECURITY)
    await work.store.lock(ALICE, SECURITY)
    assert isinstance(await work.press(pending, BOB), Refusal)
    work.acts.asked[held].ended = True
    work.mark()
    work.clock.pass_(4 * 3_600 + 1)
    await work.store.work()
    await work.store.unlock(ALICE, SECURITY)
    for request in (gone, expired, pending, again):
        work.acts.asked[request].ended = True
    work.mark()


async def stored(work: Workspace) -> None:
    """Values change; one variable is deleted and made again."""
    mine, other = await work.file("A"), await work.file("B", EVE)
    await work.approve(mine)
    await work.approve(other)
    work.mark()
    await work.put("default/A", "another-value")
    work.mark()
    await work.store.sealed.delete(work.store.op(), var("A"), OPERATOR)
    work.acts.asked[mine].ended = True
    work.mark()
    await work.put("default/A", "value-of-the-new-one")
    work.mark()


LIVES: tuple[Life, ...] = (
    timed,
    chained,
    skipped,
    reopened,
    used,
    extended,
    alone,
    delegated,
    over,
    stored,
)


async def live(work: Workspace, life: Life) -> None:
    """A workspace with its variables, and that life in it."""
    for name in ("A", "B", "staging/C"):
        await work.put(str(var(name)), f"value-of-{name}")
    await life(work)
