"""Machines and agents in the store: their records and events say what they are, and who is behind them."""

from typing import Any

import pytest

from envaccess.domain.audit import BEHIND, ActorKind
from envaccess.domain.principal import Principal
from tests.store.harness import ALICE, StoreHarness

AGENT = {"who": "agent:ag_7k2p", "behind": ALICE}
MACHINE = {"who": "machine:deploy"}
PROGRAMS = [AGENT, MACHINE]


@pytest.mark.parametrize(
    ("who", "principal"),
    [
        (AGENT, Principal(ActorKind.AGENT, "ag_7k2p", behalf=ALICE)),
        (MACHINE, Principal(ActorKind.MACHINE, "deploy")),
        ({"who": ALICE}, Principal(ActorKind.PERSON, ALICE)),
    ],
)
async def test_a_record_says_who_asks_and_who_is_behind(
    harness: StoreHarness, who: Any, principal: Principal
) -> None:
    await harness.add("A")
    request = await harness.file(**who)
    assert (await harness.get(request)).principal == principal


async def test_a_persons_record_has_no_field_of_anybody_behind(harness: StoreHarness) -> None:
    """As 0.1.0 wrote it: the bare id, and nothing else about who asks."""
    await harness.add("A")
    request = await harness.file()
    kept: Any = await harness.content(harness.runner.key("request", request))
    assert (kept["requester"], "behind" in kept) == (ALICE, False)


async def test_every_event_of_an_agents_request_names_the_person_behind(harness: StoreHarness) -> None:
    await harness.add("A")
    request = await harness.grant(**AGENT)
    await harness.revoke(request)
    events = [event for event in await harness.events() if event.request == request]
    assert [(event.event, str(event.actor)) for event in events] == [
        ("request.created", "agent:ag_7k2p"),
        ("request.approved", "person:U0BOB"),
        ("grant.activated", "person:U0BOB"),
        ("grant.revoked", "person:U0ALICE"),
    ]
    assert {(event.requester, event.detail[BEHIND]) for event in events} == {("agent:ag_7k2p", ALICE)}


async def test_an_event_of_a_persons_request_has_no_such_detail(harness: StoreHarness) -> None:
    await harness.add("A")
    await harness.grant()
    assert all(BEHIND not in event.detail for event in await harness.events())
