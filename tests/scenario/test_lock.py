"""A security person locks somebody, or a variable: access ends now, and nothing begins until the unlock."""

import pytest

from envaccess.domain.request import GrantState
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import (
    audit_says,
    card,
    finds,
    granted,
    last_event,
    pressed,
    shows,
    write_policy,
)
from tests.scenario.test_home import home_shows
from tests.scenario.test_home_acts import home
from tests.scenario.watch import buttons, one_request, refusals, say

WATCHED = """
version: 1
security: [{dana}, {carol}]
rules:
  - name: everything
    match: "*/*"
    approvers: [{bob}, {carol}]
    emergency: {{for: [{alice}], review: [{bob}]}}
"""
ASK = "STRIPE_KEY 1h debugging a failed refund"


async def test_a_locked_persons_access_ends_at_once_and_nothing_begins_until_the_unlock(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await granted(harness)
        request = await one_request(harness)
        answer = await say(harness, "lock @alice laptop stolen", harness.dana)
        assert "Access of @alice is locked. 1 live grant ended" in answer
        assert not await harness.redis.exists(harness.runner.key("grant", request.id))
        over = await card(harness, "Access ended early by @dana, because it was locked")
        assert buttons(over) == ["Ask again"]
        for tried in (ASK, "show STRIPE_KEY", "emergency STRIPE_KEY payments are down"):
            told = await say(harness, tried)
            assert "Access of @alice is locked by @dana" in told
            assert "laptop stolen" in told
        assert "locked by @dana" in await pressed(harness, harness.alice, over, "Ask again")
        assert "Access of @alice is locked by @dana" in await say(harness, "status")
        await audit_says(harness, "principal.locked", "@dana locked @alice", "laptop stolen")
        assert "@alice is unlocked" in await say(harness, "unlock @alice found it", harness.carol)
        await audit_says(harness, "principal.unlocked", "@carol unlocked @alice", "found it")
        await granted(harness)
    assert {event.detail["why"] for event in await refusals(harness)} == {"locked"}


async def test_a_locked_variable_is_nobodys_until_the_unlock_and_others_are_as_before(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await granted(harness)
        await granted(harness, "staging/DB_URL 1h a slow query")
        assert "`STRIPE_KEY` is locked. 1 live grant ended" in await say(
            harness, "lock STRIPE_KEY key in a public log", harness.dana
        )
        assert "`STRIPE_KEY` is locked by @dana" in await say(harness, ASK, harness.bob)
        states = {str(request.variables[0]): request.grant for request in await harness.requests()}
        assert states == {"default/STRIPE_KEY": GrantState.REVOKED, "staging/DB_URL": GrantState.ACTIVE}
        assert "already; nothing was changed" in await say(harness, "lock STRIPE_KEY again", harness.carol)
        await say(harness, "unlock STRIPE_KEY", harness.dana)
        await granted(harness)
    event = await last_event(harness, "grant.revoked")
    assert (event.actor.id, event.detail["why"]) == (harness.dana.id, "locked")


async def test_what_waits_for_a_decision_says_that_it_is_locked_and_can_only_be_denied(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        message = await harness.filed()
        await say(harness, "lock @alice laptop stolen", harness.dana)
        await shows(harness, message, "Locked", "laptop stolen")
        assert buttons(message) == ["Ask…", "Deny"]
        await card(harness, "waits for a decision", "is locked by @dana")
        await say(harness, "unlock @alice", harness.dana)
        await harness.until(lambda: "Approve" in buttons(message))
        assert "laptop stolen" not in harness.slack.draw(message)
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "*Approved* by @bob")


async def test_an_old_approve_button_gives_nothing_while_its_requester_is_locked(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        message = await harness.filed()
        old = message.blocks
        await say(harness, "lock @alice laptop stolen", harness.dana)
        await harness.until(lambda: "Approve" not in buttons(message))
        message.blocks = old
        assert "is locked by @dana" in await pressed(harness, harness.bob, message, "Approve")
        assert (await one_request(harness)).grant is None


async def test_a_locked_approver_decides_nothing_and_may_still_withdraw_their_own(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        message = await harness.filed()
        await harness.ask(ASK, harness.bob)
        mine = await finds(harness, harness.bob, "[ Cancel request ]")
        assert "is locked" in await say(harness, "lock @bob phished", harness.dana)
        for button in ("Approve", "Deny"):
            assert "Access of @bob is locked by @dana" in await pressed(harness, harness.bob, message, button)
        await harness.bob.press(mine, "Cancel request")
        await finds(harness, harness.bob, "*Withdrawn*")


async def test_nobody_who_is_locked_locks_or_unlocks(harness: ScenarioHarness) -> None:
    """Two security people against each other: the first lock stands, and the host has the last word."""
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await say(harness, "lock @dana she went mad", harness.carol)
        for tried in ("lock @carol no, he did", "unlock @dana"):
            assert "Access of @dana is locked by @carol" in await say(harness, tried, harness.dana)
        assert "Access of @carol is locked" in await say(harness, "lock @carol stop me", harness.carol)
        assert "is locked" in await say(harness, "unlock @carol", harness.carol)


@pytest.mark.parametrize("typed", ["lock STRIPE_KEY because I can", "unlock STRIPE_KEY"])
async def test_only_security_people_may(harness: ScenarioHarness, typed: str) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        assert "Only the security people" in await say(harness, typed, harness.bob)
    assert [event.detail["why"] for event in await refusals(harness)] == ["not_security"]
    assert "principal.locked" not in await harness.tags()


async def test_without_security_people_nobody_in_slack_may_and_the_answer_says_how(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        told = await say(harness, "lock STRIPE_KEY leaked", harness.bob)
        assert "`security:`" in told
        assert "envaccess lock" in told


async def test_a_security_person_who_became_a_guest_may_not(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await harness.slack.tell(harness.slack.change(harness.dana, is_restricted=True))
        assert "is a guest's" in await say(harness, "lock STRIPE_KEY leaked", harness.dana)
    assert "principal.locked" not in await harness.tags()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("lock STRIPE_KEYS leaked", "Did you mean `STRIPE_KEY`?"),
        ("lock STRIPE_KEY", "Please say why"),
        ("lock", "Name one colleague"),
        ("lock bob@example.org leaked", "Name one colleague"),
        ("unlock STRIPE_KEY", "is not locked"),
        ("lock STRIPE_KEY password=hunter2hunter2", "something like a secret"),
    ],
)
async def test_a_lock_on_what_does_not_exist_or_without_why_is_refused_in_words(
    harness: ScenarioHarness, typed: str, told: str
) -> None:
    """A lock that only looks like one is worse than none."""
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        assert told in await say(harness, typed, harness.dana)
    assert "principal.locked" not in await harness.tags()


MACHINES = """
machines:
  deploy: {{issuer: github, repository_id: '456', owner_id: '123', ref: refs/heads/main, events: [push],
           workflow_ref: acme/shop/.github/workflows/deploy.yml, runner: github-hosted}}
"""


async def test_a_machine_is_locked_and_unlocked_by_its_name(
    harness: ScenarioHarness,
) -> None:
    """Whatever it runs, and whatever else it starts; a lock on no machine would only look like one."""
    async with harness.bot(policy_file=write_policy(harness, WATCHED + MACHINES)):
        assert "names no such machine" in await say(harness, "lock machine:deploys why not", harness.dana)
        told = await say(harness, "lock machine:deploy a runner was taken over", harness.dana)
        assert "Access of `machine:deploy` is locked. No grant was live" in told
        assert "/envaccess unlock machine:deploy" in told
        assert "is locked by @dana" in await say(harness, "lock machine:deploy again", harness.carol)
        await audit_says(harness, "principal.locked", "@dana locked `deploy`", "taken over")
        assert "`machine:deploy` is unlocked" in await say(harness, "unlock machine:deploy", harness.carol)
        assert "`machine:deploy` is not locked" in await say(harness, "unlock machine:deploy", harness.carol)


async def test_the_home_tab_of_security_lists_locks_and_lifts_them(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await say(harness, "lock @alice laptop stolen", harness.dana)
        mine = await home(harness, harness.alice, "Access of @alice is locked by @dana")
        assert "[ Unlock ]" not in harness.slack.draw(mine)
        theirs = await home(harness, harness.dana, "Locked (1)", "laptop stolen", "[ Unlock ]")
        await theirs.press("Unlock")
        await audit_says(harness, "principal.unlocked", "@dana unlocked @alice")
        await harness.until(lambda: "Locked" not in theirs.draw())
        await home_shows(harness, harness.alice, "Nothing waits for you")
