"""`envaccess run`, as a process of its own, against a server that checks every proof."""

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from envaccess.client.session_file import SessionFile
from tests.fakes.api_server import FakeApi, serving
from tests.unit.cli.cli_front import HOME

VALUE = "value-for-tests-7Fh2"
OTHER = "other-value-for-tests"
VALUES = {"default/STRIPE_KEY": VALUE, "staging/DB_URL": OTHER, "production/DB_URL": "third-value-for-tests"}
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeApi]:
    with serving(FakeApi(values=dict(VALUES))) as started:
        SessionFile(tmp_path / "state").save(started.session())
        yield started


@pytest.fixture
def start(api: FakeApi, tmp_path: Path) -> Iterator[Start]:
    """Start the command without a terminal."""
    assert api.url
    started: list[subprocess.Popen[str]] = []
    environment = {"PATH": os.defpath, "PYTHONPATH": str(HOME / "bot"), "HOME": str(tmp_path),
                   "ENVACCESS_STATE_DIR": str(tmp_path / "state"), "ENVACCESS_NOTHING": "1"}  # fmt: skip

    def begin(*words: str, more: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(  # noqa: S603 - the test's own
                [sys.executable, "-m", "envaccess", "run", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**environment, **(more or {})},
                cwd=tmp_path,
                start_new_session=True,
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    assert VALUE not in err
    assert "Traceback" not in err
    return process.returncode, out, err


def live(api: FakeApi, *labels: str, ends_in: int = 3600, once: bool = False) -> str:
    """Access that the person has."""
    id_ = f"live000{len(api.requests)}"
    api.requests[id_] = {
        "id": id_, "version": 1, "state": "approved", "variables": list(labels), "duration": "1h",
        "once": once, "reason": "x", "requester": "U0ALICE", "surface": "cli", "created_at": "",
        "deadline_in": 0, "step": 1, "steps": 1, "waiting_for": [], "approvals": [], "decided_by": None,
        "decision_reason": "", "starts_in": 0,
        "grant": {"state": "active", "ends_in": ends_in, "expires_at": ""},
    }  # fmt: skip
    return id_


def posts(api: FakeApi, path: str) -> int:
    return sum(called == ("POST", path) for called in api.calls)


def until_filed(api: FakeApi) -> str:
    with api.changed:
        api.changed.wait_for(lambda: api.requests, 0)
    while not api.requests:
        signal.sigtimedwait([], 0.01)
    return next(iter(api.requests))


def test_live_access_is_used_and_nothing_is_filed(api: FakeApi, start: Start) -> None:
    live(api, "STRIPE_KEY")
    code, out, _ = finish(
        start("STRIPE_KEY", "1h", "a refund", "--no-redact", "--", "sh", "-c", "echo $STRIPE_KEY; exit 7")
    )
    assert (code, out) == (7, f"{VALUE}\n")
    assert posts(api, "/v1/requests") == 0


def test_request_is_filed_waited_for_and_used(api: FakeApi, start: Start) -> None:
    process = start(
        "STRIPE_KEY", "1h", "a", "refund", "--", "sh", "-c", "echo $STRIPE_KEY; env | grep -c ^ENVACCESS_"
    )
    api.approve(until_filed(api))
    code, out, err = finish(process)
    assert (code, out) == (0, "***\n2\n")
    assert "waits for @bob or @carla" in err


def test_an_option_that_there_is_not_is_no_part_of_the_reason(api: FakeApi, start: Start) -> None:
    live(api, "STRIPE_KEY")
    for typed in (["--claen"], ["--no-redcat"], ["-x"]):
        code, out, err = finish(start("STRIPE_KEY", "1h", "a refund", *typed, "--", "echo", "ran"))
        assert (code, out) == (78, "")
        assert "cannot be understood" in err
        assert typed[0] not in err


def test_used_single_use_is_asked_for_anew(api: FakeApi, start: Start) -> None:
    """Its process still runs, and the server still tells how long; its use is over."""
    used = live(api, "STRIPE_KEY", once=True)
    api.set_state(used, "approved", grant={"state": "used_up", "ends_in": 890, "expires_at": ""})
    process = start("STRIPE_KEY", "once", "x", "--", "true")
    while len(api.requests) < 2:
        signal.sigtimedwait([], 0.01)
    api.approve(next(id_ for id_ in api.requests if id_ != used))
    assert finish(process)[0] == 0
    assert ("POST", f"/v1/grants/{used}/values") not in api.calls


def test_two_grants_together_are_used(api: FakeApi, start: Start) -> None:
    live(api, "STRIPE_KEY")
    live(api, "staging/DB_URL", ends_in=1800)
    code, out, _ = finish(
        start(
            "STRIPE_KEY,staging/DB_URL",
            "1h",
            "x",
            "--no-redact",
            "--",
            "sh",
            "-c",
            "echo $STRIPE_KEY $DB_URL",
        )
    )
    assert (code, out) == (0, f"{VALUE} {OTHER}\n")


def test_new_asks_whatever_is_live(api: FakeApi, start: Start) -> None:
    before = live(api, "STRIPE_KEY")
    process = start("STRIPE_KEY", "1h", "x", "--new", "--", "true")
    while len(api.requests) < 2:
        signal.sigtimedwait([], 0.01)
    api.approve(next(id_ for id_ in api.requests if id_ != before))
    assert finish(process)[0] == 0


def test_command_that_is_not_there_is_told_before_anything_is_asked(api: FakeApi, start: Start) -> None:
    code, _, err = finish(start("STRIPE_KEY", "1h", "x", "--", "no-such-command"))
    assert (code, "no-such-command: command not found" in err) == (127, True)
    assert api.calls == []


def test_same_name_of_two_environments_needs_as_before_anything_is_asked(api: FakeApi, start: Start) -> None:
    code, _, err = finish(start("staging/DB_URL,production/DB_URL", "1h", "x", "--", "true"))
    assert (code, "--as" in err) == (78, True)
    assert api.calls == []


def test_as_names_both(api: FakeApi, start: Start) -> None:
    live(api, "staging/DB_URL", "production/DB_URL")
    code, out, _ = finish(start("staging/DB_URL,production/DB_URL", "1h", "x", "--as", "TO=production/DB_URL",
                                "--no-redact", "--", "sh", "-c", "echo $DB_URL $TO"))  # fmt: skip
    assert (code, out) == (0, f"{OTHER} third-value-for-tests\n")


@pytest.mark.parametrize(
    "name", ["PATH", "LD_PRELOAD", "https_proxy", "NODE_OPTIONS", "GIT_SSH_COMMAND", "SSL_CERT_FILE"]
)
def test_name_that_changes_how_programs_run_is_refused(api: FakeApi, start: Start, name: str) -> None:
    code, _, err = finish(start(f"staging/{name}", "1h", "x", "--", "true"))
    assert (code, f"--as MY_{name.upper()}=staging/{name}" in err) == (78, True)
    assert api.calls == []


@pytest.mark.parametrize("words", [[], ["--"], ["STRIPE_KEY", "1h", "x"], ["STRIPE_KEY", "1h", "x", "--"]])
def test_no_command_is_usage_and_shows_sh(api: FakeApi, start: Start, words: list[str]) -> None:
    code, _, err = finish(start(*words))
    assert (code, "sh -c '" in err) == (78, True)
    assert api.calls == []


def test_denied_is_77(api: FakeApi, start: Start) -> None:
    process = start("STRIPE_KEY", "1h", "x", "--", "true")
    api.set_state(until_filed(api), "denied", decided_by={"id": "U0BOB", "name": "bob"})
    code, _, err = finish(process)
    assert (code, "was denied, by @bob" in err) == (77, True)


def test_nobody_deciding_for_so_long_is_75(start: Start) -> None:
    assert finish(start("STRIPE_KEY", "1h", "x", "--wait", "1s", "--", "true"))[0] == 75


@pytest.mark.parametrize(("keep", "state"), [([], "cancelled"), (["--keep"], "pending")])
def test_ctrl_c_while_waiting_withdraws_unless_kept(
    api: FakeApi, start: Start, keep: list[str], state: str
) -> None:
    process = start("STRIPE_KEY", "1h", "x", *keep, "--", "true")
    id_ = until_filed(api)
    assert process.stderr is not None
    assert "waits for" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert finish(process)[0] == 130
    assert api.requests[id_]["state"] == state


BOB = {"id": "U0BOB", "name": "bob"}


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        ({"state": "expired"}, "access ended (its time is over), and the command with it"),
        ({"state": "revoked", "ended_by": BOB}, "access ended (@bob ended it), and"),
        ({"state": "revoked", "ended_by": BOB, "ended_why": "locked"}, "(@bob ended it: it was locked), and"),
    ],
    ids=lambda told: told.get("ended_why", told["state"]) if isinstance(told, dict) else "",
)
def test_access_that_ends_ends_the_command_and_says_who_or_what_ended_it(
    api: FakeApi, start: Start, grant: dict[str, str], words: str
) -> None:
    id_ = live(api, "STRIPE_KEY")
    process = start("STRIPE_KEY", "1h", "x", "--grace", "0", "--", "sh", "-c", "echo ready; exec sleep 1000")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    api.set_state(id_, "approved", grant={**api.requests[id_]["grant"], "ends_in": 0, **grant})
    code, _, err = finish(process)
    assert (code, words in err) == (124, True), err


@pytest.mark.parametrize("no_ends", [False, True])
@pytest.mark.parametrize(
    ("command", "code", "ended"),
    [(["sh", "-c", "exit 7"], 7, 1), (["./no-program"], 127, 1), (["sh", "-c", "sleep 9 &"], 0, 0)],
    ids=["ended", "never began", "left something behind"],
)
def test_a_login_made_for_the_command_is_given_back_whatever_the_server_says_to_that(
    api: FakeApi, start: Start, tmp_path: Path, command: list[str], code: int, ended: int, *, no_ends: bool
) -> None:
    (tmp_path / "no-program").write_text("#!/no/such/interpreter\n")
    (tmp_path / "no-program").chmod(0o755)
    api.leased, api.no_ends = ["default/STRIPE_KEY"], no_ends
    id_ = live(api, "STRIPE_KEY")
    found, _, err = finish(start("STRIPE_KEY", "1h", "x", "--no-redact", "--", *command))
    assert (found, posts(api, f"/v1/grants/{id_}/uses/1/end")) == (code, ended), err
    assert "answer" not in err, "nobody waits for it"


def test_value_goes_into_a_file(api: FakeApi, start: Start) -> None:
    live(api, "STRIPE_KEY")
    options = ["--file", "STRIPE_KEY", "--file-on-disk", "--no-redact"]
    show = 'echo "$STRIPE_KEY"; cat "$STRIPE_KEY"'
    code, out, _ = finish(start("STRIPE_KEY", "1h", "x", *options, "--", "sh", "-c", show))
    path, value = out.split("\n")
    assert (code, value, Path(path).exists()) == (0, VALUE, False)


@pytest.mark.parametrize("wrong_by", [-86_400, 86_400])
def test_clock_that_is_wrong_by_a_day_changes_nothing(
    api: FakeApi, start: Start, tmp_path: Path, wrong_by: int
) -> None:
    """The command ends when it should, and may compare the end that it finds with its own `time.time()`."""
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "sitecustomize.py").write_text(
        f"import time\nreal = time.time\ntime.time = lambda: real() + {wrong_by}\n"
    )
    id_ = live(api, "STRIPE_KEY", ends_in=3600)
    script = "echo $ENVACCESS_EXPIRES_AT; exec sleep 900"
    process = start(
        "STRIPE_KEY", "1h", "x", "--grace", "0", "--", "sh", "-c", script,
        more={"PYTHONPATH": f"{tmp_path / 'wrong'}:{HOME / 'bot'}"},
    )  # fmt: skip
    assert process.stdout is not None
    told = datetime.fromisoformat(process.stdout.readline().strip())
    assert abs(told.timestamp() - time.time() - wrong_by - 3600) < 60
    api.set_state(id_, "approved", grant={**api.requests[id_]["grant"], "state": "expired", "ends_in": 0})
    code, _, err = finish(process)
    assert (code, "access ended (its time is over)" in err) == (124, True)


def test_arguments_of_the_command_are_in_no_call(api: FakeApi, start: Start) -> None:
    live(api, "STRIPE_KEY")
    finish(start("STRIPE_KEY", "1h", "x", "--", "true", "--token", "argument-of-the-command"))
    assert "argument-of-the-command" not in json.dumps(api.bodies)
    assert '"program": "true"' in json.dumps(api.bodies)


def test_options_of_the_command_are_its_own(api: FakeApi, start: Start) -> None:
    live(api, "STRIPE_KEY")
    assert finish(start("STRIPE_KEY", "1h", "x", "--", "echo", "--", "--help"))[1] == "-- --help\n"


@pytest.mark.skipif(sys.platform != "linux", reason="looked at in /proc")
@pytest.mark.parametrize(("killed", "code"), [("run", -signal.SIGSEGV), ("guard", 125)])
def test_no_core_is_left_of_whoever_holds_values_whatever_the_limit(
    api: FakeApi, start: Start, tmp_path: Path, killed: str, code: int
) -> None:
    live(api, "STRIPE_KEY")
    process = start("STRIPE_KEY", "1h", "x", "--grace", "0", "--", "sh", "-c", "echo ready; exec sleep 1000")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    (guard,) = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
    pid = process.pid if killed == "run" else guard
    assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())
    with contextlib.suppress(PermissionError):  # root alone can raise it again
        resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
    os.kill(pid, signal.SIGSEGV)
    assert finish(process)[0] == code
    assert not [path for path in tmp_path.rglob("core*") if path.is_file()]
