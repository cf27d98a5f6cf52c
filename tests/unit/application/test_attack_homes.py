"""Many people look at their Home tabs while something changes for all: nobody's stays wrong for good."""

from collections.abc import Collection, Mapping, Sequence

from envaccess.domain.audit import Actor, ActorKind, Event
from envaccess.domain.variable import Variable
from envaccess.projections.errors import MessageDelayedError
from envaccess.projections.home_tabs import HomeTabs
from envaccess.projections.rate_gate import RateGate
from tests.unit.application.showing import FakeJournal, FakeOutbox

PEOPLE = [f"U0LOOKER{number:03}" for number in range(150)]


class Crowd:
    """Fits `homes.HomeViewers`, `homes.HomeTab` and `ports.audit.Stream`: one thing changed, and all look."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.events: list[Event] = []
        self.now = 0.0
        self.rate_gate = RateGate(lambda: self.now, lambda *_: None)

    async def looking(self, person: str, pages: Mapping[str, int]) -> None:
        del person, pages

    async def lately(self) -> Mapping[str, Mapping[str, int]]:
        return {person: {} for person in PEOPLE}

    async def draw(self, person: str, pages: Mapping[str, int]) -> None:
        del pages
        if wait := self.rate_gate.claim("publish", ""):
            raise MessageDelayedError(wait)
        self.drawn.append(person)

    def happens(self) -> None:
        """Something that concerns everybody."""
        self.events.append(Event(f"{len(self.events) + 1:05}-0", "request.created", 0, Actor(ActorKind.BOT)))

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        del count
        return [event for event in self.events if event.id > cursor]

    bare = after

    async def last(self) -> str:
        return "0-0"

    async def wait(self, last: str, seconds: float) -> str:
        del last, seconds
        raise NotImplementedError

    async def trim(self, keep_after: str) -> int:
        del keep_after
        raise NotImplementedError

    async def holds(self, event: str) -> bool:
        return any(found.id == event for found in self.events)


async def nobody_watches(person: str) -> bool:
    """There are no security people."""
    del person
    return False


async def nobody_owns(person: str, variables: Collection[Variable]) -> bool:
    """Nothing is anybody's."""
    del person, variables
    return False


async def test_every_tab_is_drawn_in_the_end_and_within_slacks_limits() -> None:
    crowd = Crowd()
    keeper = HomeTabs(
        crowd, crowd, crowd, FakeOutbox(lambda: 0.0), FakeJournal(), nobody_watches, nobody_owns
    )
    await keeper.step()
    crowd.happens()
    while len(crowd.drawn) < len(PEOPLE):
        crowd.now += await keeper.step()
        assert crowd.now < 300, "nobody's stays wrong for good"
    assert sorted(crowd.drawn) == PEOPLE, "each once"


async def test_while_something_changes_all_the_time_everybody_is_drawn_as_often() -> None:
    """Whoever looked last was drawn in every round, and the others in none."""
    crowd = Crowd()
    keeper = HomeTabs(
        crowd, crowd, crowd, FakeOutbox(lambda: 0.0), FakeJournal(), nobody_watches, nobody_owns
    )
    await keeper.step()
    while crowd.now < 600:
        crowd.happens()
        crowd.now += await keeper.step()
    times = [crowd.drawn.count(person) for person in PEOPLE]
    assert max(times) - min(times) <= 1
    assert min(times) >= 4


async def test_what_only_security_people_see_draws_nobody_elses_tab() -> None:
    crowd = Crowd()

    async def watches(person: str) -> bool:
        return person == PEOPLE[7]

    keeper = HomeTabs(crowd, crowd, crowd, FakeOutbox(lambda: 0.0), FakeJournal(), watches, nobody_owns)
    await keeper.step()
    for number, tag in enumerate(("grant.expired", "audit.checkpoint", "sink.lost"), start=1):
        crowd.events.append(Event(f"{number:05}-0", tag, 0, Actor(ActorKind.BOT), requester="U0ELSE"))
        await keeper.step()
    assert crowd.drawn == [PEOPLE[7]] * 3


async def test_a_value_that_is_seen_draws_the_tabs_of_its_owners_alone() -> None:
    crowd, asked = Crowd(), list[Variable]()

    async def owns(person: str, variables: Collection[Variable]) -> bool:
        asked.extend(variables)
        return person == PEOPLE[7]

    keeper = HomeTabs(crowd, crowd, crowd, FakeOutbox(lambda: 0.0), FakeJournal(), nobody_watches, owns)
    await keeper.step()
    seen = Event(
        "00001-0", "value.seen", 0, Actor(ActorKind.BOT), variables=("default/STRIPE_KEY", "no name")
    )
    crowd.events.append(seen)
    await keeper.step()
    assert crowd.drawn == [PEOPLE[7]]
    assert {*asked} == {Variable("default", "STRIPE_KEY")}
