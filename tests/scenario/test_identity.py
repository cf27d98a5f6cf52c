"""Law 4: who somebody is, is asked again when it matters, as Slack said at most ten seconds ago."""

from functools import partial
from typing import Any

import pytest

from envaccess.domain.request import GrantState, State
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import AGAIN, buttons, heard, one_request, refusals, say, settled, told

Json = dict[str, Any]

GONE: tuple[tuple[str, Json], ...] = (
    ("deactivated", {"deleted": True}),
    ("guest", {"is_restricted": True}),
    ("guest", {"is_ultra_restricted": True}),
)


@pytest.mark.parametrize(("why", "flags"), GONE)
async def test_whoever_leaves_loses_grants_and_requests_at_once(
    harness: ScenarioHarness, why: str, flags: Json
) -> None:
    """The event ends them; the card and the approvers' message say so, and a lagging screen gets nothing."""
    async with harness.bot():
        card = await harness.granted()
        face = card.revisions[-1]
        waiting = await harness.filed("staging/DB_URL 1h to see the schema")
        await harness.slack.tell(harness.slack.change(harness.alice, **flags))
        held = {request.state: request for request in await harness.requests()}
        assert held[State.APPROVED].grant is GrantState.REVOKED
        assert State.CANCELLED in held
        await settled(harness)
        assert buttons(card) == AGAIN
        assert buttons(waiting) == []
        assert "Withdrawn* by envaccess" in harness.slack.draw(waiting), "not by somebody who did not do it"
        press = await harness.alice.press(card, "Reveal", shown=face, forged=True)
        assert why in await told(harness, press)
        assert not harness.slack.calls_of("chat.postEphemeral")
    assert [event.detail["why"] for event in await refusals(harness)] == [why]


async def test_the_same_event_three_times_ends_things_once(harness: ScenarioHarness) -> None:
    """Law 10: Slack repeats events, and an old one may come after a new one."""
    async with harness.bot():
        await harness.granted()
        change = harness.slack.change(harness.alice, deleted=True)
        first = await harness.slack.tell(change)
        await harness.slack.repeat(first)
        harness.slack.deliver_twice()
        await harness.slack.tell(change)
        await settled(harness)
        assert (await harness.tags()).count("grant.revoked") == 1


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(("why", "flags"), GONE)
async def test_a_lost_event_does_not_let_a_leaver_reveal(
    harness: ScenarioHarness, why: str, flags: Json
) -> None:
    """The account is asked about again at the press, whatever was known of it when it was approved."""
    async with harness.bot():
        card = await harness.granted()
        harness.slack.change(harness.alice, **flags)
        press = await harness.alice.press(card, "Reveal", forged=True)
        assert why in await told(harness, press)
        reply = await harness.alice.command(
            "/envaccess", "show STRIPE_KEY", channel=harness.general, forged=True
        )
        assert why in heard(harness, reply)
        assert not harness.slack.calls_of("chat.postEphemeral")
        assert (await one_request(harness)).grant is GrantState.ACTIVE, "the sweep ends it"
        await harness.alice.press(card, "End now", forged=True)
        assert (await one_request(harness)).grant is GrantState.REVOKED, "giving it up needs nobody's leave"


async def test_a_deactivation_that_comes_late_takes_nothing_from_somebody_who_is_back(
    harness: ScenarioHarness,
) -> None:
    """Slack repeats an event for an hour; what it said then need not be true any more."""
    async with harness.bot():
        card = await harness.granted()
        left = harness.slack.change(harness.alice, deleted=True)
        harness.slack.change(harness.alice, deleted=False)
        await harness.slack.tell(left)
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
    assert "grant.revoked" not in await harness.tags()


async def test_an_event_that_slack_does_not_confirm_ends_things_once_it_does(
    harness: ScenarioHarness,
) -> None:
    """Law 10: an event that could not be acted on is repeated by Slack, and made good by the sweep."""
    async with harness.bot():
        await harness.granted()
        fault = harness.slack.faults.break_down("users.info")
        gone = harness.slack.change(harness.alice, deleted=True)
        patience, harness.slack.dispatcher.patience = harness.slack.dispatcher.patience, 0.2
        first = await harness.slack.tell(gone)
        harness.slack.dispatcher.patience = patience
        assert not first.acked
        assert (await one_request(harness)).grant is GrantState.ACTIVE
        fault.stop()
        await harness.slack.repeat(first)
        await harness.until(lambda: None if harness.alice.find("[ Reveal ]") else True)
        assert (await one_request(harness)).grant is GrantState.REVOKED


async def test_a_bot_that_starts_ends_what_leavers_still_hold(harness: ScenarioHarness) -> None:
    """The event came while no process ran: the sweep makes it good."""
    async with harness.bot():
        card = await harness.granted()
    harness.slack.change(harness.alice, deleted=True)
    await harness.move_clock(10)  # the answers that processes share are that old by now
    async with harness.bot():
        await harness.until(lambda: buttons(card) == AGAIN)
        assert (await one_request(harness)).grant is GrantState.REVOKED


async def test_whoever_joins_may_decide_at_once_and_whoever_leaves_may_not(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        press = await harness.dana.press(message, "Approve", forged=True)
        assert "or not any more" in await told(harness, press)
        await harness.slack.tell(harness.slack.join(harness.dana, harness.approvers))
        await harness.slack.tell(harness.slack.leave(harness.bob, harness.approvers))
        press = await harness.bob.press(message, "Approve", forged=True)
        assert "or not any more" in await told(harness, press)
        await harness.dana.press(message, "Approve")
        assert (await one_request(harness)).decided_by == harness.dana.id


async def test_an_approver_who_left_can_no_longer_revoke(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await harness.granted()
        request = (await one_request(harness)).id
        await harness.slack.tell(harness.slack.leave(harness.bob, harness.approvers))
        assert "somebody else's request" in await say(harness, f"revoke {request}", harness.bob)
        assert (await one_request(harness)).grant is GrantState.ACTIVE
        assert "is ended" in await say(harness, f"revoke {request}", harness.carol)


async def test_a_channel_that_is_shared_with_others_decides_nothing_any_more(
    harness: ScenarioHarness,
) -> None:
    """People of another workspace could press there: nobody may, until it is mended."""
    async with harness.bot():
        message = await harness.filed()
        await harness.slack.tell(harness.slack.share(harness.approvers))
        await harness.slack.tell(harness.slack.join(harness.dana, harness.approvers))
        press = await harness.bob.press(message, "Approve")
        assert "The policy does not let you decide this" in await told(harness, press)
        answer = await say(harness, "staging/DB_URL 1h to see the schema")
        assert "othing was filed" in answer
    assert (await one_request(harness)).state is not State.APPROVED


async def test_a_stranger_in_a_shared_channel_is_told_and_audited_for_every_button(
    harness: ScenarioHarness,
) -> None:
    """SLACK.md: outsiders cannot type the command, but can press."""
    stranger = harness.slack.add_person("stranger", team_id="T0ELSEWHERE")
    harness.slack.join(stranger, harness.approvers)
    async with harness.bot():
        card = await harness.granted()
        message = await harness.filed("staging/DB_URL 1h to see the schema")
        for shown, actions in ((message, ("Approve", "Deny")), (card, ("Reveal", "End now"))):
            for action in actions:
                press = await stranger.press(shown, action, forged=True)
                assert "another workspace" in await told(harness, press)
        assert stranger.modal is None
        assert (await one_request(harness)).state is State.PENDING
    assert [(event.actor.id, event.detail["why"]) for event in await refusals(harness)] == [
        (stranger.id, "other_workspace")
    ]


def _with(forged: Json, payload: Json) -> Json:
    return payload | forged


async def test_a_payload_may_not_say_which_workspace_it_is(harness: ScenarioHarness) -> None:
    """Law 4: the workspace is `auth.test`'s. What a payload says of the person's own team decides nothing."""
    async with harness.bot():
        message = await harness.filed()
        for forged in ({"team": {"id": "T0FORGED"}}, {"team_id": "T0FORGED"}):
            press = await harness.bob.press(message, "Approve", change=partial(_with, forged))
            assert "another workspace" in await told(harness, press)
        reply = await harness.alice.command(
            "/envaccess", "list", channel=harness.general, change=lambda p: p | {"team_id": "T0FORGED"}
        )
        assert "another workspace" in heard(harness, reply)
        assert "STRIPE_KEY" not in heard(harness, reply)
        keys = [key async for key in harness.redis.scan_iter("*")]
        assert not [key for key in keys if "T0FORGED" in key]
        assert (await one_request(harness)).state is State.PENDING


async def test_an_id_of_somebody_else_says_no_more_than_that_it_is_not_yours(
    harness: ScenarioHarness,
) -> None:
    """Whoever guesses an id learns neither what was asked nor why."""
    async with harness.bot():
        await harness.filed("STRIPE_KEY 1h a private reason")
        request = (await one_request(harness)).id
        for text in (f"cancel {request}", f"revoke {request}"):
            answer = await say(harness, text, harness.dana)
            assert "STRIPE_KEY" not in answer
            assert "private reason" not in answer


async def test_two_people_of_one_name_are_two_people(harness: ScenarioHarness) -> None:
    """SLACK.md: key on ids, never on names."""
    async with harness.bot():
        card = await harness.granted()
        namesake = harness.slack.add_person("alice", "Alice Other")
        press = await namesake.press(card, "Reveal", forged=True)
        assert "somebody else's request" in await told(harness, press)
        reply = await namesake.command("/envaccess", "show STRIPE_KEY")
        assert "no live access" in heard(harness, reply)
