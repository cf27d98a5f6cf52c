"""A leaver's list is posted to the owners of what they have seen, once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from envaccess.application.grants.reveal import hand_over
from envaccess.application.people.leaver_lists import leaver_lists
from envaccess.application.people.leavers import has_something, left, sweep
from envaccess.application.rulebook import Rulebook
from envaccess.domain.exposure import Exposure, ExposurePage, LeaverList, Seer, SeerKind
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Owners
from envaccess.domain.refusal import Reason
from envaccess.projections.errors import MessageDelayedError, MessageRefusedError
from envaccess.projections.leaver_lists import LeaverLists
from tests.fakes.context import APPROVERS
from tests.fakes.ledger import FakeLedger
from tests.unit.application.stage import ALICE, BOB, CAROL, DB, STRIPE, Stage


@dataclass
class Queue:
    """Fits `LeaverQueue`, and Slack and the lease besides."""

    waiting: list[str] = field(default_factory=lambda: [ALICE])
    places: list[str] = field(default_factory=list)
    posted: list[tuple[str, str, list[str]]] = field(default_factory=list)
    faults: dict[str, Exception] = field(default_factory=dict)
    leads: bool = True

    async def lead(self) -> bool:
        return self.leads

    async def leaver_lists(self) -> Sequence[str]:
        return list(self.waiting)

    async def told_at(self, person: str) -> Collection[str]:
        del person
        return list(self.places)

    async def told(self, person: str, place: str = "") -> None:
        if place:
            self.places.append(place)
        else:
            self.waiting.remove(person)

    async def relist(self, most: int = 20) -> bool:
        del most
        return False

    async def post_leaver(self, place: str, person: str, seen: LeaverList) -> None:
        if place in self.faults:
            raise self.faults[place]
        self.posted.append((place, person, [one.variable.label for one in seen.found]))


class Journal:
    """What was alarmed."""

    def fault(self, what: str, **_: str) -> None:
        del what

    def crash(self, what: str, error: BaseException) -> None:
        raise AssertionError(what) from error


@pytest.fixture
async def stage() -> Stage:
    """Alice has seen two values; Carol owns one, and nobody the other."""
    stage = Stage()
    await hand_over(stage.context, await stage.claimed(STRIPE, DB), stage.delivery)
    owners = (Owners(match=("staging/*",), who=PrincipalSet.of([CAROL, ALICE])),)
    policy = replace(stage.context.rulebook.current, owners=owners)
    stage.context = replace(stage.context, rulebook=Rulebook(policy))
    return stage


def noticed(stage: Stage) -> list[str]:
    ledger = stage.context.ledger
    assert isinstance(ledger, FakeLedger)
    return ledger.leavers


def telling(stage: Stage, queue: Queue) -> LeaverLists:
    async def lists(person: str) -> Mapping[str, LeaverList]:
        return await leaver_lists(stage.context, person)

    return LeaverLists(queue, queue, lists, queue, Journal())


async def test_owners_get_their_part_and_the_approvers_channel_what_nobody_owns(stage: Stage) -> None:
    queue = Queue()
    await telling(stage, queue).step()
    assert queue.posted == [(APPROVERS, ALICE, ["STRIPE_KEY"]), (CAROL, ALICE, ["staging/DB_URL"])]
    assert queue.waiting == []
    await telling(stage, queue).step()
    assert len(queue.posted) == 2


async def test_what_was_posted_before_a_process_died_is_not_posted_again(stage: Stage) -> None:
    queue = Queue(places=[APPROVERS])
    await telling(stage, queue).step()
    assert [place for place, *_ in queue.posted] == [CAROL]


async def test_only_who_leads_posts(stage: Stage) -> None:
    queue = Queue(leads=False)
    await telling(stage, queue).step()
    assert (queue.posted, queue.waiting) == ([], [ALICE])


async def test_what_slack_holds_up_is_posted_later_and_one_who_cannot_be_reached_stops_nobody(
    stage: Stage,
) -> None:
    queue = Queue(faults={CAROL: MessageDelayedError(3.0)})
    await telling(stage, queue).step()
    assert queue.waiting == [ALICE]
    queue.faults = {CAROL: MessageRefusedError("user_not_found")}
    await telling(stage, queue).step()
    assert queue.waiting == []
    assert [place for place, *_ in queue.posted] == [APPROVERS]


async def test_who_leaves_with_something_current_is_noticed_once_also_who_holds_nothing(stage: Stage) -> None:
    assert await has_something(stage.context, ALICE)
    await left(stage.context, ALICE, Reason.DEACTIVATED)
    await left(stage.context, ALICE, Reason.DEACTIVATED)
    assert noticed(stage) == [ALICE]
    assert not await has_something(stage.context, BOB)


async def test_the_sweep_asks_about_who_has_seen_what_is_current(stage: Stage) -> None:
    await left(stage.context, ALICE, Reason.DEACTIVATED)  # nothing is live any more
    noticed(stage).clear()
    stage.turn_into(ALICE, Reason.DEACTIVATED)
    await sweep(stage.context)
    assert noticed(stage) == [ALICE]


async def test_who_owns_what_was_seen_last_of_very_many_is_told_too(stage: Stage) -> None:
    """All is looked at, and of each place only what it is told is kept."""
    (one,) = (await stage.context.ledger.exposed(Seer(SeerKind.PERSON, ALICE), 0, 1)).found
    many = [replace(one, variable=STRIPE)] * 1_200 + [replace(one, variable=DB)]

    class Many(FakeLedger):
        async def exposed(self, seer: Seer, start: int = 0, count: int = 100) -> ExposurePage:
            if seer.kind is not SeerKind.PERSON:
                return ExposurePage()
            page: Sequence[Exposure] = many[start : start + count]
            return ExposurePage(tuple(page), len(many), start + len(page))

    found = await leaver_lists(replace(stage.context, ledger=Many(stage.books)), ALICE)
    assert (len(found[APPROVERS].found), found[APPROVERS].total) == (30, 1_200)
    assert (len(found[CAROL].found), found[CAROL].total) == (1, 1)
