"""What was overtaken, repeated by another, or told too late: steps that meet in an unlucky order."""

import pytest

from envaccess.domain.outcome import Claim, Decided
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Verb
from tests.store.house import ALICE, BOB, BOT, House


async def test_a_leavers_grant_ends_though_its_withdrawal_was_refused_first(house: House) -> None:
    """An approval landed between the look and the withdrawal: with one operation id the grant stayed."""
    request = await house.file()
    assert isinstance(await house.decide(request), Decided)
    refused = await house.requests.cancel("left:deactivated:cancel:x", request, BOT)
    assert isinstance(refused, Refusal)
    ended = await house.requests.revoke("left:deactivated:revoke:x", request, BOT)
    assert not isinstance(ended, Refusal)
    assert not (await house.get(request)).live


async def test_nobody_is_answered_with_what_anothers_operation_came_to(house: House) -> None:
    """Law 10 is about repeating oneself: the same id from somebody else is another operation."""
    request = await house.file()
    assert isinstance(await house.requests.decide("same", request, BOB, Verb.APPROVE, "", ""), Decided)
    again = await house.requests.decide("same", request, ALICE, Verb.APPROVE, "", "")
    assert isinstance(again, Refusal)
    assert again.reason is Reason.SELF_APPROVAL


async def test_a_once_that_somebody_ended_while_its_value_was_on_the_way_does_not_live_again(
    house: House,
) -> None:
    """Whoever pressed End was told that it is used: giving the use back must not make that a lie."""
    request = await house.grant(once=True)
    claim = await house.use(request)
    assert isinstance(await house.revoke(request), Refusal)
    await house.reveals.give_back(claim, "slack_refused")
    found = await house.get(request)
    assert (found.grant, found.ended_by) == (GrantState.REVOKED, f"person:{ALICE}")
    assert isinstance(await house.claim(request), Refusal)
    assert "grant.revoked" in await house.tags()


async def test_a_card_that_was_pressed_before_it_was_remembered_is_not_deleted(house: House) -> None:
    """The requester would keep a live grant and lose the button to use it."""
    request = await house.grant()
    await house.outbox.shown(request, dm="D1", card="1.000001", card_shown=1)
    pressed = await house.claim(request, ts="2.000002")
    assert isinstance(pressed, Claim)
    assert (await house.get(request)).surfaces.strays == ("card:2.000002",)
    await house.outbox.shown(request, card="2.000002", card_shown=2, card_decided=1)
    assert (await house.get(request)).surfaces.strays == ("card:1.000001",)


@pytest.mark.parametrize("ts", ["9.9,message:1.000001", "x", "1", "1.2 ", "-1.2"])
async def test_a_stamp_that_is_none_marks_nothing_for_deletion(house: House, ts: str) -> None:
    request = await house.grant()
    await house.outbox.shown(request, dm="D1", card="1.000001", card_shown=2)
    await house.claim(request, ts=ts)
    assert (await house.get(request)).surfaces.strays == ()


async def test_the_pinned_channel_is_read_back(house: House) -> None:
    """A ruling that is written and never read pins nothing."""
    assert (await house.get(await house.file())).channel == "C0APPROVE"


async def test_an_unknown_id_is_audited_with_the_id_that_was_tried(house: House) -> None:
    await house.decide("zzzzzzzz")
    event = (await house.events())[-1]
    assert event.detail == {"tried": "approve", "why": "unknown_id", "id": "zzzzzzzz"}


async def test_everybody_who_holds_something_is_found_beyond_a_page(house: House) -> None:
    for number in range(620):
        await house.file(who=f"U{number}")
    assert set(await house.requests.holders()) == {f"U{number}" for number in range(620)}


@pytest.mark.real
async def test_commands_still_come_through_on_a_full_redis(real: House) -> None:
    """Without them, nobody could type the end of an access when it matters."""
    request = await real.grant()
    used = int((await real.client.info("memory"))["used_memory"])
    await real.client.config_set("maxmemory", used - 100_000)
    try:
        assert await real.throttle.allow("op", BOB)
        assert not isinstance(await real.revoke(request), Refusal)
    finally:
        await real.client.config_set("maxmemory", 0)


async def test_an_event_that_is_lost_is_missed_even_when_another_follows(house: House) -> None:
    last = await house.trail.last()
    assert await house.trail.holds(last)
    await house.client.xdel(house.runner.key("audit"), last)
    await house.file()
    assert not await house.trail.holds(last)
