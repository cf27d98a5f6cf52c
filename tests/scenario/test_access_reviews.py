"""Access reviews: somebody else looks at who may have what, and nobody at what is their own."""

from functools import partial

import pytest

from envaccess.application.access_reviews.close import is_whole
from envaccess.domain.access_review import AccessReview, Judged, Verdict
from envaccess.domain.refusal import Reason, Refusal
from envaccess.wiring.access_reviews import changing, looking
from slack_emulator import ImpossibleError, Json, Modal, User
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, finds, granted, last_event, pressed, write_policy
from tests.scenario.watch import one_request, refusals, say

KEEP, LEAVE = "Keep them", "Leave them open"
REVIEWED = """
version: 1
security: [{dana}, {carol}]
rules:
  - name: payments
    match: "*/STRIPE_KEY"
    requesters: [{alice}, {bob}]
    approvers: [{bob}, {carol}]
    automatic: {{for: [{bob}], max: 30m}}
  - name: everything
    match: "*/*"
    requesters: [{alice}, {dana}]
    approvers: [{bob}, {carol}]
"""


def answers(form: Modal, others: str, **said: str) -> dict[str, str]:
    """What is filled into a page: by the number of an item, and for all others; `why` is the reason."""
    ids = [block["block_id"] for block in form.blocks]
    names = {name.partition(":")[0]: name for name in ids}
    found = {f"item:{number[1:]}": verdict for number, verdict in said.items() if number != "why"}
    why = {names["reason"]: said["why"]} if "why" in said else {}
    return found | why | {names["others"]: others}


async def started(harness: ScenarioHarness, text: str = "review start", who: User | None = None) -> str:
    """Start one; returns what the answer says once it has started."""
    await harness.move_clock(60.1)
    person = who or harness.dana
    reply = await harness.ask(text, person)
    assert reply.message
    assert "Looking up who may have what" in harness.slack.draw(reply.message)
    return harness.slack.draw(await finds(harness, person, "items to look at"))


async def page(harness: ScenarioHarness, who: User, group: str) -> Modal:
    """The page that the Judge button of a group opens."""
    await harness.move_clock(60.1)
    reply = await harness.ask("review", who)
    assert reply.message
    rows = [block for block in reply.message.blocks if "accessory" in block]
    (row,) = [row for row in rows if group in row["text"]["text"]]
    await who.press(reply.message, row["accessory"]["action_id"])
    return await harness.until(lambda: who.modal)


async def test_a_review_is_started_judged_and_closed_with_a_patch(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, REVIEWED)):
        await granted(harness)
        request = await one_request(harness)
        assert "11 items to look at" in await started(harness)
        await audit_says(harness, "review.opened", "@dana started an access review")
        form = await page(harness, harness.dana, "Who may ask under `payments`")
        assert "2. @bob · approved automatically" in form.draw()
        wrong = await form.submit(answers(form, KEEP, n2="Revoke"))
        assert "say why you do not keep it" in str(wrong.errors)
        sent = await form.submit(answers(form, KEEP, n2="Revoke", why="left the team"))
        assert sent.next
        assert "2 items judged" in sent.next.draw()
        assert "3. For @bob: up to 30 minutes" in sent.next.draw()
        with pytest.raises(ImpossibleError, match="is required"):  # nothing is chosen on the next page
            await sent.next.submit()
        await audit_says(harness, "review.item_judged", "left the team", "@bob", "revoke")
        grants = await page(harness, harness.dana, "sample")
        assert "@alice had `STRIPE_KEY` for 1 hour" in grants.draw()
        done = await grants.submit(answers(grants, LEAVE, n11="Revoke", why="no ticket"))
        assert done.next
        assert "5 items left for you. 3 others may be judged by somebody else only" in done.next.draw()
        assert not await harness.redis.exists(harness.runner.key("grant", request.id))
        assert "8 items of 11 are not judged" in await say(harness, "review close", harness.dana)
        asked = await finds(harness, harness.dana, "would stay *not reviewed*")
        closed = await pressed(harness, harness.dana, asked, "Close the review")
        assert "1 kept, 0 reduced, 2 revoked, 8 not reviewed" in closed
        assert f'requesters: ["{harness.alice.id}"]' in closed
        assert "No access review is open" in await say(harness, "review", harness.dana)
        await audit_says(harness, "review.closed", "@dana closed an access review")
    event = await last_event(harness, "review.closed")
    assert (event.detail["open"], event.detail["revoke"]) == ("8", "2")
    assert event.detail["pack"] in closed


async def test_nobody_judges_what_is_about_themselves_not_even_by_a_forged_page(
    harness: ScenarioHarness,
) -> None:
    """Dana may ask under a rule, and is one of the security people; Carol agreed to the sampled grant."""

    def forge(number: int, payload: Json) -> Json:
        view = payload["view"]
        view["private_metadata"] = f"{view['private_metadata'].split()[0]} {number}"
        kept = {"type": "static_select", "selected_option": {"value": "keep"}}
        view["state"]["values"] = {f"others:{number}": {f"others:{number}": kept}}
        return payload

    async with harness.bot(policy_file=write_policy(harness, REVIEWED)):
        message = await harness.filed()
        await harness.carol.press(message, "Approve")
        await finds(harness, harness.alice, "[ Reveal ]")
        await started(harness)
        shown = await say(harness, "review", harness.carol)
        assert "sample" not in shown
        for number in (5, 10, 99):  # Dana under the rule, Dana as security, nothing at all
            form = await page(harness, harness.dana, "Who may ask under `payments`")
            sent = await form.submit(answers(form, KEEP), change=partial(forge, number))
            assert sent.next
            assert "Nothing was changed" in sent.next.draw()
            await sent.next.close()
    why = [event.detail["why"] for event in await refusals(harness)]
    assert list(dict.fromkeys(why)) == ["own_access", "review_item"]  # more of a minute are counted
    assert "review.item_judged" not in await harness.tags()


async def test_security_people_start_and_close_and_those_who_are_named_judge(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, REVIEWED)):
        assert "Only the security people" in await say(harness, "review start", harness.bob)
        assert "nothing of that name" in await say(harness, "review start the moon", harness.dana)
        assert "from an hour to 90 days" in await say(harness, "review start 91d", harness.dana)
        assert "Reviewers: @bob" in await started(harness, "review start payments 2d @bob")
        assert "one at a time" in await say(harness, "review start", harness.carol)
        assert "not among its reviewers" in await say(harness, "review", harness.carol)
        assert "not among the reviewers" in await say(harness, "review", harness.alice)
        assert "Only the security people" in await say(harness, "review close", harness.bob)
        form = await page(harness, harness.bob, "Who may ask")
        assert "@alice" in form.draw()
        assert "@bob" not in form.draw()
        await harness.slack.tell(harness.slack.change(harness.bob, is_restricted=True))
        sent = await form.submit(answers(form, KEEP))
        assert sent.next
        assert "is a guest's" in sent.next.draw()
    assert "review.item_judged" not in await harness.tags()


async def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, REVIEWED)):
        await started(harness, "review start payments")
        first = await page(harness, harness.dana, "Who may ask")
        second = await page(harness, harness.carol, "Who may ask")
        await first.submit(answers(first, LEAVE, n1="Revoke", why="has left"))
        sent = await second.submit(answers(second, KEEP))
        assert sent.next
        assert "1 item judged. 1 other had been judged meanwhile by @dana, and stay so" in sent.next.draw()
    judged = [event for event in await harness.events() if event.event == "review.item_judged"]
    assert [(event.detail["item"], event.detail["verdict"]) for event in judged] == [
        ("1", "revoke"),
        ("2", "keep"),
    ]


async def test_an_operator_starts_revokes_and_closes_on_the_host_and_keeps_nothing(
    harness: ScenarioHarness,
) -> None:
    policy = write_policy(harness, REVIEWED)
    async with harness.bot(policy_file=policy):
        await granted(harness)
        request = await one_request(harness)
        async with changing(harness.settings(policy_file=policy)) as tools:
            review = await tools.start(tools.operation(), "grants", (), 86_400)
            assert isinstance(review, AccessReview)
            assert [item.request for item in review.items] == [request.id]
            kept = await tools.judge(tools.operation(), review, {"1": Verdict.KEEP}, "")
            assert isinstance(kept, Refusal)
            assert kept.reason is Reason.HOST_KEEPS
            judged = await tools.judge(tools.operation(), review, {"1": Verdict.REVOKE}, "no ticket")
            assert isinstance(judged, Judged)
            closed = await tools.close(tools.operation(), review)
        assert isinstance(closed, AccessReview)
        assert not await harness.redis.exists(harness.runner.key("grant", request.id))
        assert f"Access {request.id} of {harness.alice.id} was found not to be right" in closed.patch
        assert is_whole(closed)
        await audit_says(harness, "review.closed", "on the command line closed an access review")
    async with looking(harness.settings(), "") as tools:
        assert await tools.newest("") == closed
    assert (await last_event(harness, "review.closed")).detail["pack"] == closed.pack
