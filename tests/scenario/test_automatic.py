"""Automatic approval: within its limits only, always announced as automatic, and audited as such."""

from tests.scenario.policies import audit_says, card, later, one_rule, revealed, shows, write_policy
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import buttons, heard, one_request, settled

WEEK = 7 * 24 * 3600


def on_call(more: str = "") -> str:
    """A policy under which Alice needs nobody for half an hour."""
    return one_rule().replace("approvers: [{bob}, {carol}]", "approvers: [{bob}, {carol}]") + (
        f"\n    automatic: {{{{for: [{{alice}}], max: 30m{more}}}}}"
    )


async def test_it_is_granted_at_once_and_announced(town: Town) -> None:
    policy = write_policy(town, on_call())
    async with town.bot(policy_file=policy):
        told = heard(town, await town.ask("STRIPE_KEY 30m the pager rang"))
        assert "Approved automatically" in told
        message = await town.until(lambda: next(iter(town.slack.messages(town.approvers)), None))
        await shows(
            town, message, "*Approved automatically* by the policy (rule `everything`)", "Access ends"
        )
        assert buttons(message) == []
        shown = await card(town, "*Approved automatically* by the policy", "[ Reveal ]")
        assert town.values[STRIPE] in await revealed(town, shown)
        line = await audit_says(town, "`request.approved`", "the policy approved `STRIPE_KEY` for @alice")
        assert "automatic" in line
        request = await one_request(town)
        assert (request.automatic, request.course.approvals, request.decided_by) == (True, (), "")


async def test_longer_or_somebody_else_is_decided_by_people(town: Town) -> None:
    policy = write_policy(town, on_call())
    async with town.bot(policy_file=policy):
        await town.filed("STRIPE_KEY 31m the pager rang")
        reply = await town.ask("STRIPE_KEY 30m me too", town.dana)
        assert "Filed as request" in heard(town, reply)
        assert "@bob or @carol can decide" in heard(town, reply)


async def test_only_so_often_in_a_week(town: Town) -> None:
    policy = write_policy(town, on_call(", times: 2, per: 7d"))
    async with town.bot(policy_file=policy):
        for _ in range(2):
            assert "automatically" in heard(town, await town.ask("STRIPE_KEY 10m the pager rang"))
            await later(town, 601)
        third = heard(town, await town.ask("STRIPE_KEY 10m the pager rang"))
        assert "Filed as request" in third
        await later(town, WEEK)
        assert "automatically" in heard(town, await town.ask("STRIPE_KEY 10m the pager rang"))
        await settled(town)


async def test_an_extension_is_never_automatic(town: Town) -> None:
    """Otherwise half an hour would be as long as anybody likes."""
    policy = write_policy(town, on_call())
    async with town.bot(policy_file=policy):
        await town.ask("STRIPE_KEY 10m the pager rang")
        request = await one_request(town)
        told = heard(town, await town.ask(f"extend {request.id} 10m it rings again"))
        assert "Filed as request" in told
        assert "10 minutes more" in told


async def test_it_is_pushed_where_the_policy_says_so(town: Town) -> None:
    policy = write_policy(town, on_call() + "\n    delivery: [push, reveal]")
    async with town.bot(policy_file=policy):
        await town.ask("STRIPE_KEY 30m the pager rang")
        await card(town, town.values[STRIPE], "Only you can see this")


async def test_outside_its_hours_people_decide(town: Town) -> None:
    """Hours that are over in a minute, and never now."""
    policy = write_policy(town, on_call(", hours: mon-sun 00:00-00:01 UTC"))
    async with town.bot(policy_file=policy):
        told = heard(town, await town.ask("STRIPE_KEY 30m the pager rang"))
        assert "Filed as request" in told
