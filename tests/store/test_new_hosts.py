"""The first release to a host that this person's values never went to is told to them, by their own card."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.audit import ActorKind
from envaccess.domain.call import BROKER, CI
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.principal import Principal
from envaccess.domain.receipt import Receipt
from envaccess.domain.seals.statements import HostSeal
from envaccess.domain.session import HOST_DAYS
from envaccess.store.keys import DAY
from envaccess.store.sealing import Sealing
from tests.fakes.sealing import wall
from tests.store.harness import ALICE, BOB, RULING, TERMINAL, StoreHarness

OTHER = replace(TERMINAL, receipt=Receipt("build-3", "alice", "sh", "192.0.2.9"))


async def release(harness: StoreHarness, request: str, who: str = ALICE, **more: Any) -> None:
    claim = await harness.claim(request, who, origin=more.get("origin", TERMINAL))
    assert isinstance(claim, Claim), claim
    await harness.reveals.note_host(claim)


async def told(harness: StoreHarness) -> list[str]:
    return [event.detail["host"] for event in await harness.events() if event.event == "grant.new_host"]


async def test_the_first_release_to_a_host_is_told_and_the_next_is_not(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    before = (await harness.get(request)).calls
    for origin in (TERMINAL, TERMINAL, OTHER, TERMINAL):
        await release(harness, request, origin=origin)
    await release(harness, await harness.grant("B"))
    found = await harness.get(request)
    assert await told(harness) == ["lenovo-7", "build-3"]
    assert (found.new_host, found.new_hosts, found.calls) == ("build-3", 2, before + 2)


async def test_a_host_of_somebody_else_is_new(harness: StoreHarness) -> None:
    await release(harness, await harness.grant("A"))
    theirs = await harness.file("A", BOB)
    await harness.decide(theirs, ALICE)
    await release(harness, theirs, BOB)
    assert await told(harness) == ["lenovo-7", "lenovo-7"]


@pytest.mark.parametrize(
    ("kind", "surface", "news"), [(ActorKind.AGENT, BROKER, ["lenovo-7"]), (ActorKind.MACHINE, CI, [])]
)
async def test_an_agents_host_is_its_persons_and_a_runner_is_new_each_time(
    harness: StoreHarness, kind: ActorKind, surface: str, news: list[str]
) -> None:
    """Each agent, and each run, is another: a message for each would be one that nobody reads."""
    ruling = replace(RULING, delivery=(DeliveryMode.BROKER, DeliveryMode.CI))
    for name in ("first", "second"):
        who = Principal(kind, name, behalf=ALICE)
        request = await harness.grant("A", ruling=ruling, who=who.key, behind=ALICE)
        await release(harness, request, who.key, origin=replace(TERMINAL, surface=surface))
    assert await told(harness) == news
    await release(harness, request, who.key, origin=replace(OTHER, surface=surface))
    assert await told(harness) == [*news, "build-3"]
    await release(harness, await harness.grant("B"))
    assert sorted(await told(harness)) == ["build-3", "lenovo-7"]


async def test_what_slack_shows_goes_to_no_host(harness: StoreHarness) -> None:
    await harness.reveals.note_host(await harness.use(await harness.grant("A")))
    assert await told(harness) == []


async def test_a_client_that_makes_up_hosts_fills_no_memory(harness: StoreHarness) -> None:
    """Law 16: of so many only the last are kept, and whatever was forgotten is told again."""
    request, made_up = await harness.grant("A"), [f"host-{number}" for number in range(105)]
    for host in made_up:
        await release(harness, request, origin=replace(TERMINAL, receipt=Receipt(host)))
    assert await harness.client.hlen(harness.runner.key("hosts", ALICE)) == 100
    await release(harness, request, origin=replace(TERMINAL, receipt=Receipt(made_up[-1])))
    assert (await told(harness)).count(made_up[-1]) == 1


@pytest.mark.parametrize("planted", ["x", "copied"])
async def test_whoever_writes_to_redis_makes_no_host_known(harness: StoreHarness, planted: str) -> None:
    request = await harness.grant("A")
    await release(harness, request)
    name = harness.runner.key("hosts", ALICE)
    seal = await harness.client.hget(name, "lenovo-7") or ""
    await harness.client.hset(name, "build-3", seal if planted == "copied" else "x")
    await release(harness, request, origin=OTHER)
    assert await told(harness) == ["lenovo-7", "build-3"]


async def test_hosts_are_remembered_for_ninety_days(harness: StoreHarness) -> None:
    await release(harness, await harness.grant("A"))
    left = await harness.client.pttl(harness.runner.key("hosts", ALICE))
    assert HOST_DAYS * DAY - 60_000 < left <= HOST_DAYS * DAY


@pytest.mark.parametrize(("days", "news"), [(2, []), (HOST_DAYS - 1, []), (HOST_DAYS + 1, ["lenovo-7"])])
async def test_a_host_of_some_days_ago_is_known_and_remembered_anew(
    harness: StoreHarness, days: int, news: list[str]
) -> None:
    name = harness.runner.key("hosts", ALICE)
    before = Sealing(harness.sealing.seals, lambda: wall() - days * DAY).host(ALICE, "lenovo-7")
    await harness.client.hset(name, "lenovo-7", before)
    await release(harness, await harness.grant("A"))
    assert await told(harness) == news
    assert await harness.client.hget(name, "lenovo-7") not in {before, None}


async def test_a_host_is_as_old_as_the_clock_says_that_is_moved_on(harness: StoreHarness) -> None:
    name = harness.runner.key("hosts", ALICE)
    for host in ("lenovo-7", "approvals"):  # a host may be called like a field with seals of another kind
        await release(harness, await harness.grant("A"), origin=replace(TERMINAL, receipt=Receipt(host)))
    before = HostSeal.opened(harness.sealing.seals, str(await harness.client.hget(name, "approvals")))
    await harness.pass_time(2 * DAY)
    after = HostSeal.opened(harness.sealing.seals, str(await harness.client.hget(name, "approvals")))
    assert after == replace(before, at=before.at - 2 * DAY)
    await release(harness, await harness.grant("B"))
    assert await told(harness) == ["lenovo-7", "approvals"]
