"""Each field of a rule, as the requester meets it: what it refuses, what it says, and what it allows."""

import time

import pytest

from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import card, finds, later, one_rule, pressed, revealed, shows, write_policy
from tests.scenario.watch import buttons, heard, one_request, refusals, say, settled, told

ASK = "STRIPE_KEY 30m debugging a failed refund"


async def asked(harness: ScenarioHarness, rule: str, text: str = ASK) -> str:
    """The answer to one command under one rule."""
    policy = write_policy(harness, rule)
    async with harness.bot(policy_file=policy):
        return heard(harness, await harness.ask(text))


async def approved(harness: ScenarioHarness, text: str = ASK) -> Message:
    """Filed, and approved by Bob; the approvers' message."""
    message = await harness.filed(text)
    await harness.bob.press(message, "Approve")
    await shows(harness, message, "*Approved* by @bob")
    return message


@pytest.mark.parametrize(
    ("rule", "words", "why"),
    [
        (one_rule(match="production/*"), "No rule of the policy is about `STRIPE_KEY`", "no_rule"),
        (one_rule("requesters: [{dana}]"), "does not let you have `STRIPE_KEY`", "not_requester"),
        (one_rule("max: 10m"), "the policy allows at most 10 minutes", "too_long"),
        (
            one_rule("reason: {least: 30}"),
            "asks for at least 30 characters for `STRIPE_KEY`",
            "",
        ),
        (
            one_rule("reason: {pattern: '[A-Z]+-[0-9]+', hint: a ticket such as PAY-123}"),
            "The reason for `STRIPE_KEY` must name a ticket such as PAY-123.",
            "reason_pattern",
        ),
    ],
)
async def test_what_a_rule_refuses_is_said_with_its_name(
    harness: ScenarioHarness, rule: str, words: str, why: str
) -> None:
    rule = rule.replace("[{{dana}}]", "[{dana}]")
    answer = await asked(harness, rule)
    assert words in answer
    assert "this variable" not in answer
    assert [event.detail["why"] for event in await refusals(harness)] == [why] * bool(why)
    assert "request.created" not in await harness.tags()


async def test_a_reason_with_its_ticket_is_filed(harness: ScenarioHarness) -> None:
    rule = one_rule("reason: {pattern: '[A-Z]+-[0-9]+', hint: a ticket such as PAY-123}")
    assert "Filed" in await asked(harness, rule, "STRIPE_KEY 30m PAY-123 a failed refund")


async def test_hours_are_told_as_they_stand_in_the_policy(harness: ScenarioHarness) -> None:
    """Hours of one minute a week that is not now."""
    day = time.gmtime(time.time() + 3 * 24 * 3600).tm_wday
    name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day]
    answer = await asked(harness, one_rule(f"hours: {name} 04:00-04:01 UTC"))
    assert f"`STRIPE_KEY` may be asked for only in these hours: {name} 04:00-04:01 UTC." in answer


async def test_an_open_limit_counts_requests_and_grants(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("open: 1"))
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        other = await say(harness, "staging/DB_URL 10m a slow query")
        assert "as many requests and grants for `staging/DB_URL` as the policy allows at once (1)" in other
        assert "You asked for that already" in await say(harness, ASK)
        await harness.bob.press(message, "Approve")
        shown = await card(harness, "[ End now ]")
        assert "as many requests and grants" in await say(harness, "staging/DB_URL 10m a slow query")
        await harness.alice.press(shown, "End now")
        await card(harness, "Access ended early")
        assert "Filed" in await say(harness, "staging/DB_URL 10m a slow query")


async def test_a_cool_down_says_until_when(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("cool_down: 10m"))
    async with harness.bot(policy_file=policy):
        await approved(harness)
        await harness.alice.press(await card(harness, "[ End now ]"), "End now")
        over = await card(harness, "Access ended early", "[ Ask again ]")
        answer = await say(harness, ASK)
        assert "too early to ask for `STRIPE_KEY` again: the policy wants a pause until " in answer
        assert "too early" in await told(harness, await harness.alice.press(over, "Ask again"))
        assert "Filed" in await say(harness, "staging/DB_URL 10m a slow query")
        await later(harness, 600)
        assert "Filed" in await say(harness, ASK)


async def test_single_use_ends_with_the_first_reveal(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("single_use: true"))
    async with harness.bot(policy_file=policy):
        message = await harness.filed(ASK)
        await shows(harness, message, "for *one reveal within 30 minutes*")
        await harness.bob.press(message, "Approve")
        shown = await card(harness, "*one reveal*", "[ Reveal ]")
        assert harness.values[STRIPE] in await revealed(harness, shown)
        await card(harness, "Its one reveal was used")
        assert buttons(shown) == ["Ask again"]


async def test_what_only_the_command_line_gets_has_no_reveal(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("delivery: [cli]"))
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        shown = await card(harness, "does not show this value in Slack", "in your terminal")
        assert buttons(shown) == ["End now"]
        assert "Press Reveal" not in shown.text
        answer = await say(harness, "show STRIPE_KEY")
        assert "does not show `STRIPE_KEY` in Slack" in answer
        assert "Use it in your terminal: `envaccess run -- COMMAND`" in answer
        assert "grant.revealed" not in await harness.tags()


async def test_what_nothing_shows_any_more_names_who_knows_the_way(harness: ScenarioHarness) -> None:
    """A single use is never shown unasked."""
    policy = write_policy(harness, one_rule("delivery: [push]"))
    async with harness.bot(policy_file=policy):
        message = await harness.filed("STRIPE_KEY once a failed refund")
        await harness.bob.press(message, "Approve")
        await card(harness, "does not show this value in Slack", "where it is to be had")
        assert "Its owner knows where it is to be had" in await say(harness, "show STRIPE_KEY")


async def test_a_pressed_reveal_is_refused_where_only_the_command_line_may(harness: ScenarioHarness) -> None:
    """A button from another card, with this grant's id in it."""
    async with harness.bot():
        old = await harness.granted("staging/DB_URL 1h a slow query")
    policy = write_policy(harness, one_rule("delivery: [cli]"))
    async with harness.bot(policy_file=policy):
        await approved(harness)
        request = await one_request(harness)

        def other(payload: dict[str, object]) -> dict[str, object]:
            return payload | {"actions": [{"action_id": "reveal", "value": request.id, "type": "button"}]}

        press = await harness.alice.press(old, "Reveal", change=other)
        assert "does not show `STRIPE_KEY` in Slack" in await told(harness, press)


async def test_push_shows_the_value_when_it_is_approved(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("delivery: [push, reveal]"))
    async with harness.bot(policy_file=policy):
        await approved(harness)
        pushed = await finds(harness, harness.alice, harness.values[STRIPE], "Only you can see this")
        assert pushed.is_ephemeral
        await card(harness, "[ Reveal ]")


async def test_the_first_use_starts_the_clock(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("starts: first_use", "use_within: 2h"))
    async with harness.bot(policy_file=policy):
        await approved(harness)
        shown = await card(harness, "Access begins with the first reveal, at the latest", "[ Reveal ]")
        await later(harness, 3600)
        assert harness.values[STRIPE] in await revealed(harness, shown)
        live = await card(harness, "Ends: ", "[ Reveal ]")
        request = await one_request(harness)
        assert request.expires_at - (await harness.events())[-1].at == pytest.approx(30 * 60_000, abs=2_000)
        await later(harness, 31 * 60)
        await shows(harness, live, "Access expired")


async def test_what_nobody_uses_in_time_lapses(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("starts: first_use", "use_within: 20m"))
    async with harness.bot(policy_file=policy):
        await approved(harness)
        shown = await card(harness, "[ Reveal ]")
        face = shown.revisions[-1]
        await later(harness, 20 * 60 + 1)
        await card(harness, "Access lapsed, because nobody used it", "[ Ask again ]")
        press = await harness.alice.press(shown, "Reveal", shown=face)
        assert "has lapsed, because nobody used it in time" in await told(harness, press)
        assert "grant.revealed" not in await harness.tags()


async def test_a_grant_that_runs_lapses_too_unless_it_is_used(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("use_within: 5m"))
    async with harness.bot(policy_file=policy):
        await approved(harness)
        await card(harness, "[ Reveal ]")
        await approved(harness, "staging/DB_URL 30m a slow query")
        await revealed(harness, await finds(harness, harness.alice, "staging/DB_URL", "[ Reveal ]"))
        await later(harness, 301)
        await card(harness, "`STRIPE_KEY`", "Access lapsed")
        held = await (await harness.stored()).held_by(harness.alice.id)
        assert [str(request.variables[0]) for request in held.live] == ["staging/DB_URL"]


async def test_the_usual_time_may_be_left_to_the_policy(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, one_rule("max: 2h", "default: 20m"))
    async with harness.bot(policy_file=policy):
        await harness.ask("")
        form = await harness.until(lambda: harness.alice.modal)
        sent = await form.submit({"variables": ["STRIPE_KEY"], "reason": "a failed refund"})
        assert sent.next is not None
        assert "for 20 minutes" in sent.next.draw()


async def test_rules_that_differ_too_much_are_asked_one_by_one(harness: ScenarioHarness) -> None:
    policy = write_policy(
        harness,
        """
version: 1
defaults: {{approvers: [{bob}, {carol}]}}
rules:
  - {{match: STRIPE_KEY, delivery: [cli]}}
  - {{match: "staging/*", delivery: [reveal]}}
""",
    )
    async with harness.bot(policy_file=policy):
        answer = await say(harness, "STRIPE_KEY,staging/DB_URL 30m both of them")
        assert "rules for `STRIPE_KEY` and `staging/DB_URL` differ too much for one request" in answer
        assert "one by one" in answer
        await settled(harness)


async def test_whoever_is_called_nothing_can_decide(harness: ScenarioHarness) -> None:
    """Law 9: a chain that nobody can complete is refused when asked."""
    group = harness.slack.add_group("two", [harness.bob, harness.carol])
    policy = write_policy(harness, one_rule(steps="approvers: [{team}]"), team=group.id)
    async with harness.bot(policy_file=policy):
        for person in (harness.bob, harness.carol):
            await harness.slack.tell(harness.slack.remove_from_group(person, group))
        assert "Nobody could decide on this" in await say(harness, ASK)
        await harness.slack.tell(harness.slack.add_to_group(harness.alice, group))
        assert "Nobody could decide on this" in await say(harness, ASK)
        await harness.slack.tell(harness.slack.add_to_group(harness.bob, group))
        message = await harness.filed()
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")
