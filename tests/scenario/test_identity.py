"""Law 4: who somebody is, is asked again when it matters, as Slack said at most ten seconds ago."""

from functools import partial
from typing import Any

import pytest

from envaccess.domain.request import GrantState, State
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import AGAIN, buttons, heard, one_request, refusals, say, settled, told

Json = dict[str, Any]

GONE: tuple[tuple[str, Json], ...] = (
    ("deactivated", {"deleted": True}),
    ("guest", {"is_restricted": True}),
    ("guest", {"is_ultra_restricted": True}),
)


@pytest.mark.parametrize(("why", "flags"), GONE)
async def test_whoever_leaves_loses_grants_and_requests_at_once(town: Town, why: str, flags: Json) -> None:
    """The event ends them; the card and the approvers' message say so, and a lagging screen gets nothing."""
    async with town.bot():
        card = await town.granted()
        face = card.faces[-1]
        waiting = await town.filed("staging/DB_URL 1h to see the schema")
        await town.slack.tell(town.slack.change(town.alice, **flags))
        held = {request.state: request for request in await town.requests()}
        assert held[State.APPROVED].grant is GrantState.REVOKED
        assert State.CANCELLED in held
        await settled(town)
        assert buttons(card) == AGAIN
        assert buttons(waiting) == []
        assert "Withdrawn* by envaccess" in town.slack.draw(waiting), "not by somebody who did not do it"
        press = await town.alice.press(card, "Reveal", shown=face, forged=True)
        assert why in await told(town, press)
        assert not town.slack.calls_of("chat.postEphemeral")
    assert [event.detail["why"] for event in await refusals(town)] == [why]


async def test_the_same_event_three_times_ends_things_once(town: Town) -> None:
    """Law 10: Slack repeats events, and an old one may come after a new one."""
    async with town.bot():
        await town.granted()
        change = town.slack.change(town.alice, deleted=True)
        first = await town.slack.tell(change)
        await town.slack.repeat(first)
        town.slack.deliver_twice()
        await town.slack.tell(change)
        await settled(town)
        assert (await town.tags()).count("grant.revoked") == 1


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(("why", "flags"), GONE)
async def test_a_lost_event_does_not_let_a_leaver_reveal(town: Town, why: str, flags: Json) -> None:
    """The account is asked about again at the press, whatever was known of it when it was approved."""
    async with town.bot():
        card = await town.granted()
        town.slack.change(town.alice, **flags)
        press = await town.alice.press(card, "Reveal", forged=True)
        assert why in await told(town, press)
        reply = await town.alice.command("/envaccess", "show STRIPE_KEY", channel=town.general, forged=True)
        assert why in heard(town, reply)
        assert not town.slack.calls_of("chat.postEphemeral")
        assert (await one_request(town)).grant is GrantState.ACTIVE, "the sweep ends it"
        await town.alice.press(card, "End now", forged=True)
        assert (await one_request(town)).grant is GrantState.REVOKED, "giving it up needs nobody's leave"


async def test_a_deactivation_that_comes_late_takes_nothing_from_somebody_who_is_back(town: Town) -> None:
    """Slack repeats an event for an hour; what it said then need not be true any more."""
    async with town.bot():
        card = await town.granted()
        left = town.slack.change(town.alice, deleted=True)
        town.slack.change(town.alice, deleted=False)
        await town.slack.tell(left)
        await town.alice.press(card, "Reveal")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
    assert "grant.revoked" not in await town.tags()


async def test_an_event_that_slack_does_not_confirm_ends_things_once_it_does(town: Town) -> None:
    """Law 10: an event that could not be acted on is repeated by Slack, and made good by the sweep."""
    async with town.bot():
        await town.granted()
        fault = town.slack.faults.break_down("users.info")
        gone = town.slack.change(town.alice, deleted=True)
        patience, town.slack.courier.patience = town.slack.courier.patience, 0.2
        first = await town.slack.tell(gone)
        town.slack.courier.patience = patience
        assert not first.acked
        assert (await one_request(town)).grant is GrantState.ACTIVE
        fault.stop()
        await town.slack.repeat(first)
        await town.until(lambda: None if town.alice.find("[ Reveal ]") else True)
        assert (await one_request(town)).grant is GrantState.REVOKED


async def test_a_bot_that_starts_ends_what_leavers_still_hold(town: Town) -> None:
    """The event came while no process ran: the sweep makes it good."""
    async with town.bot():
        card = await town.granted()
    town.slack.change(town.alice, deleted=True)
    await town.move_clock(10)  # the answers that processes share are that old by now
    async with town.bot():
        await town.until(lambda: buttons(card) == AGAIN)
        assert (await one_request(town)).grant is GrantState.REVOKED


async def test_whoever_joins_may_decide_at_once_and_whoever_leaves_may_not(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        press = await town.dana.press(message, "Approve", forged=True)
        assert "or not any more" in await told(town, press)
        await town.slack.tell(town.slack.join(town.dana, town.approvers))
        await town.slack.tell(town.slack.leave(town.bob, town.approvers))
        press = await town.bob.press(message, "Approve", forged=True)
        assert "or not any more" in await told(town, press)
        await town.dana.press(message, "Approve")
        assert (await one_request(town)).decided_by == town.dana.id


async def test_an_approver_who_left_can_no_longer_revoke(town: Town) -> None:
    async with town.bot():
        await town.granted()
        request = (await one_request(town)).id
        await town.slack.tell(town.slack.leave(town.bob, town.approvers))
        assert "somebody else's request" in await say(town, f"revoke {request}", town.bob)
        assert (await one_request(town)).grant is GrantState.ACTIVE
        assert "is ended" in await say(town, f"revoke {request}", town.carol)


async def test_a_channel_that_is_shared_with_others_decides_nothing_any_more(town: Town) -> None:
    """People of another workspace could press there: nobody may, until it is mended."""
    async with town.bot():
        message = await town.filed()
        await town.slack.tell(town.slack.share(town.approvers))
        await town.slack.tell(town.slack.join(town.dana, town.approvers))
        press = await town.bob.press(message, "Approve")
        assert "The policy does not let you decide this" in await told(town, press)
        answer = await say(town, "staging/DB_URL 1h to see the schema")
        assert "othing was filed" in answer
    assert (await one_request(town)).state is not State.APPROVED


async def test_a_stranger_in_a_shared_channel_is_told_and_audited_for_every_button(town: Town) -> None:
    """SLACK.md: outsiders cannot type the command, but can press."""
    stranger = town.slack.add_person("stranger", team_id="T0ELSEWHERE")
    town.slack.join(stranger, town.approvers)
    async with town.bot():
        card = await town.granted()
        message = await town.filed("staging/DB_URL 1h to see the schema")
        for shown, actions in ((message, ("Approve", "Deny")), (card, ("Reveal", "End now"))):
            for action in actions:
                press = await stranger.press(shown, action, forged=True)
                assert "another workspace" in await told(town, press)
        assert stranger.modal is None
        assert (await one_request(town)).state is State.PENDING
    assert [(event.actor.id, event.detail["why"]) for event in await refusals(town)] == [
        (stranger.id, "other_workspace")
    ]


def _with(forged: Json, payload: Json) -> Json:
    return payload | forged


async def test_a_payload_may_not_say_which_workspace_it_is(town: Town) -> None:
    """Law 4: the workspace is `auth.test`'s. What a payload says of the person's own team decides nothing."""
    async with town.bot():
        message = await town.filed()
        for forged in ({"team": {"id": "T0FORGED"}}, {"team_id": "T0FORGED"}):
            press = await town.bob.press(message, "Approve", change=partial(_with, forged))
            assert "another workspace" in await told(town, press)
        reply = await town.alice.command(
            "/envaccess", "list", channel=town.general, change=lambda p: p | {"team_id": "T0FORGED"}
        )
        assert "another workspace" in heard(town, reply)
        assert "STRIPE_KEY" not in heard(town, reply)
        keys = [key async for key in town.redis.scan_iter("*")]
        assert not [key for key in keys if "T0FORGED" in key]
        assert (await one_request(town)).state is State.PENDING


async def test_an_id_of_somebody_else_says_no_more_than_that_it_is_not_yours(town: Town) -> None:
    """Whoever guesses an id learns neither what was asked nor why."""
    async with town.bot():
        await town.filed("STRIPE_KEY 1h a private reason")
        request = (await one_request(town)).id
        for text in (f"cancel {request}", f"revoke {request}"):
            answer = await say(town, text, town.dana)
            assert "STRIPE_KEY" not in answer
            assert "private reason" not in answer


async def test_two_people_of_one_name_are_two_people(town: Town) -> None:
    """SLACK.md: key on ids, never on names."""
    async with town.bot():
        card = await town.granted()
        namesake = town.slack.add_person("alice", "Alice Other")
        press = await namesake.press(card, "Reveal", forged=True)
        assert "somebody else's request" in await told(town, press)
        reply = await namesake.command("/envaccess", "show STRIPE_KEY")
        assert "no live access" in heard(town, reply)
