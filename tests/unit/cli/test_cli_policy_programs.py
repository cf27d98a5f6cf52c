"""`envaccess policy` about machines and agents: which machine a token is, what it lacks, what it gets."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.application.policy_harness import CHANNEL, PolicyHarness
from tests.unit.cli.cli_front import Ended
from tests.unit.cli.test_cli_policy import policy
from tests.unit.domain.claims_made import cluster, github, gitlab

FILE = """version: 1
groups: {team: [S0TEAM], leads: [U0CARLA, U0DANA]}
machines:
  deploy: {issuer: github, repository_id: '456', owner_id: '123', ref: refs/heads/main}
  labs: {issuer: gitlab, project_id: 77, ref: main}
people: {github:9001: U0ALICE}
services:
  api: {base: https://api.example.com, header: X-Key, format: '{value}', variable: p/AGENT, allow: GET /**}
rules:
  - {match: p/AGENT, requesters: [team, agents], approvers: [leads], delivery: [cli, broker]}
  - match: p/*
    requesters: [deploy, labs]
    approvers: [leads]
    delivery: [ci]
    automatic: {for: [deploy, labs], max: 15m, times: 1, per: run}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yml"
    path.write_text(FILE)
    return path


def explained(file: Path, claims: dict[str, Any], *more: str) -> Ended:
    path = file.with_name("claims.json")
    path.write_text(json.dumps(claims))
    return policy("explain", "--claims", path, *more, "--file", file)


def test_a_token_is_told_its_machine_its_run_and_its_person(file: Path) -> None:
    ended = explained(file, github())
    assert (ended.code, ended.err) == (0, "")
    machine, run, actor, shown = ended.out.splitlines()
    assert machine == "machine: deploy, line 4"
    assert run.startswith("run: ")
    assert run.endswith(", by run_id, run_attempt")
    assert actor == "started by: 9001, who is U0ALICE"
    assert "acme/shop, main" in shown
    assert shown.endswith("https://github.com/acme/shop/actions/runs/9000/attempts/1")


def test_what_a_token_lacks_is_told_claim_by_claim_with_a_mend(file: Path) -> None:
    ended = explained(
        file, github(repository_id="457", event_name="pull_request", runner_environment="self-hosted")
    )
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "machine: none has all of these claims; deploy, line 4, comes nearest",
        "  repository_id: it is 457, and must be 456",
        "  event_name: it is pull_request -> where that may start it, write `events: [pull_request]`",
        "  runner_environment: it is self-hosted -> where that may run it, write `runner: self-hosted`",
    ]
    fork = explained(file, gitlab(job_project_id="88"))
    assert "job_project_id: it is 88, and must be the project's own: a fork's merge request" in fork.out
    old = explained(file, gitlab(job_project_id=None))
    assert "job_project_id: it is missing -> GitLab says it from 18.3 on: update it" in old.out
    merging = explained(file, gitlab(pipeline_source="merge_request_event", ref_type="tag"))
    assert "pipeline_source: it is merge_request_event -> where that may start it, write" in merging.out
    assert "`claims: {pipeline_source: [merge_request_event]}`" in merging.out
    assert "ref_type: it is tag -> where that is meant, write `claims: {ref_type: tag}`" in merging.out
    lost = explained(file, github(run_attempt=None))
    assert "run_attempt: it is missing, and what has no run of its own is given nothing" in lost.out


def test_an_issuer_that_no_machine_has_is_told(file: Path) -> None:
    ended = explained(file, cluster())
    assert ended.code == 1
    assert ended.out.startswith(
        "machine: none has the issuer https://k8s.internal; the policy knows https://gitlab"
    )


def test_a_token_is_told_how_its_rules_rule(file: Path) -> None:
    automatic = explained(file, github(), "p/KEY", "10m")
    assert automatic.code == 0
    assert "allowed: at once, nobody need agree" in automatic.out
    assert "limits of p/*: 1 automatic ones in one run" in automatic.out
    asked = explained(file, github(), "p/KEY", "1h")
    assert (asked.code, "allowed: if they agree" in asked.out) == (0, True)
    other = explained(file, github(), "p/AGENT")
    assert (other.code, "refused (not_requester)" in other.out) == (1, True)


def test_a_run_of_somebody_unknown_gets_what_is_automatic_and_nothing_by_button(file: Path) -> None:
    assert "31, who is nobody in `people`" in explained(file, gitlab()).out
    assert explained(file, gitlab(), "p/KEY", "10m").code == 0
    ended = explained(file, gitlab(), "p/KEY", "1h")
    assert (ended.code, "refused (actor_unknown)" in ended.out) == (1, True)


def test_a_machine_and_an_agent_may_be_asked_about_by_name(file: Path) -> None:
    args = ("--file", str(file))
    assert policy("explain", "deploy", "p/KEY", "10m", *args).code == 0
    assert policy("explain", "deploy", "p/AGENT", *args).code == 1
    agent = policy("explain", "U0ALICE", "p/AGENT", "--agent", "--member", "team", *args)
    assert (agent.code, "requesters: team (S0TEAM), agents: yes" in agent.out) == (0, True)
    assert policy("explain", "U0EVE", "p/AGENT", "--agent", "--member", "leads", *args).code == 1
    assert policy("explain", "U0ALICE", "p/KEY", "--agent", "--member", "team", *args).code == 1


def test_slack_is_asked_about_the_person_behind_an_agent_and_about_no_machine(file: Path) -> None:
    harness = PolicyHarness(groups={"S0TEAM": frozenset({"U0ALICE"})}, channels={CHANNEL: frozenset({"U0A"})})
    harness.join("U0ALICE", "U0BOB")
    args = ("p/AGENT", "--file", str(file))
    assert policy("explain", "U0ALICE", *args, "--agent", harness=harness).code == 0
    assert policy("explain", "U0BOB", *args, "--agent", harness=harness).code == 1
    before = harness.asked.total()
    assert policy("explain", "deploy", "p/KEY", "10m", "--file", str(file), harness=harness).code == 0
    assert harness.asked.total() == before


@pytest.mark.parametrize(
    "args",
    [
        ("--claims", "{file}", "A", "1h", "more"),
        ("--claims", "{file}", "--agent"),
        ("U0ALICE",),
        (),
    ],
)
def test_who_asks_is_not_guessed(file: Path, args: tuple[str, ...]) -> None:
    claims = file.with_name("claims.json")
    claims.write_text(json.dumps(github()))
    ended = policy("explain", *(claims if arg == "{file}" else arg for arg in args), "--file", file)
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize(
    "text", ["", "[]", "nothing", '{"iss": "a", "iss": "b"}', '{"a": NaN}', "{" * 70_000]
)
def test_what_holds_no_claims_is_told(file: Path, text: str) -> None:
    path = file.with_name("claims.json")
    path.write_text(text)
    ended = policy("explain", "--claims", path, "--file", file)
    assert ended.code == 2
    assert "holds no claims" in ended.err


def test_a_token_itself_is_refused_and_not_repeated(file: Path) -> None:
    path = file.with_name("claims.json")
    path.write_text("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln")
    ended = policy("explain", "--claims", path, "--file", file)
    assert (ended.code, ended.out) == (2, "")
    assert "holds a token" in ended.err
    assert "c2ln" not in ended.err
    assert policy("explain", "--claims", file.with_name("gone.json"), "--file", file).code == 1


CASES = """- machine: deploy
  ask: p/KEY
  for: 10m
  expect: {automatic: true, machine: deploy, delivery: [ci]}
- agent: U0ALICE
  member: [team]
  ask: p/AGENT
  expect: {allowed: true, delivery: [cli, broker]}
- agent: U0BOB
  ask: p/AGENT
  expect: {refused: not_requester}
- name: main deploys
  claims: {iss: 'https://token.actions.githubusercontent.com', repository_id: 456, repository_owner_id: 123,
           ref: refs/heads/main, event_name: push, runner_environment: github-hosted,
           run_id: 1, run_attempt: 1}
  ask: p/KEY
  for: 10m
  expect: {automatic: true, machine: deploy}
- claims: {iss: 'https://token.actions.githubusercontent.com', repository_id: 456, repository_owner_id: 123,
           ref: refs/heads/main, event_name: push, runner_environment: github-hosted,
           run_id: 1, run_attempt: 1}
  ask: p/KEY
  for: 1h
  expect: {refused: actor_unknown}
- claims: {iss: 'https://token.actions.githubusercontent.com', ref: refs/heads/main}
  ask: p/KEY
  expect: {refused: no_machine}
"""


def test_cases_try_machines_agents_and_tokens(file: Path) -> None:
    file.with_name("policy.test.yml").write_text(CASES)
    ended = policy("test", file)
    assert (ended.code, ended.out, ended.err) == (0, "", "6 cases passed.\n")


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("- {machine: gone, ask: p/KEY, expect: {}}", "machine: expected a machine of the policy, got gone"),
        ("- {machine: deploy, ask: p/KEY, expect: {machine: labs}}", "machine: expected labs, got deploy"),
        ("- {machine: deploy, user: U0A, ask: p/KEY, expect: {}}", "`user` says too who asks"),
        ("- {ask: p/KEY, expect: {}}", "user: it is missing -> say who asks"),
        ("- {claims: [], ask: p/KEY, expect: {}}", "these are no claims"),
    ],
)
def test_a_case_of_a_program_that_does_not_hold_is_told(file: Path, case: str, told: str) -> None:
    file.with_name("policy.test.yml").write_text(f"{case}\n")
    ended = policy("test", file)
    assert ended.code == 1
    assert told in ended.out
