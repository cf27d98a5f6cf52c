"""What was overtaken, repeated by another, or told too late: steps that meet in an unlucky order."""

import pytest

from envaccess.domain.outcome import Claim, Decided
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState
from tests.store.harness import ALICE, BOB, BOT, StoreHarness


async def test_a_leavers_grant_ends_though_its_withdrawal_was_refused_first(harness: StoreHarness) -> None:
    """An approval landed between the look and the withdrawal: with one operation id the grant stayed."""
    request = await harness.file()
    assert isinstance(await harness.decide(request), Decided)
    refused = await harness.requests.cancel("left:deactivated:cancel:x", request, BOT)
    assert isinstance(refused, Refusal)
    ended = await harness.requests.revoke("left:deactivated:revoke:x", request, BOT)
    assert not isinstance(ended, Refusal)
    assert not (await harness.get(request)).live


async def test_nobody_is_answered_with_what_anothers_operation_came_to(harness: StoreHarness) -> None:
    """Law 10 is about repeating oneself: the same id from somebody else is another operation."""
    request = await harness.file()
    assert isinstance(await harness.decide(request, op="same"), Decided)
    again = await harness.decide(request, ALICE, op="same")
    assert isinstance(again, Refusal)
    assert again.reason is Reason.SELF_APPROVAL


async def test_a_once_that_somebody_ended_while_its_value_was_on_the_way_does_not_live_again(
    harness: StoreHarness,
) -> None:
    """Whoever pressed End was told that it is used: giving the use back must not make that a lie."""
    request = await harness.grant(once=True)
    claim = await harness.use(request)
    assert isinstance(await harness.revoke(request), Refusal)
    await harness.reveals.give_back(claim, "slack_refused")
    found = await harness.get(request)
    assert (found.grant, found.ended_by) == (GrantState.REVOKED, f"person:{ALICE}")
    assert isinstance(await harness.claim(request), Refusal)
    assert "grant.revoked" in await harness.tags()


async def test_a_card_that_was_pressed_before_it_was_remembered_is_not_deleted(harness: StoreHarness) -> None:
    """The requester would keep a live grant and lose the button to use it."""
    request = await harness.grant()
    await harness.outbox.shown(request, dm="D1", card="1.000001", card_shown=1)
    pressed = await harness.claim(request, ts="2.000002")
    assert isinstance(pressed, Claim)
    assert (await harness.get(request)).surfaces.strays == ("card:2.000002",)
    await harness.outbox.shown(request, card="2.000002", card_shown=2, card_decided=1)
    assert (await harness.get(request)).surfaces.strays == ("card:1.000001",)


@pytest.mark.parametrize("ts", ["9.9,message:1.000001", "x", "1", "1.2 ", "-1.2"])
async def test_a_stamp_that_is_none_marks_nothing_for_deletion(harness: StoreHarness, ts: str) -> None:
    request = await harness.grant()
    await harness.outbox.shown(request, dm="D1", card="1.000001", card_shown=2)
    await harness.claim(request, ts=ts)
    assert (await harness.get(request)).surfaces.strays == ()


async def test_the_pinned_channel_is_read_back(harness: StoreHarness) -> None:
    """A ruling that is written and never read pins nothing."""
    assert (await harness.get(await harness.file())).channel == "C0APPROVE"


async def test_an_unknown_id_is_audited_with_the_id_that_was_tried(harness: StoreHarness) -> None:
    await harness.decide("zzzzzzzz")
    event = (await harness.events())[-1]
    assert event.detail == {"tried": "approve", "why": "unknown_id", "id": "zzzzzzzz"}


async def test_everybody_who_holds_something_is_found_beyond_a_page(harness: StoreHarness) -> None:
    for number in range(620):
        await harness.file(who=f"U{number}")
    assert {who.key for who in await harness.requests.holders()} == {f"U{number}" for number in range(620)}


@pytest.mark.real
async def test_commands_still_come_through_on_a_full_redis(real: StoreHarness) -> None:
    """Without them, nobody could type the end of an access when it matters."""
    request = await real.grant()
    used = int((await real.client.info("memory"))["used_memory"])
    await real.client.config_set("maxmemory", used - 100_000)
    try:
        assert await real.throttle.allow("op", BOB)
        assert not isinstance(await real.revoke(request), Refusal)
    finally:
        await real.client.config_set("maxmemory", 0)


async def test_an_event_that_is_lost_is_missed_even_when_another_follows(harness: StoreHarness) -> None:
    last = await harness.trail.last()
    assert await harness.trail.holds(last)
    await harness.client.xdel(harness.runner.key("audit"), last)
    await harness.file()
    assert not await harness.trail.holds(last)
