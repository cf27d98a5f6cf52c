"""Many people look at their Home tabs while something changes for all: nobody's stays wrong for good."""

from collections.abc import Mapping, Sequence

from bot.domain.audit import Actor, ActorKind, Event
from bot.services.homes import HomeKeeper
from tests.unit.services.showing import FakeJournal, FakeOutbox

PEOPLE = [f"U0LOOKER{number:02}" for number in range(50)]


class Crowd:
    """Fits `homes.Lookers`, `homes.HomeTab` and `ports.Stream`: one thing changed, and all look."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.events: list[Event] = []

    async def looking(self, person: str, pages: Mapping[str, int]) -> None:
        del person, pages

    async def lately(self) -> Mapping[str, Mapping[str, int]]:
        return {person: {} for person in PEOPLE}

    async def draw(self, person: str, pages: Mapping[str, int]) -> None:
        del pages
        self.drawn.append(person)

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        del count
        return [event for event in self.events if event.id > cursor]

    async def last(self) -> str:
        return "0-0"

    async def wait(self, last: str, seconds: float) -> str:
        del last, seconds
        raise NotImplementedError

    async def trim(self, keep_after: str) -> int:
        del keep_after
        raise NotImplementedError

    async def holds(self, event: str) -> bool:
        del event
        raise NotImplementedError


async def test_every_tab_is_drawn_in_the_end_and_within_slacks_limits() -> None:
    crowd = Crowd()
    keeper = HomeKeeper(crowd, crowd, crowd, FakeOutbox(lambda: 0.0), FakeJournal())
    await keeper.step()
    crowd.events.append(Event("1-0", "request.created", 0, Actor(ActorKind.BOT)))
    seconds = 0.0
    for _ in range(20):
        before = len(crowd.drawn)
        wait = await keeper.step()
        if len(crowd.drawn) > before:
            seconds += wait
    assert sorted(crowd.drawn) == PEOPLE, "each once"
    assert len(PEOPLE) / seconds <= 100 / 60, "as many a minute as Slack takes"
