"""`examples/ci` does what it says: each platform's steps install the command, ask, and get the value."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from envaccess.client.pipeline import KUBERNETES_FILE
from tests.fakes.api_server import FakeApi, serving
from tests.fakes.token_exchange import FakeGithub, giving_tokens, unsigned
from tests.unit.cli.test_client_commands import approve
from tests.unit.examples.checkout import ROOT, Checkout, make_checkout, missing_from_lock
from tests.unit.examples.ci_jobs import EXAMPLES, GithubJob, GitlabJob, Pod

VALUE = "value-for-tests-7Fh2"
FILES = sorted((ROOT / EXAMPLES).rglob("*.yml"))
BUILDER = "hatchling"


@pytest.fixture
def api() -> Iterator[FakeApi]:
    values = {"production/STRIPE_KEY": VALUE, "production/DB_URL": VALUE}
    with serving(FakeApi(values=values)) as started:
        yield started


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    if BUILDER in missing_from_lock():
        pytest.skip(f"{BUILDER} is not installed here, so that nothing can be built as the examples build it")
    return make_checkout(tmp_path_factory.mktemp("checkout"))


async def test_a_job_of_github_installs_the_action_s_own_commit_and_runs_with_a_masked_value(
    api: FakeApi, checkout: Checkout, tmp_path: Path
) -> None:
    with giving_tokens(FakeGithub()) as github:
        home = tmp_path / "runner"
        home.mkdir()
        given = {"GITHUB_ACTION_PATH": str(checkout.folder / EXAMPLES / "github"), "RUNNER_TEMP": str(home),
                 "GITHUB_RUN_NUMBER": "42", **github.environment}  # fmt: skip
        job = GithubJob(tmp_path / "job", checkout, given)
        steps = job.example("github/deploy.yml")["jobs"]["deploy"]["steps"]
        await job.use_action(**{**steps[1]["with"], "url": api.url})
        assert job.environment["ENVACCESS_URL"] == api.url
        approve(api)
        said = await job.step(steps[2]["run"])
    assert job.given == VALUE
    assert f"::add-mask::{VALUE}" in said
    assert said.count(VALUE) == 1


async def test_a_job_of_gitlab_installs_the_commit_that_it_names_and_runs(
    api: FakeApi, checkout: Checkout, tmp_path: Path
) -> None:
    given = {"ENVACCESS_URL": api.url, "ENVACCESS_REPOSITORY": str(checkout.folder), "ENVACCESS_COMMIT":
             checkout.commit, "ENVACCESS_ID_TOKEN": unsigned(api.url), "CI_PIPELINE_IID": "42"}  # fmt: skip
    job = GitlabJob(tmp_path / "job", checkout, given)
    template = job.example("gitlab/template.yml")[".envaccess"]
    assert template["id_tokens"] == {"ENVACCESS_ID_TOKEN": {"aud": "$ENVACCESS_URL"}}
    approve(api)
    said = await job.run_script(template, _script_in_comment(job))
    assert job.given == VALUE
    assert VALUE not in said


def _script_in_comment(job: GitlabJob) -> list[str]:
    """The job that the template's comment shows."""
    text = (job.checkout.folder / EXAMPLES / "gitlab/template.yml").read_text()
    shown = [line[4:] for line in text.splitlines() if line.startswith("#   ")]
    found: list[str] = yaml.safe_load("\n".join(shown))["deploy"]["script"]
    return found


async def test_a_commit_that_is_a_branch_s_name_installs_nothing(
    api: FakeApi, checkout: Checkout, tmp_path: Path
) -> None:
    given = {
        "ENVACCESS_URL": api.url,
        "ENVACCESS_REPOSITORY": str(checkout.folder),
        "ENVACCESS_COMMIT": "HEAD",
    }
    job = GitlabJob(tmp_path / "job", checkout, given)
    template = job.example("gitlab/template.yml")[".envaccess"]
    lines = "\n".join(template["before_script"])
    code, said = await job.run(("bash", "-eo", "pipefail", "-c", f"{lines}\necho installed"))
    assert (code != 0, "installed" in said) == (True, False)


async def test_a_job_of_kubernetes_gets_the_command_by_its_init_container_and_runs(
    api: FakeApi, checkout: Checkout, tmp_path: Path
) -> None:
    pod = Pod(
        tmp_path / "pod", checkout,
        {"ENVACCESS_URL": api.url, "REPOSITORY": str(checkout.folder), "COMMIT": checkout.commit},
    )  # fmt: skip
    spec = pod.example("kubernetes/init-container.yml")["spec"]["template"]["spec"]
    [before], [container] = spec["initContainers"], spec["containers"]
    assert [mount["name"] for mount in before["volumeMounts"]] == ["command"]
    await pod.run_container(before)
    token = tmp_path / "token"
    token.write_text(unsigned([api.url]))
    approve(api)
    assert VALUE not in await pod.run_container(container, token)
    assert pod.given == VALUE
    token.write_text(unsigned([api.url]))  # that of another pod
    await _with_command_in_image(pod, token)


async def _with_command_in_image(pod: Pod, token: Path) -> None:
    """The other job of Kubernetes, whose image has the same in it."""
    (pod.folder / "out").unlink()
    pod.environment["PATH"] = f"{pod.folder / 'command/python/bin'}:{pod.environment['PATH']}"
    [container] = pod.example("kubernetes/job.yml")["spec"]["template"]["spec"]["containers"]
    await pod.run_container(container, token)
    assert pod.given == VALUE


@pytest.mark.parametrize("name", ["kubernetes/job.yml", "kubernetes/init-container.yml"])
def test_a_pod_s_token_is_for_the_server_alone_and_where_the_command_looks(name: str) -> None:
    spec = yaml.safe_load((ROOT / EXAMPLES / name).read_text())["spec"]["template"]["spec"]
    assert (spec["automountServiceAccountToken"], spec["restartPolicy"]) == (False, "Never")
    [container] = spec["containers"]
    [url] = [each["value"] for each in container["env"] if each["name"] == "ENVACCESS_URL"]
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
