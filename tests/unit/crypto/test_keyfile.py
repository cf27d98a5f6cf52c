"""One key file, made once and whole, read only when it is private; never silently a second one."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envaccess.crypto.keyfile import generate_key_text, load_or_create
from envaccess.domain.errors import KeyFileError

ROOT = Path(__file__).parents[3]


def refusal_of(path: Path, *, may_create: bool = True) -> str:
    with pytest.raises(KeyFileError) as caught:
        load_or_create(path, may_create=may_create)
    return str(caught.value)


def private(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


def test_a_made_key_is_the_key_that_is_read_later(tmp_path: Path) -> None:
    made = load_or_create(tmp_path / "key", may_create=True)
    assert load_or_create(tmp_path / "key", may_create=False).id == made.id
    assert load_or_create(tmp_path / "key", may_create=True).id == made.id


def test_a_made_key_is_private_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    load_or_create(path, may_create=True)
    assert path.stat().st_mode & 0o7777 == 0o600
    assert path.parent.stat().st_mode & 0o7777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_lax_umask_does_not_open_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_create(tmp_path / "key", may_create=True)
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o7777 == 0o600


def test_a_missing_key_is_refused_when_values_are_sealed(tmp_path: Path) -> None:
    assert "missing" in refusal_of(tmp_path / "key", may_create=False)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o610])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "key", generate_key_text())
    path.chmod(mode)
    assert "chmod 600" in refusal_of(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = private(tmp_path / "key", generate_key_text())
    os.chown(path, 12345, 12345)
    assert "another user" in refusal_of(path)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"A" * 42, b"A" * 44, b"A" * 1000, b"\xff" * 44, bytes(32), b" " + b"A" * 43]
)
def test_a_file_without_a_whole_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = private(tmp_path / "key", content)
    assert "no key" in refusal_of(path)
    assert path.read_bytes() == content


def test_a_symbolic_link_is_refused_even_to_a_good_key(tmp_path: Path) -> None:
    private(tmp_path / "real", generate_key_text())
    (tmp_path / "key").symlink_to(tmp_path / "real")
    assert "symbolic link" in refusal_of(tmp_path / "key")


def test_a_dangling_link_does_not_make_a_key_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in refusal_of(tmp_path / "key")
    assert not (tmp_path / "elsewhere").exists()


def test_a_pipe_or_folder_in_its_place_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)
    assert "regular" in refusal_of(tmp_path / "pipe")
    refusal_of(tmp_path / "folder")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    private(tmp_path / "file", "")
    assert "Cannot use" in refusal_of(tmp_path / "file" / "key")


def test_a_draft_left_by_a_crash_is_never_used(tmp_path: Path) -> None:
    private(tmp_path / ".key.0123456789abcdef", generate_key_text()[:20])
    made = load_or_create(tmp_path / "key", may_create=True)
    assert load_or_create(tmp_path / "key", may_create=False).id == made.id


def test_many_threads_at_once_make_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / f"key{attempt}"
        with ThreadPoolExecutor(8) as pool:
            keys = list(pool.map(lambda _: load_or_create(path, may_create=True), range(8)))  # noqa: B023
        assert len({key.id for key in keys}) == 1


MAKE = """
import sys
from pathlib import Path
from envaccess.crypto.keyfile import load_or_create
sys.stdin.read(1)
print(load_or_create(Path(sys.argv[1]), may_create=True).id)
"""


def test_many_processes_at_once_make_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE, str(tmp_path / "key")]
    makers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
        for _ in range(6)
    ]
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write(b".")
        maker.stdin.flush()
    ids = {maker.communicate(timeout=60)[0] for maker in makers}
    assert len(ids) == 1
    assert all(maker.returncode == 0 for maker in makers)


CRASH = """
import os, sys
from pathlib import Path
from envaccess.crypto import keyfile
if sys.argv[2] == "link":
    os.link = lambda *_: os._exit(9)
else:
    os.fsync = lambda *_: os._exit(9)
keyfile.load_or_create(Path(sys.argv[1]), may_create=True)
"""


@pytest.mark.parametrize("moment", ["fsync", "link"])
def test_a_crash_while_making_leaves_no_key_file(tmp_path: Path, moment: str) -> None:
    command = [sys.executable, "-c", CRASH, str(tmp_path / "key"), moment]
    crashed = subprocess.run(command, cwd=ROOT, check=False, timeout=60)  # noqa: S603 - ours
    assert crashed.returncode == 9
    assert not (tmp_path / "key").exists()
    assert load_or_create(tmp_path / "key", may_create=True)
