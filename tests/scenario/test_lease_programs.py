"""Logins of a real PostgreSQL for programs: a pipeline's run, a terminal's `get` and `run`, a broker."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from envaccess.client.session_file import SessionFile, StoredSession
from tests.fakes.api import ApiClient
from tests.fakes.http_service import HttpService, http_service
from tests.fakes.issuer import FakeIssuer, serving_issuer
from tests.fakes.postgres import works
from tests.scenario.agents import sign_out
from tests.scenario.brokers import agents_broker
from tests.scenario.command_line import start
from tests.scenario.leased import (
    LeasedWorkspace,
    leased,
    light_logins,
    open_session,
    patient_with_postgres,
)
from tests.scenario.pipeline import job, signed_in
from tests.scenario.policies import audit_says, later, write_policy
from tests.scenario.terminal import api_bot, approve, terminal, values_in
from tests.scenario.watch import comes_true, say

__all__ = ["leased", "light_logins", "patient_with_postgres"]
pytestmark = pytest.mark.usefixtures("quick_codes")
FILING = {"variables": ["production/DB_URL"], "duration": "15m", "reason": "debugging a failed refund"}
POLICY = """
version: 1
machines:
  deploy: {{issuer: '{issuer}', platform: github, private: true, repository_id: '456', owner_id: '123',
            workflow_ref: acme/shop/.github/workflows/deploy.yml, ref: refs/heads/main}}
people: {{'9001': {carol}}}
services:
  shop:
    base: {base}
    header: Authorization
    format: 'Bearer {{value}}'
    variable: production/DB_URL
    allow: ['GET /things/**']
rules:
  - match: '*/*'
    requesters: [anyone, agents, deploy]
    approvers: [{alice}, {bob}, {carol}]
    max: 2h
    delivery: [reveal, cli, ci, broker]
    automatic: {{for: [deploy], max: 15m, times: 1, per: run}}
"""
INSIDE = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'the command'"
CHILD = 'env PGAPPNAME="the command" "$PSQL" "$DB_URL" -qAtc "SELECT pg_sleep(1000)"; exec sleep 1000'


@dataclass
class Programs:
    """Alice's terminal, and whatever else asks the bot."""

    leased: LeasedWorkspace
    alice: ApiClient
    issuer: FakeIssuer
    service: HttpService
    state: Path

    async def granted(self) -> str:
        """Access that Alice asked for at her terminal; its id."""
        asked = await self.alice.post("/v1/requests", FILING)
        await approve(self.leased.harness)

        async def lives() -> bool:
            found = await self.alice.get(f"/v1/requests/{asked.json['id']}")
            return bool(found.json["state"] == "approved")

        await comes_true(lives)
        return str(asked.json["id"])


@pytest.fixture
async def programs(leased: LeasedWorkspace, tmp_path: Path) -> AsyncIterator[Programs]:
    harness, state = leased.harness, tmp_path / "state"
    async with contextlib.AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(serving_issuer())
        service = await stack.enter_async_context(http_service())
        policy = write_policy(harness, POLICY, issuer=issuer.base, base=service.base)
        settings = {**leased.settings(), "policy_file": policy}
        issuer.audience = await stack.enter_async_context(api_bot(harness, **settings))
        await audit_says(harness, "`sources.loaded`")
        alice = await stack.enter_async_context(terminal(harness, issuer.audience))
        session = StoredSession(alice.base, alice.token, alice.key, alice.box, person=harness.alice.id)
        SessionFile(state).save(session)
        yield Programs(leased, alice, issuer, service, state)


async def test_each_program_is_given_a_login_that_ends_with_what_it_was_given_for(
    programs: Programs,
) -> None:
    values = [*await _a_terminal(programs), await _an_agent(programs)]
    values.append(await _a_pipelines_run(programs))
    await programs.leased.gone(*values)


async def _a_pipelines_run(programs: Programs) -> str:
    """It signs in by its token, is approved by the policy, and its login is over with its access."""
    async with aiohttp.ClientSession() as http:
        run = await signed_in(job(programs.issuer.audience, http), programs.issuer)
        filed = await run.post("/v1/requests", FILING)
        answer = await run.post(f"/v1/grants/{filed.json['id']}/values", key="one")
        value = values_in(run, answer, "one")["production/DB_URL"]
        assert 880 < await programs.leased.left(value) < 900
        async with open_session(value):
            await sign_out(run)
            assert await works(value), "what a step was given may be used by the next"
            await later(programs.leased.harness, 15 * 60 + 1)
            await programs.leased.events("lease.revoked", 4)
    return value


async def _a_terminal(programs: Programs) -> list[str]:
    """`get` prints one; `run` gives its command another, which is cut off, and so is the command."""
    leased, harness = programs.leased, programs.leased.harness
    request, psql = await programs.granted(), leased.tenant.server.binaries / "psql"
    getting = await start(programs.state, "get", "production/DB_URL", "--stdout")
    printed, err = await getting.communicate()
    assert getting.returncode == 0, err
    kept = programs.state / "kept"
    script = f'printf %s "$DB_URL" > {kept}; PSQL={psql}; {CHILD}'
    words = ("run", "--request", request, "--grace", "0", "--", "sh", "-c", script)
    running = await start(programs.state, *words)

    async def is_inside() -> bool:
        return bool(await leased.tenant.ask(INSIDE))

    await comes_true(is_inside)
    values = [printed.decode(), kept.read_text()]
    async with open_session(values[0]), open_session(values[1]):
        assert "is ended" in await say(harness, f"revoke {request}", harness.bob)
        _, err = await running.communicate()
        assert running.returncode == 124, err
        await leased.events("lease.revoked", 2)
    assert not await is_inside()
    return values


async def _an_agent(programs: Programs) -> str:
    """Its calls carry one login, which it never sees, and a person ends it."""
    leased, harness = programs.leased, programs.leased.harness
    async with agents_broker(harness, programs.alice, "broker") as broker:
        request = await broker.granted(FILING)
        for number in (1, 2):
            assert (await broker.call("GET", f"/shop/things/{number}")).status == 200
        sent = {received.every("authorization")[0] for received in programs.service.requests}
        (value,) = {text.removeprefix("Bearer ") for text in sent}
        assert value.encode() not in bytes(broker.answered)
        assert await works(value)
        async with open_session(value):
            assert "is ended" in await say(harness, f"revoke {request}", harness.bob)
            await leased.events("lease.revoked", 3)
        assert (await broker.call("GET", "/shop/things/3")).reason == "no_access"
    return value
