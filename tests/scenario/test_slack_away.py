"""The runbook for the day on which Slack is away, typed as it stands; and what may not go wrong then."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from envaccess import wiring
from envaccess.domain.errors import SettingsError
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Locked
from envaccess.domain.refusal import Reason, Refusal
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says
from tests.scenario.processes import ROOT, environment
from tests.scenario.watch import settled

RUNBOOK = ROOT / "docs" / "how-to" / "runbook-slack-away.md"
NOWHERE = "http://127.0.0.1:1/api/"
"""Nothing listens there."""


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


async def typed(harness: ScenarioHarness, folder: Path, line: str) -> tuple[int, str, str]:
    """What a shell on the host makes of this line, with Slack away."""
    path = f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        line,
        cwd=folder,
        env=environment(harness, SLACK_API_URL=NOWHERE, PATH=path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_runbook_works_word_for_word_and_slack_is_told_once_it_is_back(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\nprintf %s "$STRIPE_KEY" > used\n')
    make.chmod(0o700)
    lines = commands()
    assert len(lines) == 7
    for line in lines:
        code, out, err = await typed(harness, tmp_path, line)
        assert code == 0, err
        assert err.startswith(f"Slack does not answer: this is about {harness.slack.team_id}")
        assert not any(value in out + err for value in harness.values.values())
    assert (tmp_path / "used").read_text() == harness.values[STRIPE]
    assert (tmp_path / "db_url").read_text() == harness.values[DB]
    told = [
        event for event in await harness.events() if event.event.startswith(("secret.read", "principal."))
    ]
    assert [event.event for event in told] == [
        *["secret.read"] * 2,
        *["principal.locked"] * 2,
        *["principal.unlocked"] * 2,
    ]
    assert {event.actor.kind for event in told} == {"cli"}
    assert all(event.actor.id and event.detail["reason"] for event in told)
    async with harness.bot():
        await audit_says(harness, "secret.read", "read `STRIPE_KEY` on the host", "payments are down")
        await audit_says(harness, "principal.locked", "laptop stolen")
        await settled(harness)


async def test_a_read_that_cannot_be_written_down_reads_nothing(harness: ScenarioHarness) -> None:
    """Law 2, on a server that takes no more."""
    client: Any = harness.redis
    await client.config_set("maxmemory", 1)
    try:
        code, out, err = await typed(
            harness, harness.home, "envaccess secrets read STRIPE_KEY --why 'incident 42'"
        )
    finally:
        await client.config_set("maxmemory", 0)
    assert (code, out) == (1, "")
    assert "Redis refused" in err


async def test_a_locked_variable_is_not_read_on_the_host_either(harness: ScenarioHarness) -> None:
    async with wiring.host_context(harness.settings()) as operator:
        assert isinstance(
            await operator.locks.lock("a", Target(variable=STRIPE), operator.actor, "leaked"), Locked
        )
        assert isinstance(await operator.values.read_out("b", STRIPE, operator.actor, "incident 42"), Refusal)
    assert "secret.read" not in await harness.tags()


async def test_a_lock_that_comes_while_a_value_is_read_on_the_host_keeps_it_there(
    harness: ScenarioHarness,
) -> None:
    async with wiring.host_context(harness.settings()) as operator:
        assert (
            await operator.values.read_out("a", STRIPE, operator.actor, "incident 42")
            == harness.values[STRIPE]
        )
        assert isinstance(
            await operator.locks.lock("b", Target(variable=STRIPE), operator.actor, "leaked"), Locked
        )
        again = await operator.values.read_out("a", STRIPE, operator.actor, "incident 42")
        assert isinstance(again, Refusal)
        assert (again.reason, again.hint) == (Reason.LOCKED, "leaked")


async def test_slack_says_which_workspace_it_is_where_it_answers(harness: ScenarioHarness) -> None:
    async with wiring.host_context(harness.settings()) as operator:
        assert (operator.workspace, operator.from_store) == (harness.slack.team_id, False)


async def test_without_a_token_the_only_workspace_in_the_store_is_meant(harness: ScenarioHarness) -> None:
    async with wiring.host_context(harness.settings(slack_bot_token=None)) as operator:
        assert (operator.workspace, operator.from_store) == (harness.slack.team_id, True)


async def test_of_several_workspaces_none_is_guessed(harness: ScenarioHarness) -> None:
    """A lock in the wrong one would be no lock at all."""
    await harness.redis.xadd("envaccess:{T0OTHER}:audit", {"event": "bot.started"})
    away = harness.settings(slack_api_url=NOWHERE)
    with pytest.raises(SettingsError, match="name it with --workspace"):
        async with wiring.host_context(away):
            pass
    async with wiring.host_context(away, harness.slack.team_id) as operator:
        assert (operator.workspace, operator.from_store) == (harness.slack.team_id, False)


async def test_a_workspace_that_the_store_does_not_know_is_refused(harness: ScenarioHarness) -> None:
    with pytest.raises(SettingsError, match=f"there is {harness.slack.team_id}"):
        async with wiring.host_context(harness.settings(), "T0TYPO"):
            pass


async def test_in_an_empty_store_nobody_is_told_to_name_a_workspace(harness: ScenarioHarness) -> None:
    await harness.redis.flushall()
    for workspace in ("", "T0ACME123"):
        with pytest.raises(SettingsError, match="look at REDIS_URL or ENVACCESS_HOME"):
            async with wiring.host_context(harness.settings(slack_bot_token=None), workspace):
                pass


async def test_a_lock_on_nobody_is_refused_where_slack_answers(harness: ScenarioHarness) -> None:
    async with wiring.host_context(harness.settings()) as operator:
        assert await operator.knows(harness.bob.id) is True
        assert await operator.knows("U0NOBODY9") is False
    async with wiring.host_context(harness.settings(slack_api_url=NOWHERE)) as operator:
        assert await operator.knows("U0NOBODY9") is None
