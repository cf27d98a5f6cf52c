"""`envaccess run -- COMMAND` in a repository: its own file says what is needed, once it is trusted."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from envaccess.client.session_file import SessionFile
from tests.fakes.api_server import FakeApi, serving
from tests.unit.cli.cli_front import HOME
from tests.unit.cli.test_cli_run import live

VALUES = {"staging/DB_URL": "value-for-tests-1", "production/DB_URL": "value-for-tests-2"}
FILE = """environment = "staging"
duration = "1h"
why = "run the tests"
[variables]
optional = ["SENTRY_DSN"]
PGPASSWORD = "production/DB_URL"
required = ["DB_URL"]
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeApi]:
    with serving(FakeApi(values=dict(VALUES))) as started:
        SessionFile(tmp_path / "state").save(started.session())
        yield started


@pytest.fixture
def envaccess(tmp_path: Path) -> Run:
    shop = tmp_path / "shop"
    (shop / ".git").mkdir(parents=True)
    (shop / "src").mkdir()
    (shop / ".envaccess.toml").write_text(FILE)
    environment = {"PATH": os.defpath, "PYTHONPATH": str(HOME / "bot"), "HOME": str(tmp_path),
                   "ENVACCESS_STATE_DIR": str(tmp_path / "state")}  # fmt: skip

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "envaccess", *words]
        return subprocess.run(  # noqa: S603 - the test's own
            command, capture_output=True, text=True, env=environment, cwd=shop / "src", check=False,
            stdin=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip

    return run


def test_a_file_that_nobody_said_yes_to_borrows_nothing(api: FakeApi, envaccess: Run) -> None:
    live(api, "staging/DB_URL", "production/DB_URL")
    ended = envaccess("run", "--", "true")
    assert ended.returncode == 78
    assert "is new here, and there is no terminal to ask at: `envaccess trust`" in ended.stderr
    assert not [path for _, path in api.calls if path.endswith("/values")]


def test_a_trusted_file_is_all_that_has_to_be_said(api: FakeApi, envaccess: Run) -> None:
    live(api, "staging/DB_URL", "production/DB_URL")
    assert envaccess("trust").returncode == 0
    ended = envaccess("run", "--no-redact", "--", "sh", "-c", "echo $DB_URL $PGPASSWORD ${SENTRY_DSN-none}")
    assert (ended.returncode, ended.stdout) == (0, "value-for-tests-1 value-for-tests-2 none\n")


def test_where_nothing_is_optional_the_server_is_not_asked_what_there_is(
    api: FakeApi, envaccess: Run, tmp_path: Path
) -> None:
    (tmp_path / "shop" / ".envaccess.toml").write_text(FILE.replace('optional = ["SENTRY_DSN"]\n', ""))
    live(api, "staging/DB_URL", "production/DB_URL")
    envaccess("trust")
    assert envaccess("run", "--", "true").returncode == 0
    assert ("GET", "/v1/variables") not in api.calls


def test_names_without_an_environment_are_moved_by_an_option(api: FakeApi, envaccess: Run) -> None:
    live(api, "production/DB_URL")
    envaccess("trust")
    ended = envaccess("run", "--environment", "production", "--no-redact", "--", "sh", "-c", "echo $DB_URL")
    assert (ended.returncode, ended.stdout) == (0, "value-for-tests-2\n")


def test_an_environment_beside_typed_names_is_refused(api: FakeApi, envaccess: Run) -> None:
    ended = envaccess("run", "DB_URL", "1h", "a refund", "--environment", "staging", "--", "true")
    assert (ended.returncode, api.calls) == (78, [])
    assert "say ENV/NAME instead" in ended.stderr


def test_a_file_of_which_nothing_is_stored_is_told(api: FakeApi, envaccess: Run, tmp_path: Path) -> None:
    (tmp_path / "shop" / ".envaccess.toml").write_text(FILE.partition("PGPASSWORD")[0])
    envaccess("trust")
    ended = envaccess("run", "--", "true")
    assert (ended.returncode, ended.stderr.count("nothing is required")) == (78, 1)
    assert ("POST", "/v1/requests") not in api.calls
