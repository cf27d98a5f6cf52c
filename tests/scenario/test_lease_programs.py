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
    user_of,
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


async def test_the_login_of_a_command_ends_with_the_command_and_not_with_what_only_printed_it(
    programs: Programs,
) -> None:
    leased, request = programs.leased, await programs.granted()
    getting = await start(programs.state, "get", "production/DB_URL", "--stdout")
    printed = (await getting.communicate())[0].decode()
    first = await _run(programs, request, "", 3)
    await leased.events("lease.revoked", 1)
    assert (await works(first), await works(printed)) == (False, True), "what was printed is used elsewhere"
    left = await _run(programs, request, "sleep 1000 < /dev/null > /dev/null 2>&1 &", 0)
    assert await works(left), "a process that the command left behind may use it"
    killed = await _killed_run(programs, request)
    assert await works(killed), "nobody said that it is over"
    assert "is ended" in await say(leased.harness, f"revoke {request}", leased.harness.bob)
    await leased.gone(printed, first, left, killed)
    ended = [event.detail for event in await leased.harness.events() if event.event == "lease.ending"]
    assert [(one["lease"], one["why"]) for one in ended] == [(user_of(first), "command")]
    await audit_says(
        leased.harness, "the command of @alice is over, and ends its login for `production/DB_URL`"
    )


async def _run(programs: Programs, request: str, more: str, code: int) -> str:
    """The login of a command that was run and is over."""
    kept = programs.state / f"kept{code}"
    script = f'printf %s "$DB_URL" > {kept}; {more} exit {code}'
    running = await start(programs.state, "run", "--request", request, "--", "sh", "-c", script)
    _, err = await running.communicate()
    assert running.returncode == code, err
    return kept.read_text()


async def _killed_run(programs: Programs, request: str) -> str:
    """The login of a command whose `envaccess` is killed while it runs."""
    kept = programs.state / "killed"
    script = f'printf %s "$DB_URL" > {kept}.new; mv {kept}.new {kept}; sleep 1000'
    running = await start(programs.state, "run", "--request", request, "--", "sh", "-c", script)

    async def runs() -> bool:
        return kept.exists()

    await comes_true(runs)
    running.kill()
    await running.wait()
    return kept.read_text()


async def test_nobody_but_its_holder_ends_a_login_and_whoever_gives_theirs_back_may_have_more(
    programs: Programs,
) -> None:
    request, values = await programs.granted(), []
    for number in range(1, 8):
        answer = await programs.alice.post(f"/v1/grants/{request}/values", key=f"use-{number}")
        told, ends = answer.json, f"/v1/grants/{request}/uses/{answer.json['use']}/end"
        assert told["leased"] == ["production/DB_URL"]
        values.append(values_in(programs.alice, answer, f"use-{number}")["production/DB_URL"])
        if number == 1:
            await _strangers_and_nonsense(programs, request, values[0])
        ended = [await programs.alice.post(ends, key=key) for key in (f"end-{number}", f"end-{number}", "")]
        assert [one.json for one in ended] == [{"ended": 1}, {"ended": 1}, {"ended": 0}], "it is done once"
        await programs.leased.events("lease.revoked", number)
    await programs.leased.gone(*values)


async def _strangers_and_nonsense(programs: Programs, request: str, value: str) -> None:
    async with terminal(programs.leased.harness, programs.alice.base, programs.leased.harness.bob) as bob:
        refused = await bob.post(f"/v1/grants/{request}/uses/1/end")
        assert (refused.status, refused.reason) == (403, "not_yours")
    for use in ("2", "0", "-1", "one", "1.0", "9" * 40):
        answer = await programs.alice.post(f"/v1/grants/{request}/uses/{use}/end")
        assert answer.json.get("ended", 0) == 0, answer.text
    assert (await programs.alice.post("/v1/grants/zzzzzzzz/uses/1/end")).status == 404
    assert await works(value)
