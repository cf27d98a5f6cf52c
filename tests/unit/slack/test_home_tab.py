"""Home tabs are published within Slack's rate, and whoever opens theirs waits for nobody's redraw."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from envaccess.domain.errors import StoreUnavailableError
from envaccess.projections.errors import MessageDelayedError
from envaccess.projections.method_rates import OVERALL
from envaccess.projections.rate_gate import RateGate
from envaccess.slack.client import SlackClient
from envaccess.slack.home_tab import SlackHomeTab
from tests.fakes.books import Books
from tests.fakes.context import FakeDirectory, FakeSource, make_context
from tests.unit.slack.slack_stage import answering, opened

RATE = OVERALL["publish"]


@dataclass
class Viewers:
    """Fits `homes.HomeViewers`: nobody looks; the first `failures` calls are not answered."""

    looks: int = 0
    failures: int = 0

    async def looking(self, person: str, pages: Mapping[str, int]) -> None:
        del person, pages
        if self.failures:
            self.failures -= 1
            raise StoreUnavailableError("Redis did not answer in time")
        self.looks += 1

    async def lately(self) -> Mapping[str, Mapping[str, int]]:
        return {}


@dataclass
class Tabs:
    """A Slack that counts, and time that passes only while somebody waits."""

    now: float = 100.0
    published: list[str] = field(default_factory=list)
    busy: list[web.Response] = field(default_factory=list)
    waits: int = 0

    async def publish(self, request: web.Request) -> web.Response:
        if self.busy:
            return self.busy.pop()
        self.published.append((await request.json())["user_id"])
        return web.json_response({"ok": True})

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def tabs() -> Tabs:
    return Tabs()


@pytest.fixture
def viewers() -> Viewers:
    return Viewers()


@pytest.fixture
async def tab(tabs: Tabs, viewers: Viewers, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackHomeTab]:
    for name in ("BACKGROUND_SECONDS", "_CONNECT_SECONDS"):
        monkeypatch.setattr(f"envaccess.slack.client.{name}", 60.0)  # a call waits for a busy machine
    books = Books()
    context = make_context(books, FakeDirectory(), FakeSource(books))
    rate_gate = RateGate(lambda: tabs.now, lambda *_: None)
    async with (
        answering(tabs.publish) as url,
        opened(SlackClient("xoxb-test", url, loopback=True)) as client,
    ):
        yield SlackHomeTab(client, context, viewers, rate_gate, tabs.sleep)


async def test_redraws_stop_where_openings_go_on(tabs: Tabs, tab: SlackHomeTab) -> None:
    for number in range(RATE.free):
        await tab.draw(f"U{number}", {})
    with pytest.raises(MessageDelayedError):
        await tab.draw("U0LATE", {})
    people = [f"V{number}" for number in range(RATE.most + RATE.kept - RATE.free)]
    await asyncio.gather(*(tab.opened(person) for person in people))
    assert tabs.published[RATE.free :] != []
    assert sorted(tabs.published[RATE.free :]) == sorted(people)
    assert tabs.waits == 0


async def test_five_hundred_people_who_open_theirs_at_once_all_see_it_first_come_first_served(
    tabs: Tabs, tab: SlackHomeTab
) -> None:
    people = [f"U{number:03}" for number in range(500)]
    began = tabs.now
    await asyncio.gather(*(tab.opened(person) for person in people))
    assert sorted(tabs.published) == people
    minutes = (tabs.now - began) / RATE.seconds
    assert len(people) <= (minutes + 1) * 100, "Slack takes a hundred a minute"
    assert minutes <= 6


async def test_three_hundred_openings_one_after_another_cost_a_few_calls(
    tabs: Tabs, tab: SlackHomeTab
) -> None:
    for _ in range(300):
        await tab.opened("U0ONE")
    assert len(tabs.published) <= 1 + 60 // 5


async def test_an_opening_that_slack_refuses_waits_as_long_as_it_asks_and_comes(
    tabs: Tabs, tab: SlackHomeTab
) -> None:
    tabs.busy.append(web.json_response({"ok": False}, status=429, headers={"Retry-After": "7"}))
    began = tabs.now
    await tab.opened("U0ONE")
    assert tabs.published == ["U0ONE"]
    assert tabs.now == began + 7


async def test_redraws_wait_too_when_slack_refuses_one(tabs: Tabs, tab: SlackHomeTab) -> None:
    tabs.busy.append(web.json_response({"ok": False}, status=429, headers={"Retry-After": "7"}))
    for _ in range(3):
        with pytest.raises(MessageDelayedError):
            await tab.draw("U0ONE", {})
    tabs.now += 7
    await tab.draw("U0ONE", {})
    assert tabs.published == ["U0ONE"]


async def test_an_opening_while_a_redraw_is_refused_comes_all_the_same(tabs: Tabs, tab: SlackHomeTab) -> None:
    tabs.busy.append(web.json_response({"ok": False}, status=429, headers={"Retry-After": "7"}))
    redraw = asyncio.create_task(tab.draw("U0ONE", {}))
    await asyncio.sleep(0)
    await tab.opened("U0ONE")
    await redraw
    assert tabs.published == ["U0ONE"]


async def test_openings_at_once_ask_redis_once_and_once_more(
    tabs: Tabs, tab: SlackHomeTab, viewers: Viewers
) -> None:
    await asyncio.gather(*(tab.opened("U0ONE") for _ in range(300)))
    assert viewers.looks == 2
    assert tabs.published != []


@pytest.mark.parametrize("failures", [1, 2])
async def test_an_opening_that_redis_does_not_answer_comes_when_it_does(
    tabs: Tabs, tab: SlackHomeTab, viewers: Viewers, failures: int
) -> None:
    viewers.failures = failures
    await asyncio.gather(*(tab.opened("U0ONE") for _ in range(3)))
    assert tabs.published == ["U0ONE"]


async def test_an_opening_while_redis_is_away_for_long_ends_in_the_log(
    tabs: Tabs, tab: SlackHomeTab, viewers: Viewers
) -> None:
    viewers.failures = 100
    await tab.opened("U0ONE")
    assert tabs.published == []
    assert tabs.waits == 2
    viewers.failures = 0
    await tab.opened("U0ONE")
    assert tabs.published == ["U0ONE"]
