"""A security person locks somebody, or a variable: access ends now, and nothing begins until the unlock."""

import pytest

from envaccess.domain.request import GrantState
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
from tests.scenario.town import Town
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


async def test_a_locked_persons_access_ends_at_once_and_nothing_begins_until_the_unlock(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await granted(town)
        request = await one_request(town)
        answer = await say(town, "lock @alice laptop stolen", town.dana)
        assert "Access of @alice is locked. 1 live grant ended" in answer
        assert not await town.redis.exists(town.runner.key("grant", request.id))
        over = await card(town, "Access ended early, locked by @dana")
        assert buttons(over) == ["Ask again"]
        for tried in (ASK, "show STRIPE_KEY", "emergency STRIPE_KEY payments are down"):
            told = await say(town, tried)
            assert "Access of @alice is locked by @dana" in told
            assert "laptop stolen" in told
        assert "locked by @dana" in await pressed(town, town.alice, over, "Ask again")
        assert "Access of @alice is locked by @dana" in await say(town, "status")
        await audit_says(town, "principal.locked", "@dana locked @alice", "laptop stolen")
        assert "@alice is unlocked" in await say(town, "unlock @alice found it", town.carol)
        await audit_says(town, "principal.unlocked", "@carol unlocked @alice", "found it")
        await granted(town)
    assert {event.detail["why"] for event in await refusals(town)} == {"locked"}


async def test_a_locked_variable_is_nobodys_until_the_unlock_and_others_are_as_before(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await granted(town)
        await granted(town, "staging/DB_URL 1h a slow query")
        assert "`STRIPE_KEY` is locked. 1 live grant ended" in await say(
            town, "lock STRIPE_KEY key in a public log", town.dana
        )
        assert "`STRIPE_KEY` is locked by @dana" in await say(town, ASK, town.bob)
        states = {str(request.variables[0]): request.grant for request in await town.requests()}
        assert states == {"default/STRIPE_KEY": GrantState.REVOKED, "staging/DB_URL": GrantState.ACTIVE}
        assert "already; nothing was changed" in await say(town, "lock STRIPE_KEY again", town.carol)
        await say(town, "unlock STRIPE_KEY", town.dana)
        await granted(town)
    event = await last_event(town, "grant.revoked")
    assert (event.actor.id, event.detail["why"]) == (town.dana.id, "locked")


async def test_what_waits_for_a_decision_says_that_it_is_locked_and_can_only_be_denied(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        message = await town.filed()
        await say(town, "lock @alice laptop stolen", town.dana)
        await shows(town, message, "Locked", "laptop stolen")
        assert buttons(message) == ["Ask…", "Deny"]
        await card(town, "waits for a decision", "is locked by @dana")
        await say(town, "unlock @alice", town.dana)
        await town.until(lambda: "Approve" in buttons(message))
        assert "laptop stolen" not in town.slack.draw(message)
        await town.bob.press(message, "Approve")
        await shows(town, message, "*Approved* by @bob")


async def test_an_old_approve_button_gives_nothing_while_its_requester_is_locked(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        message = await town.filed()
        old = message.blocks
        await say(town, "lock @alice laptop stolen", town.dana)
        await town.until(lambda: "Approve" not in buttons(message))
        message.blocks = old
        assert "is locked by @dana" in await pressed(town, town.bob, message, "Approve")
        assert (await one_request(town)).grant is None


async def test_a_locked_approver_decides_nothing_and_may_still_withdraw_their_own(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        message = await town.filed()
        await town.ask(ASK, town.bob)
        mine = await finds(town, town.bob, "[ Cancel request ]")
        assert "is locked" in await say(town, "lock @bob phished", town.dana)
        for button in ("Approve", "Deny"):
            assert "Access of @bob is locked by @dana" in await pressed(town, town.bob, message, button)
        await town.bob.press(mine, "Cancel request")
        await finds(town, town.bob, "*Withdrawn*")


async def test_nobody_who_is_locked_locks_or_unlocks(town: Town) -> None:
    """Two security people against each other: the first lock stands, and the host has the last word."""
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await say(town, "lock @dana she went mad", town.carol)
        for tried in ("lock @carol no, he did", "unlock @dana"):
            assert "Access of @dana is locked by @carol" in await say(town, tried, town.dana)
        assert "Access of @carol is locked" in await say(town, "lock @carol stop me", town.carol)
        assert "is locked" in await say(town, "unlock @carol", town.carol)


@pytest.mark.parametrize("typed", ["lock STRIPE_KEY because I can", "unlock STRIPE_KEY"])
async def test_only_security_people_may(town: Town, typed: str) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        assert "Only the security people" in await say(town, typed, town.bob)
    assert [event.detail["why"] for event in await refusals(town)] == ["not_security"]
    assert "principal.locked" not in await town.tags()


async def test_without_security_people_nobody_in_slack_may_and_the_answer_says_how(town: Town) -> None:
    async with town.bot():
        told = await say(town, "lock STRIPE_KEY leaked", town.bob)
        assert "`security:`" in told
        assert "envaccess lock" in told


async def test_a_security_person_who_became_a_guest_may_not(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await town.slack.tell(town.slack.change(town.dana, is_restricted=True))
        assert "is a guest's" in await say(town, "lock STRIPE_KEY leaked", town.dana)
    assert "principal.locked" not in await town.tags()


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
    town: Town, typed: str, told: str
) -> None:
    """A lock that only looks like one is worse than none."""
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        assert told in await say(town, typed, town.dana)
    assert "principal.locked" not in await town.tags()


async def test_the_home_tab_of_security_lists_locks_and_lifts_them(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await say(town, "lock @alice laptop stolen", town.dana)
        mine = await home(town, town.alice, "Access of @alice is locked by @dana")
        assert "[ Unlock ]" not in town.slack.draw(mine)
        theirs = await home(town, town.dana, "Locked (1)", "laptop stolen", "[ Unlock ]")
        await theirs.press("Unlock")
        await audit_says(town, "principal.unlocked", "@dana unlocked @alice")
        await home_shows(town, town.dana, "Nothing waits for you")
        await home_shows(town, town.alice, "Nothing waits for you")
