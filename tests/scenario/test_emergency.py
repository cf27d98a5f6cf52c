"""Emergency access: at once where the rule allows it, told to everybody, and reviewed by somebody else."""

import pytest

from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import (
    audit_says,
    called,
    card,
    finds,
    last_event,
    later,
    opened,
    pressed,
    revealed,
    shows,
    write_policy,
)
from tests.scenario.test_home import home_shows
from tests.scenario.watch import buttons, heard, one_request, refusals, say, settled

AT_NIGHT = """
version: 1
security: [{dana}]
rules:
  - name: payments
    match: STRIPE_KEY
    approvers: [{bob}, {carol}]
    max: 2h
    emergency: {{for: [{alice}, {bob}], max: 15m, review: [{carol}, {bob}], remind: 1h}}
  - name: the rest
    match: "*/*"
    approvers: [{bob}, {carol}]
"""


async def taken(harness: ScenarioHarness, text: str = "emergency STRIPE_KEY payments are down") -> Message:
    """Alice takes emergency access; the message in the approvers channel."""
    assert "Emergency access" in heard(harness, await harness.ask(text))
    return await harness.until(
        lambda: next((m for m in harness.slack.messages(harness.approvers) if "Emergency" in m.text), None)
    )


async def reviews(
    harness: ScenarioHarness, message: Message, note: str = "A real outage, see ticket 4711"
) -> None:
    """Carol closes the review."""
    form = await opened(harness, harness.carol, message, "Close review")
    sent = await form.submit({"reason": note})
    assert sent.next is not None
    assert sent.next.title == "Review closed"


async def test_access_comes_at_once_and_everybody_is_told(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        message = await taken(harness)
        await shows(
            harness,
            message,
            ":rotating_light: *Emergency*: @alice took `STRIPE_KEY` for *15 minutes* without asking anybody",
            "Why: payments are down",
            "*Not reviewed yet*",
        )
        assert buttons(message) == ["Close review", "End access"]
        shown = await card(harness, "*Emergency access*", "[ Reveal ]")
        assert "It will be reviewed" in shown.text
        assert harness.values[STRIPE] in await revealed(harness, shown)
        await audit_says(harness, "`emergency.used`", ":rotating_light: @alice took emergency access")
        await later(harness, 15 * 60 + 1)
        await card(harness, "Access expired")
        await shows(harness, message, "Access expired", "[ Close review ]")
        assert buttons(message) == ["Close review"]


async def test_somebody_else_closes_the_review(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        message = await taken(harness)
        await reviews(harness, message)
        await shows(harness, message, "*Reviewed* by @carol", "Found: A real outage, see ticket 4711")
        assert "Close review" not in buttons(message)
        await settled(harness)
        await later(harness, 48 * 3600)
        await settled(harness)
    assert "emergency.reminded" not in await harness.tags()
    event = await last_event(harness, "emergency.reviewed")
    assert (event.actor.id, event.requester) == (harness.carol.id, harness.alice.id)
    assert event.detail["note"] == "A real outage, see ticket 4711"


async def test_nobody_reviews_their_own(harness: ScenarioHarness) -> None:
    """Bob may review, but not what he took himself."""
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        await harness.ask("emergency STRIPE_KEY payments are down", harness.bob)
        message = await harness.until(lambda: next(iter(harness.slack.messages(harness.approvers)), None))
        assert "Nobody reviews their own" in await pressed(harness, harness.bob, message, "Close review")
        form = await opened(harness, harness.carol, message, "Close review")

        def as_bob(payload: dict[str, object]) -> dict[str, object]:
            return payload | {"user": {"id": harness.bob.id, "team_id": harness.slack.team_id}}

        sent = await form.submit({"reason": "all was fine"}, change=as_bob)
        assert "Nobody reviews their own" in (sent.next.draw() if sent.next else "")
        await shows(harness, message, "*Not reviewed yet*")
    assert [event.detail["why"] for event in await refusals(harness)] == ["own_review"]


async def test_a_bystander_cannot_review_and_a_security_person_can(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    erin = harness.slack.add_person("erin")
    for person in (erin, harness.dana):
        harness.slack.join(person, harness.approvers)
    async with harness.bot(policy_file=policy):
        message = await taken(harness)
        assert "does not let you close this review" in await pressed(harness, erin, message, "Close review")
        form = await opened(harness, harness.dana, message, "Close review")
        sent = await form.submit({"reason": "all was fine"})
        assert sent.next is not None
        assert sent.next.title == "Review closed"
        await shows(harness, message, "*Reviewed* by @dana")


async def test_an_open_review_keeps_reminding_until_it_is_closed(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        message = await taken(harness)
        seen = []
        for _ in range(8):
            await later(harness, 3601)
            seen.append((await harness.tags()).count("emergency.reminded"))
        assert seen == [1, 1, 2, 2, 2, 2, 3, 3]
        call = await called(harness, message, "is not reviewed yet", "@bob or @carol", "Close review")
        assert "Emergency access of @alice to `STRIPE_KEY`" in call
        await reviews(harness, message)
        await later(harness, 48 * 3600)
        assert (await harness.tags()).count("emergency.reminded") == 3


async def test_an_approver_ends_it_from_the_message(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        message = await taken(harness)
        await harness.bob.press(message, "End access")
        await shows(harness, message, "Access ended early by @bob", "[ Close review ]")
        await card(harness, "Access ended early by @bob")
        assert buttons(message) == ["Close review"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("emergency staging/DB_URL payments are down", "has no emergency access to `staging/DB_URL` for you"),
        ("emergency NO_SUCH payments are down", "There is no variable `NO_SUCH`"),
        ("emergency STRIPE_KEY", "Please say why you need it"),
        ("emergency STRIPE_KEY no", "say a little more"),
        ("emergency", "Please name the variable after that word"),
        ("emergency STRIPE_KEY,staging/DB_URL all is down", "That is no name of a variable"),
    ],
)
async def test_it_is_refused_where_the_rule_does_not_allow_it(
    harness: ScenarioHarness, typed: str, words: str
) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        assert words in await say(harness, typed)
    assert "request.created" not in await harness.tags()


async def test_it_is_never_the_default(harness: ScenarioHarness) -> None:
    async with harness.bot():
        told = await say(harness, "emergency STRIPE_KEY payments are down")
        assert "no emergency access to `STRIPE_KEY` for you" in told
    assert [event.detail["why"] for event in await refusals(harness)] == ["no_emergency"]


async def test_whoever_is_not_named_may_not(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        told = await say(harness, "emergency STRIPE_KEY payments are down", harness.carol)
        assert "no emergency access to `STRIPE_KEY` for you" in told


async def test_the_same_once_more_is_the_same_access(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        await taken(harness)
        again = await say(harness, "emergency STRIPE_KEY payments are still down")
        assert (await one_request(harness)).id in again
        assert (await harness.tags()).count("emergency.used") == 1


async def test_reviewers_find_it_in_their_home_tab(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        await taken(harness)
        await harness.slack.open_home(harness.dana)
        await home_shows(harness, harness.dana, "Emergencies to review (1)", "@alice took `STRIPE_KEY`")
        assert harness.dana.home
        await harness.dana.home.press("Close review")
        form = await harness.until(lambda: harness.dana.modal)
        await form.submit({"reason": "all was fine"})
        message = harness.slack.messages(harness.approvers)[0]
        await shows(harness, message, "*Reviewed* by @dana")


async def test_everybody_concerned_is_told_where_they_are(harness: ScenarioHarness) -> None:
    """A reviewer who is not in the channel gets a direct message."""
    harness.slack.leave(harness.carol, harness.approvers)
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        await taken(harness)
        told = await finds(
            harness, harness.carol, "@alice took `STRIPE_KEY`", "emergency", "close its review"
        )
        assert "Why: payments are down" in harness.slack.draw(told)
