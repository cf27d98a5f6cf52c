"""Ending access: by an approver, an owner, a security person, by oneself; refused to everybody else."""

import pytest

from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import card, granted, last_event, revealed, shows, write_policy
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
async def test_an_approver_an_owner_and_a_security_person_end_access(
    harness: ScenarioHarness, who: str
) -> None:
    policy, person = write_policy(harness, WATCHED), getattr(harness, who)
    async with harness.bot(policy_file=policy):
        message = await granted(harness)
        request = await one_request(harness)
        assert "The access of @alice to `STRIPE_KEY` is ended" in await say(
            harness, f"revoke {request.id}", person
        )
        over = await card(harness, f"Access ended early by @{who}", "[ Ask again ]")
        assert buttons(over) == ["Ask again"]
        await shows(harness, message, f"Access ended early by @{who}")
        assert not await harness.redis.exists(harness.runner.key("grant", request.id))
    assert (await last_event(harness, "grant.revoked")).actor.id == person.id


async def test_an_owner_of_something_else_may_not(harness: ScenarioHarness) -> None:
    """Law 9, and nobody's rights reach further than the policy says."""
    policy = write_policy(harness, WATCHED)
    async with harness.bot(policy_file=policy):
        await granted(harness, "staging/DB_URL 1h a slow query")
        request = await one_request(harness)
        assert "somebody else's request" in await say(harness, f"revoke {request.id}", harness.carol)
        stranger = harness.slack.add_person("erin")
        harness.slack.join(stranger, harness.general)
        assert "somebody else's request" in await say(harness, f"revoke {request.id}", stranger)
        assert (await one_request(harness, request.id)).live
        shown = await card(harness, "[ Reveal ]")
        assert harness.values[request.variables[0]] in await revealed(harness, shown)
    assert [event.detail["why"] for event in await refusals(harness)] == ["not_yours", "not_yours"]


async def test_whoever_is_no_security_person_any_more_may_not(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, WATCHED)
    async with harness.bot(policy_file=policy):
        await granted(harness)
        request = await one_request(harness)
        await harness.slack.tell(harness.slack.change(harness.dana, is_restricted=True))
        assert "is a guest's" in await say(harness, f"revoke {request.id}", harness.dana)
        assert (await one_request(harness, request.id)).live


async def test_ones_own_access_ends_in_one_press(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, WATCHED)
    async with harness.bot(policy_file=policy):
        await granted(harness)
        shown = await card(harness, "[ End now ]")
        await harness.alice.press(shown, "End now")
        await card(harness, "Access ended early by @alice")
        lagging = shown.revisions[0]
        press = await harness.alice.press(shown, "Reveal", shown=lagging)
        await harness.until(lambda: press.answers)
        assert "was ended by @alice" in harness.slack.draw(press.answers[0])


async def test_a_pending_request_is_cancelled_and_not_revoked(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, WATCHED)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        request = await one_request(harness)
        assert "still waits for a decision" in await say(harness, f"revoke {request.id}", harness.dana)
        assert "somebody else's request" in await say(harness, f"cancel {request.id}", harness.bob)
        await harness.alice.press(await card(harness, "[ Cancel request ]"), "Cancel request")
        await shows(harness, message, "*Withdrawn* by @alice")
        assert "this request was withdrawn" in await pressed_late(harness)


async def pressed_late(harness: ScenarioHarness) -> str:
    """The answer to Approve on a message that a lagging screen still shows."""
    (message,) = harness.slack.messages(harness.approvers)
    press = await harness.bob.press(message, "Approve", shown=message.revisions[0])
    await harness.until(lambda: press.answers)
    return harness.slack.draw(press.answers[0])


async def test_a_denial_tells_why_on_every_screen(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, WATCHED)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        sent = await harness.bob.modal.submit({"reason": "use the <sandbox> key & ask again"})
        assert sent.next is not None
        assert sent.next.title == "Denied"
        await shows(harness, message, "*Denied* by @bob", "Reason: use the <sandbox> key & ask again")
        await card(harness, "*Denied* by @bob", "Reason: use the <sandbox> key & ask again", "[ Ask again ]")
        assert "already denied by @bob" in await pressed_late(harness)
        assert "was denied" in await say(harness, f"revoke {(await one_request(harness)).id}", harness.dana)
        assert "does not let you" in await pressed_by_carol(harness)


async def pressed_by_carol(harness: ScenarioHarness) -> str:
    """Somebody who never could decide."""
    (message,) = harness.slack.messages(harness.approvers)
    press = await harness.carol.press(message, "Approve", shown=message.revisions[0])
    await harness.until(lambda: press.answers)
    return harness.slack.draw(press.answers[0])
