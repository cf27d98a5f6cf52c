"""A platform's token: where each has it, what is said where there is none, and whom it is sent to."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from envaccess.client.errors import ClientError, PlatformTokenError, UnreachableError
from envaccess.client.patience import Patience
from envaccess.client.pipeline import TokenSource, find_source, read_token
from envaccess.settings.terminal import TerminalSettings
from tests.fakes.token_exchange import FakeGithub, giving_tokens, unsigned

URL = "https://envaccess.example.com"


@pytest.fixture
def github() -> Iterator[FakeGithub]:
    with giving_tokens(FakeGithub()) as started:
        yield started


@pytest.fixture
def usual(tmp_path: Path) -> Path:
    """Where Kubernetes has its token."""
    return tmp_path / "token"


def patience(seconds: float = 0) -> Patience:
    return Patience(seconds, sleep=lambda _: None)


def source(settings: TerminalSettings, usual: Path, identity: str, **environment: str) -> TokenSource:
    return find_source(identity, environment, settings, str(usual))


def fault(settings: TerminalSettings, usual: Path, identity: str, **environment: str) -> str:
    with pytest.raises(PlatformTokenError) as caught:
        read_token(source(settings, usual, identity, **environment), URL, patience())
    return str(caught.value)


def test_github_is_asked_for_a_token_for_this_server_alone(
    settings: TerminalSettings, usual: Path, github: FakeGithub
) -> None:
    found = source(settings, usual, "github", **github.environment)
    assert read_token(found, URL, patience()).claims["repository_id"] == "456"
    assert github.asked == [URL]


def test_github_without_the_permission_says_which_lines_to_add(
    settings: TerminalSettings, usual: Path
) -> None:
    assert "permissions: {id-token: write" in fault(settings, usual, "github")
    assert "permissions: {id-token: write" in fault(settings, usual, "auto", GITHUB_ACTIONS="true")


def test_github_is_asked_again_while_it_has_no_token_and_no_longer_than_patience_lasts(
    settings: TerminalSettings, usual: Path, github: FakeGithub
) -> None:
    github.faults += [503, 429]
    found = source(settings, usual, "github", **github.environment)
    assert read_token(found, URL, patience(math.inf)).text
    github.faults += [503]
    with pytest.raises(UnreachableError):
        read_token(found, URL, patience())


def test_the_bearer_is_sent_over_https_or_to_this_machine_alone_and_never_shown(
    settings: TerminalSettings, usual: Path
) -> None:
    for url in (
        "http://tokens.example.com/?a=b",
        "https://user:word@example.com/",
        "ftp://127.0.0.1/",
        "://",
    ):
        environment = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-for-tests",
        }
        told = fault(settings, usual, "github", **environment)
        assert told == "ACTIONS_ID_TOKEN_REQUEST_URL is no https URL (nor is it repeated)."


def test_gitlab_s_token_is_in_the_environment_or_the_job_needs_id_tokens(
    settings: TerminalSettings, usual: Path
) -> None:
    found = source(settings, usual, "gitlab", ENVACCESS_ID_TOKEN=f"{unsigned(URL)}\n")
    assert read_token(found, URL, patience()).claims["aud"] == URL
    for identity, environment in (("gitlab", {}), ("auto", {"GITLAB_CI": "true"})):
        assert "id_tokens: {ENVACCESS_ID_TOKEN: {aud:" in fault(settings, usual, identity, **environment)


def test_kubernetes_s_token_is_read_anew_each_time(settings: TerminalSettings, usual: Path) -> None:
    found = source(settings, usual, "kubernetes")
    for run in ("1", "2"):
        usual.write_text(unsigned([URL], run_id=run))
        assert read_token(found, URL, patience()).claims["run_id"] == run


def test_a_file_that_is_none_is_named_with_what_to_write(
    settings: TerminalSettings, usual: Path, tmp_path: Path
) -> None:
    assert "serviceAccountToken: {audience:" in fault(settings, usual, "kubernetes")
    assert str(tmp_path) in fault(settings, usual, f"file:{tmp_path}")
    missing = fault(settings, usual, f"file:{tmp_path}/none")
    assert (f"{tmp_path}/none" in missing, "serviceAccountToken" in missing) == (True, False)
    usual.write_text(unsigned(URL))
    usual.chmod(0)
    source(settings, usual, f"file:{usual}")


def test_auto_takes_what_is_there_and_says_where_it_looked(
    settings: TerminalSettings, usual: Path, github: FakeGithub
) -> None:
    told = fault(settings, usual, "auto")
    for looked in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ENVACCESS_ID_TOKEN", "/var/run/secrets/envaccess/token"):
        assert looked in told
    usual.write_text(unsigned(URL))
    assert source(settings, usual, "auto").platform == "kubernetes"
    assert source(settings, usual, "auto", ENVACCESS_ID_TOKEN="x").platform == "gitlab"
    both = {**github.environment, "ENVACCESS_ID_TOKEN": "x"}
    assert source(settings, usual, "auto", **both).platform == "github"


@pytest.mark.parametrize("identity", ["", "circle", "file:", "GITHUB"])
def test_another_word_is_refused(settings: TerminalSettings, usual: Path, identity: str) -> None:
    assert fault(settings, usual, identity).startswith("--identity is auto, github,")


@pytest.mark.parametrize(
    "audience",
    ["https://envaccess.example.com/", "https://other.example.com", [URL, "sts.example.com"], [], 7],
)
def test_a_token_for_anybody_else_too_is_sent_nowhere(
    settings: TerminalSettings, usual: Path, audience: object
) -> None:
    usual.write_text(unsigned(audience))
    told = fault(settings, usual, "kubernetes")
    assert told.startswith(f"The platform's token is not for {URL} alone, so it is sent nowhere")


@pytest.mark.parametrize(
    "text", ["", "a.b", "value-for-tests", "e30.W10.x", "e30.e3=.x", f"{'e30.' * 2}\r\nx"]
)
def test_what_is_no_token_is_not_repeated(settings: TerminalSettings, usual: Path, text: str) -> None:
    usual.write_text(text)
    told = fault(settings, usual, "kubernetes")
    assert told == "What stands where the platform's token should be is no JWT (nor is it repeated)."


def test_a_token_longer_than_the_server_takes_is_not_sent(settings: TerminalSettings, usual: Path) -> None:
    usual.write_text(unsigned(URL, padding="x" * 16_384))
    assert "is no JWT" in fault(settings, usual, "kubernetes")


def test_no_token_is_in_what_is_printed_of_any_of_these(
    settings: TerminalSettings, usual: Path, github: FakeGithub
) -> None:
    text = unsigned(URL)
    for found in (
        source(settings, usual, "gitlab", ENVACCESS_ID_TOKEN=text),
        source(settings, usual, "github", **github.environment),
    ):
        shown = f"{found!r} {read_token(found, URL, patience())!r}"
        assert text not in shown
        assert github.bearer not in shown
    assert issubclass(PlatformTokenError, ClientError)
