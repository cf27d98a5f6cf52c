"""A policy that says something else of a machine than when a run signed in: its token is looked at again.

A token may last for a day: whoever found that an entry is too wide, and narrows it, need not wait for that.
"""

import pytest

from envaccess.application import file_watch
from envaccess.yaml_file.file import digest_of
from tests.fakes.api import ApiClient, ApiReply
from tests.fakes.issuer import FakeIssuer
from tests.scenario.harness import DB, ScenarioHarness
from tests.scenario.pipeline import FILING, POLICY, another, exchange, pipelines, signed_in
from tests.scenario.policies import audit_says, pressed, write_policy
from tests.scenario.terminal import approve, values_in

SMOKE = {**FILING, "variables": ["staging/DB_URL"]}
DEPLOY = "workflow_ref: acme/shop/.github/workflows/deploy.yml"


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the file comes all the time instead of each five seconds."""
    monkeypatch.setattr(file_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(file_watch, "SETTLE_SECONDS", 0.02)


async def reloaded(harness: ScenarioHarness, issuer: FakeIssuer, before: str, after: str) -> None:
    """The policy file says this in the place of that, and is taken."""
    assert before in POLICY
    file = write_policy(harness, POLICY.replace(before, after), issuer=issuer.base)
    await audit_says(harness, "`policy.loaded`", digest_of(file.read_text())[:12])


async def each_call(run: ApiClient, request: str) -> list[ApiReply]:
    """Everything that a session is good for."""
    return [
        await run.get("/v1/whoami"),
        await run.get("/v1/variables"),
        await run.get(f"/v1/requests/{request}"),
        await run.post("/v1/requests", {**FILING, "duration": "5m"}),
        await run.post("/v1/requests", SMOKE),
        await run.post(f"/v1/grants/{request}/values"),
    ]


async def test_who_is_not_the_machine_any_more_files_and_gets_nothing_by_a_session_that_was_open(
    harness: ScenarioHarness,
) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer)
        filed = (await run.post("/v1/requests", FILING)).json["id"]
        await approve(harness)
        await reloaded(harness, issuer, "repository_id: '456'", "repository_id: '457'")
        for answer in await each_call(run, filed):
            assert (answer.status, answer.reason) == (403, "machine_changed"), answer.text
        again = await exchange(run, issuer.token(issuer.github()))
        assert (again.status, again.reason) == (403, "no_machine")
    tags = await harness.tags()
    assert "grant.revealed" not in tags
    assert tags.count("request.created") == 1


async def test_who_still_is_the_machine_shows_the_token_again_and_goes_on(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (issuer, run):
        token = issuer.token(issuer.github())
        assert (await exchange(run, token)).status == 201
        filed = (await run.post("/v1/requests", SMOKE)).json["id"]
        await reloaded(harness, issuer, DEPLOY, f"{DEPLOY}, environment: production")
        assert (await run.get("/v1/whoami")).reason == "machine_changed"
        assert (await exchange(run, token)).status == 201, "the same key may bring it again"
        used = await run.post(f"/v1/grants/{filed}/values", key="use-1")
        assert values_in(run, used, "use-1") == {str(DB): harness.values[DB]}


async def test_a_change_that_is_not_about_the_machine_leaves_its_sessions_alone(
    harness: ScenarioHarness,
) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer)
        await reloaded(harness, issuer, "max: 15m", "max: 10m")
        assert (await run.get("/v1/whoami")).status == 200
        await reloaded(harness, issuer, "@refs/tags/v1", "@refs/tags/v2")
        assert (await run.get("/v1/whoami")).status == 200


async def test_who_is_found_to_have_started_a_run_cannot_approve_what_it_asks_from_then_on(
    harness: ScenarioHarness,
) -> None:
    async with pipelines(harness) as (issuer, run):
        token = issuer.token(issuer.github())
        await exchange(run, token)
        await reloaded(harness, issuer, "'9001': {carol}", "'9001': {bob}")
        assert (await run.post("/v1/requests", FILING)).reason == "machine_changed"
        assert (await exchange(run, token)).status == 201
        filed = await run.post("/v1/requests", FILING)
        assert [person["id"] for person in filed.json["waiting_for"]] == [harness.carol.id]
        message = await harness.until(lambda: harness.carol.find("[ Approve ]"))
        assert "your own" in await pressed(harness, harness.bob, message, "Approve")
        stranger = another(run)
        assert (await exchange(stranger, token)).reason == "token_used"
