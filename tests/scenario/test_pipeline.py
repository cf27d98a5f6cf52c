"""A pipeline signs in with its platform's token, asks, and gets a value: with real keys, over real HTTP.

The issuer is `tests/fakes/issuer.py`: real signatures, and claims as GitHub, GitLab and Kubernetes make them.
"""

import asyncio
import subprocess
import sys
from collections import Counter
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from envaccess.crypto.job_keys import sign_job
from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind, make_token, token_kind
from envaccess.http import jwks
from envaccess.http.api.authentication import FAILURES_PER_MINUTE
from tests.fakes.issuer import FakeIssuer, serving_issuer
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.pipeline import FILING, OTHERS, another, exchange, job, last_refusal, pipelines, signed_in
from tests.scenario.policies import pressed, write_policy
from tests.scenario.terminal import api_bot, approve, unsigned, values_in
from tests.scenario.test_http_mode import free_port
from tests.scenario.watch import everything_stored


async def test_a_pipeline_asks_with_its_token_bob_approves_and_its_key_alone_opens_the_value(
    harness: ScenarioHarness, capfd: pytest.CaptureFixture[str]
) -> None:
    async with pipelines(harness) as (issuer, run):
        token = issuer.token(issuer.github())
        answer = await exchange(run, token)
        assert answer.json["token_type"] == "DPoP"
        assert 290 <= answer.json["session"]["ends_in"] <= 300, "no longer than the token"
        assert token_kind(run.token) is TokenKind.MACHINE
        whoami = (await run.get("/v1/whoami")).json
        assert (whoami["kind"], whoami["person"]) == ("machine", harness.carol.id)
        filed = await run.post("/v1/requests", FILING)
        assert filed.status == 201, filed.text
        assert [person["id"] for person in filed.json["waiting_for"]] == [harness.bob.id], "Carol has pressed"
        message = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        assert "acme/shop" in harness.slack.draw(message)
        assert "your own" in await pressed(harness, harness.carol, message, "Approve")
        await approve(harness)
        used = await run.post(f"/v1/grants/{filed.json['id']}/values", key="use-1")
        assert values_in(run, used, "use-1") == {str(STRIPE): harness.values[STRIPE]}
    revealed = next(event for event in await harness.events() if event.event == "grant.revealed")
    assert (str(revealed.actor), revealed.detail["how"]) == ("machine:deploy", "ci")
    told = "".join(capfd.readouterr()) + str(await everything_stored(harness))
    assert not any(part in told for part in (*token.split("."), run.token, harness.values[STRIPE]))


async def test_one_request_a_run_attempt_and_job(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer)
        first = (await run.post("/v1/requests", FILING)).json["id"]
        same = another(run)  # a second step of the same job has a token, and keys, of its own
        await signed_in(same, issuer)
        assert (await same.post("/v1/requests", FILING)).json["id"] == first
        for other in ({"run_id": "77002"}, {"check_run_id": "55100200301"}):
            job = another(run)
            await signed_in(job, issuer, **other)
            assert (await job.get(f"/v1/requests/{first}")).reason == "not_yours"
            assert (await job.post("/v1/requests", FILING)).json["id"] != first


async def test_a_run_that_is_started_again_is_another_which_nobody_approves_as_nobody_knows_who_did(
    harness: ScenarioHarness,
) -> None:
    """Law 3: GitHub's token of a second attempt names who started the first; Bob may have pressed."""
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer)
        first = (await run.post("/v1/requests", FILING)).json["id"]
        again = await signed_in(another(run), issuer, run_attempt="2")
        assert (await again.get(f"/v1/requests/{first}")).reason == "not_yours"
        filed = await again.post("/v1/requests", FILING)
        assert (filed.status, filed.reason) == (403, "run_restarted")
        assert "attempt 2" in filed.json["detail"]
        smoke = {**FILING, "variables": ["staging/DB_URL"]}
        assert (await again.post("/v1/requests", smoke)).json["grant"]["state"] == "active", "nobody is asked"
    assert (await last_refusal(harness, "run_restarted")).actor.id == "deploy"


async def test_what_a_rule_lets_through_alone_is_so_once_a_run_and_needs_nobody_behind(
    harness: ScenarioHarness,
) -> None:
    smoke = {**FILING, "variables": ["staging/DB_URL"]}
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer, actor="ghost", actor_id="1")
        filed = (await run.post("/v1/requests", smoke)).json
        assert filed["grant"]["state"] == "active"
        used = await run.post(f"/v1/grants/{filed['id']}/values", key="use-1")
        assert values_in(run, used, "use-1") == {str(DB): harness.values[DB]}
        await run.post(f"/v1/grants/{filed['id']}/end")
        again = await run.post("/v1/requests", smoke)
        assert (again.status, again.reason) == (403, "actor_unknown")
        await signed_in(another(run), issuer, actor_id="1", run_id="77002")


async def test_nobody_approves_for_a_run_of_whom_nobody_knows(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer, actor="ghost", actor_id="4242")
        whoami = (await run.get("/v1/whoami")).json
        assert (whoami["person"], whoami["name"]) == ("", "deploy")
        filed = await run.post("/v1/requests", FILING)
        assert (filed.status, filed.reason) == (403, "actor_unknown")
        assert "ghost (4242)" in filed.json["detail"], "so that it can be added to `people`"
    assert (await last_refusal(harness, "actor_unknown")).actor.id == "deploy"


async def test_a_machine_sets_no_value_and_sees_the_names_that_are_its_own(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer, repository_id="789", repository="acme/other", **RELEASE)
        listed = (await run.get("/v1/variables")).json
        assert [variable["name"] for variable in listed["variables"]] == ["STRIPE_KEY"]
        path = "/v1/variables/default/STRIPE_KEY"
        headers = {**run.headers("PUT", path), "Idempotency-Key": "set-1"}
        answer = await run.send("PUT", f"{path}?replace=true", headers, json={"value": "A" * 80})
        assert (answer.status, answer.reason) == (403, "persons_only")


RELEASE = {
    "workflow_ref": "acme/other/.github/workflows/main.yml@refs/heads/main",
    "job_workflow_ref": "acme/ci/.github/workflows/release.yml@refs/tags/v1",
}
"""A workflow of another repository that calls a shared one."""
NOT_OURS: dict[str, dict[str, Any]] = {
    "a fork's pull request": {"event_name": "pull_request", "ref": "refs/pull/7/merge", "head_ref": "patch"},
    "pull_request_target": {"event_name": "pull_request_target"},
    "another workflow's end": {"event_name": "workflow_run"},
    "a fork": {"repository_id": "999", "repository": "mallory/shop"},
    "a recycled name": {"repository_id": "1000"},
    "a recycled owner": {"repository_owner_id": "1000"},
    "another workflow": {"workflow_ref": "acme/shop/.github/workflows/evil.yml@refs/heads/main"},
    "a longer name": {"workflow_ref": "acme/shop/.github/workflows/deploy.yml.evil@refs/heads/main"},
    "another branch": {"ref": "refs/heads/feature"},
    "a tag of that name": {"ref": "refs/tags/main"},
    "a self-hosted runner": {"runner_environment": "self-hosted"},
    "a missing claim": {"ref": None},
    "a missing id": {"repository_id": None},
    "an id as a list": {"repository_id": ["456"]},
}
NOT_OURS_ON_GITLAB: list[dict[str, Any]] = [
    {"ref_protected": "false"},
    {"ref_type": "tag", "ref_path": "refs/tags/main"},
    {"pipeline_source": "merge_request_event"},
    {"pipeline_source": "parent_pipeline"},
]
"""An unprotected branch, a tag of its name, a merge request of it, and a child of such a pipeline."""


@pytest.mark.parametrize("claims", NOT_OURS.values(), ids=NOT_OURS.keys())
async def test_a_signed_token_of_somebody_else_opens_nothing_and_is_told(
    harness: ScenarioHarness, claims: dict[str, Any]
) -> None:
    async with pipelines(harness) as (issuer, run):
        answer = await exchange(run, issuer.token(issuer.github(**claims)))
        assert (answer.status, answer.reason) == (403, "no_machine"), answer.text
        wrong = next(iter(claims))
        assert wrong in answer.json["detail"]
        refused = await last_refusal(harness, "no_machine")
        assert (refused.detail["tried"], refused.detail["issuer"]) == ("token", issuer.base)
        assert refused.detail["repository"] == claims.get("repository", "acme/shop")
        assert wrong in refused.detail["unmatched"]
    assert "session.opened" not in await harness.tags()


async def test_a_reusable_workflow_is_known_by_itself_and_a_renamed_repository_by_its_number(
    harness: ScenarioHarness,
) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer, repository_id="789", repository="acme/renamed", **RELEASE)
        assert (await run.get("/v1/whoami")).json["principal"].startswith("machine:release")
        moved = {**RELEASE, "job_workflow_ref": "acme/ci/.github/workflows/release.yml@refs/tags/v2"}
        other = await exchange(another(run), issuer.token(issuer.github(repository_id="789", **moved)))
        assert other.reason == "no_machine"


async def test_ten_processes_with_one_token_are_one_session(harness: ScenarioHarness) -> None:
    """Whoever reads the token from a log comes second; the first may lose an answer and ask again."""
    async with pipelines(harness) as (issuer, run):
        await unsigned(run, "POST", "/v1/token", {})  # for the nonce
        token = issuer.token(issuer.github())
        jobs = [another(run) for _ in range(10)]
        answers = await asyncio.gather(*(exchange(one, token) for one in jobs))
        assert Counter(answer.status for answer in answers) == {201: 1, 403: 9}
        assert {answer.reason for answer in answers if answer.status == 403} == {"token_used"}
        first = next(one for one in jobs if one.token)
        before = first.token
        again = await exchange(first, token)
        assert again.status == 201
        assert (await first.get("/v1/whoami")).status == 200
        first.token = before
        assert (await first.get("/v1/whoami")).status == 401, "the new token is in the place of the last"
    assert (await last_refusal(harness, "token_used")).actor.id == "deploy"


async def test_while_the_issuer_is_away_known_keys_count_and_new_ones_are_told_to_wait(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pipelines(harness) as (issuer, run):
        issuer.fault = lambda: web.Response(status=503)
        away = await exchange(run, issuer.token(issuer.github()))
        assert (away.status, away.reason, away.json["retry_in"]) == (503, "issuer_away", 60)
        issuer.fault = None
        monkeypatch.setattr(jwks, "EVERY", 0.0)
        await signed_in(run, issuer)
        issuer.fault = lambda: web.Response(status=503)
        await signed_in(another(run), issuer)
        issuer.rotate()
        new = await exchange(another(run), issuer.token(issuer.github()))
        assert (new.status, new.reason) == (503, "token_key_unknown")
        issuer.fault = None
        await signed_in(another(run), issuer)


async def test_a_flood_of_unknown_keys_asks_the_issuer_once_and_costs_its_own_address_alone(
    harness: ScenarioHarness,
) -> None:
    async with pipelines(harness, trusted_proxies="127.0.0.1") as (issuer, run):
        await unsigned(run, "POST", "/v1/token", {})
        tokens = [issuer.token(issuer.github(), issuer.header(kid=f"made-up-{n}")) for n in range(100)]
        answers = [await exchange(another(run), token) for token in tokens]
        found = Counter((answer.status, answer.reason) for answer in answers)
        assert found[503, "token_key_unknown"] <= FAILURES_PER_MINUTE
        assert found[429, "too_many_failures"] == 100 - found[503, "token_key_unknown"]
        assert issuer.asked == ["/.well-known/jwks"]


async def test_gitlab_and_kubernetes_sign_in_too(harness: ScenarioHarness) -> None:
    cluster = FakeIssuer(base="https://k8s.internal")
    keys = harness.home / "k8s.json"
    keys.parent.mkdir(parents=True, exist_ok=True)
    keys.write_text(cluster.jwks)
    async with serving_issuer() as issuer:
        policy = write_policy(harness, OTHERS, issuer=issuer.base, keys=str(keys))
        async with api_bot(harness, policy_file=policy) as base, aiohttp.ClientSession() as http:
            issuer.audience = cluster.audience = base
            for made in (issuer.token(issuer.gitlab()), cluster.token(cluster.kubernetes())):
                run = job(base, http)
                assert (await exchange(run, made)).status == 201
                filed = (await run.post("/v1/requests", FILING)).json
                used = await run.post(f"/v1/grants/{filed['id']}/values", key="use-1")
                assert values_in(run, used, "use-1") == {str(STRIPE): harness.values[STRIPE]}
            fork = issuer.token(issuer.gitlab(project_id="20", job_project_id="666"))
            assert (await exchange(job(base, http), fork)).reason == "no_machine"
            for claims in NOT_OURS_ON_GITLAB:
                answer = await exchange(job(base, http), issuer.token(issuer.gitlab(**claims)))
                assert answer.reason == "no_machine", claims
            assert issuer.asked == ["/oauth/discovery/keys"]
            cluster.rotate()
            keys.write_text(cluster.jwks)
            rotated = cluster.token(cluster.kubernetes(pod="another"))
            assert (await exchange(job(base, http), rotated)).status == 201


async def test_a_second_process_of_a_job_signs_in_by_the_job_s_key_and_a_thief_of_its_token_does_not(
    harness: ScenarioHarness,
) -> None:
    """GitLab gives a job one token; a pod has the same for hours, and a container may restart in it."""
    async with pipelines(harness) as (issuer, run):
        token, key = issuer.token(issuer.github()), ProofKey.generate()
        assert (await exchange(run, token, key)).status == 201
        filed = (await run.post("/v1/requests", FILING)).json["id"]
        second = another(run)
        assert (await exchange(second, token, key)).status == 201
        assert (await second.post("/v1/requests", FILING)).json["id"] == filed, "it is the same run"
        assert (await run.get("/v1/whoami")).status == 200, "the first one's session goes on"
        assert (await exchange(another(run), token)).reason == "token_used"
        assert (await exchange(another(run), token, ProofKey.generate())).reason == "token_used"
        thief = another(run)
        stolen = {
            "job_key": key.public,
            "job_signature": sign_job(key, token, run.key.public, run.box.public),
        }
        answer = await exchange(thief, token, members=stolen)
        assert (answer.status, answer.reason) == (409, "bad_proof"), "a signature is for one process's keys"
        alone = await exchange(thief, token, members={"job_key": key.public})
        assert (alone.status, alone.reason) == (422, "input_invalid")


async def test_a_person_who_left_lends_their_name_to_no_run(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (issuer, run):
        await harness.slack.tell(harness.slack.change(harness.carol, deleted=True))
        answer = await exchange(run, issuer.token(issuer.github()))
        assert (answer.status, answer.reason) == (403, "deactivated")
        refused = await last_refusal(harness, "deactivated")
        assert (refused.actor.id, refused.detail["repository"]) == ("deploy", "acme/shop")


async def test_a_token_of_a_session_is_no_token_of_a_pipeline(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (_, run):
        for kind in TokenKind:
            assert (await exchange(another(run), make_token(kind))).reason == "token_invalid"


def test_a_process_that_is_sent_no_token_loads_nothing_for_them() -> None:
    """PyJWT takes a while to load, and most of those who serve have no pipelines."""
    code = "import sys, envaccess.wiring.service; assert 'jwt' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # noqa: S603 - our own code


async def test_without_its_setting_there_is_nothing_to_sign_in_to(harness: ScenarioHarness) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/v1/token"
    async with harness.bot(port=port), aiohttp.ClientSession() as http, http.post(address, json={}) as answer:
        assert answer.status == 404
