"""The key that a job's commands share is a file that nobody else can read; the first command makes it."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envaccess.client.errors import JobKeyError
from envaccess.client.job_key import open_job_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "job-key"


def test_a_second_command_has_the_key_of_the_first(path: Path) -> None:
    first = open_job_key(path)
    assert open_job_key(path).public == first.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path], "nothing else is left"


def test_commands_that_begin_at_once_have_one_key(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: open_job_key(path).public, range(64)))
    assert len(found) == 1
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_others_may_write_to_holds_it_too_as_a_volume_is(path: Path) -> None:
    path.parent.chmod(0o777)
    assert open_job_key(path).public == open_job_key(path).public


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_can_read_or_change_is_not_used(path: Path, mode: int) -> None:
    open_job_key(path)
    path.chmod(mode)
    with pytest.raises(JobKeyError, match="only this user can read"):
        open_job_key(path)


def test_a_key_of_another_user_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can write to a volume could lay down a key that they know."""
    open_job_key(path)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(JobKeyError, match="only this user can read"):
        open_job_key(path)


def test_a_link_to_another_file_is_not_followed(path: Path) -> None:
    open_job_key(path.with_name("other"))
    path.symlink_to("other")
    with pytest.raises(JobKeyError, match="ENVACCESS_JOB_KEY_FILE"):
        open_job_key(path)


def test_a_pipe_keeps_nobody_waiting(path: Path) -> None:
    os.mkfifo(path, 0o600)
    with pytest.raises(JobKeyError, match="only this user can read"):
        open_job_key(path)


@pytest.mark.parametrize("content", [b"", b"A" * 43 + b"A", b"A" * 42, b"\xff" * 43, b"value-for-tests"])
def test_what_is_no_key_is_neither_used_nor_shown_nor_overwritten(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(JobKeyError, match="holds no key") as caught:
        open_job_key(path)
    assert path.read_bytes() == content
    assert "value-for-tests" not in str(caught.value)


def test_a_folder_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(JobKeyError, match="No such file"):
        open_job_key(path / "folder" / "key")
