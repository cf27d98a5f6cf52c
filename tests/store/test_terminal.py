"""Values that go to terminals, on both kinds of server: as the surface is, and counted by host."""

import json
from dataclasses import replace

import pytest

from envaccess.domain.audit import person
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.outcome import Claim, Ended, Failure
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Release
from tests.store.harness import ALICE, BOB, MINUTE, RULING, TERMINAL, StoreHarness, var
from tests.store.test_chain import why

ONLY_CLI = replace(RULING, delivery=(DeliveryMode.CLI,))
ONLY_SLACK = replace(RULING, delivery=(DeliveryMode.REVEAL, DeliveryMode.PUSH))
OTHER_HOST = replace(TERMINAL, receipt=Receipt("build-3", "alice", "sh", "192.0.2.9"))


async def test_a_terminal_gets_what_the_ruling_gives_to_terminals(harness: StoreHarness) -> None:
    request = await harness.grant("A", ruling=ONLY_CLI)
    claim = await harness.claim(request, origin=TERMINAL)
    assert isinstance(claim, Claim)
    assert (claim.fresh, claim.origin, claim.fault) == (True, TERMINAL, "")


@pytest.mark.parametrize("how", ["", "push", "reveal", "cli"])
async def test_slack_gets_nothing_that_only_terminals_may_have(harness: StoreHarness, how: str) -> None:
    request = await harness.grant("A", ruling=ONLY_CLI)
    refused = await harness.reveals.claim(harness.op(), request, ALICE, IN_SLACK, how)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.hint) == (Reason.DELIVERY, "cli")
    assert why(await harness.reveals.claim_named(harness.op(), var("A"), ALICE)) is Reason.DELIVERY
    assert (await harness.get(request)).reveals == 0


@pytest.mark.parametrize("how", ["", "push", "reveal", "cli"])
async def test_a_terminal_gets_nothing_that_only_slack_may_have(harness: StoreHarness, how: str) -> None:
    request = await harness.grant("A", ruling=ONLY_SLACK)
    refused = await harness.reveals.claim(harness.op(), request, ALICE, TERMINAL, how)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.state, refused.hint) == (Reason.DELIVERY, "cli", "reveal,push")
    assert (await harness.tags())[-1] == "access.refused"


@pytest.mark.parametrize("surface", ["ci", "broker", "", "reveal", "push", "CLI"])
async def test_a_surface_that_nobody_knows_gets_nothing(harness: StoreHarness, surface: str) -> None:
    request = await harness.grant("A")
    assert why(await harness.claim(request, origin=Origin(surface=surface))) is Reason.DELIVERY


async def test_nobody_else_uses_a_grant_from_their_terminal(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    assert why(await harness.claim(request, BOB, origin=TERMINAL)) is Reason.NOT_YOURS


async def test_the_event_says_from_where_as_the_client_says(harness: StoreHarness) -> None:
    await harness.claim(await harness.grant("A"), origin=TERMINAL)
    event = (await harness.events())[-1]
    assert (event.event, str(event.actor)) == ("grant.revealed", "person:U0ALICE")
    assert event.detail == {
        "how": "cli",
        "surface": "cli",
        "host": "lenovo-7",
        "os_user": "alice",
        "program": "make",
        "address": "192.0.2.7",
    }


async def test_what_was_asked_at_a_terminal_says_so_in_its_event(harness: StoreHarness) -> None:
    await harness.file(origin=TERMINAL)
    asked = (await harness.events())[-1].detail
    assert (asked["surface"], asked["host"], asked["os_user"]) == ("cli", "lenovo-7", "alice")
    await harness.file("B")
    assert not {"surface", "host"} & (await harness.events())[-1].detail.keys()


async def test_values_can_be_had_apart_by_name_and_the_event_has_only_those(harness: StoreHarness) -> None:
    request = await harness.grant("A,B,staging/DB")
    claim = await harness.reveals.claim(harness.op(), request, ALICE, TERMINAL, only=(var("B"),))
    assert isinstance(claim, Claim)
    assert (claim.only, claim.fault) == ((var("B"),), "")
    assert (await harness.events())[-1].variables == ("default/B",)


async def test_no_value_can_be_had_that_the_grant_does_not_hold(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    for only in ((var("B"),), (var("A"), var("B"))):
        refused = await harness.reveals.claim(harness.op(), request, ALICE, TERMINAL, only=only)
        assert why(refused) is Reason.NO_GRANT
    assert (await harness.get(request)).reveals == 0


async def test_a_single_use_gives_all_of_its_values_or_none(harness: StoreHarness) -> None:
    request = await harness.grant("A,B", once=True, seconds=900)
    refused = await harness.reveals.claim(harness.op(), request, ALICE, TERMINAL, only=(var("A"),))
    assert why(refused) is Reason.ONCE_WHOLE
    both = (var("B"), var("A"))
    assert isinstance(await harness.reveals.claim(harness.op(), request, ALICE, TERMINAL, only=both), Claim)


async def test_the_same_operation_gives_nothing_of_other_variables(harness: StoreHarness) -> None:
    request = await harness.grant("A,B")
    assert isinstance(await harness.reveals.claim("op", request, ALICE, TERMINAL, only=(var("A"),)), Claim)
    again = await harness.reveals.claim("op", request, ALICE, TERMINAL, only=(var("B"),))
    assert why(again) is Reason.OTHER_OPERATION
    same = await harness.reveals.claim("op", request, ALICE, TERMINAL, only=(var("A"),))
    assert isinstance(same, Claim)
    assert not same.fresh


async def test_the_record_says_to_which_hosts_values_went_and_how_often(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    for origin in (TERMINAL, OTHER_HOST, TERMINAL):
        await harness.claim(request, origin=origin)
    released = (await harness.get(request)).releases
    assert [(one.host, one.times) for one in released] == [("lenovo-7", 2), ("build-3", 1)]
    assert all(one.at for one in released)


async def test_what_slack_shows_went_to_no_terminal(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    await harness.use(request)
    assert (await harness.get(request)).releases == ()


async def test_hosts_beyond_a_few_are_counted_together(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    for number in range(13):
        receipt = Receipt(f"host-{number}", "", "", "")
        await harness.claim(request, origin=replace(TERMINAL, receipt=receipt))
    released = (await harness.get(request)).releases
    assert len(released) == 11
    assert (released[-1].host, released[-1].times) == ("", 3)


async def test_a_release_that_was_given_back_is_not_counted(harness: StoreHarness) -> None:
    request = await harness.grant("A", once=True, seconds=900)
    claim = await harness.claim(request, origin=TERMINAL)
    assert isinstance(claim, Claim)
    await harness.reveals.give_back(claim, Failure.SLACK_REFUSED)
    found = await harness.get(request)
    assert (found.reveals, found.grant) == (0, GrantState.ACTIVE)
    assert [(one.host, one.times) for one in found.releases] == [("lenovo-7", 0)]


async def test_a_loop_that_uses_a_grant_draws_its_card_once_a_minute(harness: StoreHarness) -> None:
    request = await harness.grant("A")
    await harness.claim(request, origin=TERMINAL)
    drawn = (await harness.get(request)).version
    for _ in range(5):
        await harness.claim(request, origin=TERMINAL)
    assert (await harness.get(request)).version == drawn
    await harness.pass_time(MINUTE + 1)
    await harness.work()
    found = await harness.get(request)
    assert (found.version, found.releases[0].times) == (drawn + 1, 6)
    await harness.pass_time(MINUTE + 1)
    await harness.work()
    assert (await harness.get(request)).version == drawn + 1


@pytest.mark.parametrize("spoiled", ["x", "7", '"x"', "{}", '[1,"x",{"host":7}]'])
async def test_a_spoiled_count_stops_no_release(harness: StoreHarness, spoiled: str) -> None:
    request = await harness.grant("A")
    await harness.client.hset(harness.runner.key("request", request), "releases", spoiled)
    claim = await harness.claim(request, origin=TERMINAL)
    assert isinstance(claim, Claim)
    assert not claim.fault
    assert [one.host for one in (await harness.get(request)).releases] == ["lenovo-7"]


async def test_a_process_of_a_single_use_lives_its_time_from_the_claim(harness: StoreHarness) -> None:
    request = await harness.grant("A", once=True, seconds=900)
    await harness.pass_time(10 * MINUTE)
    await harness.claim(request, origin=TERMINAL)
    found = await harness.get(request)
    assert found.grant is GrantState.USED_UP
    assert found.process_until == found.ended_at + 15 * MINUTE


async def test_the_process_of_a_single_use_can_be_ended_early(harness: StoreHarness) -> None:
    request = await harness.grant("A", once=True, seconds=900)
    await harness.claim(request, origin=TERMINAL)
    version = (await harness.get(request)).version
    ended = await harness.requests.revoke(harness.op(), request, person(BOB))
    assert isinstance(ended, Ended)
    found = await harness.get(request)
    assert (found.process_until, found.barred_by, found.version) == (0, "person:U0BOB", version + 1)
    assert (await harness.events())[-1].event == "grant.revoked"
    assert why(await harness.requests.revoke(harness.op(), request, person(BOB))) is Reason.ENDED


@pytest.mark.parametrize("target", [ALICE, "default/A"])
async def test_a_lock_ends_the_process_of_a_single_use(harness: StoreHarness, target: str) -> None:
    request = await harness.grant("A", once=True, seconds=900)
    await harness.claim(request, origin=TERMINAL)
    await harness.lock(target)
    assert (await harness.get(request)).process_until == 0


async def test_what_ended_after_it_was_claimed_may_not_leave(harness: StoreHarness) -> None:
    request = await harness.grant("A", once=True, seconds=900)
    claim = await harness.claim(request, origin=TERMINAL)
    assert isinstance(claim, Claim)
    await harness.requests.revoke(harness.op(), request, person(BOB))
    assert not await harness.reveals.still(claim)
    await harness.reveals.give_back(claim, Failure.ENDED)
    assert (await harness.get(request)).grant is GrantState.REVOKED


async def test_a_client_that_says_anything_at_all_writes_only_its_words(harness: StoreHarness) -> None:
    said = Receipt('"]}\n', "a,b:c", "\\u0000", "::1")
    request = await harness.grant("A")
    await harness.claim(request, origin=replace(TERMINAL, receipt=said))
    assert (await harness.events())[-1].detail["host"] == said.host
    kept = await harness.client.hget(harness.runner.key("request", request), "releases")
    assert json.loads(kept or "")[0]["host"] == said.host
    assert (await harness.get(request)).releases == (
        Release(said.host, 1, (await harness.get(request)).releases[0].at),
    )
