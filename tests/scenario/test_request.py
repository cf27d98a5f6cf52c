"""Asking: every verb from everywhere, several variables, repeats, and what the bot says back."""

import asyncio

from envaccess.domain.request import State
from tests.scenario.town import DB, STRIPE, Town
from tests.scenario.watch import AGAIN, DECIDE, buttons, heard, id_on, one_request, say, settled


async def test_a_request_is_answered_privately_with_its_id_and_who_decides(town: Town) -> None:
    async with town.bot():
        reply = await town.ask("STRIPE_KEY 1h debugging a failed refund")
        answer = heard(town, reply)
        request = await one_request(town)
        assert request.id in answer
        assert f"/envaccess cancel {request.id}" in answer
        assert "@bob or @carol can decide" in answer
        assert "@alice" not in answer, "the requester cannot decide"
        assert town.bob.find(request.id, town.general) is None
        await settled(town)
        message = town.slack.messages(town.approvers)[0]
        card = town.alice.find("waits for a decision")
        assert card is not None
        assert buttons(card) == ["Cancel request"]
        assert buttons(message) == DECIDE
        for words in ("@alice asks for `STRIPE_KEY`", "1 hour", "debugging a failed refund"):
            assert words in town.slack.draw(message)


async def test_every_verb_works_in_a_channel_in_the_dm_and_between_two_people(town: Town) -> None:
    """SLACK.md: a command's `channel_id` may be a DM of two people, where the bot is not."""
    between = town.slack.add_dm(town.alice, town.bob)
    async with town.bot():
        for place in (town.general, None, between):
            for text, words in (
                ("help", "/envaccess NAME[,NAME...] DURATION REASON"),
                ("list", "`staging/DB_URL`"),
                ("status", "asked for nothing lately"),
                ("show STRIPE_KEY", "no live access"),
                ("cancel 7k2m9xq4", "No request has that id"),
                ("revoke 7k2m9xq4", "No request has that id"),
            ):
                await town.move_clock(4)
                reply = await town.alice.command("/envaccess", text, channel=place)
                assert words in heard(town, reply), (place, text)
            reply = await town.alice.command("/envaccess", "STRIPE_KEY 1h debugging", channel=place)
            request = (await one_request(town)).id
            assert request in heard(town, reply)
            reply = await town.alice.command("/envaccess", f"cancel {request}", channel=place)
            assert "Withdrawn" in heard(town, reply)
            assert town.alice.modal is None
            await town.alice.command("/envaccess", channel=place)
            assert town.alice.modal is not None
            await town.alice.modal.close()
            await town.move_clock(31 * 86_400)


async def test_several_variables_are_one_request_and_one_unknown_refuses_all(town: Town) -> None:
    async with town.bot():
        assert "There is no variable `NOPE`" in await say(town, "STRIPE_KEY,NOPE 30m to compare the two")
        assert await town.requests() == []
        for text in ("STRIPE_KEY,staging/DB_URL", "STRIPE_KEY , staging/DB_URL"):
            answer = await say(town, f"{text} 30m to compare the two")
            request = await one_request(town)
            assert request.variables == (STRIPE, DB), text
            assert "`STRIPE_KEY` and `staging/DB_URL`" in answer
            await say(town, f"cancel {request.id}")


async def test_a_repeat_of_a_pending_request_returns_it_whatever_its_order_and_length(town: Town) -> None:
    """Law 10: approvers see one message, not two."""
    async with town.bot():
        await say(town, "STRIPE_KEY,staging/DB_URL 30m to compare the two")
        first = await one_request(town)
        for text in (
            "staging/DB_URL,STRIPE_KEY 1h to compare the two",
            "STRIPE_KEY,STRIPE_KEY,staging/DB_URL once why not",
            "default/STRIPE_KEY,staging/DB_URL 30m once more",
        ):
            answer = await say(town, text)
            assert "You asked for that already" in answer
            assert f"cancel {first.id}" in answer
            assert "30 minutes" in answer
        assert "Filed" in await say(town, "STRIPE_KEY 1h only this one")
        assert "Filed" in await say(town, "STRIPE_KEY,staging/DB_URL 30m me too", town.carol)
        await settled(town)
        assert len(town.slack.messages(town.approvers)) == 3


async def test_the_same_request_filed_many_times_at_once_is_one(town: Town) -> None:
    """Law 10 as a race: an impatient person's ten Enter keys."""
    async with town.bot():
        for _ in range(20):
            await town.move_clock(61)
            replies = await asyncio.gather(*(town.ask("STRIPE_KEY 1h debugging") for _ in range(10)))
            assert sum("Filed" in heard(town, reply) for reply in replies) == 1
            request = await one_request(town)
            assert all(request.id in heard(town, reply) for reply in replies)
            await say(town, f"cancel {request.id}")
        await settled(town)
        assert len(town.slack.messages(town.approvers)) <= 20, "none of what was withdrawn unseen"


async def test_status_tells_what_one_has_with_time_left_and_how_to_go_on(town: Town) -> None:
    async with town.bot():
        card = await town.granted()
        live = id_on(card)
        await say(town, "staging/DB_URL 30m to see the schema")
        waiting = (await one_request(town)).id
        answer = await say(town, "status")
        for words in (
            "Waiting for a decision",
            f"/envaccess cancel {waiting}",
            "Live access",
            "/envaccess show STRIPE_KEY",
            f"/envaccess revoke {live}",
        ):
            assert words in answer
        assert "asked for nothing" in await say(town, "status", town.bob), "only one's own"
        await town.move_clock(3600)
        answer = await say(town, "status")
        assert "Ended lately" in answer
        assert "Live access" not in answer


async def test_cancelling_is_the_requesters_and_only_while_pending(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        request = id_on(message)
        assert "somebody else's request" in await say(town, f"cancel {request}", town.bob)
        assert (await one_request(town)).state is State.PENDING
        assert "Withdrawn" in await say(town, f"cancel {request}")
        assert "was withdrawn" in await say(town, f"cancel {request}")
        await settled(town)
        assert buttons(message) == []
        assert "Withdrawn* by @alice" in town.slack.draw(message)
    tags = await town.tags()
    assert tags.count("request.cancelled") == 1


async def test_the_cards_button_withdraws_as_well(town: Town) -> None:
    async with town.bot():
        await town.filed()
        card = await town.until(lambda: town.alice.find("waits for a decision"))
        await town.alice.press(card, "Cancel request")
        assert (await one_request(town)).state is State.CANCELLED
        await settled(town)
        assert buttons(card) == AGAIN


async def test_showing_what_does_not_exist_says_so_and_suggests(town: Town) -> None:
    async with town.bot():
        answer = await say(town, "show STRIP_KEY")
        assert "There is no variable `STRIP_KEY`" in answer
        assert "Did you mean `STRIPE_KEY`" in answer
        answer = await say(town, "show STRIPE_KEY")
        assert "`/envaccess STRIPE_KEY 1h`" in answer
        assert "@bob or @carol can decide" in answer


async def test_history_is_told_to_approvers(town: Town) -> None:
    async with town.bot():
        assert "first request of this person" in town.slack.draw(await town.filed())
        await say(town, f"cancel {(await one_request(town)).id}")
        await town.filed("staging/DB_URL 30m to see the schema")
        await town.move_clock(61)
        message = await town.filed()
        assert "Asked 2 times in the 30 days before, 1 of them for this" in town.slack.draw(message)


async def test_without_anybody_who_could_decide_nothing_is_filed(town: Town) -> None:
    """Law 9: a channel of guests, bots and the requester decides nothing, so it is refused when asked."""
    guest = town.slack.add_person("guest", is_restricted=True)
    robot = town.slack.add_person("robot", is_bot=True)
    for person in (town.alice, guest, robot):
        town.slack.join(person, town.approvers)
    for person in (town.bob, town.carol):
        town.slack.leave(person, town.approvers)
    async with town.bot():
        answer = await say(town, "STRIPE_KEY 1h debugging a refund")
        assert "nothing was filed" in answer.lower()
        assert await town.requests() == []
        await town.slack.tell(town.slack.join(town.bob, town.approvers))
        answer = await say(town, "STRIPE_KEY 1h debugging a refund")
        assert "@bob" in answer
        assert "@guest" not in answer, "whoever cannot decide is not named as a decider"
        assert "@robot" not in answer


async def test_who_may_not_ask_learns_nothing(town: Town) -> None:
    """Law 4: names of variables are for members; everybody else is refused for every verb."""
    people = (
        (town.slack.add_person("guest", is_restricted=True), "guest"),
        (town.slack.add_person("robot", is_bot=True), "bot"),
        (town.slack.add_person("leaver", deleted=True), "deactivated"),
        (town.slack.add_person("stranger", team_id="T0ELSEWHERE"), "another workspace"),
    )
    async with town.bot():
        for person, words in people:
            for text in ("list", "status", "STRIPE_KEY 1h debugging a refund", "show STRIPE_KEY"):
                reply = await person.command("/envaccess", text, channel=town.general, forged=True)
                assert words in heard(town, reply), (person, text)
                assert "DB_URL" not in heard(town, reply)
    assert "request.created" not in await town.tags()
