"""Socket Mode on a bad day: connections that go, and come again by themselves."""

import asyncio

import pytest

from envaccess.slack import socket
from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import readiness, serving, told
from tests.scenario.slack_failures import switch_on
from tests.scenario.watch import heard, settled

READY: tuple[int, list[str]] = (200, [])


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between tries to connect, ten times shorter."""
    monkeypatch.setattr(socket, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(socket, "LONGEST_WAIT", 0.5)


async def works(harness: ScenarioHarness) -> None:
    """Both connections are there, and a command is answered."""
    await harness.slack.connected(2)
    assert "envaccess" in heard(harness, await harness.ask("help"))


async def test_sockets_cut_without_a_word_are_replaced(harness: ScenarioHarness) -> None:
    async with serving(harness) as log:
        for _ in range(3):
            harness.slack.drop_sockets()
            await works(harness)
        assert await readiness(log) == READY


async def test_a_payload_that_met_a_dying_socket_is_done_once_when_slack_repeats_it(
    harness: ScenarioHarness,
) -> None:
    """Law 10: Slack repeats what was not acknowledged, in the same envelope, on another connection."""
    async with serving(harness):
        gate = harness.slack.faults.hang("users.info")
        asking = asyncio.create_task(harness.ask("STRIPE_KEY 1h debugging a failed refund"))
        await harness.until(lambda: gate.waiting)
        harness.slack.drop_sockets()
        reply = await asking
        assert reply.error is not None
        gate.release()
        await harness.slack.connected(2)
        again = await harness.slack.repeat(reply.delivery)
        assert again.acked
        await settled(harness)
        assert (await harness.tags()).count("request.created") == 1
        assert len(harness.slack.messages(harness.approvers)) == 1


async def test_no_command_is_lost_while_slack_refreshes_the_connections(harness: ScenarioHarness) -> None:
    """Slack does so every few hours; the old connection is read on until the new one is there."""
    people = [harness.slack.add_person(f"p{number}") for number in range(3)]
    harness.general.members.extend(person.id for person in people)
    async with serving(harness):
        for person in people:
            await harness.slack.refresh_sockets()
            await harness.slack.connected(1)
            assert heard(harness, await harness.ask("help", person))
        await works(harness)


async def test_readiness_tells_of_lost_sockets_and_of_their_return(harness: ScenarioHarness) -> None:
    """A host that restarts us would not help; one that watches must know that nothing comes in."""
    async with serving(harness) as log:
        assert await readiness(log) == READY
        fault = harness.slack.faults.answer("apps.connections.open", "internal_error")
        harness.slack.drop_sockets()
        await harness.until(lambda: told(log, "socket_mode_not_connected") or None)
        assert await readiness(log) == (503, ["intake"])
        fault.stop()
        await works(harness)
        assert await readiness(log) == READY


@pytest.mark.parametrize("method", ["apps.connections.open", "socket"])
@pytest.mark.parametrize("fault", ["500", "429", "dropped", "hanging"])
async def test_a_slack_that_hands_out_no_connection_for_a_while_is_asked_again(
    harness: ScenarioHarness, method: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "_CONNECT_SECONDS", 0.2)
    async with serving(harness):
        switch_on(harness, method, fault, times=3)
        harness.slack.drop_sockets()
        await works(harness)


async def test_a_token_revoked_while_we_serve_fails_readiness_and_does_not_end_the_process(
    harness: ScenarioHarness,
) -> None:
    """What is granted still ends by its TTL, and is written down; a restart would not mend the token."""
    async with serving(harness) as log:
        fault = harness.slack.faults.answer("apps.connections.open", "invalid_auth")
        harness.slack.drop_sockets()
        await harness.until(lambda: told(log, "socket_mode_not_connected") or None)
        assert await readiness(log) == (503, ["intake"])
        fault.stop()
        await works(harness)
