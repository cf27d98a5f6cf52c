"""The Home tab of security people: what is live, sealed and sent; others see none of it."""

from envaccess.domain.request import GrantState
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, granted, shows, write_policy
from tests.scenario.test_alerts import alert, unusual, watched_for_long
from tests.scenario.test_audit_command import WATCHED
from tests.scenario.test_home import home_shows
from tests.scenario.test_home_acts import home
from tests.scenario.watch import one_request


async def test_security_people_see_what_is_live_and_end_it_there(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        tab = await home(harness, harness.dana, "Security", "nobody has any", "none are set up")
        await granted(harness)
        await home_shows(
            harness, harness.dana, "*Live access*: 1 grant", "@alice: `STRIPE_KEY` for 1 hour", "Ends: "
        )
        assert "Security" not in (await home(harness, harness.bob)).draw()
        await tab.press("End now")
        await home_shows(harness, harness.dana, "*Live access*: nobody has any")
        assert (await one_request(harness)).grant is GrantState.REVOKED
        await audit_says(harness, "grant.revoked", "@dana ended the access of @alice")


async def test_a_part_that_cannot_be_read_says_so_and_hides_no_other(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await granted(harness)
        await harness.redis.set(harness.runner.key("tree"), "no hash")
        picture = (await home(harness, harness.dana, "*Seal of the audit* could not be read")).draw()
        assert "*Live access*: 1 grant" in picture
        assert "*Systems that get the audit*: none are set up" in picture


async def test_whoever_was_removed_sees_nothing_of_it_and_ends_nothing(harness: ScenarioHarness) -> None:
    team = harness.slack.add_group("watch", [harness.dana])
    policy = write_policy(harness, WATCHED.replace("[{dana}, {carol}]", "[{team}]", 1), team=team.id)
    async with harness.bot(policy_file=policy):
        await granted(harness)
        tab = await home(harness, harness.dana, "*Live access*: 1 grant")
        await harness.slack.tell(harness.slack.remove_from_group(harness.dana, team))
        await tab.press("End now")
        await harness.until(lambda: harness.dana.modal)
        assert (await one_request(harness)).grant is GrantState.ACTIVE
        assert "Security" not in (await home(harness, harness.dana, "Nothing waits for you")).draw()


async def test_open_alerts_are_judged_there_and_nobody_judges_their_own(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        tab = await home(harness, harness.dana, "*Open alerts*: none.")
        await watched_for_long(harness)
        await unusual(harness, "first_variable,odd_hour", requester=harness.carol.id)
        message = await alert(harness, "*Unusual*", "@carol")
        await home_shows(harness, harness.dana, "*Open alerts*: 1", "Within an hour @carol", "[ Expected ]")
        theirs = await home(harness, harness.carol, "*Open alerts*: 1")
        await theirs.press("Expected")
        await harness.until(lambda: harness.carol.modal)
        await tab.press("Expected")
        await home_shows(harness, harness.dana, "*Open alerts*: none.")
        await shows(harness, message, "*Expected*, says @dana")
