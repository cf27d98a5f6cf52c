"""Calls of agents' brokers are written down by kind and minute, whatever a client sends (law 16)."""

import itertools
from collections import Counter
from typing import Any

import pytest

from envaccess.domain.audit import Event, read_actor
from envaccess.domain.broker_calls import CALLS_MAX, BrokerCall
from envaccess.domain.refusal import Refusal
from tests.store.harness import ALICE, CAROL, MINUTE, StoreHarness

AGENT: dict[str, Any] = {"who": "agent:ag_7k2p", "behind": ALICE}
CALL = BrokerCall("GET", "api.stripe.com", "/v1/charges", 200, "", 1)


@pytest.fixture
async def grant(harness: StoreHarness) -> str:
    return await harness.grant(**AGENT)


async def report(harness: StoreHarness, grant: str, *calls: BrokerCall, echo: bool = False) -> None:
    noted = await harness.proposals.note_calls(
        harness.op(), AGENT["who"], grant, "stripe", calls or (CALL,), echo=echo
    )
    assert noted is None


async def called(harness: StoreHarness) -> list[Event]:
    return [event for event in await harness.events() if event.event.startswith("broker.")]


def times(events: list[Event]) -> Counter[str]:
    """How often each path was called."""
    found: Counter[str] = Counter()
    for event in events:
        found[event.detail["path"]] += int(event.detail["times"])
    return found


async def test_the_same_call_is_written_down_at_once_and_counted_for_the_rest_of_its_minute(
    harness: StoreHarness, grant: str
) -> None:
    for _ in range(30):
        await report(harness, grant)
    [first] = await called(harness)
    assert (first.detail["times"], first.request, str(first.actor)) == ("1", grant, AGENT["who"])
    await harness.pass_time(MINUTE + 1)
    await harness.work()
    [_, rest] = await called(harness)
    told = {name: rest.detail[name] for name in ("service", "method", "host", "path", "status", "times")}
    assert told == {
        "service": "stripe", "method": "GET", "host": "api.stripe.com", "path": "/v1/charges",
        "status": "200", "times": "29",
    }  # fmt: skip
    assert (rest.request, rest.variables) == (first.request, first.variables)
    await report(harness, grant)
    assert len(await called(harness)) == 3, "the next minute begins anew"


async def test_what_a_minute_counted_goes_with_its_agents_end_and_is_still_told(
    harness: StoreHarness, grant: str
) -> None:
    await report(harness, grant)
    await report(harness, grant)
    await harness.revoke(grant)
    await harness.pass_time(MINUTE + 1)
    await harness.work()
    assert times(await called(harness)) == {"/v1/charges": 2}
    assert not [name for name in await harness.keys() if "broker-calls" in name]


async def test_a_client_that_calls_a_thousand_paths_writes_few_events_and_none_is_lost(
    harness: StoreHarness, grant: str
) -> None:
    paths = (f"/v1/{number}" for number in itertools.count())
    for _ in range(50):
        await report(harness, grant, *(BrokerCall("GET", "h", next(paths), 200, "", 2) for _ in range(20)))
    await harness.pass_time(MINUTE + 1)
    await harness.work()
    events = await called(harness)
    assert len(events) == CALLS_MAX + 2, "each kind, then all others at once and once when the minute ends"
    assert sum(times(events).values()) == 2_000
    assert times(events)["/..."] == 2_000 - 2 * CALLS_MAX


async def test_a_client_cannot_make_more_kinds_by_what_else_it_sends(
    harness: StoreHarness, grant: str
) -> None:
    for number in range(CALLS_MAX + 30):
        call = BrokerCall("GET", f"host-{number}", f"/{number}", number, "", 1)
        await harness.proposals.note_calls(
            harness.op(), AGENT["who"], grant, f"service-{number}", (call,), echo=False
        )
    assert len(await called(harness)) == CALLS_MAX + 1


async def test_a_blocked_call_is_never_counted_as_one_that_passed(harness: StoreHarness, grant: str) -> None:
    for number in range(CALLS_MAX):
        await report(harness, grant, BrokerCall("GET", "h", f"/{number}", 200, "", 1))
    await report(harness, grant, BrokerCall("POST", "h", "/evil", 0, "path", 1))
    await report(harness, grant, BrokerCall("GET", "h", "/more", 200, "", 1))
    assert [event.event for event in await called(harness)][-2:] == ["broker.blocked", "broker.called"]


async def test_an_echo_ends_the_grant_however_much_was_called(harness: StoreHarness, grant: str) -> None:
    echo = BrokerCall("GET", "api.stripe.com", "/v1/charges", 0, "echo", 1)
    for _ in range(3):
        await report(harness, grant, echo, echo=True)
    ended = [event for event in await harness.events() if event.event == "grant.revoked"]
    assert [event.detail["why"] for event in ended] == ["echo"]


async def test_one_agents_calls_are_not_counted_with_anothers(harness: StoreHarness, grant: str) -> None:
    other: dict[str, Any] = {"who": "agent:ag_other", "behind": ALICE}
    theirs = await harness.grant(**other)
    await report(harness, grant)
    await harness.proposals.note_calls(harness.op(), other["who"], theirs, "stripe", (CALL,), echo=False)
    assert [event.request for event in await called(harness)] == [grant, theirs]


@pytest.mark.parametrize("tried", ["calls", "cancel"])
async def test_a_refused_attempt_on_anothers_record_names_the_person_behind(
    harness: StoreHarness, grant: str, tried: str
) -> None:
    """Or nobody could tell from the stream whose agent tries what is not its own."""
    other, op = "agent:ag_other", harness.op()
    refused: object
    if tried == "calls":
        refused = await harness.proposals.note_calls(
            op, other, grant, "stripe", [CALL], echo=False, behind=CAROL
        )
    else:
        refused = await harness.requests.cancel(op, grant, read_actor(other), behind=CAROL)
    assert isinstance(refused, Refusal)
    [event] = [event for event in await harness.events() if event.event == "access.refused"]
    assert (str(event.actor), event.behind, event.detail["tried"]) == (other, CAROL, tried)
