"""Values in files: ours alone, in memory, and gone."""

import os
import stat
from pathlib import Path

import pytest

from envaccess.domain.errors import CommandError
from envaccess.run.value_files import ValueFiles, is_in_memory, usual_folders

VALUE = "value-for-tests"


def on_disk(path: Path, *, allowed: bool = True) -> ValueFiles:
    return ValueFiles({"KEY": VALUE}, {"KEY": str(path)}, (), on_disk=allowed)


def test_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    files, before = on_disk(tmp_path / "key"), os.umask(0)
    try:
        path = Path(files.create()["KEY"])
    finally:
        os.umask(before)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == (VALUE, 0o600)
    files.remove()
    assert not path.exists()


def test_file_that_is_there_is_neither_written_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("mine")
    with pytest.raises(CommandError, match="a file already"):
        on_disk(tmp_path / "key").create()
    assert (tmp_path / "key").read_text() == "mine"


def test_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "key").symlink_to(tmp_path / "target")
    with pytest.raises(CommandError):
        on_disk(tmp_path / "key").create()
    assert not (tmp_path / "target").exists()


def test_path_on_a_disk_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with (tmp_path / "probe").open("w") as probe:
        if is_in_memory(probe.fileno()):
            pytest.skip("temporary files are in memory here")
    with pytest.raises(CommandError, match="--file-on-disk"):
        on_disk(tmp_path / "key", allowed=False).create()
    assert not (tmp_path / "key").exists()


def test_folder_that_is_no_memory_is_passed_over(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no memory file system"):
        ValueFiles({"KEY": VALUE}, {}, (str(tmp_path / "nowhere"),)).create()


def test_folder_of_our_own_is_removed_with_its_files(tmp_path: Path) -> None:
    files = ValueFiles({"A": VALUE, "B": VALUE}, {}, (str(tmp_path),), on_disk=True)
    folders = {Path(path).parent for path in files.create().values()}
    (folder,) = folders
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files.remove()
    assert not folder.exists()


def test_value_is_in_no_repr(tmp_path: Path) -> None:
    assert VALUE not in repr(on_disk(tmp_path / "key"))


def test_person_s_own_runtime_folder_comes_first() -> None:
    assert usual_folders("/run/user/1000", None)[0] == "/run/user/1000"
