"""People who leave, or leave the circle that may ask: what they hold ends, or shows nothing any more."""

import pytest

from tests.scenario.policies import card, finds, later, one_rule, pressed, shows, write_policy
from tests.scenario.test_starts import soon
from tests.scenario.town import Town
from tests.scenario.watch import one_request, say, settled, told


@pytest.mark.parametrize("flags", [{"deleted": True}, {"is_restricted": True}, {"is_ultra_restricted": True}])
async def test_a_leaver_loses_grants_and_requests_at_once(town: Town, flags: dict[str, bool]) -> None:
    async with town.bot():
        await town.granted()
        message = await town.filed("staging/DB_URL 1h a slow query")
        held = await one_request(town)
        await settled(town)
        await town.slack.tell(town.slack.change(town.alice, **flags))
        await shows(town, message, "*Withdrawn* by envaccess")
        first = town.slack.messages(town.approvers)[0]
        await shows(town, first, "Access ended early by envaccess")
        assert (await one_request(town, held.id)).live is False
    assert [tag for tag in await town.tags() if tag in {"grant.revoked", "request.cancelled"}]


async def test_a_grant_that_has_not_begun_is_lost_too(town: Town) -> None:
    clock, _ = soon(town.alice.member.tz)
    async with town.bot():
        message = await town.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        await town.bob.press(message, "Approve")
        await card(town, "Access begins")
        await town.slack.tell(town.slack.change(town.alice, is_restricted=True))
        await shows(town, message, "Access ended early by envaccess")
        await later(town, 3 * 3600)
    assert "grant.activated" not in await town.tags()


async def test_whoever_left_the_requesters_group_reveals_nothing(town: Town) -> None:
    """Law 4: asked again at the reveal."""
    team = town.slack.add_group("payments", [town.alice])
    policy = write_policy(town, one_rule("requesters: [TEAM]").replace("TEAM", "{team}"), team=team.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.bob.press(message, "Approve")
        shown = await card(town, "[ Reveal ]")
        await town.slack.tell(town.slack.dismiss(town.alice, team))
        press = await town.alice.press(shown, "Reveal")
        assert "does not let you have `STRIPE_KEY`" in await told(town, press)
        assert "does not let you have `STRIPE_KEY`" in await say(town, "show STRIPE_KEY")
        assert "grant.revealed" not in await town.tags()
        await town.slack.tell(town.slack.enlist(town.alice, team))
        await town.alice.press(shown, "Reveal")
        await finds(town, town.alice, "Only you can see this")


async def test_whoever_left_the_requesters_group_is_not_approved(town: Town) -> None:
    team = town.slack.add_group("payments", [town.alice])
    policy = write_policy(town, one_rule("requesters: [TEAM]").replace("TEAM", "{team}"), team=team.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.slack.tell(town.slack.dismiss(town.alice, team))
        assert "would not allow it now" in await pressed(town, town.bob, message, "Approve")
        assert (await one_request(town)).grant is None


async def test_a_disabled_group_is_nobody(town: Town) -> None:
    team = town.slack.add_group("deciders", [town.bob, town.carol])
    policy = write_policy(town, one_rule(steps="approvers: [{team}]"), team=team.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.slack.tell(town.slack.disable(team))
        assert "does not let you decide" in await pressed(town, town.bob, message, "Approve")
        assert "Nobody could decide" in await say(town, "staging/DB_URL 1h a slow query")
        await town.slack.tell(town.slack.enable(team))
        await town.bob.press(message, "Approve")
        await card(town, "[ Reveal ]")


async def test_an_approver_made_a_guest_decides_nothing(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        await town.slack.tell(town.slack.change(town.bob, is_restricted=True))
        assert "is a guest's" in await pressed(town, town.bob, message, "Approve")
        assert (await one_request(town)).grant is None
