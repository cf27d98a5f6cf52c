"""Automatic approval: within its limits only, always announced as automatic, and audited as such."""

from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, card, later, one_rule, revealed, shows, write_policy
from tests.scenario.watch import buttons, heard, one_request, settled

WEEK = 7 * 24 * 3600


def on_call(more: str = "") -> str:
    """A policy under which Alice needs nobody for half an hour."""
    return one_rule().replace("approvers: [{bob}, {carol}]", "approvers: [{bob}, {carol}]") + (
        f"\n    automatic: {{{{for: [{{alice}}], max: 30m{more}}}}}"
    )


async def test_it_is_granted_at_once_and_announced(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, on_call())
    async with harness.bot(policy_file=policy):
        told = heard(harness, await harness.ask("STRIPE_KEY 30m the pager rang"))
        assert "Approved automatically" in told
        message = await harness.until(lambda: next(iter(harness.slack.messages(harness.approvers)), None))
        await shows(
            harness, message, "*Approved automatically* by the policy (rule `everything`)", "Access ends"
        )
        assert buttons(message) == []
        shown = await card(harness, "*Approved automatically* by the policy", "[ Reveal ]")
        assert harness.values[STRIPE] in await revealed(harness, shown)
        line = await audit_says(harness, "`request.approved`", "the policy approved `STRIPE_KEY` for @alice")
        assert "automatic" in line
        request = await one_request(harness)
        assert (request.automatic, request.progress.approvals, request.decided_by) == (True, (), "")


async def test_longer_or_somebody_else_is_decided_by_people(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, on_call())
    async with harness.bot(policy_file=policy):
        await harness.filed("STRIPE_KEY 31m the pager rang")
        reply = await harness.ask("STRIPE_KEY 30m me too", harness.dana)
        assert "Filed as request" in heard(harness, reply)
        assert "@bob or @carol can decide" in heard(harness, reply)


async def test_only_so_often_in_a_week(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, on_call(", times: 2, per: 7d"))
    async with harness.bot(policy_file=policy):
        for _ in range(2):
            assert "automatically" in heard(harness, await harness.ask("STRIPE_KEY 10m the pager rang"))
            await later(harness, 601)
        third = heard(harness, await harness.ask("STRIPE_KEY 10m the pager rang"))
        assert "Filed as request" in third
        await later(harness, WEEK)
        assert "automatically" in heard(harness, await harness.ask("STRIPE_KEY 10m the pager rang"))
        await settled(harness)


async def test_an_extension_is_never_automatic(harness: ScenarioHarness) -> None:
    """Otherwise half an hour would be as long as anybody likes."""
    policy = write_policy(harness, on_call())
    async with harness.bot(policy_file=policy):
        await harness.ask("STRIPE_KEY 10m the pager rang")
        request = await one_request(harness)
        told = heard(harness, await harness.ask(f"extend {request.id} 10m it rings again"))
        assert "Filed as request" in told
        assert "10 minutes more" in told


async def test_it_is_pushed_where_the_policy_says_so(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, on_call() + "\n    delivery: [push, reveal]")
    async with harness.bot(policy_file=policy):
        await harness.ask("STRIPE_KEY 30m the pager rang")
        await card(harness, harness.values[STRIPE], "Only you can see this")


async def test_outside_its_hours_people_decide(harness: ScenarioHarness) -> None:
    """Hours that are over in a minute, and never now."""
    policy = write_policy(harness, on_call(", hours: mon-sun 00:00-00:01 UTC"))
    async with harness.bot(policy_file=policy):
        told = heard(harness, await harness.ask("STRIPE_KEY 30m the pager rang"))
        assert "Filed as request" in told


async def test_nobody_is_asked_about_who_could_decide_what_nobody_decides(harness: ScenarioHarness) -> None:
    """Slack tells of a hundred people a minute: those who ask need all of them."""
    policy = write_policy(harness, on_call())
    async with harness.bot(policy_file=policy):
        await settled(harness)
        before = len(harness.slack.calls_of("users.info"))
        assert "automatically" in heard(harness, await harness.ask("STRIPE_KEY 10m the pager rang"))
        asked = {call.args["user"] for call in harness.slack.calls_of("users.info")[before:]}
        assert asked <= {harness.alice.id}
        await settled(harness)


async def test_what_could_not_be_announced_is_not_automatic(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, on_call())
    async with harness.bot(policy_file=policy):
        await settled(harness)
        harness.approvers.is_archived = True
        told = heard(harness, await harness.ask("STRIPE_KEY 10m the pager rang"))
        assert "automatically" not in told
        assert "grant.activated" not in await harness.tags()
