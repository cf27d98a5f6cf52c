"""Law 8: a form proves nothing. Opened by the right person and sent by another, it does nothing."""

from collections.abc import Callable
from typing import Any

from slack_emulator import Modal, Submission, User
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import card, granted, later, opened, write_policy
from tests.scenario.test_deny_all import bulk
from tests.scenario.test_emergency import AT_NIGHT, taken
from tests.scenario.watch import one_request, refusals, settled

Json = dict[str, Any]


def sent_by(harness: ScenarioHarness, person: User) -> Callable[[Json], Json]:
    """The same payload, as if somebody else had sent it."""
    return lambda payload: payload | {"user": {"id": person.id, "team_id": harness.slack.team_id}}


def about(metadata: str) -> Callable[[Json], Json]:
    """The same payload, with this in the view's memory."""
    return lambda payload: payload | {"view": payload["view"] | {"private_metadata": metadata}}


async def forged(harness: ScenarioHarness, form: Modal, person: User, values: Json | None = None) -> str:
    """What the form turns into."""
    sent: Submission = await form.submit(values or {}, change=sent_by(harness, person))
    return sent.next.draw() if sent.next else ""


async def test_a_requester_approves_no_less_of_their_own(harness: ScenarioHarness) -> None:
    async with harness.bot():
        form = await opened(harness, harness.bob, await harness.filed(), "Approve less…")
        assert "cannot decide on your own request" in await forged(
            harness, form, harness.alice, {"duration": "15m"}
        )
        assert (await one_request(harness)).grant is None


async def test_nobody_asks_in_an_approvers_place(harness: ScenarioHarness) -> None:
    async with harness.bot():
        form = await opened(harness, harness.bob, await harness.filed(), "Ask…")
        assert "does not let you decide" in await forged(
            harness, form, harness.dana, {"reason": "who is asking?"}
        )
        assert (await one_request(harness)).progress.questions == ()


async def test_nobody_answers_in_the_requesters_place(harness: ScenarioHarness) -> None:
    async with harness.bot():
        asked = await opened(harness, harness.bob, await harness.filed(), "Ask…")
        await asked.submit({"reason": "Which customer is it?"})
        form = await opened(harness, harness.alice, await card(harness, "[ Answer ]"), "Answer")
        assert "somebody else's request" in await forged(
            harness, form, harness.bob, {"reason": "all of them"}
        )
        assert (await one_request(harness)).progress.open_question


async def test_nobody_extends_anybody_elses_access(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        await later(harness, 46 * 60)
        form = await opened(harness, harness.alice, await card(harness, "[ Extend ]"), "Extend")
        told = await forged(harness, form, harness.carol, {"duration": "1h", "reason": "for myself"})
        assert "somebody else's request" in told
        assert (await harness.tags()).count("request.created") == 1


async def test_nobody_closes_the_review_of_their_own_emergency(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        form = await opened(harness, harness.carol, await taken(harness), "Close review")
        assert "Nobody reviews their own" in await forged(
            harness, form, harness.alice, {"reason": "all was fine"}
        )
        assert (await one_request(harness)).reviewable


async def test_a_bulk_denial_is_its_senders_own(harness: ScenarioHarness) -> None:
    """Whoever sends it denies what waits for them, which is nothing."""
    async with harness.bot():
        await harness.filed()
        await harness.filed("staging/DB_URL 1h a slow query")
        await settled(harness)
        await later(harness, 3700)
        told = await forged(
            harness, await bulk(harness), harness.alice, {"age": "1h", "reason": "all of them"}
        )
        assert "Nothing that waits for you is so old" in told
        assert "request.denied" not in await harness.tags()


async def test_a_form_with_another_requests_id_is_ruled_like_any_other(harness: ScenarioHarness) -> None:
    """The id is Bob's to choose, not his right: his own request is not among what he may approve."""
    async with harness.bot():
        message = await harness.filed()
        await harness.ask("staging/DB_URL 1h a slow query", harness.bob)
        await settled(harness)
        own = (await harness.events())[-1].request
        form = await opened(harness, harness.bob, message, "Approve less…")

        sent = await form.submit({"duration": "15m"}, change=about(own))
        assert "cannot decide on your own request" in (sent.next.draw() if sent.next else "")
        assert (await one_request(harness, own)).grant is None
    assert [event.detail["why"] for event in await refusals(harness)] == ["self_approval"]


async def test_a_form_without_an_id_does_nothing(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        for metadata in ("", "no id", "7k2m9xq4", "../../etc", "x" * 3_000):
            harness.bob.reload()
            form = await opened(harness, harness.bob, message, "Approve less…")
            sent = await form.submit(change=about(metadata))
            assert "No request has that id" in (sent.next.draw() if sent.next else ""), metadata
        assert (await one_request(harness)).grant is None
