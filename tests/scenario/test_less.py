"""Approving less than what was asked for: shorter, or some of the variables; never more, never nothing."""

from typing import Any

from envaccess.domain.variable import Variable
from slack_emulator import Modal
from tests.scenario.policies import card, later, opened, revealed, shows, write_policy
from tests.scenario.test_chain import TWO_STEPS
from tests.scenario.town import DB, STRIPE, Town
from tests.scenario.watch import one_request, settled

BOTH = "STRIPE_KEY,staging/DB_URL 2h comparing both"


async def less(town: Town, text: str = BOTH) -> Modal:
    """The form on Bob's screen."""
    return await opened(town, town.bob, await town.filed(text), "Approve less…")


async def test_a_shorter_time(town: Town) -> None:
    async with town.bot():
        form = await less(town, "STRIPE_KEY 2h a long look")
        sent = await form.submit({"duration": "15m"})
        assert sent.next is not None
        assert sent.next.title == "Approved"
        assert "@alice has `STRIPE_KEY` for 15 minutes" in sent.next.draw()
        shown = await card(town, "@bob approves less: for a shorter time than asked", "[ Reveal ]")
        assert town.values[STRIPE] in await revealed(town, shown)
        request = await one_request(town)
        assert (request.duration.seconds, request.asked_seconds) == (900, 7200)
        await later(town, 15 * 60)
        await card(town, "Access expired")


async def test_some_of_the_variables(town: Town) -> None:
    async with town.bot():
        form = await less(town)
        sent = await form.submit({"variables": ["STRIPE_KEY"]})
        assert sent.errors == {}
        shown = await card(town, "without `staging/DB_URL`", "[ Reveal ]")
        picture = await revealed(town, shown)
        assert town.values[STRIPE] in picture
        assert town.values[DB] not in picture
        request = await one_request(town)
        assert (request.variables, request.asked_variables) == ((STRIPE,), (STRIPE, DB))
        reply = await town.ask("show staging/DB_URL")
        assert reply.message is not None
        assert "no live access" in town.slack.draw(reply.message)


async def test_nothing_and_more_are_refused(town: Town) -> None:
    """By a forged form: other variables, and a longer time."""

    def forged(*names: str, word: str) -> Any:
        values = {
            "variables": {"variables": {"selected_options": [{"value": name} for name in names]}},
            "duration": {"duration": {"selected_option": {"value": word}}},
        }

        def change(payload: dict[str, Any]) -> dict[str, Any]:
            return payload | {"view": payload["view"] | {"state": {"values": values}}}

        return change

    async with town.bot():
        form = await less(town)
        for change in (forged("default/NOT_ASKED", word="0"), forged("default/STRIPE_KEY", word="8h")):
            sent = await form.submit(forged=True, change=change)
            told = sent.next.draw() if sent.next else ""
            assert "never more, and never nothing" in told
            form = await opened(town, town.bob, town.slack.messages(town.approvers)[0], "Approve less…")
        assert (await one_request(town)).grant is None


async def test_the_next_step_sees_and_decides_what_is_left(town: Town) -> None:
    policy = write_policy(town, TWO_STEPS)
    async with town.bot(policy_file=policy):
        message = await town.filed(BOTH)
        form = await opened(town, town.bob, message, "Approve less…")
        sent = await form.submit({"variables": ["staging/DB_URL"], "duration": "30m"})
        assert sent.next is not None
        assert "Your approval counts" in sent.next.draw()
        await shows(town, message, "asks for `staging/DB_URL` for *30 minutes*", "@bob approves less")
        await town.carol.press(message, "Approve")
        await settled(town)
        request = await one_request(town)
        assert (request.variables, request.duration.seconds) == ((DB,), 1800)
        assert request.asked_variables == (STRIPE, DB)


async def test_asking_again_asks_for_the_whole(town: Town) -> None:
    async with town.bot():
        form = await less(town)
        await form.submit({"variables": ["STRIPE_KEY"], "duration": "5m"})
        await card(town, "[ Reveal ]")
        await later(town, 301)
        over = await card(town, "Access expired", "[ Ask again ]")
        await town.alice.press(over, "Ask again")
        await settled(town)
        request = await one_request(town)
        assert (request.variables, request.duration.seconds) == ((STRIPE, DB), 7200)


async def test_two_names_that_share_74_characters_are_told_apart(town: Town) -> None:
    """An approver who takes one of two equal checkboxes away must not take away the wrong one."""
    names = [f"{'N' * 74}_{which}_{'M' * 45}" for which in ("ONE", "TWO")]
    for name in names:
        await town.store(Variable("default", name), "value-for-tests")
    async with town.bot():
        await town.ask("")
        assert town.alice.modal is not None
        offered = [option["text"]["text"] for option in await town.alice.modal.suggest("variables", "NNN")]
        form = await less(town, f"{','.join(names)} 2h comparing both")
        for label, which in zip(sorted(offered), ("_ONE_", "_TWO_"), strict=True):
            assert which in label
            assert label in form.draw()
        await form.submit({"variables": [max(offered)]})
        request = await one_request(town)
        assert [variable.name for variable in request.variables] == [names[1]]
