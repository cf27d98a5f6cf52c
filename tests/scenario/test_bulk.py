"""Denying what has waited too long, all at once, in the Home tab."""

import pytest

from slack_emulator import Modal
from tests.scenario.policies import finds, last_event, later, shows, write_policy
from tests.scenario.test_chain_people import GROUP_THEN_ROOM
from tests.scenario.test_home import home_shows
from tests.scenario.town import Town
from tests.scenario.watch import settled


async def bulk(town: Town) -> Modal:
    """The form on Bob's screen."""
    await town.slack.open_home(town.bob)
    await home_shows(town, town.bob, "Waits for you", "[ Deny old ones… ]")
    assert town.bob.home
    await town.bob.home.press("Deny old ones…")
    return await town.until(lambda: town.bob.modal)


async def test_old_requests_are_denied_together_and_new_ones_stay(town: Town) -> None:
    async with town.bot():
        old = await town.filed()
        also = await town.ask("staging/DB_URL 1h a slow query", town.carol)
        assert also.error is None
        await settled(town)
        await later(town, 3700)
        new = await town.filed("staging/DB_URL 30m a slow query, too")
        form = await bulk(town)
        sent = await form.submit({"age": "1h", "reason": "nobody got round to it, please ask again"})
        assert sent.next is not None
        assert "2 requests will be denied now; each requester is told why." in sent.next.draw()
        await shows(town, old, "*Denied* by @bob", "Reason: nobody got round to it")
        await finds(town, town.carol, "*Denied* by @bob", "[ Ask again ]")
        await shows(town, new, "[ Approve ]")
        await home_shows(town, town.bob, "Waits for you (1)")
    assert (await town.tags()).count("request.denied") == 2
    assert (await last_event(town, "request.denied")).actor.id == town.bob.id


async def test_only_what_waits_for_oneself_is_denied(town: Town) -> None:
    """Bob's own request, and a step that is not his, are left alone."""
    policy = write_policy(
        town,
        GROUP_THEN_ROOM.replace("requesters: [{alice}]", "requesters: [{alice}, {bob}]"),
        team=town.slack.add_group("deciders", [town.bob, town.carol, town.alice]).id,
        room=town.slack.add_group("later", [town.dana, town.carol, town.alice]).id,
    )
    async with town.bot(policy_file=policy):
        first = await town.filed()
        passed = await town.filed("staging/DB_URL 1h a slow query")
        third = await town.filed("STRIPE_KEY,staging/DB_URL 1h both")
        await town.carol.press(passed, "Approve")
        await town.ask("STRIPE_KEY 1h for me", town.bob)
        await settled(town)
        await later(town, 3700)
        form = await bulk(town)
        sent = await form.submit({"age": "1h", "reason": "too old by now"})
        assert sent.next is not None
        assert "2 requests will be denied" in sent.next.draw()
        for message in (first, third):
            await shows(town, message, "*Denied* by @bob")
        await shows(town, passed, "Step 2 of 2: waits")
    assert (await town.tags()).count("request.denied") == 2


async def test_nothing_old_is_said_so(town: Town) -> None:
    async with town.bot():
        await town.filed()
        await town.filed("staging/DB_URL 1h a slow query")
        form = await bulk(town)
        sent = await form.submit({"age": "1d", "reason": "too old by now"})
        assert sent.next is not None
        assert "Nothing that waits for you is so old." in sent.next.draw()
    assert "request.denied" not in await town.tags()


@pytest.mark.usefixtures("unpaced")
async def test_a_long_list_is_paged_and_denied_as_a_whole(town: Town) -> None:
    crowd = [town.slack.add_person(f"eve{number}") for number in range(12)]
    for person in crowd:
        town.slack.join(person, town.general)
    async with town.bot():
        for person in crowd:
            await town.ask(f"STRIPE_KEY 1h a look of {person.member.name}", person)
        await settled(town)
        await later(town, 3700)
        await town.slack.open_home(town.bob)
        first = await home_shows(town, town.bob, "Waits for you (12)", "Page 1 of 3", "[ More ]")
        assert "eve0" in first
        assert "eve5" not in first
        assert town.bob.home
        await town.bob.home.press("More")
        await home_shows(town, town.bob, "Page 2 of 3", "eve5", "[ Back ]")
        form = await bulk(town)
        sent = await form.submit({"age": "1h", "reason": "too old by now"})
        assert sent.next is not None
        assert "12 requests will be denied" in sent.next.draw()
        await home_shows(town, town.bob, "Nothing waits for you")
