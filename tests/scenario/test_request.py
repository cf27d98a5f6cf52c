"""Asking: every verb from everywhere, several variables, repeats, and what the bot says back."""

import asyncio

from envaccess.domain.request import State
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.watch import AGAIN, DECIDE, buttons, heard, id_on, one_request, say, settled


async def test_a_request_is_answered_privately_with_its_id_and_who_decides(harness: ScenarioHarness) -> None:
    async with harness.bot():
        reply = await harness.ask("STRIPE_KEY 1h debugging a failed refund")
        answer = heard(harness, reply)
        request = await one_request(harness)
        assert request.id in answer
        assert f"/envaccess cancel {request.id}" in answer
        assert "@bob or @carol can decide" in answer
        assert "@alice" not in answer, "the requester cannot decide"
        assert harness.bob.find(request.id, harness.general) is None
        await settled(harness)
        message = harness.slack.messages(harness.approvers)[0]
        card = harness.alice.find("waits for a decision")
        assert card is not None
        assert buttons(card) == ["Cancel request"]
        assert buttons(message) == DECIDE
        for words in ("@alice asks for `STRIPE_KEY`", "1 hour", "debugging a failed refund"):
            assert words in harness.slack.draw(message)


async def test_every_verb_works_in_a_channel_in_the_dm_and_between_two_people(
    harness: ScenarioHarness,
) -> None:
    """SLACK.md: a command's `channel_id` may be a DM of two people, where the bot is not."""
    between = harness.slack.add_dm(harness.alice, harness.bob)
    async with harness.bot():
        for place in (harness.general, None, between):
            for text, words in (
                ("help", "/envaccess NAME[,NAME...] DURATION REASON"),
                ("list", "`staging/DB_URL`"),
                ("status", "asked for nothing lately"),
                ("show STRIPE_KEY", "no live access"),
                ("cancel 7k2m9xq4", "No request has that id"),
                ("revoke 7k2m9xq4", "No request has that id"),
            ):
                await harness.move_clock(4)
                reply = await harness.alice.command("/envaccess", text, channel=place)
                assert words in heard(harness, reply), (place, text)
            reply = await harness.alice.command("/envaccess", "STRIPE_KEY 1h debugging", channel=place)
            request = (await one_request(harness)).id
            assert request in heard(harness, reply)
            reply = await harness.alice.command("/envaccess", f"cancel {request}", channel=place)
            assert "Withdrawn" in heard(harness, reply)
            assert harness.alice.modal is None
            await harness.alice.command("/envaccess", channel=place)
            assert harness.alice.modal is not None
            await harness.alice.modal.close()
            await harness.move_clock(31 * 86_400)


async def test_several_variables_are_one_request_and_one_unknown_refuses_all(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        assert "There is no variable `NOPE`" in await say(harness, "STRIPE_KEY,NOPE 30m to compare the two")
        assert await harness.requests() == []
        for text in ("STRIPE_KEY,staging/DB_URL", "STRIPE_KEY , staging/DB_URL"):
            answer = await say(harness, f"{text} 30m to compare the two")
            request = await one_request(harness)
            assert request.variables == (STRIPE, DB), text
            assert "`STRIPE_KEY` and `staging/DB_URL`" in answer
            await say(harness, f"cancel {request.id}")


async def test_a_repeat_of_a_pending_request_returns_it_whatever_its_order_and_length(
    harness: ScenarioHarness,
) -> None:
    """Law 10: approvers see one message, not two."""
    async with harness.bot():
        await say(harness, "STRIPE_KEY,staging/DB_URL 30m to compare the two")
        first = await one_request(harness)
        for text in (
            "staging/DB_URL,STRIPE_KEY 1h to compare the two",
            "STRIPE_KEY,STRIPE_KEY,staging/DB_URL once why not",
            "default/STRIPE_KEY,staging/DB_URL 30m once more",
        ):
            answer = await say(harness, text)
            assert "You asked for that already" in answer
            assert f"cancel {first.id}" in answer
            assert "30 minutes" in answer
        assert "Filed" in await say(harness, "STRIPE_KEY 1h only this one")
        assert "Filed" in await say(harness, "STRIPE_KEY,staging/DB_URL 30m me too", harness.carol)
        await settled(harness)
        assert len(harness.slack.messages(harness.approvers)) == 3


async def test_the_same_request_filed_many_times_at_once_is_one(harness: ScenarioHarness) -> None:
    """Law 10 as a race: an impatient person's ten Enter keys."""
    async with harness.bot():
        for _ in range(20):
            await harness.move_clock(61)
            replies = await asyncio.gather(*(harness.ask("STRIPE_KEY 1h debugging") for _ in range(10)))
            assert sum("Filed" in heard(harness, reply) for reply in replies) == 1
            request = await one_request(harness)
            assert all(request.id in heard(harness, reply) for reply in replies)
            await say(harness, f"cancel {request.id}")
        await settled(harness)
        assert len(harness.slack.messages(harness.approvers)) <= 20, "none of what was withdrawn unseen"


async def test_status_tells_what_one_has_with_time_left_and_how_to_go_on(harness: ScenarioHarness) -> None:
    async with harness.bot():
        card = await harness.granted()
        live = id_on(card)
        await say(harness, "staging/DB_URL 30m to see the schema")
        waiting = (await one_request(harness)).id
        answer = await say(harness, "status")
        for words in (
            "Waiting for a decision",
            f"/envaccess cancel {waiting}",
            "Live access",
            "/envaccess show STRIPE_KEY",
            f"/envaccess revoke {live}",
        ):
            assert words in answer
        assert "asked for nothing" in await say(harness, "status", harness.bob), "only one's own"
        await harness.move_clock(3600)
        answer = await say(harness, "status")
        assert "Ended lately" in answer
        assert "Live access" not in answer


async def test_cancelling_is_the_requesters_and_only_while_pending(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        request = id_on(message)
        assert "somebody else's request" in await say(harness, f"cancel {request}", harness.bob)
        assert (await one_request(harness)).state is State.PENDING
        assert "Withdrawn" in await say(harness, f"cancel {request}")
        assert "was withdrawn" in await say(harness, f"cancel {request}")
        await settled(harness)
        assert buttons(message) == []
        assert "Withdrawn* by @alice" in harness.slack.draw(message)
    tags = await harness.tags()
    assert tags.count("request.cancelled") == 1


async def test_the_cards_button_withdraws_as_well(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await harness.filed()
        card = await harness.until(lambda: harness.alice.find("waits for a decision"))
        await harness.alice.press(card, "Cancel request")
        assert (await one_request(harness)).state is State.CANCELLED
        await settled(harness)
        assert buttons(card) == AGAIN


async def test_showing_what_does_not_exist_says_so_and_suggests(harness: ScenarioHarness) -> None:
    async with harness.bot():
        answer = await say(harness, "show STRIP_KEY")
        assert "There is no variable `STRIP_KEY`" in answer
        assert "Did you mean `STRIPE_KEY`" in answer
        answer = await say(harness, "show STRIPE_KEY")
        assert "`/envaccess STRIPE_KEY 1h`" in answer
        assert "@bob or @carol can decide" in answer


async def test_history_is_told_to_approvers(harness: ScenarioHarness) -> None:
    async with harness.bot():
        assert "First request of @alice" in harness.slack.draw(await harness.filed())
        await say(harness, f"cancel {(await one_request(harness)).id}")
        first = harness.slack.draw(await harness.filed("staging/DB_URL 30m to see the schema"))
        assert "First time for @alice in `staging`" in first
        await harness.move_clock(61)
        message = await harness.filed()
        assert "Asked 2 times in the 30 days before, 1 of them for this" in harness.slack.draw(message)


async def test_without_anybody_who_could_decide_nothing_is_filed(harness: ScenarioHarness) -> None:
    """Law 9: a channel of guests, bots and the requester decides nothing, so it is refused when asked."""
    guest = harness.slack.add_person("guest", is_restricted=True)
    robot = harness.slack.add_person("robot", is_bot=True)
    for person in (harness.alice, guest, robot):
        harness.slack.join(person, harness.approvers)
    for person in (harness.bob, harness.carol):
        harness.slack.leave(person, harness.approvers)
    async with harness.bot():
        answer = await say(harness, "STRIPE_KEY 1h debugging a refund")
        assert "nothing was filed" in answer.lower()
        assert await harness.requests() == []
        await harness.slack.tell(harness.slack.join(harness.bob, harness.approvers))
        answer = await say(harness, "STRIPE_KEY 1h debugging a refund")
        assert "@bob" in answer
        assert "@guest" not in answer, "whoever cannot decide is not named as a decider"
        assert "@robot" not in answer


async def test_who_may_not_ask_learns_nothing(harness: ScenarioHarness) -> None:
    """Law 4: names of variables are for members; everybody else is refused for every verb."""
    people = (
        (harness.slack.add_person("guest", is_restricted=True), "guest"),
        (harness.slack.add_person("robot", is_bot=True), "bot"),
        (harness.slack.add_person("leaver", deleted=True), "deactivated"),
        (harness.slack.add_person("stranger", team_id="T0ELSEWHERE"), "another workspace"),
    )
    async with harness.bot():
        for person, words in people:
            for text in ("list", "status", "STRIPE_KEY 1h debugging a refund", "show STRIPE_KEY"):
                reply = await person.command("/envaccess", text, channel=harness.general, forged=True)
                assert words in heard(harness, reply), (person, text)
                assert "DB_URL" not in heard(harness, reply)
    assert "request.created" not in await harness.tags()
