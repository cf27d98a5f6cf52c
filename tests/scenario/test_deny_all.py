"""Denying what has waited too long, all at once, in the Home tab."""

import pytest

from slack_emulator import Modal
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import finds, last_event, later, shows, write_policy
from tests.scenario.test_chain_people import GROUP_THEN_ROOM
from tests.scenario.test_home import home_shows
from tests.scenario.watch import settled


async def bulk(harness: ScenarioHarness) -> Modal:
    """The form on Bob's screen."""
    await harness.slack.open_home(harness.bob)
    await home_shows(harness, harness.bob, "Waits for you", "[ Deny old ones… ]")
    assert harness.bob.home
    await harness.bob.home.press("Deny old ones…")
    return await harness.until(lambda: harness.bob.modal)


async def test_old_requests_are_denied_together_and_new_ones_stay(harness: ScenarioHarness) -> None:
    async with harness.bot():
        old = await harness.filed()
        also = await harness.ask("staging/DB_URL 1h a slow query", harness.carol)
        assert also.error is None
        await settled(harness)
        await later(harness, 3700)
        new = await harness.filed("staging/DB_URL 30m a slow query, too")
        form = await bulk(harness)
        sent = await form.submit({"age": "1h", "reason": "nobody got round to it, please ask again"})
        assert sent.next is not None
        assert "2 requests will be denied now; each requester is told why." in sent.next.draw()
        await shows(harness, old, "*Denied* by @bob", "Reason: nobody got round to it")
        await finds(harness, harness.carol, "*Denied* by @bob", "[ Ask again ]")
        await shows(harness, new, "[ Approve ]")
        await home_shows(harness, harness.bob, "Waits for you (1)")
    assert (await harness.tags()).count("request.denied") == 2
    assert (await last_event(harness, "request.denied")).actor.id == harness.bob.id


async def test_only_what_waits_for_oneself_is_denied(harness: ScenarioHarness) -> None:
    """Bob's own request, and a step that is not his, are left alone."""
    policy = write_policy(
        harness,
        GROUP_THEN_ROOM.replace("requesters: [{alice}]", "requesters: [{alice}, {bob}]"),
        team=harness.slack.add_group("deciders", [harness.bob, harness.carol, harness.alice]).id,
        room=harness.slack.add_group("later", [harness.dana, harness.carol, harness.alice]).id,
    )
    async with harness.bot(policy_file=policy):
        first = await harness.filed()
        passed = await harness.filed("staging/DB_URL 1h a slow query")
        third = await harness.filed("STRIPE_KEY,staging/DB_URL 1h both")
        await harness.carol.press(passed, "Approve")
        await harness.ask("STRIPE_KEY 1h for me", harness.bob)
        await settled(harness)
        await later(harness, 3700)
        form = await bulk(harness)
        sent = await form.submit({"age": "1h", "reason": "too old by now"})
        assert sent.next is not None
        assert "2 requests will be denied" in sent.next.draw()
        for message in (first, third):
            await shows(harness, message, "*Denied* by @bob")
        await shows(harness, passed, "Step 2 of 2: waits")
    assert (await harness.tags()).count("request.denied") == 2


async def test_nothing_old_is_said_so(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await harness.filed()
        await harness.filed("staging/DB_URL 1h a slow query")
        form = await bulk(harness)
        sent = await form.submit({"age": "1d", "reason": "too old by now"})
        assert sent.next is not None
        assert "Nothing that waits for you is so old." in sent.next.draw()
    assert "request.denied" not in await harness.tags()


@pytest.mark.usefixtures("unpaced")
async def test_a_long_list_is_paged_and_denied_as_a_whole(harness: ScenarioHarness) -> None:
    crowd = [harness.slack.add_person(f"eve{number}") for number in range(12)]
    for person in crowd:
        harness.slack.join(person, harness.general)
    async with harness.bot():
        for person in crowd:
            await harness.ask(f"STRIPE_KEY 1h a look of {person.member.name}", person)
        await settled(harness)
        await later(harness, 3700)
        await harness.slack.open_home(harness.bob)
        first = await home_shows(harness, harness.bob, "Waits for you (12)", "Page 1 of 3", "[ More ]")
        assert "eve0" in first
        assert "eve5" not in first
        assert harness.bob.home
        await harness.bob.home.press("More")
        await home_shows(harness, harness.bob, "Page 2 of 3", "eve5", "[ Back ]")
        form = await bulk(harness)
        sent = await form.submit({"age": "1h", "reason": "too old by now"})
        assert sent.next is not None
        assert "12 requests will be denied" in sent.next.draw()
        await home_shows(harness, harness.bob, "Nothing waits for you")
