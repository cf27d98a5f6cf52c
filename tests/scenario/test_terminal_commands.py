"""The real command against the real bot: signed in, asked, waited, approved in Slack, opened, ended."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenario.command_line import line_with, sign_in, start
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.terminal import api_bot, approve


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


async def run(state: Path, *arguments: str) -> tuple[int | None, str, str]:
    """Its exit code and what it printed."""
    process = await start(state, *arguments)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@contextlib.asynccontextmanager
async def signed_in(harness: ScenarioHarness, state: Path) -> AsyncIterator[str]:
    async with api_bot(harness) as base:
        await sign_in(harness, state, base)
        yield base


async def test_a_value_is_asked_for_and_got_in_a_terminal_and_the_session_ended(
    harness: ScenarioHarness, state: Path
) -> None:
    async with signed_in(harness, state) as base:
        code, out, _ = await run(state, "whoami")
        assert (code, out.splitlines()[0]) == (
            0,
            f"@{harness.alice.member.real_name} in Playground ({harness.slack.team_id}), at {base}",
        )
        assert "STRIPE_KEY" in (await run(state, "list"))[1].split()
        process = await start(state, "request", "STRIPE_KEY", "1h", "debugging a failed refund")
        assert "waits for @" in await line_with(process, "waits for")
        await approve(harness)
        told, _ = await process.communicate()
        assert (process.returncode, "is approved, for" in told.decode()) == (0, True)
        code, out, err = await run(state, "get", "STRIPE_KEY", "--stdout")
        assert (code, out, err) == (0, harness.values[STRIPE], "")
        await harness.until(lambda: harness.alice.find("went to the terminal on"))
        used = await run(state, "run", "STRIPE_KEY", "1h", "a refund", "--grace", "0", "--", "true")
        assert used[0] == 0, used[2]
        seen = [event.detail for event in await harness.events() if event.event == "value.seen"]
        assert [(one["seer"], one["how"]) for one in seen] == [
            (f"person:{harness.alice.id}", "terminal"),
            (f"process:{harness.alice.id}", "run"),
        ]
        [request] = json.loads((await run(state, "status", "--json"))[1])["requests"]
        assert (await run(state, "end", request["id"]))[
            1
        ] == f"Ended: the access of request {request['id']}.\n"
        assert (await run(state, "get", "STRIPE_KEY", "--stdout"))[:2] == (77, "")
        assert (await run(state, "logout"))[0] == 0
        assert (await run(state, "whoami"))[0] == 78
    assert "session.ended" in await harness.tags()


async def test_who_signed_in_and_went_for_a_coffee_is_still_signed_in(
    harness: ScenarioHarness, state: Path
) -> None:
    async with signed_in(harness, state):
        await harness.move_clock(600)
        assert (await run(state, "whoami"))[0] == 0


async def test_who_waits_goes_on_waiting_over_a_restart_and_nothing_is_filed_twice(
    harness: ScenarioHarness, state: Path
) -> None:
    async with signed_in(harness, state) as base:
        process = await start(state, "request", "STRIPE_KEY", "1h", "debugging a failed refund")
        await line_with(process, "waits for")
    await line_with(process, "Trying again.")
    async with harness.bot(port=int(base.rpartition(":")[2]), api_url=base):
        await approve(harness)
        _, err = await process.communicate()
    assert (process.returncode, "The server answers again." in err.decode()) == (0, True)
    assert (await harness.tags()).count("request.created") == 1


async def test_a_refusal_is_slack_s_sentence_at_the_terminal(harness: ScenarioHarness, state: Path) -> None:
    async with signed_in(harness, state):
        code, out, err = await run(state, "request", "NOT_THERE", "1h", "debugging a failed refund")
        assert (code, out) == (77, "")
        assert "NOT_THERE" in err
        assert (await run(state, "request", "STRIPE_KEY", "1h", "x"))[0] == 78
        assert (await run(state, "status", "zzzzzzzz"))[0] == 77
