"""`examples/ci` does what it says: each platform's steps install the command, ask, and get the value."""

from pathlib import Path

import pytest
import yaml

from envaccess.client.pipeline import KUBERNETES_FILE
from tests.fakes.issuer import FakeIssuer
from tests.fakes.token_exchange import giving_tokens
from tests.scenario.checkout import ROOT, Checkout, make_checkout, missing_from_lock
from tests.scenario.ci import DATABASE, GITHUB, GITLAB, KUBERNETES, STRIPE, SigningGithub, approved, ci_bot
from tests.scenario.ci_jobs import EXAMPLES, GithubJob, GitlabJob, Pod
from tests.scenario.harness import ScenarioHarness

FILES = sorted((ROOT / EXAMPLES).rglob("*.yml"))
BUILDER = "hatchling"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    if BUILDER in missing_from_lock():
        pytest.skip(f"{BUILDER} is not installed here, so that nothing can be built as the examples build it")
    return make_checkout(tmp_path_factory.mktemp("checkout"))


async def test_a_job_of_github_installs_the_action_s_own_commit_and_runs_with_a_masked_value(
    harness: ScenarioHarness, checkout: Checkout, tmp_path: Path
) -> None:
    async with ci_bot(harness, GITHUB) as (base, issuer):
        with giving_tokens(SigningGithub(issuer=issuer)) as github:
            given = {"GITHUB_ACTION_PATH": str(checkout.folder / EXAMPLES / "github"), "RUNNER_TEMP":
                     str(harness.home), "GITHUB_RUN_NUMBER": "42", **github.environment}  # fmt: skip
            job = GithubJob(tmp_path / "job", checkout, given)
            steps = job.example("github/deploy.yml")["jobs"]["deploy"]["steps"]
            await job.use_action(**{**steps[1]["with"], "url": base})
            assert job.environment["ENVACCESS_URL"] == base
            said = await approved(harness, job.step(steps[2]["run"]))
    value = harness.values[STRIPE]
    assert job.given == value
    assert f"::add-mask::{value}" in said
    assert said.count(value) == 1


async def test_a_job_of_gitlab_installs_the_commit_that_it_names_and_its_one_token_is_good_for_two_commands(
    harness: ScenarioHarness, checkout: Checkout, tmp_path: Path
) -> None:
    async with ci_bot(harness, GITLAB, people="'1': {alice}") as (base, issuer):
        token = issuer.token(issuer.gitlab(runner_environment="gitlab-hosted"))
        given = {"ENVACCESS_URL": base, "ENVACCESS_REPOSITORY": str(checkout.folder), "ENVACCESS_COMMIT":
                 checkout.commit, "ENVACCESS_ID_TOKEN": token, "CI_PIPELINE_IID": "42"}  # fmt: skip
        job = GitlabJob(tmp_path / "job", checkout, given)
        template = job.example("gitlab/template.yml")[".envaccess"]
        assert template["id_tokens"] == {"ENVACCESS_ID_TOKEN": {"aud": "$ENVACCESS_URL"}}
        script = [*_script_in_comment(job), "mv $OUT $OUT.first", *_script_in_comment(job)]
        said = await approved(harness, job.run_script(template, script))
    assert job.given == (job.folder / "out.first").read_text() == harness.values[STRIPE]
    assert job.given not in said


def _script_in_comment(job: GitlabJob) -> list[str]:
    """The job that the template's comment shows."""
    text = (job.checkout.folder / EXAMPLES / "gitlab/template.yml").read_text()
    shown = [line[4:] for line in text.splitlines() if line.startswith("#   ")]
    found: list[str] = yaml.safe_load("\n".join(shown))["deploy"]["script"]
    return found


async def test_a_commit_that_is_a_branch_s_name_installs_nothing(checkout: Checkout, tmp_path: Path) -> None:
    given = {"ENVACCESS_REPOSITORY": str(checkout.folder), "ENVACCESS_COMMIT": "HEAD"}
    job = GitlabJob(tmp_path / "job", checkout, given)
    template = job.example("gitlab/template.yml")[".envaccess"]
    lines = "\n".join(template["before_script"])
    code, said = await job.run(("bash", "-eo", "pipefail", "-c", f"{lines}\necho installed"))
    assert (code != 0, "installed" in said) == (True, False)


async def test_jobs_of_kubernetes_get_the_command_by_an_init_container_or_in_the_image_and_run(
    harness: ScenarioHarness, checkout: Checkout, tmp_path: Path
) -> None:
    async with ci_bot(harness, KUBERNETES, automatic="automatic: {for: [deploy], max: 1h}") as (base, issuer):
        given = {"ENVACCESS_URL": base, "REPOSITORY": str(checkout.folder), "COMMIT": checkout.commit}
        pod = Pod(tmp_path / "pod", checkout, given)
        spec = pod.example("kubernetes/init-container.yml")["spec"]["template"]["spec"]
        [before], [container] = spec["initContainers"], spec["containers"]
        assert [mount["name"] for mount in before["volumeMounts"]] == ["command"]
        await pod.run_container(before)
        await _runs(pod, container, issuer, harness.values[DATABASE])
        pod.environment["PATH"] = f"{pod.folder / 'command/python/bin'}:{pod.environment['PATH']}"
        [container] = pod.example("kubernetes/job.yml")["spec"]["template"]["spec"]["containers"]
        await _runs(pod, container, issuer, harness.values[DATABASE])


async def _runs(pod: Pod, container: dict[str, object], issuer: FakeIssuer, value: str) -> None:
    """A pod with a token of its own runs this container, whose command gets the value."""
    token = pod.folder / "token"
    token.write_text(issuer.token(issuer.kubernetes(pod=str(container["name"]))))
    for _ in ("first", "a container that restarts"):
        said = await pod.run_container(container, token)
        assert (pod.given, value in said) == (value, False)
        (pod.folder / "out").unlink()


@pytest.mark.parametrize("name", ["kubernetes/job.yml", "kubernetes/init-container.yml"])
def test_a_pod_s_token_is_for_the_server_alone_and_where_the_command_looks(name: str) -> None:
    spec = yaml.safe_load((ROOT / EXAMPLES / name).read_text())["spec"]["template"]["spec"]
    assert spec["automountServiceAccountToken"] is False
    [container] = spec["containers"]
    [url] = [each["value"] for each in container["env"] if each["name"] == "ENVACCESS_URL"]
    memory = [each for each in spec["volumes"] if each.get("emptyDir", {}).get("medium") == "Memory"]
    assert [each["name"] for each in memory] == ["job-key"], (
        "the key that a job's commands share is on no disk"
    )
    [volume] = [each for each in spec["volumes"] if "projected" in each]
    [source] = volume["projected"]["sources"]
    assert source["serviceAccountToken"]["audience"] == url
    [mount] = [each for each in container["volumeMounts"] if each["name"] == volume["name"]]
    assert f"{mount['mountPath']}/{source['serviceAccountToken']['path']}" == KUBERNETES_FILE


def test_the_workflow_lets_one_job_alone_have_a_token() -> None:
    workflow = yaml.safe_load((ROOT / EXAMPLES / "github/deploy.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    [job] = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "id-token": "write"}


def test_each_example_that_installs_takes_the_hashes_of_the_lock_and_builds_with_what_is_locked() -> None:
    installs = [text for path in FILES if "requirements.txt" in (text := path.read_text())]
    assert len(installs) == 4
    for text in installs:
        assert text.count("--require-hashes -r") == text.count("--no-deps --no-build-isolation") == 1
        assert "curl" not in text
