"""`--identity`: the commands in a pipeline, as processes, against a server that checks every proof."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from envaccess.cli.machine_entry import machine_entry, quoted
from envaccess.cli.masks import masks
from envaccess.domain.policy.book import Policy
from envaccess.domain.programs import Platform
from envaccess.policy_file.reading import read_policy
from tests.fakes.api_server import FakeApi, serving
from tests.fakes.token_exchange import CLAIMS, FakeGithub, giving_tokens, unsigned
from tests.unit.cli.cli_front import HOME, PRINTED
from tests.unit.cli.test_client_commands import approve

VALUE = "value-for-tests-7Fh2"
LINES = f"first-line-100%\r\n{VALUE}\nshort\n      \n"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(FakeApi(values={"default/STRIPE_KEY": LINES, "default/PIN": "1234"})) as started:
        yield started


@pytest.fixture
def github() -> Iterator[FakeGithub]:
    with giving_tokens(FakeGithub()) as started:
        yield started


@pytest.fixture
def start(api: FakeApi, github: FakeGithub, tmp_path: Path) -> Iterator[Start]:
    """Start a command as a job of GitHub does."""
    started: list[subprocess.Popen[str]] = []
    usual = {"PATH": os.defpath, "PYTHONPATH": str(HOME / "bot"), "HOME": str(tmp_path), **github.environment,
             "ENVACCESS_STATE_DIR": str(tmp_path / "state"), "ENVACCESS_URL": api.url}  # fmt: skip

    def begin(
        *words: str, more: Mapping[str, str] | None = None, stderr: int | None = None
    ) -> subprocess.Popen[str]:
        environment = {name: value for name, value in {**usual, **(more or {})}.items() if value}
        process = subprocess.Popen(  # noqa: S603 - the test's own
            [sys.executable, "-m", "envaccess", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if stderr is None else stderr,
            text=True,
            env=environment,
            cwd=tmp_path,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in (err or "")
    PRINTED.append("\n".join(line for line in (err or "").splitlines() if not line.startswith("::")))
    return process.returncode, out, err or ""


def test_a_job_asks_waits_runs_and_masks_before_anything_is_printed(
    start: Start, api: FakeApi, tmp_path: Path
) -> None:
    approve(api)
    words = ("STRIPE_KEY", "15m", "deploy", "--", "sh", "-c", "printenv STRIPE_KEY >&2; exit 7")
    code, _, err = finish(start("run", "--identity", "github", "--no-redact", *words))
    assert code == 7
    told = err.splitlines()
    begin = told.index("::add-mask::first-line-100%25")
    assert told[begin + 1] == f"::add-mask::{VALUE}"
    assert [line for line in told if line.startswith("::")] == told[begin : begin + 2]
    assert VALUE not in "".join(told[:begin])
    assert told.index(VALUE) > begin + 1
    assert not (tmp_path / "state").exists()
    assert {body["program"] for body in api.bodies if "subject_token" in body} == {"sh"}


def test_every_command_takes_the_identity_and_none_repeats_a_token(
    start: Start, api: FakeApi, github: FakeGithub
) -> None:
    approve(api)
    code, out, err = finish(start("request", "STRIPE_KEY", "15m", "deploy", "--identity", "auto"))
    assert code == 0
    [id_] = api.requests
    for words in (("status",), ("status", id_), ("list",), ("get", "STRIPE_KEY", "--stdout"), ("end", id_)):
        code, more, told = finish(start(*words, more={"ENVACCESS_IDENTITY": "auto"}))
        assert code == 0, told
        out, err = out + more, err + told
    assert github.bearer not in out + err
    assert not any(token in out + err for token, _ in api.exchanges.used)
    assert len({key for _, key in api.exchanges.used}) == 6


def test_a_job_without_the_permission_ends_with_78_and_the_lines_to_add(start: Start) -> None:
    code, _, err = finish(start("list", "--identity", "auto", more={"ACTIONS_ID_TOKEN_REQUEST_URL": ""}))
    assert (code, "permissions: {id-token: write" in err) == (78, True)


@pytest.mark.parametrize(("status", "code"), [(403, 77), (503, 75)])
def test_what_the_server_does_not_take_is_refused_and_what_it_cannot_is_for_later(
    start: Start, api: FakeApi, status: int, code: int
) -> None:
    told = {"reason": "no_machine", "detail": "This cannot be.", "hint": "", "retry_in": 60}
    api.exchanges.refusals.append((status, told))
    assert finish(start("list", "--identity", "auto"))[:2] == (code, "")


@pytest.mark.parametrize("command", ["run", "request"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_platform_that_stops_a_job_withdraws_what_it_waits_for(
    start: Start, api: FakeApi, command: str, number: signal.Signals
) -> None:
    after = ("--", "true") if command == "run" else ()
    process = start(command, "--identity", "auto", "STRIPE_KEY", "15m", "deploy", *after)
    assert process.stderr
    assert "waits for @bob" in process.stderr.readline()
    process.send_signal(number)
    code, _, err = finish(process)
    [id_] = api.requests
    assert (code, err) == (128 + number, f"Withdrawn: request {id_}.\n")
    assert api.requests[id_]["state"] == "cancelled"


def test_masks_are_not_written_into_a_file(start: Start, api: FakeApi, tmp_path: Path) -> None:
    approve(api)
    log = tmp_path / "log"
    with log.open("w") as file:
        words = ("run", "--identity", "auto", "STRIPE_KEY", "15m", "deploy", "--", "true")
        assert finish(start(*words, stderr=file.fileno()))[0] == 0
    assert VALUE not in log.read_text()
    assert "GitHub was not told to mask" in log.read_text()


def test_elsewhere_no_masks_are_printed(start: Start, api: FakeApi) -> None:
    approve(api)
    gitlab = {
        "GITHUB_ACTIONS": "",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "",
        "ENVACCESS_ID_TOKEN": unsigned(api.url),
    }
    words = ("run", "--identity", "auto", "STRIPE_KEY", "15m", "deploy", "--", "true")
    code, _, err = finish(start(*words, more=gitlab))
    assert (code, "add-mask" in err) == (0, False)


def test_a_value_too_short_for_a_mask_is_named(start: Start, api: FakeApi) -> None:
    approve(api)
    words = ("run", "--identity", "auto", "PIN", "15m", "deploy", "--", "true")
    assert "warning: GitHub masks nothing under 6 characters: default/PIN." in finish(start(*words))[2]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("abcdef", ["abcdef"]),
        ("abcde", []),
        ("", []),
        ("abc%def", ["abc%25def"]),
        ("abc%0Adef", ["abc%250Adef"]),
        ("abc\rdef", ["abc%0Ddef"]),
        ("abcdef\r\nghijkl\n", ["abcdef", "ghijkl"]),
        ("abcdef\nabcdef", ["abcdef"]),
        ("{\n  'a': 1\n}", ["  'a': 1"]),
        ("::warning::x", ["::warning::x"]),
    ],
)
def test_a_mask_is_one_escaped_line(value: str, expected: list[str]) -> None:
    assert masks(value) == [f"::add-mask::{line}" for line in expected]


def test_whoami_prints_an_entry_for_the_policy_and_whether_the_server_knows_it(
    start: Start, api: FakeApi
) -> None:
    code, out, err = finish(start("whoami", "--identity", "auto"))
    lasts = "6 days 22 hours 40 minutes"
    known = f"{api.url} knows this run as machine:deploy in Acme (T0ACME123), for {lasts} at most.\n"
    assert (code, err) == (0, known)
    assert yaml.safe_load(out) == {
        "machines": {
            "deploy": {
                "issuer": "github", "repository_id": "456", "owner_id": "123", "ref": "refs/heads/main",
                "workflow_ref": "acme/shop/.github/workflows/deploy.yml", "environment": "production",
                "events": ["push"], "runner": "github-hosted",
            }
        },
        "people": {"9001": "U0XXXXXXX"},
    }  # fmt: skip


def test_whoami_prints_the_entry_of_a_machine_that_the_server_does_not_know(
    start: Start, api: FakeApi
) -> None:
    api.exchanges.principal = ""
    code, out, err = finish(start("whoami", "--identity", "auto"))
    assert (code, out.startswith("machines:\n  deploy:\n")) == (0, True)
    assert err.splitlines() == [
        f"{api.url} does not take this run's token: No machine of the policy is this run. Add it.",
        "If the entry above is right, put it into the policy file, and its name into a rule.",
    ]


def test_whoami_says_nothing_of_the_policy_where_the_policy_is_not_at_fault(
    start: Start, api: FakeApi
) -> None:
    refusal = {"reason": "wrong_host", "detail": "This request is for another host."}
    api.exchanges.refusals.append((403, refusal))
    code, out, err = finish(start("whoami", "--identity", "auto"))
    assert (code, out.startswith("machines:\n  deploy:\n")) == (0, True)
    assert err == f"{api.url} does not take this run's token: This request is for another host.\n"


def test_an_entry_for_another_issuer_says_what_it_has_to_say_of_it() -> None:
    claims = {"iss": "https://k8s.internal", "sub": "system:serviceaccount:shop:api"}
    assert yaml.safe_load(machine_entry(Platform.KUBERNETES, claims, "ES256")) == {
        "machines": {
            "api": {
                "issuer": "https://k8s.internal", "platform": "kubernetes", "algorithm": "ES256",
                "jwks_file": "/etc/envaccess/jwks.json", "claims": {"sub": "system:serviceaccount:shop:api"},
            }
        }
    }  # fmt: skip


GITLAB = {
    "iss": "https://gitlab.com", "project_id": "28", "job_project_id": "28", "project_path": "acme/shop",
    "ref": "main", "ref_type": "branch", "ref_protected": "true", "pipeline_source": "push", "user_id": "1",
    "user_login": "root", "runner_environment": "gitlab-hosted",
}  # fmt: skip


def test_an_entry_for_gitlab_has_the_project_s_number_and_what_started_the_pipeline() -> None:
    entry = {
        "issuer": "gitlab", "project_id": "28", "ref": "main", "ref_protected": True,
        "claims": {"ref_type": "branch", "pipeline_source": "push"}, "runner": "gitlab-hosted",
    }  # fmt: skip
    told = machine_entry(Platform.GITLAB, GITLAB, "RS256")
    assert yaml.safe_load(told) == {"machines": {"shop": entry}, "people": {"1": "U0XXXXXXX"}}


@pytest.mark.parametrize("platform", list(Platform))
@pytest.mark.parametrize("issuer", ["", "https://issuer.acme.example"])
def test_an_entry_is_one_that_the_policy_takes(platform: Platform, issuer: str) -> None:
    usual = {Platform.GITHUB: CLAIMS, Platform.GITLAB: GITLAB}
    claims = usual.get(platform, {"iss": "https://k8s.internal", "sub": "system:serviceaccount:shop:api"})
    entry = machine_entry(platform, {**claims, **({"iss": issuer} if issuer else {})}, "RS256")
    [name] = yaml.safe_load(entry)["machines"]
    rule = {"match": "*/*", "requesters": [name], "approvers": ["U0BOB", "U0CARLA"], "delivery": ["ci"]}
    read = read_policy(f"version: 1\n{entry}\nrules: [{rule}]\n", "C0APPROVERS")
    assert isinstance(read, Policy), read
    assert [machine.name for machine in read.machines] == [name]


@pytest.mark.parametrize(("platform", "claims"), [(Platform.GITHUB, CLAIMS), (Platform.GITLAB, GITLAB)])
def test_an_entry_for_a_server_of_one_s_own_says_which_platform_it_is(
    platform: Platform, claims: Mapping[str, object]
) -> None:
    told = yaml.safe_load(machine_entry(platform, {**claims, "iss": "https://git.acme.example"}, "RS256"))
    [entry] = told["machines"].values()
    assert (entry["issuer"], entry["platform"]) == ("https://git.acme.example", platform)


def test_an_entry_names_the_reusable_workflow_that_the_job_comes_from() -> None:
    reused = "acme/ci/.github/workflows/release.yml@refs/tags/v1"
    told = yaml.safe_load(machine_entry(Platform.GITHUB, {**CLAIMS, "job_workflow_ref": reused}, "RS256"))
    assert told["machines"]["deploy"]["job_workflow_ref"] == reused


@pytest.mark.parametrize(
    "said", ["7", "yes", "0x1F", "1e3", "a: b", "a #b", "it's", "", "a\nb: c", "[x]", "null", 7, None]
)
def test_what_a_token_says_stays_a_text_in_the_entry(said: object) -> None:
    found = yaml.safe_load(quoted(said))
    assert isinstance(found, str)
    claims = {**CLAIMS, "ref": said}
    assert set(yaml.safe_load(machine_entry(Platform.GITHUB, claims, "RS256"))) == {"machines", "people"}


def test_a_token_cannot_move_the_cursor() -> None:
    claims = {**CLAIMS, "actor": "\x1b[2Jx\ny: z", "workflow_ref": "a/b/\x1b[1m.yml@x"}
    told = machine_entry(Platform.GITHUB, claims, "RS256")
    assert "\x1b" not in told
    assert set(yaml.safe_load(told)) == {"machines", "people"}


def test_a_command_that_is_over_ends_its_session_and_one_that_leaves_a_request_does_not(
    start: Start, api: FakeApi
) -> None:
    assert finish(start("list", "--identity", "auto"))[0] == 0
    assert (api.calls[-1], api.tokens) == (("DELETE", "/v1/session"), {})
    words = ("STRIPE_KEY", "15m", "deploy")
    assert finish(start("request", "--identity", "auto", "--no-wait", *words))[0] == 0
    assert len(api.tokens) == 1
    [id_] = api.requests
    code, *_ = finish(start("run", "--identity", "auto", "--request", id_, "--wait", "1s", "--", "true"))
    assert (code, len(api.tokens)) == (75, 2)
    api.approve(id_)
    assert finish(start("run", "--identity", "auto", "--request", id_, "--", "true"))[0] == 0
    assert len(api.tokens) == 2


def test_a_person_s_session_is_used_where_no_identity_is_said(start: Start) -> None:
    assert "You are not signed in" in finish(start("list"))[2]
