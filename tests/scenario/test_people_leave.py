"""People who leave, or leave the group that may ask: what they hold ends, or shows nothing any more."""

import pytest

from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import card, finds, later, one_rule, pressed, shows, write_policy
from tests.scenario.test_starts import soon
from tests.scenario.watch import one_request, say, settled, told


@pytest.mark.parametrize("flags", [{"deleted": True}, {"is_restricted": True}, {"is_ultra_restricted": True}])
async def test_a_leaver_loses_grants_and_requests_at_once(
    harness: ScenarioHarness, flags: dict[str, bool]
) -> None:
    async with harness.bot():
        await harness.granted()
        message = await harness.filed("staging/DB_URL 1h a slow query")
        held = await one_request(harness)
        await settled(harness)
        await harness.slack.tell(harness.slack.change(harness.alice, **flags))
        await shows(harness, message, "*Withdrawn* by envaccess")
        first = harness.slack.messages(harness.approvers)[0]
        await shows(harness, first, "Access ended early by envaccess")
        assert (await one_request(harness, held.id)).live is False
    assert [tag for tag in await harness.tags() if tag in {"grant.revoked", "request.cancelled"}]


async def test_a_grant_that_has_not_begun_is_lost_too(harness: ScenarioHarness) -> None:
    clock, _ = soon(harness.alice.member.tz)
    async with harness.bot():
        message = await harness.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        await harness.bob.press(message, "Approve")
        await card(harness, "Access begins")
        await harness.slack.tell(harness.slack.change(harness.alice, is_restricted=True))
        await shows(harness, message, "Access ended early by envaccess")
        await later(harness, 3 * 3600)
    assert "grant.activated" not in await harness.tags()


async def test_whoever_left_the_requesters_group_reveals_nothing(harness: ScenarioHarness) -> None:
    """Law 4: asked again at the reveal."""
    team = harness.slack.add_group("payments", [harness.alice])
    policy = write_policy(harness, one_rule("requesters: [TEAM]").replace("TEAM", "{team}"), team=team.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        shown = await card(harness, "[ Reveal ]")
        await harness.slack.tell(harness.slack.remove_from_group(harness.alice, team))
        press = await harness.alice.press(shown, "Reveal")
        assert "does not let you have `STRIPE_KEY`" in await told(harness, press)
        assert "does not let you have `STRIPE_KEY`" in await say(harness, "show STRIPE_KEY")
        assert "grant.revealed" not in await harness.tags()
        await harness.slack.tell(harness.slack.add_to_group(harness.alice, team))
        await harness.alice.press(shown, "Reveal")
        await finds(harness, harness.alice, "Only you can see this")


async def test_whoever_left_the_requesters_group_is_not_approved(harness: ScenarioHarness) -> None:
    team = harness.slack.add_group("payments", [harness.alice])
    policy = write_policy(harness, one_rule("requesters: [TEAM]").replace("TEAM", "{team}"), team=team.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.slack.tell(harness.slack.remove_from_group(harness.alice, team))
        assert "would not allow it now" in await pressed(harness, harness.bob, message, "Approve")
        assert (await one_request(harness)).grant is None


async def test_a_disabled_group_is_nobody(harness: ScenarioHarness) -> None:
    team = harness.slack.add_group("deciders", [harness.bob, harness.carol])
    policy = write_policy(harness, one_rule(steps="approvers: [{team}]"), team=team.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.slack.tell(harness.slack.disable(team))
        assert "does not let you decide" in await pressed(harness, harness.bob, message, "Approve")
        assert "Nobody could decide" in await say(harness, "staging/DB_URL 1h a slow query")
        await harness.slack.tell(harness.slack.enable(team))
        await harness.bob.press(message, "Approve")
        await card(harness, "[ Reveal ]")


async def test_an_approver_made_a_guest_decides_nothing(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        await harness.slack.tell(harness.slack.change(harness.bob, is_restricted=True))
        assert "is a guest's" in await pressed(harness, harness.bob, message, "Approve")
        assert (await one_request(harness)).grant is None
