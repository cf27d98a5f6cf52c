"""Emergency access: at once where the rule allows it, told to everybody, and reviewed by somebody else."""

import pytest

from slack_emulator import Message
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
from tests.scenario.town import STRIPE, Town
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


async def taken(town: Town, text: str = "emergency STRIPE_KEY payments are down") -> Message:
    """Alice takes emergency access; the message in the approvers channel."""
    assert "Emergency access" in heard(town, await town.ask(text))
    return await town.until(
        lambda: next((m for m in town.slack.messages(town.approvers) if "Emergency" in m.text), None)
    )


async def reviews(town: Town, message: Message, note: str = "A real outage, see ticket 4711") -> None:
    """Carol closes the review."""
    form = await opened(town, town.carol, message, "Close review")
    sent = await form.submit({"reason": note})
    assert sent.next is not None
    assert sent.next.title == "Review closed"


async def test_access_comes_at_once_and_everybody_is_told(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        message = await taken(town)
        await shows(
            town,
            message,
            ":rotating_light: *Emergency*: @alice took `STRIPE_KEY` for *15 minutes* without asking anybody",
            "Why: payments are down",
            "*Not reviewed yet*",
        )
        assert buttons(message) == ["Close review", "End access"]
        shown = await card(town, "*Emergency access*", "[ Reveal ]")
        assert "It will be reviewed" in shown.text
        assert town.values[STRIPE] in await revealed(town, shown)
        await audit_says(town, "`emergency.used`", ":rotating_light: @alice took emergency access")
        await later(town, 15 * 60 + 1)
        await card(town, "Access expired")
        await shows(town, message, "Access expired", "[ Close review ]")
        assert buttons(message) == ["Close review"]


async def test_somebody_else_closes_the_review(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        message = await taken(town)
        await reviews(town, message)
        await shows(town, message, "*Reviewed* by @carol", "Found: A real outage, see ticket 4711")
        assert "Close review" not in buttons(message)
        await settled(town)
        await later(town, 48 * 3600)
        await settled(town)
    assert "emergency.reminded" not in await town.tags()
    event = await last_event(town, "emergency.reviewed")
    assert (event.actor.id, event.requester) == (town.carol.id, town.alice.id)
    assert event.detail["note"] == "A real outage, see ticket 4711"


async def test_nobody_reviews_their_own(town: Town) -> None:
    """Bob may review, but not what he took himself."""
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        await town.ask("emergency STRIPE_KEY payments are down", town.bob)
        message = await town.until(lambda: next(iter(town.slack.messages(town.approvers)), None))
        assert "Nobody reviews their own" in await pressed(town, town.bob, message, "Close review")
        form = await opened(town, town.carol, message, "Close review")

        def as_bob(payload: dict[str, object]) -> dict[str, object]:
            return payload | {"user": {"id": town.bob.id, "team_id": town.slack.team_id}}

        sent = await form.submit({"reason": "all was fine"}, change=as_bob)
        assert "Nobody reviews their own" in (sent.next.draw() if sent.next else "")
        await shows(town, message, "*Not reviewed yet*")
    assert [event.detail["why"] for event in await refusals(town)] == ["own_review"]


async def test_a_bystander_cannot_review_and_a_security_person_can(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    erin = town.slack.add_person("erin")
    for person in (erin, town.dana):
        town.slack.join(person, town.approvers)
    async with town.bot(policy_file=policy):
        message = await taken(town)
        assert "does not let you close this review" in await pressed(town, erin, message, "Close review")
        form = await opened(town, town.dana, message, "Close review")
        sent = await form.submit({"reason": "all was fine"})
        assert sent.next is not None
        assert sent.next.title == "Review closed"
        await shows(town, message, "*Reviewed* by @dana")


async def test_an_open_review_keeps_reminding_until_it_is_closed(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        message = await taken(town)
        seen = []
        for _ in range(8):
            await later(town, 3601)
            seen.append((await town.tags()).count("emergency.reminded"))
        assert seen == [1, 1, 2, 2, 2, 2, 3, 3]
        call = await called(town, message, "is not reviewed yet", "@bob or @carol", "Close review")
        assert "Emergency access of @alice to `STRIPE_KEY`" in call
        await reviews(town, message)
        await later(town, 48 * 3600)
        assert (await town.tags()).count("emergency.reminded") == 3


async def test_an_approver_ends_it_from_the_message(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        message = await taken(town)
        await town.bob.press(message, "End access")
        await shows(town, message, "Access ended early by @bob", "[ Close review ]")
        await card(town, "Access ended early by @bob")
        assert buttons(message) == ["Close review"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("emergency staging/DB_URL payments are down", "has no emergency access to `staging/DB_URL` for you"),
        ("emergency NO_SUCH payments are down", "There is no variable `NO_SUCH`"),
        ("emergency STRIPE_KEY", "Please say why you need it"),
        ("emergency STRIPE_KEY no", "say a little more"),
        ("emergency", "That is no name of a variable"),
        ("emergency STRIPE_KEY,staging/DB_URL all is down", "That is no name of a variable"),
    ],
)
async def test_it_is_refused_where_the_rule_does_not_allow_it(town: Town, typed: str, words: str) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        assert words in await say(town, typed)
    assert "request.created" not in await town.tags()


async def test_it_is_never_the_default(town: Town) -> None:
    async with town.bot():
        told = await say(town, "emergency STRIPE_KEY payments are down")
        assert "no emergency access to `STRIPE_KEY` for you" in told
    assert [event.detail["why"] for event in await refusals(town)] == ["no_emergency"]


async def test_whoever_is_not_named_may_not(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        told = await say(town, "emergency STRIPE_KEY payments are down", town.carol)
        assert "no emergency access to `STRIPE_KEY` for you" in told


async def test_the_same_once_more_is_the_same_access(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        await taken(town)
        again = await say(town, "emergency STRIPE_KEY payments are still down")
        assert (await one_request(town)).id in again
        assert (await town.tags()).count("emergency.used") == 1


async def test_reviewers_find_it_in_their_home_tab(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        await taken(town)
        await town.slack.open_home(town.dana)
        await home_shows(town, town.dana, "Emergencies to review (1)", "@alice took `STRIPE_KEY`")
        assert town.dana.home
        await town.dana.home.press("Close review")
        form = await town.until(lambda: town.dana.modal)
        await form.submit({"reason": "all was fine"})
        message = town.slack.messages(town.approvers)[0]
        await shows(town, message, "*Reviewed* by @dana")


async def test_everybody_concerned_is_told_where_they_are(town: Town) -> None:
    """A reviewer who is not in the channel gets a direct message."""
    town.slack.leave(town.carol, town.approvers)
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        await taken(town)
        told = await finds(town, town.carol, "@alice took `STRIPE_KEY`", "emergency", "close its review")
        assert "Why: payments are down" in town.slack.draw(told)
