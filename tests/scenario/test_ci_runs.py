"""The real command in a pipeline against the real bot, with tokens that are really signed."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from envaccess.yaml_file.file import digest_of
from tests.fakes.token_exchange import giving_tokens
from tests.scenario.ci import GITHUB, STRIPE, SigningGithub, ci_bot
from tests.scenario.command_line import Process, line_with
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says
from tests.scenario.terminal import approve

PRINT = ("--", "sh", "-c", 'test -n "$STRIPE_KEY"')


@dataclass
class Pipeline:
    """A job of GitHub, and the bot that it asks."""

    base: str
    github: SigningGithub
    home: Path

    async def start(self, *arguments: str) -> Process:
        """Start a command of a step."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "PYTHONPATH", "LANG"}}  # noqa: TID251
        ours = {
            "ENVACCESS_URL": self.base,
            "ENVACCESS_IDENTITY": "auto",
            "ENVACCESS_STATE_DIR": str(self.home),
        }
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "envaccess", *arguments),
            env={**kept, **ours, **self.github.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
        )

    async def run(self, *arguments: str) -> tuple[int | None, str, str]:
        """Run it to its end."""
        process = await self.start(*arguments)
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


@contextlib.asynccontextmanager
async def pipeline(harness: ScenarioHarness, automatic: str = "", **claims: Any) -> AsyncIterator[Pipeline]:
    """A bot whose policy knows a machine, and a job that is one by default."""
    async with ci_bot(harness, GITHUB, automatic=automatic) as (base, issuer):
        with giving_tokens(SigningGithub(issuer=issuer, claims=claims)) as github:
            yield Pipeline(base, github, harness.home / "runner")


async def test_a_run_asks_is_approved_in_slack_and_gets_the_value_with_its_mask(
    harness: ScenarioHarness,
) -> None:
    async with pipeline(harness) as job:
        process = await job.start("run", "production/STRIPE_KEY", "15m", "deploy", *PRINT)
        assert "waits for @" in await line_with(process, "waits for")
        await approve(harness)
        _, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        assert f"::add-mask::{harness.values[STRIPE]}" in err.decode()
        assert not job.home.exists()
    tags = await harness.tags()
    assert (tags.count("session.opened"), tags.count("session.ended")) == (1, 1)
    (seen,) = [event.detail for event in await harness.events() if event.event == "value.seen"]
    assert (seen["seer"].rpartition(":")[0], seen["how"]) == ("process:machine", "ci")
    assert not any(harness.values[STRIPE] in str(event) for event in await harness.events())


async def test_a_run_is_approved_automatically_once_and_the_next_run_again(harness: ScenarioHarness) -> None:
    async with pipeline(harness, "automatic: {for: [deploy], max: 15m, times: 1, per: run}") as job:
        words = ("run", "production/STRIPE_KEY", "15m", "deploy", *PRINT)
        code, _, err = await job.run(*words)
        assert code == 0, err
        asked = ("request", "production/STRIPE_KEY", "10m", "deploy", "--no-wait")
        code, out, err = await job.run("run", "--new", *words[1:4], "--wait", "1s", *PRINT)
        assert code == 75, (out, err)
        job.github.claims["run_attempt"] = "2"
        code, out, err = await job.run(*asked)
        assert (code, "is approved" in out) == (0, True), (out, err)


async def test_a_cancelled_job_withdraws_its_request(harness: ScenarioHarness) -> None:
    async with pipeline(harness) as job:
        process = await job.start("run", "production/STRIPE_KEY", "15m", "deploy", *PRINT)
        await line_with(process, "waits for")
        process.terminate()
        _, err = await process.communicate()
        assert (process.returncode, "Withdrawn: request" in err.decode()) == (143, True)
    assert "request.cancelled" in await harness.tags()


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"repository_id": "999"}, "repository_id is 999"),
        ({"ref": "refs/heads/other"}, "ref is refs/heads/other"),
        ({"environment": None}, "environment is missing"),
        ({"runner_environment": "self-hosted"}, "runner_environment is self-hosted"),
    ],
)
async def test_another_run_is_refused_with_what_does_not_fit(
    harness: ScenarioHarness, claims: dict[str, Any], told: str
) -> None:
    async with pipeline(harness, **claims) as job:
        code, out, err = await job.run("run", "production/STRIPE_KEY", "15m", "deploy", *PRINT)
        assert (code, out, told in err) == (77, "", True), err


async def test_a_run_that_nobody_started_files_nothing_that_somebody_would_have_to_approve(
    harness: ScenarioHarness,
) -> None:
    async with pipeline(harness, actor_id="31337") as job:
        code, _, err = await job.run("run", "production/STRIPE_KEY", "15m", "deploy", *PRINT)
        assert (code, "31337" in err) == (77, True), err
    assert "request.created" not in await harness.tags()


async def test_whoami_prints_an_entry_that_makes_the_server_know_the_machine(
    harness: ScenarioHarness,
) -> None:
    async with pipeline(harness, repository_id="999") as job:
        code, entry, err = await job.run("whoami")
        assert (code, "does not take this run's token" in err) == (0, True), err
        policy = yaml.safe_load((harness.home / "policy.yml").read_text())
        printed = yaml.safe_load(entry)
        printed["machines"]["deploy"]["private"] = True
        policy["machines"] = printed["machines"]
        policy["people"] = {"9001": harness.alice.id}
        text = yaml.safe_dump(policy)
        (harness.home / "policy.yml").write_text(text)
        await audit_says(harness, "`policy.loaded`", digest_of(text)[:12])
        code, _, err = await job.run("whoami")
        assert (code, "knows this run as machine:deploy" in err) == (0, True), err
