"""A token is a machine's by exact claims alone: what is missing, customised or recycled is nobody's."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.policy.claims import (
    MatchedMachine,
    entry_digest,
    is_as_before,
    issuers_of,
    match_claims,
    person_key,
)
from envaccess.domain.programs import MachineEntry, PipelineRun, Platform
from envaccess.domain.refusal import Refusal
from tests.unit.domain.claims_made import (
    CLUSTER,
    COMMIT,
    DEPLOY,
    GITHUB,
    GITLAB,
    LABS,
    OTHER,
    POD,
    WORKFLOW,
    cluster,
    github,
    gitlab,
    machine,
    matched,
    policy,
    refused,
)

SECRET_LIKE = "ghp_" + "a1B2c3D4e5F6" * 3


def test_a_run_of_github_is_the_machine_that_the_policy_names() -> None:
    found = matched(github(), people={"9001": "U0ALICE"})
    assert (found.machine.name, found.actor_id, found.person) == ("deploy", "9001", "")
    assert matched(github(), DEPLOY, people={"9001": "U0ALICE"}).person == "U0ALICE"
    assert found.pipeline == PipelineRun(
        Platform.GITHUB,
        repository="acme/shop",
        branch="main",
        commit=COMMIT,
        job=".github/workflows/deploy.yml",
        actor="alice",
        link="https://github.com/acme/shop/actions/runs/9000/attempts/1",
    )


def test_a_job_of_gitlab_and_a_pod_are_their_machines() -> None:
    job, pod = matched(gitlab()), matched(cluster())
    assert (job.machine.name, job.actor_id) == ("labs", "31")
    assert job.pipeline.link == "https://gitlab.com/acme/shop/-/jobs/501"
    assert (pod.machine.name, pod.actor_id, pod.person) == ("kube", "", "")
    nameless = matched({**cluster(), "": "9001", "actor_id": "9001"}, POD, people={"9001": "U0ALICE"})
    assert (nameless.actor_id, nameless.person) == ("", "")
    assert (pod.pipeline.repository, pod.pipeline.branch) == ("shop/api", "api-6d4cf56db6-x2v9q")


@pytest.mark.parametrize("name", sorted(github().keys() - {"iss", "jti", "sub", "aud"}))
def test_a_missing_claim_means_no_or_changes_nothing(name: str) -> None:
    needed = {
        "repository_id",
        "repository_owner_id",
        "workflow_ref",
        "ref",
        "event_name",
        "runner_environment",
        "run_id",
        "run_attempt",
    }
    found = match_claims(policy(), GITHUB.url, github(**{name: None}))
    assert isinstance(found, Refusal if name in needed else MatchedMachine)
    if isinstance(found, Refusal):
        assert found.hint == f"{name} is missing"


def test_a_recycled_repository_name_with_another_id_is_nobodys() -> None:
    assert refused(github(repository_id="999")) == "repository_id is 999"
    assert refused(github(repository_owner_id="124")) == "repository_owner_id is 124"


def test_a_customised_subject_opens_and_closes_nothing() -> None:
    assert matched(github(sub="repository_id:456:anything")).machine.name == "deploy"
    assert refused(github(sub="repo:acme/shop:ref:refs/heads/main", repository_id="1", ref="x"))


@pytest.mark.parametrize(
    "owner", ["org-123", "123 ", " 123", "0123", "123.0", "\uff11\uff12\uff13", "123\n", "+123", "1e2"]
)
def test_ids_that_only_look_alike_are_others(owner: str) -> None:
    assert refused(github(repository_owner_id=owner)).startswith("repository_owner_id is")


def test_numbers_and_texts_of_one_id_are_the_same() -> None:
    assert matched(github(repository_id=456, run_id=9000)).run == matched(github()).run
    assert refused(github(repository_id=456.0)) == "repository_id is no whole number"


@pytest.mark.parametrize(
    "value",
    [
        ["456"],
        {"456": "456"},
        [],
        {},
        True,
        456.0,
        10**30,
        -456,
        "",
        None,
        "4" * 5_000,
        "456\u200b",
        "456\x00",
    ],
)
def test_other_kinds_of_claims_are_no_id(value: Any) -> None:
    assert refused(github(repository_id=value)).startswith("repository_id is")


def test_false_is_false_however_it_is_written() -> None:
    assert refused(gitlab(ref_protected="false")) == "ref_protected is false"
    assert refused(gitlab(ref_protected=False)) == "ref_protected is false"
    assert matched(gitlab(ref_protected=True)).machine.name == "labs"
    assert refused(gitlab(ref_protected="True")) == "ref_protected is True"
    assert refused(gitlab(ref_protected=1)) == "ref_protected is 1"


@pytest.mark.parametrize(
    "event", ["pull_request", "pull_request_target", "workflow_run", "issue_comment", "PUSH"]
)
def test_what_strangers_can_start_counts_only_where_it_is_named(event: str) -> None:
    assert refused(github(event_name=event)) == f"event_name is {event}"
    named = machine(GITHUB, repository_id="456", repository_owner_id="123", event_name=event)
    assert matched(github(event_name=event), named).machine is named
    assert refused(github(), named) == "event_name is push"


def test_a_runner_of_their_own_counts_only_where_it_is_named() -> None:
    assert refused(github(runner_environment="self-hosted")) == "runner_environment is self-hosted"
    named = machine(GITHUB, repository_id="456", repository_owner_id="123", runner_environment="self-hosted")
    assert matched(github(runner_environment="self-hosted"), named).machine is named


@pytest.mark.parametrize("lacks", ["repository_id", "repository_owner_id"])
def test_a_machine_of_github_without_both_ids_is_nobody(lacks: str) -> None:
    ids = {"repository_id": "456", "repository_owner_id": "123", "ref": "refs/heads/main"}
    del ids[lacks]
    assert lacks in refused(github(), machine(GITHUB, (), **ids))


@pytest.mark.parametrize(
    "workflow",
    [
        f"{WORKFLOW}@evil.yml@refs/heads/main",
        f"{WORKFLOW}@heads/main",
        f"{WORKFLOW}",
        f"{WORKFLOW}@",
        f"x{WORKFLOW}@refs/heads/main",
        f"{WORKFLOW}x@refs/heads/main",
        WORKFLOW.upper() + "@refs/heads/main",
        f"evil/repo/{WORKFLOW}@refs/heads/main",
    ],
)
def test_a_workflow_that_only_begins_alike_is_another(workflow: str) -> None:
    assert refused(github(workflow_ref=workflow)).startswith("workflow_ref is")


def test_a_workflow_is_meant_at_any_ref_unless_one_is_named() -> None:
    reusable = "acme/ci/.github/workflows/release.yml"
    ids = {"repository_id": "456", "repository_owner_id": "123"}
    whole = machine(GITHUB, (), job_workflow_ref=f"{reusable}@refs/tags/v1", **ids)
    loose = machine(GITHUB, (), job_workflow_ref=reusable, **ids)
    tagged = github(job_workflow_ref=f"{reusable}@refs/tags/v1")
    assert matched(tagged, whole).machine is whole
    assert refused(github(job_workflow_ref=f"{reusable}@refs/tags/v2"), whole).startswith("job_workflow_ref")
    assert matched(tagged, loose).machine is loose
    assert matched(github(job_workflow_ref=f"{reusable}@{COMMIT}"), loose).machine is loose
    assert refused(github(workflow_ref=f"{reusable}@refs/tags/v1"), loose).startswith("job_workflow_ref")


def test_a_forks_merge_request_does_not_wear_its_parents_identity() -> None:
    assert refused(gitlab(project_id="88")) == "project_id is 88, job_project_id is 77"
    assert refused(gitlab(job_project_id="88")) == "job_project_id is 88"
    assert refused(gitlab(job_project_id=None)) == "job_project_id is missing"
    widened = machine(GITLAB, name="labs", project_id="77", job_project_id="88", ref="main")
    assert refused(gitlab(job_project_id="88"), widened) == "job_project_id is 88"
    both = replace(LABS, claims={**LABS.claims, "project_id": ("77", "88")})
    assert refused(gitlab(job_project_id="88"), both) == "job_project_id is 88"
    assert matched(gitlab(project_id="88", job_project_id="88"), both).machine is both


@pytest.mark.parametrize(
    "source",
    ["merge_request_event", "external_pull_request_event", "parent_pipeline", "external", "chat", "", None],
)
def test_what_strangers_can_start_on_gitlab_counts_only_where_it_is_named(source: str | None) -> None:
    """A merge request of `main` into somebody's own branch runs what is merged, and says `ref: main`."""
    claims = gitlab(pipeline_source=source)
    assert refused(claims).startswith("pipeline_source is")
    if source:
        named = machine(GITLAB, project_id="77", ref="main", pipeline_source=source)
        assert matched(claims, named).machine is named
        assert refused(gitlab(), named) == "pipeline_source is push"


@pytest.mark.parametrize("source", ["push", "web", "schedule", "api", "trigger", "pipeline"])
def test_what_starts_pipelines_of_a_branch_itself_counts_on_gitlab(source: str) -> None:
    assert matched(gitlab(pipeline_source=source)).machine is LABS


def test_a_tag_does_not_wear_the_name_of_a_branch() -> None:
    """GitLab says `ref: main` of both, and whoever may not push to the branch may make a tag."""
    tag = gitlab(ref_type="tag")
    assert refused(tag) == "ref_type is tag"
    assert refused(gitlab(ref_type=None)) == "ref_type is missing"
    named = machine(GITLAB, project_id="77", ref="main", ref_type="tag")
    assert matched(tag, named).machine is named
    assert refused(gitlab(), named) == "ref_type is branch"
    anywhere = machine(GITLAB, project_id="77", environment="production")
    assert matched({**tag, "environment": "production"}, anywhere).machine is anywhere


def test_each_run_attempt_and_job_has_a_digest_of_its_own() -> None:
    runs = [
        matched(github(**{name: value})).run
        for name, value in [
            ("jti", "another token"),
            ("run_id", "9001"),
            ("run_attempt", "2"),
            ("check_run_id", "43"),
            ("check_run_id", None),
        ]
    ]
    assert runs[0] == matched(github()).run
    assert len(set(runs)) == len(runs)
    assert matched(gitlab(job_id="502")).run != matched(gitlab()).run
    assert matched(cluster("another pod")).run != matched(cluster()).run
    assert all(len(run) == 16 and set(run) <= set("0123456789abcdef") for run in runs)


def test_a_run_that_somebody_started_again_on_github_says_so_unless_the_policy_knows_better() -> None:
    """Its tokens name whoever started it first, and not who pressed `Re-run`."""
    assert matched(github()).pipeline.restarted == ""
    for attempt in ("2", 3, "01", "first"):
        again = matched(github(run_attempt=attempt))
        assert (again.pipeline.restarted, again.actor_id) == (str(attempt), "9001")
    trusted = replace(DEPLOY, reruns=True)
    assert matched(github(run_attempt="2"), trusted).pipeline.restarted == ""
    assert matched(gitlab()).pipeline.restarted == ""


def test_another_issuers_tokens_say_who_started_a_run_where_the_policy_names_the_claim() -> None:
    issuer = replace(OTHER, actor="ci/started_by")
    one = machine(issuer, run=("job",), sub="x")
    people = {person_key(OTHER.url, "u-7b6e"): "U0ALICE"}
    claims = {"iss": OTHER.url, "sub": "x", "job": "1", "ci": {"started_by": "u-7b6e"}}
    found = matched(claims, one, people=people)
    assert (found.actor_id, found.person, found.pipeline.actor) == ("u-7b6e", "U0ALICE", "u-7b6e")
    for said in ("U-7B6E", ["u-7b6e"], None):
        other = {**claims, "ci": {"started_by": said}}
        assert matched(other, one, people=people).person == "", "nobody, so that nobody approves"


def test_claims_that_run_into_one_another_make_two_runs() -> None:
    assert (
        matched(github(run_id="90", run_attempt="001")).run
        != matched(github(run_id="9000", run_attempt="1")).run
    )
    one = machine(OTHER, run=("a", "b"), sub="x")
    claims = {"iss": OTHER.url, "sub": "x", "a": "1:b", "b": "2"}
    assert matched(claims, one).run != matched({**claims, "a": "1", "b": "b2"}, one).run


def test_without_claims_of_a_run_each_token_is_one_of_its_own() -> None:
    any_run = machine(OTHER, sub="builder")
    claims = {"iss": OTHER.url, "sub": "builder", "jti": "1"}
    assert matched(claims, any_run).run != matched({**claims, "jti": "2"}, any_run).run
    assert matched(claims, any_run).run == matched(claims, any_run).run
    assert refused({"iss": OTHER.url, "sub": "builder"}, any_run) == "jti is missing"


def test_two_platforms_do_not_share_the_numbers_of_their_people() -> None:
    people = {person_key(GITHUB.url, "9001"): "U0ALICE", person_key(GITLAB.url, "9001"): "U0BOB"}
    assert matched(github(), people=people).person == "U0ALICE"
    assert matched(gitlab(user_id="9001"), people=people).person == "U0BOB"
    assert matched(gitlab(user_id="9001"), people={"9001": "U0ALICE"}).person == ""
    assert matched(gitlab(user_id="9001"), LABS, people={"9001": "U0ALICE"}).person == "U0ALICE"


def test_a_token_counts_for_its_own_issuer_only() -> None:
    assert set(issuers_of(policy())) == {GITHUB.url, GITLAB.url, CLUSTER.url}
    assert isinstance(match_claims(policy(), "https://evil.example", github()), Refusal)
    assert isinstance(match_claims(policy(), GITLAB.url, github()), Refusal)
    assert isinstance(match_claims(policy(), GITHUB.url, github(iss=GITLAB.url)), Refusal)
    assert isinstance(match_claims(policy(), GITHUB.url + "/", github()), Refusal)


def test_whoever_is_refused_reads_what_the_nearest_machine_lacks_and_no_secret() -> None:
    far = machine(GITHUB, name="far", repository_id="1", repository_owner_id="2", ref="3", environment="4")
    assert refused(github(ref="refs/heads/other"), far, DEPLOY) == "ref is refs/heads/other"
    assert SECRET_LIKE not in refused(github(ref=SECRET_LIKE))
    assert refused(github(ref="x" * 900)) == f"ref is {'x' * 60}..."
    assert refused(github(ref="refs/\u202eniam\n")) == "ref is refs/niam"
    assert refused({"iss": GITHUB.url}, DEPLOY).endswith("and 3 more")


def test_an_entry_is_another_one_wherever_that_changes_whose_tokens_count() -> None:
    claims = dict(DEPLOY.claims)
    others = [
        replace(DEPLOY, name="other"),
        replace(DEPLOY, claims={**claims, "ref": ("refs/heads/other",)}),
        replace(DEPLOY, claims={**claims, "environment": ("production",)}),
        replace(DEPLOY, claims={name: texts for name, texts in claims.items() if name != "ref"}),
        replace(DEPLOY, claims={**claims, "event_name": ("push",)}),
        replace(DEPLOY, run=("run_id",)),
        replace(DEPLOY, issuer=replace(GITHUB, algorithm="ES256")),
        replace(DEPLOY, issuer=replace(GITHUB, jwks_uri="https://keys.example/set")),
        replace(DEPLOY, issuer=replace(GITHUB, private=True)),
    ]
    assert len({entry_digest(one) for one in [DEPLOY, *others]}) == len(others) + 1
    same = replace(DEPLOY, line=99, claims=dict(reversed(claims.items())))
    assert entry_digest(same) == entry_digest(DEPLOY)


def test_a_session_stands_as_long_as_its_machine_and_its_person_do() -> None:
    entry = MachineEntry(entry_digest(DEPLOY), "9001")
    people = {"9001": "U0ALICE"}
    assert is_as_before(policy(DEPLOY, people=people), "deploy", "U0ALICE", entry)
    assert not is_as_before(policy(DEPLOY, people={"9001": "U0BOB"}), "deploy", "U0ALICE", entry)
    assert not is_as_before(policy(DEPLOY), "deploy", "U0ALICE", entry)
    assert not is_as_before(policy(DEPLOY, people=people), "deploy", "", entry)
    assert not is_as_before(policy(LABS, people=people), "deploy", "U0ALICE", entry)
    assert not is_as_before(policy(), "deploy", "U0ALICE", replace(entry, digest="d" * 32))


def test_a_link_is_made_of_harmless_parts_or_not_at_all() -> None:
    for repository in ("acme/shop?x=", "acme/../../evil", "//evil.example/x", "acme", "acme/shop#x", "a b/c"):
        assert matched(github(repository=repository)).pipeline.link == ""
    for run in ("9000/../..", "nine"):
        assert matched(github(run_id=run)).pipeline.link == ""
    assert matched(gitlab(project_path="acme/sub/shop")).pipeline.link.endswith("/acme/sub/shop/-/jobs/501")
    assert matched(github(sha="not a commit")).pipeline.commit == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://token.actions.githubusercontent.com/acme", "github.com"),
        ("https://token.actions.acme.ghe.com", "acme.ghe.com"),
        ("https://github.acme.com/_services/token", "github.acme.com"),
    ],
)
def test_a_run_is_linked_on_its_own_server(url: str, host: str) -> None:
    issuer = type(GITHUB)(url, Platform.GITHUB)
    ours = machine(issuer, repository_id="456", repository_owner_id="123")
    link = matched(github(iss=url), ours).pipeline.link
    assert link == f"https://{host}/acme/shop/actions/runs/9000/attempts/1"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(github())) | st.text(), JSON))
def test_whatever_a_token_says_is_answered_and_only_the_exact_one_matches(claims: dict[str, Any]) -> None:
    found = match_claims(policy(), GITHUB.url, claims)
    if isinstance(found, MatchedMachine):
        assert str(claims["repository_id"]) == "456"
