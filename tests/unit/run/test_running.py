"""A command under a supervisor: its exit code, its environment, its streams."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from envaccess.domain.errors import CommandError
from envaccess.run.environment import check_values
from tests.unit.run.programs import VALUE, environment, program

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]
DUMP = "import os, json; print(json.dumps(dict(os.environ)))"


def test_command_s_own_code_is_the_exit_code(run: Run) -> None:
    """Any failure became 1 in Infisical's `run`."""
    assert [run("sh", "-c", f"exit {code}").returncode for code in (0, 1, 2, 7, 124, 255)] == [
        0,
        1,
        2,
        7,
        124,
        255,
    ]


@pytest.mark.parametrize(("signal", "code"), [("KILL", 137), ("TERM", 143), ("SEGV", 139)])
def test_signal_that_ends_the_command_is_128_and_its_number(run: Run, signal: str, code: int) -> None:
    assert run("sh", "-c", f"kill -{signal} $$").returncode == code


@pytest.mark.parametrize(
    ("text", "mode", "code"), [("#!/nowhere/python\n", 0o755, 127), ("\x7fELF\0\0", 0o755, 126)]
)
def test_command_that_cannot_begin_ends_as_in_a_shell(
    run: Run, tmp_path: Path, text: str, mode: int, code: int
) -> None:
    tool = tmp_path / "tool"
    tool.write_text(text)
    tool.chmod(mode)
    assert run(str(tool)).returncode == code


def test_script_without_its_first_line_runs(run: Run, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("echo ran $1; exit 3")
    tool.chmod(0o755)
    done = run(str(tool), "so")
    assert (done.stdout, done.returncode) == ("ran so\n", 3)


def found(run: Run, **told: object) -> dict[str, str]:
    done = run("python3", "-c", DUMP, redact=False, **told)
    environment = json.loads(done.stdout)
    assert isinstance(environment, dict)
    return environment


def test_values_and_what_the_caller_has_are_there(run: Run) -> None:
    environment = found(run, more={"OTHER": "1"})
    assert (environment["SECRET"], environment["OTHER"]) == (VALUE, "1")


def test_value_goes_before_what_the_caller_has_under_its_name(run: Run) -> None:
    assert found(run, more={"SECRET": "old"})["SECRET"] == VALUE


def test_nothing_of_ours_is_there_but_end_and_request(run: Run) -> None:
    environment = found(run, more={"ENVACCESS_URL": "https://x", "ENVACCESS_MASTER_KEYS": "k"})
    ours = {name: value for name, value in environment.items() if name.startswith("ENVACCESS_")}
    assert ours == {"ENVACCESS_EXPIRES_AT": "2026-11-26T22:00:00Z", "ENVACCESS_REQUEST": "r1"}


def test_clean_leaves_what_a_program_needs(run: Run) -> None:
    environment = found(run, more={"OTHER": "1", "LC_ALL": "C.UTF-8"}, clean=True)
    assert "OTHER" not in environment
    assert {"PATH", "HOME", "LC_ALL", "SECRET"} <= environment.keys()


def test_value_with_nul_is_refused_before_anything_runs(run: Run, tmp_path: Path) -> None:
    done = run("touch", str(tmp_path / "ran"), values={"SECRET": "a\0b"})
    assert (done.returncode, "SECRET holds a NUL" in done.stderr) == (125, True)
    assert not (tmp_path / "ran").exists()


def test_value_of_a_megabyte_is_refused_as_a_shell_does_and_told_of_files() -> None:
    with pytest.raises(CommandError, match="--file SECRET") as refused:
        check_values({"SECRET": "x" * 1_000_000}, ())
    assert refused.value.exit_code == 126


def test_value_of_a_megabyte_may_go_into_a_file() -> None:
    check_values({"SECRET": "x" * 1_000_000}, ("SECRET",))


def test_two_hundred_variables_are_there(run: Run) -> None:
    values = {f"V{number}": f"value-{number}" for number in range(200)}
    environment = found(run, values=values)
    assert values.items() <= environment.items()


def test_environment_that_is_too_long_as_a_whole_is_told_so() -> None:
    """Each value fits alone; together they are more than execve(2) takes (E2BIG)."""
    limit = "ulimit -s 1024; exec"  # the kernel takes a quarter of the stack
    done = subprocess.run(  # noqa: S603 - the test's own
        [
            "/bin/sh",
            "-c",
            f'{limit} "$@"',
            "sh",
            *program("true", sizes={"A": 100_000, "B": 100_000, "C": 100_000}),
        ],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "--file NAME" in done.stderr) == (126, True)


def test_value_is_taken_out_of_pipes_and_the_rest_is_not_touched(run: Run) -> None:
    done = run("sh", "-c", 'echo "<$SECRET>"; echo "[$SECRET]" >&2; exit 5')
    assert (done.stdout, done.returncode) == ("<***>\n", 5)
    assert "[***]\n" in done.stderr


def test_value_is_not_taken_out_when_told_so(run: Run) -> None:
    assert VALUE in run("sh", "-c", "echo $SECRET", redact=False).stdout


def test_short_value_is_named_once(run: Run) -> None:
    done = run("sh", "-c", "echo $PIN", values={"PIN": "12345"})
    assert done.stdout == "12345\n"
    assert done.stderr.count("PIN") == 1


def test_megabytes_through_the_redactor_arrive_whole(run: Run) -> None:
    done = run("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; printf %s $SECRET")
    assert done.stdout == "x" * 3_000_000 + "***"


def test_end_of_the_last_output_wakes_the_guard(start: Start, tmp_path: Path) -> None:
    """It would be seen at the next look else: a command into a pipe took 50 ms longer for it."""
    os.mkfifo(tmp_path / "done")
    words = f"head -c 300000 /dev/zero | tr '\\0' x; echo >{tmp_path}/done"
    process = start("sh", "-c", words, unlooked=True)
    (tmp_path / "done").read_bytes()  # the command is over, and its output waits for us
    out, _ = process.communicate()
    assert (len(out), process.returncode) == (300_000, 0)


def test_streams_into_one_file_keep_their_order(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        words = "".join(f"echo o{n}; echo e{n} >&2; " for n in range(50))
        command = program("sh", "-c", words)
        subprocess.run(command, env=environment(), stdout=log, stderr=log, check=True)  # noqa: S603
    lines = [
        line
        for line in (tmp_path / "log").read_text().splitlines()
        if line[0] in "oe" and line[1:].isdecimal()
    ]
    assert lines == [f"{stream}{n}" for n in range(50) for stream in "oe"]
