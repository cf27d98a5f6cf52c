"""Which file a command is: as a shell finds it, before anybody is asked."""

import subprocess
from pathlib import Path

import pytest

from envaccess.domain.errors import CommandError
from envaccess.run.lookup import as_script, find_command


def make(path: Path, text: str = "#!/bin/sh\n", mode: int = 0o755) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def code(command: str, path: str | None) -> int:
    with pytest.raises(CommandError) as refused:
        find_command(command, path)
    return refused.value.exit_code


def test_first_folder_of_path_that_has_it_wins(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a" / "tool"), make(tmp_path / "b" / "tool")
    assert find_command("tool", f"{first.parent}:{second.parent}") == str(first)


def test_file_that_is_not_executable_is_passed_over_for_a_later_one(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a" / "tool", mode=0o644), make(tmp_path / "b" / "tool")
    assert find_command("tool", f"{first.parent}:{second.parent}") == str(second)


def test_folder_of_the_same_name_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a" / "tool").mkdir(parents=True)
    assert find_command("tool", f"{tmp_path}/a:{make(tmp_path / 'b' / 'tool').parent}").endswith("/b/tool")


def test_file_in_the_place_of_a_folder_of_path_is_passed_over(tmp_path: Path) -> None:
    assert find_command("tool", f"{make(tmp_path / 'x')}:{make(tmp_path / 'b' / 'tool').parent}")


def test_empty_part_of_path_is_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "tool")
    monkeypatch.chdir(tmp_path)
    assert find_command("tool", "/nowhere:") == "./tool"


@pytest.mark.parametrize("path", ["/nowhere", "", None])
def test_command_that_is_nowhere_is_127(path: str | None) -> None:
    assert code("no-such-tool", path) == 127


@pytest.mark.parametrize("command", ["", "/nowhere/tool", "./tool", "/etc/passwd/tool"])
def test_path_to_nothing_is_127(command: str) -> None:
    assert code(command, "/bin") == 127


def test_unset_path_still_finds_what_is_always_there() -> None:
    assert find_command("sh", None) == "/bin/sh"


def test_folder_is_126(tmp_path: Path) -> None:
    assert code(str(tmp_path), "/bin") == 126


def test_file_that_nobody_may_execute_is_126(tmp_path: Path) -> None:
    tool = make(tmp_path / "a" / "tool", mode=0o644)
    assert (code(str(tool), "/bin"), code("tool", str(tool.parent))) == (126, 126)


@pytest.mark.parametrize("command", ["x" * 5000 + "/y", "bad\0name/y"])
def test_name_that_no_file_can_have_is_no_traceback(command: str) -> None:
    assert code(command, "/bin") in {126, 127}


def test_codes_are_those_of_the_shell(tmp_path: Path) -> None:
    for command in ("no-such-tool", "/nowhere/x", str(tmp_path), str(make(tmp_path / "plain", mode=0o644))):
        words = ["/bin/sh", "-c", '"$0"', command]
        shell = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - the test's own
        assert code(command, "/bin:/usr/bin") == shell.returncode, command


def test_whole_line_in_quotes_is_told_of_sh(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"sh -c '"):
        find_command("psql $DB_URL", str(tmp_path))


def test_escape_sequences_in_a_name_do_not_reach_the_terminal() -> None:
    with pytest.raises(CommandError) as refused:
        find_command("\x1b]0;x\x07/tool", None)
    assert "\x1b" not in str(refused.value)


def test_script_without_its_first_line_is_run_by_the_shell(tmp_path: Path) -> None:
    tool = make(tmp_path / "tool", "echo hello")
    assert as_script(str(tool), ["tool", "a"]) == ("/bin/sh", ["/bin/sh", str(tool), "a"])


def test_binary_of_another_machine_is_not_given_to_the_shell(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_bytes(b"\x7fELF\0\0\0\0")
    with pytest.raises(CommandError) as refused:
        as_script(str(tool), ["tool"])
    assert refused.value.exit_code == 126
