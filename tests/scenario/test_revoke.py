"""Ending access: by an approver, an owner, a security person, by oneself; refused to everybody else."""

import pytest

from tests.scenario.policies import card, granted, last_event, revealed, shows, write_policy
from tests.scenario.town import Town
from tests.scenario.watch import buttons, one_request, refusals, say

WATCHED = """
version: 1
security: [{dana}]
owners:
  "default/STRIPE_*": [{carol}]
rules:
  - name: everything
    match: "*/*"
    requesters: [{alice}]
    approvers: [{bob}]
"""


@pytest.mark.parametrize("who", ["bob", "carol", "dana"])
async def test_an_approver_an_owner_and_a_security_person_end_access(town: Town, who: str) -> None:
    policy, person = write_policy(town, WATCHED), getattr(town, who)
    async with town.bot(policy_file=policy):
        message = await granted(town)
        request = await one_request(town)
        assert "The access of @alice to `STRIPE_KEY` is ended" in await say(
            town, f"revoke {request.id}", person
        )
        over = await card(town, f"Access ended early by @{who}", "[ Ask again ]")
        assert buttons(over) == ["Ask again"]
        await shows(town, message, f"Access ended early by @{who}")
        assert not await town.redis.exists(town.runner.key("grant", request.id))
    assert (await last_event(town, "grant.revoked")).actor.id == person.id


async def test_an_owner_of_something_else_may_not(town: Town) -> None:
    """Law 9, and nobody's rights reach further than the policy says."""
    policy = write_policy(town, WATCHED)
    async with town.bot(policy_file=policy):
        await granted(town, "staging/DB_URL 1h a slow query")
        request = await one_request(town)
        assert "somebody else's request" in await say(town, f"revoke {request.id}", town.carol)
        stranger = town.slack.add_person("erin")
        town.slack.join(stranger, town.general)
        assert "somebody else's request" in await say(town, f"revoke {request.id}", stranger)
        assert (await one_request(town, request.id)).live
        shown = await card(town, "[ Reveal ]")
        assert town.values[request.variables[0]] in await revealed(town, shown)
    assert [event.detail["why"] for event in await refusals(town)] == ["not_yours", "not_yours"]


async def test_whoever_is_no_security_person_any_more_may_not(town: Town) -> None:
    policy = write_policy(town, WATCHED)
    async with town.bot(policy_file=policy):
        await granted(town)
        request = await one_request(town)
        await town.slack.tell(town.slack.change(town.dana, is_restricted=True))
        assert "is a guest's" in await say(town, f"revoke {request.id}", town.dana)
        assert (await one_request(town, request.id)).live


async def test_ones_own_access_ends_in_one_press(town: Town) -> None:
    policy = write_policy(town, WATCHED)
    async with town.bot(policy_file=policy):
        await granted(town)
        shown = await card(town, "[ End now ]")
        await town.alice.press(shown, "End now")
        await card(town, "Access ended early by @alice")
        lagging = shown.faces[0]
        press = await town.alice.press(shown, "Reveal", shown=lagging)
        await town.until(lambda: press.answers)
        assert "was ended by @alice" in town.slack.draw(press.answers[0])


async def test_a_pending_request_is_cancelled_and_not_revoked(town: Town) -> None:
    policy = write_policy(town, WATCHED)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        request = await one_request(town)
        assert "still waits for a decision" in await say(town, f"revoke {request.id}", town.dana)
        assert "somebody else's request" in await say(town, f"cancel {request.id}", town.bob)
        await town.alice.press(await card(town, "[ Cancel request ]"), "Cancel request")
        await shows(town, message, "*Withdrawn* by @alice")
        assert "this request was withdrawn" in await pressed_late(town)


async def pressed_late(town: Town) -> str:
    """The answer to Approve on a message that a lagging screen still shows."""
    (message,) = town.slack.messages(town.approvers)
    press = await town.bob.press(message, "Approve", shown=message.faces[0])
    await town.until(lambda: press.answers)
    return town.slack.draw(press.answers[0])


async def test_a_denial_tells_why_on_every_screen(town: Town) -> None:
    policy = write_policy(town, WATCHED)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.bot_opens_deny(message)
        assert town.bob.modal is not None
        sent = await town.bob.modal.submit({"reason": "use the <sandbox> key & ask again"})
        assert sent.next is not None
        assert sent.next.title == "Denied"
        await shows(town, message, "*Denied* by @bob", "Reason: use the <sandbox> key & ask again")
        await card(town, "*Denied* by @bob", "Reason: use the <sandbox> key & ask again", "[ Ask again ]")
        assert "already denied by @bob" in await pressed_late(town)
        assert "was denied" in await say(town, f"revoke {(await one_request(town)).id}", town.dana)
        assert "does not let you" in await pressed_by_carol(town)


async def pressed_by_carol(town: Town) -> str:
    """Somebody who never could decide."""
    (message,) = town.slack.messages(town.approvers)
    press = await town.carol.press(message, "Approve", shown=message.faces[0])
    await town.until(lambda: press.answers)
    return town.slack.draw(press.answers[0])
