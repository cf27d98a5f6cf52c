"""Approving less than what was asked for: shorter, or some of the variables; never more, never nothing."""

from typing import Any

from envaccess.domain.variable import Variable
from slack_emulator import Modal
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.policies import card, later, opened, revealed, shows, write_policy
from tests.scenario.test_chain import TWO_STEPS
from tests.scenario.watch import one_request, settled

BOTH = "STRIPE_KEY,staging/DB_URL 2h comparing both"


async def less(harness: ScenarioHarness, text: str = BOTH) -> Modal:
    """The form on Bob's screen."""
    return await opened(harness, harness.bob, await harness.filed(text), "Approve less…")


async def test_a_shorter_time(harness: ScenarioHarness) -> None:
    async with harness.bot():
        form = await less(harness, "STRIPE_KEY 2h a long look")
        sent = await form.submit({"duration": "15m"})
        assert sent.next is not None
        assert sent.next.title == "Approved"
        assert "@alice has `STRIPE_KEY` for 15 minutes" in sent.next.draw()
        shown = await card(harness, "@bob approves less: for a shorter time than asked", "[ Reveal ]")
        assert harness.values[STRIPE] in await revealed(harness, shown)
        request = await one_request(harness)
        assert (request.duration.seconds, request.asked_seconds) == (900, 7200)
        await later(harness, 15 * 60)
        await card(harness, "Access expired")


async def test_some_of_the_variables(harness: ScenarioHarness) -> None:
    async with harness.bot():
        form = await less(harness)
        sent = await form.submit({"variables": ["STRIPE_KEY"]})
        assert sent.errors == {}
        shown = await card(harness, "without `staging/DB_URL`", "[ Reveal ]")
        picture = await revealed(harness, shown)
        assert harness.values[STRIPE] in picture
        assert harness.values[DB] not in picture
        request = await one_request(harness)
        assert (request.variables, request.asked_variables) == ((STRIPE,), (STRIPE, DB))
        reply = await harness.ask("show staging/DB_URL")
        assert reply.message is not None
        assert "no live access" in harness.slack.draw(reply.message)


async def test_nothing_and_more_are_refused(harness: ScenarioHarness) -> None:
    """By a forged form: other variables, and a longer time."""

    def forged(*names: str, word: str) -> Any:
        values = {
            "variables": {"variables": {"selected_options": [{"value": name} for name in names]}},
            "duration": {"duration": {"selected_option": {"value": word}}},
        }

        def change(payload: dict[str, Any]) -> dict[str, Any]:
            return payload | {"view": payload["view"] | {"state": {"values": values}}}

        return change

    async with harness.bot():
        form = await less(harness)
        for change in (forged("default/NOT_ASKED", word="0"), forged("default/STRIPE_KEY", word="8h")):
            sent = await form.submit(forged=True, change=change)
            told = sent.next.draw() if sent.next else ""
            assert "never more, and never nothing" in told
            form = await opened(
                harness, harness.bob, harness.slack.messages(harness.approvers)[0], "Approve less…"
            )
        assert (await one_request(harness)).grant is None


async def test_the_next_step_sees_and_decides_what_is_left(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, TWO_STEPS)
    async with harness.bot(policy_file=policy):
        message = await harness.filed(BOTH)
        form = await opened(harness, harness.bob, message, "Approve less…")
        sent = await form.submit({"variables": ["staging/DB_URL"], "duration": "30m"})
        assert sent.next is not None
        assert "Your approval counts" in sent.next.draw()
        await shows(harness, message, "asks for `staging/DB_URL` for *30 minutes*", "@bob approves less")
        await harness.carol.press(message, "Approve")
        await settled(harness)
        request = await one_request(harness)
        assert (request.variables, request.duration.seconds) == ((DB,), 1800)
        assert request.asked_variables == (STRIPE, DB)


async def test_asking_again_asks_for_the_whole(harness: ScenarioHarness) -> None:
    async with harness.bot():
        form = await less(harness)
        await form.submit({"variables": ["STRIPE_KEY"], "duration": "5m"})
        await card(harness, "[ Reveal ]")
        await later(harness, 301)
        over = await card(harness, "Access expired", "[ Ask again ]")
        await harness.alice.press(over, "Ask again")
        await settled(harness)
        request = await one_request(harness)
        assert (request.variables, request.duration.seconds) == ((STRIPE, DB), 7200)


async def test_two_names_that_share_74_characters_are_told_apart(harness: ScenarioHarness) -> None:
    """An approver who takes one of two equal checkboxes away must not take away the wrong one."""
    names = [f"{'N' * 74}_{which}_{'M' * 45}" for which in ("ONE", "TWO")]
    for name in names:
        await harness.store(Variable("default", name), "value-for-tests")
    async with harness.bot():
        await harness.ask("")
        assert harness.alice.modal is not None
        offered = [option["text"]["text"] for option in await harness.alice.modal.suggest("variables", "NNN")]
        form = await less(harness, f"{','.join(names)} 2h comparing both")
        for label, which in zip(sorted(offered), ("_ONE_", "_TWO_"), strict=True):
            assert which in label
            assert label in form.draw()
        await form.submit({"variables": [max(offered)]})
        request = await one_request(harness)
        assert [variable.name for variable in request.variables] == [names[1]]
