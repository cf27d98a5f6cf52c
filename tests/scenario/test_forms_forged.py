"""Law 8: a form proves nothing. Opened by the right person and sent by another, it does nothing."""

from collections.abc import Callable
from typing import Any

from slack_emulator import Modal, Person, Submission
from tests.scenario.policies import card, granted, later, opened, write_policy
from tests.scenario.test_bulk import bulk
from tests.scenario.test_emergency import AT_NIGHT, taken
from tests.scenario.town import Town
from tests.scenario.watch import one_request, refusals, settled

Json = dict[str, Any]


def sent_by(town: Town, person: Person) -> Callable[[Json], Json]:
    """The same payload, as if somebody else had sent it."""
    return lambda payload: payload | {"user": {"id": person.id, "team_id": town.slack.team_id}}


def about(metadata: str) -> Callable[[Json], Json]:
    """The same payload, with this in the view's memory."""
    return lambda payload: payload | {"view": payload["view"] | {"private_metadata": metadata}}


async def forged(town: Town, form: Modal, person: Person, values: Json | None = None) -> str:
    """What the form turns into."""
    sent: Submission = await form.submit(values or {}, change=sent_by(town, person))
    return sent.next.draw() if sent.next else ""


async def test_a_requester_approves_no_less_of_their_own(town: Town) -> None:
    async with town.bot():
        form = await opened(town, town.bob, await town.filed(), "Approve less…")
        assert "cannot decide on your own request" in await forged(
            town, form, town.alice, {"duration": "15m"}
        )
        assert (await one_request(town)).grant is None


async def test_nobody_asks_in_an_approvers_place(town: Town) -> None:
    async with town.bot():
        form = await opened(town, town.bob, await town.filed(), "Ask…")
        assert "does not let you decide" in await forged(town, form, town.dana, {"reason": "who is asking?"})
        assert (await one_request(town)).course.questions == ()


async def test_nobody_answers_in_the_requesters_place(town: Town) -> None:
    async with town.bot():
        asked = await opened(town, town.bob, await town.filed(), "Ask…")
        await asked.submit({"reason": "Which customer is it?"})
        form = await opened(town, town.alice, await card(town, "[ Answer ]"), "Answer")
        assert "somebody else's request" in await forged(town, form, town.bob, {"reason": "all of them"})
        assert (await one_request(town)).course.open_question


async def test_nobody_extends_anybody_elses_access(town: Town) -> None:
    async with town.bot():
        await granted(town)
        await later(town, 46 * 60)
        form = await opened(town, town.alice, await card(town, "[ Extend ]"), "Extend")
        told = await forged(town, form, town.carol, {"duration": "1h", "reason": "for myself"})
        assert "somebody else's request" in told
        assert (await town.tags()).count("request.created") == 1


async def test_nobody_closes_the_review_of_their_own_emergency(town: Town) -> None:
    policy = write_policy(town, AT_NIGHT)
    async with town.bot(policy_file=policy):
        form = await opened(town, town.carol, await taken(town), "Close review")
        assert "Nobody reviews their own" in await forged(town, form, town.alice, {"reason": "all was fine"})
        assert (await one_request(town)).reviewable


async def test_a_bulk_denial_is_its_senders_own(town: Town) -> None:
    """Whoever sends it denies what waits for them, which is nothing."""
    async with town.bot():
        await town.filed()
        await town.filed("staging/DB_URL 1h a slow query")
        await settled(town)
        await later(town, 3700)
        told = await forged(town, await bulk(town), town.alice, {"age": "1h", "reason": "all of them"})
        assert "Nothing that waits for you is so old" in told
        assert "request.denied" not in await town.tags()


async def test_a_form_with_another_requests_id_is_ruled_like_any_other(town: Town) -> None:
    """The id is Bob's to choose, not his right: his own request is not among what he may approve."""
    async with town.bot():
        message = await town.filed()
        await town.ask("staging/DB_URL 1h a slow query", town.bob)
        await settled(town)
        own = (await town.events())[-1].request
        form = await opened(town, town.bob, message, "Approve less…")

        sent = await form.submit({"duration": "15m"}, change=about(own))
        assert "cannot decide on your own request" in (sent.next.draw() if sent.next else "")
        assert (await one_request(town, own)).grant is None
    assert [event.detail["why"] for event in await refusals(town)] == ["self_approval"]


async def test_a_form_without_an_id_does_nothing(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        for metadata in ("", "no id", "7k2m9xq4", "../../etc", "x" * 3_000):
            town.bob.reload()
            form = await opened(town, town.bob, message, "Approve less…")
            sent = await form.submit(change=about(metadata))
            assert "No request has that id" in (sent.next.draw() if sent.next else ""), metadata
        assert (await one_request(town)).grant is None
