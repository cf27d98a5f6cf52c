"""Who has seen a value, as people meet it: owners, security people, approvers, and others."""

from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import card, finds, opened, revealed, write_policy
from tests.scenario.test_home import home_shows
from tests.scenario.watch import say

OWNED = """
version: 1
security: [{dana}]
owners: {{"*/STRIPE_*": [{carol}]}}
rules:
  - name: everything
    match: "*/*"
    approvers: [{bob}, {carol}]
"""
BOTH = "STRIPE_KEY,staging/DB_URL 1h debugging a failed refund"


async def test_who_has_seen_a_value_is_told_to_its_owners_to_security_people_and_to_nobody_else(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, OWNED)):
        assert "Nobody has seen the current value" in await say(harness, "seen STRIPE_KEY", harness.carol)
        await harness.granted()
        await revealed(harness, await card(harness, "[ Reveal ]"))
        for who in (harness.carol, harness.dana):
            told = await say(harness, "seen STRIPE_KEY", who)
            assert "`STRIPE_KEY`*: 1 person." in told
            assert "@alice: in Slack once" in told
        for who in (harness.alice, harness.bob):
            refused = await say(harness, "seen STRIPE_KEY", who)
            assert "@alice: in Slack" not in refused
        # Of what is not theirs and of what is not there, an owner is told the same.
        theirs, none = [
            await say(harness, f"seen {name}", harness.carol) for name in ("staging/DB_URL", "NOTHING")
        ]
        assert theirs.replace("staging/DB_URL", "NAME") == none.replace("NOTHING", "NAME")
        assert "no variable" in await say(harness, "seen NOTHING", harness.dana)
    events = await harness.events()
    assert [event.actor.id for event in events if event.event == "audit.read"] == [
        harness.carol.id, harness.carol.id, harness.dana.id,
    ]  # fmt: skip
    assert sum(event.event == "access.refused" for event in events) >= 2


async def test_who_decides_reads_it_in_the_form_and_its_owner_at_home_also_that_somebody_left(
    harness: ScenarioHarness,
) -> None:
    """What nobody owns is told to the approvers channel."""
    async with harness.bot(policy_file=write_policy(harness, OWNED)):
        await harness.slack.open_home(harness.carol)
        await harness.granted(BOTH)
        await revealed(harness, await card(harness, "[ Reveal ]"))
        await home_shows(
            harness, harness.carol, "Seen values of yours (1)", "`STRIPE_KEY`: 1 person has seen it"
        )
        message = await harness.filed("STRIPE_KEY 30m once more, another refund")
        form = await opened(harness, harness.bob, message, "Deny")
        assert "1 person has seen the current value." in harness.slack.draw(form)
        await harness.slack.tell(harness.slack.change(harness.alice, deleted=True))
        told = await finds(harness, harness.carol, "has left, and has seen 1 value", "`STRIPE_KEY`")
        assert "staging/DB_URL" not in harness.slack.draw(told)
        await finds(harness, harness.bob, "has left, and has seen 1 value", "`staging/DB_URL`")
        await harness.slack.open_home(harness.carol)
        await home_shows(harness, harness.carol, "1 of them has left", "`/envaccess rotate NAME` replaces it")
        await harness.store(STRIPE)
        await harness.slack.open_home(harness.carol)
        await harness.until(
            lambda: harness.carol.home and "Seen values" not in harness.slack.draw(harness.carol.home)
        )


async def test_where_it_cannot_be_written_down_who_sees_a_value_nobody_does_and_the_use_is_given_back(
    harness: ScenarioHarness,
) -> None:
    """Somebody spoiled what marks values; who holds the store and no key gains nothing by it."""
    async with harness.bot(policy_file=write_policy(harness, OWNED)):
        await harness.granted("STRIPE_KEY once debugging a failed refund")
        await harness.redis.hset(harness.runner.key("ledger_key"), mapping={"id": "0" * 16, "sealed": "AAAA"})
        told = await revealed(harness, await card(harness, "[ Reveal ]"))
        assert harness.values[STRIPE] not in told
        assert "Nothing was shown" in told
        assert (await harness.requests())[0].live
        assert "value.seen" not in await harness.tags()
        await harness.redis.delete(harness.runner.key("ledger_key"))
        shown = await revealed(harness, await card(harness, "[ Reveal ]"))
        assert harness.values[STRIPE] in shown
