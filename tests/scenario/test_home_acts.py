"""Whatever can be pressed in the Home tab does what its twin in a message does, with the same checks."""

import pytest

from slack_emulator import Modal, User
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import card, finds, granted, shows, write_policy
from tests.scenario.test_home import home_shows
from tests.scenario.watch import one_request, refusals

OWNED = """
version: 1
owners:
  "staging/*": [{dana}]
rules:
  - match: "*/*"
    approvers: [{bob}, {carol}]
"""


async def home(harness: ScenarioHarness, person: User, *words: str) -> Modal:
    """Somebody's Home tab, once it shows this."""
    await harness.slack.open_home(person)
    await home_shows(harness, person, *words)
    assert person.home
    return person.home


async def test_what_one_holds_is_revealed_and_ended_there(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        tab = await home(harness, harness.alice, "You hold (1)", "[ Reveal ]", "[ Extend ]", "[ End now ]")
        await tab.press("Reveal")
        shown = await finds(harness, harness.alice, harness.values[STRIPE], "Only you can see this")
        assert shown.is_ephemeral
        assert harness.values[STRIPE] not in tab.draw()
        await tab.press("End now")
        await home_shows(harness, harness.alice, "You asked (1)", "Ended early", "[ Ask again ]")
        await card(harness, "Access ended early by @alice")


async def test_a_request_is_withdrawn_asked_again_and_answered_there(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        tab = await home(harness, harness.alice, "You asked (1)", "[ Cancel request ]")
        await tab.press("Cancel request")
        await shows(harness, message, "*Withdrawn* by @alice")
        tab = await home(harness, harness.alice, "[ Ask again ]")
        await tab.press("Ask again")
        notice = await harness.until(lambda: harness.alice.modal)
        assert "Filed as request" in notice.draw()
        await notice.close()
        tab = await home(harness, harness.bob, "Waits for you (1)", "[ Ask… ]")
        await tab.press("Ask…")
        form = await harness.until(lambda: harness.bob.modal)
        await form.submit({"reason": "Which customer is it?"})
        tab = await home(harness, harness.alice, "[ Answer ]")
        await tab.press("Answer")
        form = await harness.until(lambda: harness.alice.modal)
        await form.submit({"reason": "The one in ticket 4711"})
        await finds(harness, harness.bob, "Answer: The one in ticket 4711", "[ Approve ]")


async def test_a_request_is_denied_there(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        tab = await home(harness, harness.bob, "Waits for you (1)", "[ Deny ]")
        await tab.press("Deny")
        form = await harness.until(lambda: harness.bob.modal)
        await form.submit({"reason": "not now, please"})
        await shows(harness, message, "*Denied* by @bob", "Reason: not now, please")
        await home(harness, harness.bob, "Nothing waits for you")


async def test_a_press_that_is_too_late_is_answered_in_a_small_window(harness: ScenarioHarness) -> None:
    """Law 5, in the Home tab: there is no other place for the answer."""
    async with harness.bot():
        message = await harness.filed()
        tab = await home(harness, harness.bob, "Waits for you (1)")
        await harness.carol.press(message, "Approve")
        await shows(harness, message, "*Approved* by @carol")
        await tab.press("Approve")
        notice = await harness.until(lambda: harness.bob.modal)
        assert "already approved by @carol" in notice.draw()
        assert (await one_request(harness)).decided_by == harness.carol.id


@pytest.mark.usefixtures("forgetful")
async def test_whoever_may_not_decide_any_more_is_refused_there(harness: ScenarioHarness) -> None:
    """Law 4: the tab is old, the click is checked."""
    async with harness.bot():
        await harness.filed()
        tab = await home(harness, harness.bob, "Waits for you (1)")
        harness.slack.leave(harness.bob, harness.approvers)
        await tab.press("Approve")
        notice = await harness.until(lambda: harness.bob.modal)
        assert "does not let you decide" in notice.draw()
        assert (await one_request(harness)).grant is None
    assert [event.detail["why"] for event in await refusals(harness)] == ["not_approver"]


async def test_owners_see_their_variables(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, OWNED)
    async with harness.bot(policy_file=policy):
        await home(harness, harness.dana, "Yours: 1 variable", "`staging/DB_URL`")
        tab = await home(harness, harness.alice, "[ Ask for access ]")
        assert "Yours" not in tab.draw()


async def test_a_guest_sees_nothing_there(harness: ScenarioHarness) -> None:
    guest = harness.slack.add_person("gus", is_restricted=True)
    async with harness.bot():
        await granted(harness)
        await harness.slack.open_home(guest)
        picture = await home_shows(harness, guest, "guest")
        assert "STRIPE_KEY" not in picture
