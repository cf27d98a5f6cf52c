"""Whatever can be pressed in the Home tab does what its twin in a message does, with the same checks."""

import pytest

from slack_emulator import Modal, Person
from tests.scenario.policies import card, finds, granted, shows, write_policy
from tests.scenario.test_home import home_shows
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import one_request, refusals

OWNED = """
version: 1
owners:
  "staging/*": [{dana}]
rules:
  - match: "*/*"
    approvers: [{bob}, {carol}]
"""


async def home(town: Town, person: Person, *words: str) -> Modal:
    """Somebody's Home tab, once it shows this."""
    await town.slack.open_home(person)
    await home_shows(town, person, *words)
    assert person.home
    return person.home


async def test_what_one_holds_is_revealed_and_ended_there(town: Town) -> None:
    async with town.bot():
        await granted(town)
        tab = await home(town, town.alice, "You hold (1)", "[ Reveal ]", "[ Extend ]", "[ End now ]")
        await tab.press("Reveal")
        shown = await finds(town, town.alice, town.values[STRIPE], "Only you can see this")
        assert shown.is_ephemeral
        assert town.values[STRIPE] not in tab.draw()
        await tab.press("End now")
        await home_shows(town, town.alice, "You asked (1)", "Ended early", "[ Ask again ]")
        await card(town, "Access ended early by @alice")


async def test_a_request_is_withdrawn_asked_again_and_answered_there(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        tab = await home(town, town.alice, "You asked (1)", "[ Cancel request ]")
        await tab.press("Cancel request")
        await shows(town, message, "*Withdrawn* by @alice")
        tab = await home(town, town.alice, "[ Ask again ]")
        await tab.press("Ask again")
        notice = await town.until(lambda: town.alice.modal)
        assert "Filed as request" in notice.draw()
        await notice.close()
        tab = await home(town, town.bob, "Waits for you (1)", "[ Ask… ]")
        await tab.press("Ask…")
        form = await town.until(lambda: town.bob.modal)
        await form.submit({"reason": "Which customer is it?"})
        tab = await home(town, town.alice, "[ Answer ]")
        await tab.press("Answer")
        form = await town.until(lambda: town.alice.modal)
        await form.submit({"reason": "The one in ticket 4711"})
        await finds(town, town.bob, "Answer: The one in ticket 4711", "[ Approve ]")


async def test_a_request_is_denied_there(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        tab = await home(town, town.bob, "Waits for you (1)", "[ Deny ]")
        await tab.press("Deny")
        form = await town.until(lambda: town.bob.modal)
        await form.submit({"reason": "not now, please"})
        await shows(town, message, "*Denied* by @bob", "Reason: not now, please")
        await home(town, town.bob, "Nothing waits for you")


async def test_a_press_that_is_too_late_is_answered_in_a_small_window(town: Town) -> None:
    """Law 5, in the Home tab: there is no other place for the answer."""
    async with town.bot():
        message = await town.filed()
        tab = await home(town, town.bob, "Waits for you (1)")
        await town.carol.press(message, "Approve")
        await shows(town, message, "*Approved* by @carol")
        await tab.press("Approve")
        notice = await town.until(lambda: town.bob.modal)
        assert "already approved by @carol" in notice.draw()
        assert (await one_request(town)).decided_by == town.carol.id


@pytest.mark.usefixtures("forgetful")
async def test_whoever_may_not_decide_any_more_is_refused_there(town: Town) -> None:
    """Law 4: the tab is old, the click is checked."""
    async with town.bot():
        await town.filed()
        tab = await home(town, town.bob, "Waits for you (1)")
        town.slack.leave(town.bob, town.approvers)
        await tab.press("Approve")
        notice = await town.until(lambda: town.bob.modal)
        assert "does not let you decide" in notice.draw()
        assert (await one_request(town)).grant is None
    assert [event.detail["why"] for event in await refusals(town)] == ["not_approver"]


async def test_owners_see_their_variables(town: Town) -> None:
    policy = write_policy(town, OWNED)
    async with town.bot(policy_file=policy):
        await home(town, town.dana, "Yours: 1 variable", "`staging/DB_URL`")
        tab = await home(town, town.alice, "[ Ask for access ]")
        assert "Yours" not in tab.draw()


async def test_a_guest_sees_nothing_there(town: Town) -> None:
    guest = town.slack.add_person("gus", is_restricted=True)
    async with town.bot():
        await granted(town)
        await town.slack.open_home(guest)
        picture = await home_shows(town, guest, "guest")
        assert "STRIPE_KEY" not in picture
