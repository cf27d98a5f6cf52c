"""Approve and Deny, pressed by the right people, the wrong people, too late, twice and both at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.request import State
from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import (
    DECIDE,
    buttons,
    id_on,
    one_request,
    refusals,
    say,
    settled,
    stored_with,
    told,
)

Json = dict[str, Any]


async def still_pending(harness: ScenarioHarness, message: Message) -> None:
    """Nothing was decided, and no right exists."""
    request = await one_request(harness, id_on(message))
    assert request.state is State.PENDING
    assert request.grant is None
    assert not await harness.redis.exists(harness.runner.key("grant", request.id))
    assert buttons(message) == DECIDE


async def test_a_decision_is_on_the_message_with_its_author_and_without_buttons(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        message = await harness.filed()
        await harness.carol.press(message, "Approve")
        await settled(harness)
    drawn = harness.slack.draw(message)
    assert "Approved* by @carol" in drawn
    assert "debugging a failed refund" in drawn
    assert buttons(message) == []
    assert len(harness.slack.messages(harness.approvers)) == 1


async def test_requester_cannot_decide_even_as_a_member_of_the_channel(harness: ScenarioHarness) -> None:
    """Law 3: an approver who asks is an ordinary requester."""
    harness.slack.join(harness.alice, harness.approvers)
    async with harness.bot():
        message = await harness.filed()
        for action in ("Approve", "Deny"):
            press = await harness.alice.press(message, action)
            assert "cannot decide on your own request" in await told(harness, press)
        assert harness.alice.modal is None
        await still_pending(harness, message)
    assert [(event.detail["why"], event.actor.id) for event in await refusals(harness)] == [
        ("self_approval", harness.alice.id)
    ]


async def test_requester_cannot_deny_by_sending_somebody_elses_form(harness: ScenarioHarness) -> None:
    """Law 3 by a forged submission: the form that Bob opened, sent as Alice."""
    async with harness.bot():
        message = await harness.filed()
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None

        def as_alice(payload: Json) -> Json:
            return payload | {"user": payload["user"] | {"id": harness.alice.id}}

        sent = await harness.bob.modal.submit({"reason": "I deny myself"}, change=as_alice)
        assert sent.next is not None
        assert sent.next.title == "Not denied"
        assert "cannot decide on your own request" in sent.next.draw()
        await still_pending(harness, message)
    assert [event.detail["why"] for event in await refusals(harness)] == ["self_approval"]


def _as_it_is(payload: Json) -> Json:
    return payload


@dataclass(frozen=True)
class Intruder:
    """Somebody who may not decide, whatever their client lets them press."""

    name: str
    why: str
    words: str
    member: bool = True
    flags: tuple[tuple[str, Any], ...] = ()
    change: Callable[[Json], Json] = _as_it_is


INTRUDERS = (
    Intruder("outsider", "not_approver", "The policy does not let you decide this", member=False),
    Intruder("guest", "guest", "guest", flags=(("is_restricted", True),)),
    Intruder("visitor", "guest", "guest", flags=(("is_ultra_restricted", True),)),
    Intruder("invited", "guest", "has not joined yet", flags=(("is_invited_user", True),)),
    Intruder("robot", "bot", "is a bot's", flags=(("is_bot", True),)),
    Intruder("leaver", "deactivated", "is deactivated", flags=(("deleted", True),)),
    Intruder("stranger", "other_workspace", "another workspace", flags=(("team_id", "T0ELSEWHERE"),)),
    Intruder(
        "hidden_stranger",
        "other_workspace",
        "another workspace",
        flags=(("is_stranger", True),),
    ),
    Intruder(
        "other_team",
        "other_workspace",
        "another workspace",
        change=lambda payload: payload | {"team": {"id": "T0FORGED", "domain": "forged"}},
    ),
    Intruder(
        "nobody",
        "not_approver",
        "The policy does not let you decide this",
        change=lambda payload: payload | {"user": {"id": "U0NOBODY"}},
    ),
)


async def test_whoever_may_not_decide_is_refused_with_words_and_audited(harness: ScenarioHarness) -> None:
    """Law 4: Slack lets all of these press a button in a shared channel; the bot must not."""
    people = {}
    for intruder in INTRUDERS:
        person = harness.slack.add_person(intruder.name, **dict(intruder.flags))
        people[intruder.name] = person
        if intruder.member:
            harness.slack.join(person, harness.approvers)
    async with harness.bot():
        message = await harness.filed()
        for intruder in INTRUDERS:
            person = people[intruder.name]
            for action in ("Approve", "Deny"):
                press = await person.press(message, action, forged=True, change=intruder.change)
                assert press.error is None
                assert intruder.words in await told(harness, press), intruder.name
                assert person.modal is None
        await still_pending(harness, message)
    found = await refusals(harness)
    assert [event.detail["why"] for event in found] == [intruder.why for intruder in INTRUDERS]
    assert all(event.detail["tried"] == "approve" for event in found)


async def test_whoever_has_just_left_the_channel_cannot_decide(harness: ScenarioHarness) -> None:
    """Law 4: membership was asked for when the request was filed; the event makes it be asked again."""
    async with harness.bot():
        message = await harness.filed()
        await harness.slack.tell(harness.slack.leave(harness.bob, harness.approvers))
        press = await harness.bob.press(message, "Approve", forged=True)
        assert "or not any more" in await told(harness, press)
        await still_pending(harness, message)
        await harness.carol.press(message, "Approve")
        assert (await one_request(harness)).decided_by == harness.carol.id


FORGED_VALUES: tuple[object, ...] = (
    "zzzzzzzz",
    "",
    "-",
    "approve",
    "x" * 10_000,
    "7k2m9xq4\u0000",
    "envaccess:{T0PLAYGROUND}:grant:",
    "*",
    None,
    ["zzzzzzzz"],
    {"id": "zzzzzzzz"},
    7,
)


async def test_forged_button_values_find_nothing_and_break_nothing(harness: ScenarioHarness) -> None:
    """Law 8: a button carries an opaque id, which may come back as anything."""
    async with harness.bot():
        message = await harness.filed()
        for action in ("Approve", "Deny"):
            for forged in FORGED_VALUES:

                def with_value(payload: Json, forged: object = forged) -> Json:
                    return payload | {"actions": [payload["actions"][0] | {"value": forged}]}

                press = await harness.bob.press(message, action, change=with_value)
                assert "No request has that id" in await told(harness, press), forged
        await still_pending(harness, message)
    assert {event.detail["why"] for event in await refusals(harness)} == {"unknown_id"}


async def test_payloads_without_their_parts_are_acknowledged_and_change_nothing(
    harness: ScenarioHarness,
) -> None:
    """Law 8: every field of a payload may be missing or of another type."""
    async with harness.bot():
        message = await harness.filed()
        shapes: tuple[object, ...] = (None, [], "text", {"id": None})
        for part in ("user", "team", "container", "message", "channel", "trigger_id"):
            for forged in shapes:

                def without(payload: Json, part: str = part, forged: object = forged) -> Json:
                    return payload | {"user": {"id": "U0NOBODY"}} | {part: forged}

                press = await harness.bob.press(message, "Approve", change=without)
                assert press.error is None, (part, forged)
        await still_pending(harness, message)
        await harness.bob.press(message, "Approve")
        assert (await one_request(harness)).state is State.APPROVED


async def test_a_button_on_another_requests_message_decides_its_own_id_and_the_other_message_heals(
    harness: ScenarioHarness,
) -> None:
    """Law 8: the id rules, not the place; the wrong place is a stray, and what was there is posted anew."""
    async with harness.bot():
        first = await harness.filed()
        second = await harness.filed("staging/DB_URL 1h looking at a slow query")
        await settled(harness)
        wanted = id_on(first)

        def moved(payload: Json) -> Json:
            return payload | {"actions": [payload["actions"][0] | {"value": wanted}]}

        other = id_on(second)
        await harness.bob.press(second, "Approve", change=moved)
        await settled(harness)
        assert (await one_request(harness, wanted)).state is State.APPROVED
        assert (await one_request(harness, other)).state is State.PENDING


async def test_approving_after_the_request_was_withdrawn_gives_nothing(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        face, request = message.revisions[0], id_on(message)
        await say(harness, f"cancel {request}")
        for action in ("Approve", "Deny"):
            press = await harness.bob.press(message, action, shown=face)
            assert "was withdrawn" in await told(harness, press)
        found = await one_request(harness, request)
        assert found.state is State.CANCELLED
        assert found.grant is None


async def test_approving_after_the_timeout_gives_nothing(harness: ScenarioHarness) -> None:
    """Overdue is settled by Redis' clock before the press is ruled, whether or not a worker ran."""
    async with harness.bot():
        message = await harness.filed()
        face, request = message.revisions[0], id_on(message)
        await harness.move_clock(4 * 3600 + 1)
        press = await harness.bob.press(message, "Approve", shown=face)
        assert "has timed out" in await told(harness, press)
        await settled(harness)
        assert (await one_request(harness, request)).state is State.TIMED_OUT
        assert "nobody decided in time" in harness.slack.draw(message)
        assert buttons(message) == []
    tags = await harness.tags()
    assert tags.count("request.timed_out") == 1
    assert "grant.activated" not in tags


@pytest.mark.usefixtures("forgetful")
async def test_a_leavers_request_cannot_be_approved_and_the_approver_is_told_whose_account(
    harness: ScenarioHarness,
) -> None:
    """Law 4: the requester is asked about again at the approval; the words must not blame the approver."""
    async with harness.bot():
        message = await harness.filed()
        harness.slack.change(harness.alice, deleted=True)
        press = await harness.bob.press(message, "Approve")
        answer = await told(harness, press)
        assert "@alice is deactivated" in answer
        assert "Your account" not in answer
        await still_pending(harness, message)
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        sent = await harness.bob.modal.submit({"reason": "has left the company"})
        assert sent.next is not None
        assert sent.next.title == "Denied"


async def test_a_request_for_a_deleted_variable_cannot_be_approved(harness: ScenarioHarness) -> None:
    """Law 9: what does not exist cannot be granted, and the approver is told that nothing was approved."""
    async with harness.bot():
        message = await harness.filed()
        await harness.delete(STRIPE)
        press = await harness.bob.press(message, "Approve")
        answer = await told(harness, press)
        assert "STRIPE_KEY" in answer
        assert "filed" not in answer
        await still_pending(harness, message)


async def test_a_denial_needs_a_reason_that_says_something_and_holds_no_secret(
    harness: ScenarioHarness,
) -> None:
    """Law 7 for the decider's words: refused in the form, kept nowhere."""
    pasted = "sk_" + "live_" + "0123456789abcdefghij"
    async with harness.bot():
        message = await harness.filed()
        await harness.bot_opens_deny(message)
        form = harness.bob.modal
        assert form is not None
        for reason, words in (
            ("  a ", "at least 3 characters"),
            ("", "say why"),
            ("\u200b\u2060\u0000 \u202e", "say why"),
            ("x" * 501, "500 characters"),
            (f"because {pasted}", "something like a secret"),
        ):
            sent = await form.submit({"reason": "long enough"}, change=_with_reason(reason))
            assert list(sent.errors) == ["reason"]
            assert words in sent.errors["reason"]
        await still_pending(harness, message)
        assert not await stored_with(harness, pasted)
        assert {said.direction for said in harness.slack.said(pasted)} == {"to bot"}
        sent = await form.submit({"reason": "wait for  <!channel> & <@U0BOT>"})
        assert sent.next is not None
        assert sent.next.title == "Denied"
        await settled(harness)
    drawn = harness.slack.draw(message)
    assert "Denied* by @bob" in drawn
    assert "Reason: wait for <!channel> & <@U0BOT>" in drawn
    assert buttons(message) == []
    card = harness.alice.find("wait for <!channel> & <@U0BOT>")
    assert card is not None
    for shown in (card, message):
        assert not {"channel", "here", "everyone", "U0BOT"} & set(harness.slack.pings(shown))


def _with_reason(reason: str) -> Callable[[Json], Json]:
    """Send this as the reason, whatever the client's own limits are."""

    def change(payload: Json) -> Json:
        values = {"reason": {"reason": {"type": "plain_text_input", "value": reason}}}
        return payload | {"view": payload["view"] | {"state": {"values": values}}}

    return change


async def test_a_denial_whose_request_was_decided_meanwhile_says_who_decided(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        message = await harness.filed()
        await harness.bot_opens_deny(message)
        await harness.carol.press(message, "Approve")
        assert harness.bob.modal is not None
        sent = await harness.bob.modal.submit({"reason": "not today, thanks"})
        assert sent.next is not None
        assert "already approved by @carol" in sent.next.draw()
        press = await harness.bob.press(message, "Deny", shown=message.revisions[0])
        assert "already approved by @carol" in await told(harness, press)


async def test_the_cli_is_named_where_it_ended_an_access(harness: ScenarioHarness) -> None:
    """Deleting a variable ends its grants; the card and the message say who did it."""
    async with harness.bot():
        card = await harness.granted()
        face = card.revisions[-1]
        await harness.delete(STRIPE, Actor(ActorKind.CLI, "root"))
        await settled(harness)
        assert "`root` on the command line" in harness.slack.draw(card)
        press = await harness.alice.press(card, "Reveal", shown=face)
        assert "ended by `root` on the command line" in await told(harness, press)
