"""The relay: whatever was missed, repeated, refused or overtaken, the next drawing is right (law 11)."""

import asyncio

import pytest

from envaccess.domain.request import GrantState, State
from envaccess.projections.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from envaccess.projections.refused_calls import GONE
from tests.unit.application.showing import APPROVERS, DM, Screen, ids

ONE = "7k2m9xq4"
FOREVER = 1_000


async def test_a_new_request_gets_its_message_and_its_card(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw()
    assert sorted(screen.slack.methods()) == ["dm", "post_card", "post_request"]
    shown = screen.outbox.requests[ONE].surfaces
    assert (shown.message_shown, shown.card_shown, shown.dm) == (1, 1, DM)
    assert screen.outbox.dirty == {}


async def test_a_card_where_the_direct_messages_are_known_waits_for_no_opening_of_others(
    screen: Screen,
) -> None:
    """Slack takes fifty openings a minute: whoever has been written to before needs none."""
    screen.slack.known.add("U0ALICE")
    while not screen.rate_gate.claim("dm", ""):
        pass
    screen.file(*ids(1))
    await screen.draw()
    assert screen.counts()["post_card"] == 1
    assert screen.counts()["dm"] == 0


async def test_what_is_drawn_is_not_drawn_again(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw(turns=3)
    assert len(screen.slack.calls) == 3


async def test_a_decision_updates_the_message_and_posts_the_card_anew(screen: Screen) -> None:
    """An update notifies nobody: the requester must hear of it. The replaced card is deleted."""
    screen.file(ONE)
    await screen.draw()
    first = screen.outbox.requests[ONE].surfaces
    screen.change(ONE, state=State.APPROVED, grant=GrantState.ACTIVE)
    await screen.draw(turns=2)
    assert screen.slack.methods()[3:] == ["update_request", "post_card", "delete"]
    assert screen.slack.calls[-1] == ("delete", DM, first.card)
    shown = screen.outbox.requests[ONE].surfaces
    assert (shown.message, shown.card_calls, shown.strays) == (first.message, 1, ())
    assert shown.card != first.card
    assert screen.outbox.dirty == {}


@pytest.mark.parametrize("grant", [GrantState.EXPIRED, GrantState.REVOKED, GrantState.USED_UP])
async def test_the_end_updates_both_in_place(screen: Screen, grant: GrantState) -> None:
    screen.file(ONE, state=State.APPROVED, grant=GrantState.ACTIVE)
    await screen.draw()
    screen.change(ONE, grant=grant)
    await screen.draw()
    assert sorted(screen.slack.methods()[3:]) == ["update_card", "update_request"]


async def test_a_cancelled_request_is_not_announced_to_its_own_requester(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw()
    screen.change(ONE, state=State.CANCELLED)
    await screen.draw()
    assert screen.slack.count("post_card") == 1
    assert screen.slack.count("update_card") == 1


async def test_a_change_during_a_call_is_drawn_after_it(screen: Screen) -> None:
    """Approve must not stay on the screen because the decision landed while the request was being posted."""
    screen.file(ONE)

    async def approve(method: str) -> None:
        if method == "post_request":
            screen.change(ONE, state=State.APPROVED, grant=GrantState.ACTIVE)

    screen.slack.hook = approve
    await screen.draw(turns=3)
    assert screen.slack.count("post_request") == 1
    assert ("update_request", ONE, "2") in screen.slack.calls
    assert screen.outbox.dirty == {}


async def test_two_steps_at_once_never_draw_one_request_twice(screen: Screen) -> None:
    screen.file(ONE)
    gate = asyncio.Event()

    async def wait(_: str) -> None:
        await gate.wait()

    screen.slack.hook = wait
    for _ in range(5):
        await screen.relay.step(screen.bell)
        await asyncio.sleep(0)
    gate.set()
    await screen.relay.drain()
    assert screen.slack.count("post_request") == 1
    assert screen.bell.is_set()


async def test_at_most_eight_requests_are_drawn_at_once_decided_ones_first(screen: Screen) -> None:
    screen.file(*ids(18), "decided1", "decided2")
    await screen.draw_all()
    screen.slack.calls.clear()
    for request in ids(18):
        screen.change(request)
    for request in ("decided1", "decided2"):
        screen.change(request, state=State.DENIED)
    gate = asyncio.Event()

    async def wait(_: str) -> None:
        await gate.wait()

    screen.slack.hook = wait
    await screen.relay.step(screen.bell)
    await screen.idle()
    assert await screen.relay.step(screen.bell) == 1.0
    drawn = [call[1] for call in screen.slack.calls if call[0] == "update_request"]
    assert drawn[:2] == ["decided1", "decided2"]
    assert len(drawn) == 8
    gate.set()
    await screen.relay.drain()


async def test_429_holds_the_method_for_as_long_as_slack_says(screen: Screen) -> None:
    screen.file(ONE)
    screen.slack.fail("post_request", MessageDelayedError(30))
    await screen.draw()
    assert screen.outbox.requests[ONE].surfaces.card_shown == 1
    screen.file("another1")
    await screen.draw()
    assert screen.slack.count("post_request") == 1
    assert screen.slack.count("post_card") == 2
    screen.now += 29
    await screen.draw()
    assert screen.slack.count("post_request") == 1
    screen.now += 1.5
    await screen.draw(turns=2)
    assert screen.slack.count("post_request") == 3
    assert screen.outbox.dirty == {}
    assert screen.journal.faults == []


@pytest.mark.parametrize("error", [MessageUncertainError("500"), MessageRefusedError("internal_error")])
async def test_a_failing_message_is_tried_again_ever_later_and_told_of_once(
    screen: Screen, error: Exception
) -> None:
    screen.file(ONE)
    screen.slack.fail("post_request", *[error] * 4)
    await screen.draw_all()
    assert screen.slack.count("post_request") == 5
    assert screen.slack.count("post_card") == 1
    assert len(screen.journal.faults) == 1
    assert 7 <= screen.now - 1000 < 12


async def test_a_message_refused_for_good_does_not_use_up_slacks_limits(screen: Screen) -> None:
    screen.file(ONE)
    screen.slack.fail("post_request", *[MessageRefusedError("invalid_blocks")] * FOREVER)
    await screen.draw_all(seconds=3600)
    assert 10 <= screen.slack.count("post_request") <= 20


@pytest.mark.parametrize("code", sorted(GONE))
async def test_a_message_that_is_gone_is_posted_anew(screen: Screen, code: str) -> None:
    screen.file(ONE)
    await screen.draw()
    screen.change(ONE, state=State.CANCELLED)
    screen.slack.fail("update_request", MessageRefusedError(code))
    screen.slack.fail("update_card", MessageRefusedError(code))
    await screen.draw(turns=2)
    assert screen.slack.count("post_request") == screen.slack.count("post_card") == 2
    shown = screen.outbox.requests[ONE].surfaces
    assert shown.message_shown == shown.card_shown == 2


async def test_a_refused_update_is_tried_again_and_not_posted_anew(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw()
    screen.change(ONE, state=State.CANCELLED)
    screen.slack.fail("update_request", MessageRefusedError("is_inactive"))
    await screen.draw()
    assert screen.alarms == [(APPROVERS, "is_inactive")]
    await screen.draw_all()
    assert screen.slack.count("post_request") == 1
    assert screen.outbox.requests[ONE].surfaces.message_shown == 2


async def test_a_stray_in_a_lost_channel_is_kept_until_the_channel_is_back(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw()
    await screen.outbox.shown(ONE, message="1.1")
    screen.outbox.dirty[ONE] = screen.now
    screen.slack.fail("delete", MessageRefusedError("not_in_channel"))
    await screen.draw()
    assert screen.outbox.requests[ONE].surfaces.strays
    await screen.draw_all()
    assert screen.outbox.requests[ONE].surfaces.strays == ()


async def test_a_lost_approvers_channel_alarms_and_does_not_hold_up_the_card(screen: Screen) -> None:
    screen.file(ONE)
    screen.slack.fail("post_request", *[MessageRefusedError("not_in_channel")] * 3)
    await screen.draw()
    assert screen.alarms == [(APPROVERS, "not_in_channel")]
    assert screen.outbox.requests[ONE].surfaces.card_shown == 1
    await screen.draw_all()
    assert screen.rate_gate.lost == {}
    assert screen.outbox.dirty == {}
    assert screen.alarms == [(APPROVERS, "not_in_channel")]


async def test_one_persons_closed_direct_messages_are_nobody_elses_alarm(screen: Screen) -> None:
    screen.file(ONE)
    screen.slack.fail("post_card", MessageRefusedError("channel_not_found"))
    await screen.draw()
    assert screen.alarms == []
    assert screen.rate_gate.lost == {}


async def test_strays_are_deleted_and_forgotten(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw()
    await screen.outbox.shown(ONE, message="1.1", card="2.2")
    old = [mark.partition(":")[2] for mark in screen.outbox.requests[ONE].surfaces.strays]
    screen.outbox.dirty[ONE] = screen.now
    await screen.draw()
    assert set(screen.slack.calls[3:]) == {("delete", APPROVERS, old[0]), ("delete", DM, old[1])}
    assert screen.outbox.requests[ONE].surfaces.strays == ()
    assert screen.outbox.dirty == {}


async def test_a_stray_that_slack_will_not_delete_is_given_up(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw()
    await screen.outbox.shown(ONE, message="1.1")
    screen.outbox.dirty[ONE] = screen.now
    screen.slack.fail("delete", MessageRefusedError("cant_delete_message"))
    await screen.draw()
    assert screen.outbox.dirty == {}
    assert screen.journal.faults == [f"relay.undeletable {ONE} cant_delete_message"]


async def test_a_process_that_does_not_lead_draws_nothing(screen: Screen) -> None:
    screen.file(ONE)
    screen.outbox.leads = False
    await screen.draw()
    assert screen.slack.calls == []
    assert screen.journal.faults == []


async def test_a_lease_lost_between_two_calls_stops_the_drawing(screen: Screen) -> None:
    screen.file(ONE)

    async def lose(_: str) -> None:
        screen.outbox.leads = False

    screen.slack.hook = lose
    await screen.draw()
    assert len(screen.slack.calls) <= 2
    assert "post_card" not in screen.slack.methods()


async def test_what_redis_did_not_take_is_not_posted_again(screen: Screen) -> None:
    """A Redis that is away for a while must not make the relay post the same message over and over."""
    screen.file(ONE)

    async def vanish(_: str) -> None:
        screen.outbox.away = True

    screen.slack.hook = vanish
    posting = asyncio.create_task(screen.draw())
    await screen.idle()
    assert screen.outbox.away
    screen.slack.hook = None
    screen.outbox.away = False
    await posting
    screen.now += 5
    await screen.relay.shown.catch_up()
    await screen.draw(turns=2)
    assert screen.slack.count("post_request") == 1
    assert screen.outbox.requests[ONE].surfaces.message


async def test_a_fault_that_nobody_expected_stops_neither_the_card_nor_the_others(screen: Screen) -> None:
    screen.file(ONE, "another1")
    screen.slack.fail("post_request", ZeroDivisionError())
    await screen.draw()
    assert len(screen.journal.crashes) == 1
    assert screen.slack.count("post_card") == 2
    await screen.draw_all()
    assert screen.outbox.dirty == {}


async def test_stopping_lets_the_call_under_way_end_and_begins_no_other(screen: Screen) -> None:
    screen.file(ONE, "another1")
    gate = asyncio.Event()

    async def wait(_: str) -> None:
        await gate.wait()

    screen.slack.hook = wait
    await screen.relay.step(screen.bell)
    await screen.idle()
    screen.relay.stop()
    gate.set()
    await screen.relay.drain()
    assert screen.counts() == {"post_request": 2, "dm": 2}
    assert screen.outbox.requests[ONE].surfaces.message_shown == 1


async def test_after_an_outage_everything_is_drawn_once(screen: Screen) -> None:
    """Slack down for a minute: messages are right soon after its return, none of them twice."""
    screen.file(*ids(12))
    for method in ("post_request", "dm"):
        screen.slack.fail(method, *[MessageDelayedError(1)] * 40)
    await screen.draw_all(seconds=120)
    assert screen.outbox.dirty == {}
    posted = [call[1] for call in screen.slack.calls if call[0] == "post_card"]
    assert sorted(posted) == list(ids(12))
