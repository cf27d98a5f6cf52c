"""Which file counts, and hostile ones."""

import os
from pathlib import Path

import pytest

from envaccess.client.project import load_project
from envaccess.client.project_file import LONGEST, find_project
from envaccess.domain.errors import ProjectFileError
from tests.unit.client.project_files import MINIMAL, write_project


def test_the_nearest_file_counts_in_a_monorepo(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    near = write_project(tmp_path / "services" / "shop", repository=False)
    deep = tmp_path / "services" / "shop" / "src"
    deep.mkdir()
    assert find_project(deep) == near
    assert find_project(tmp_path / "services") == root


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_nothing_is_searched_above_the_repository(tmp_path: Path, kind: str) -> None:
    """A worktree's `.git` is a file."""
    write_project(tmp_path)
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / ".git").mkdir() if kind == "folder" else (clone / ".git").write_text("gitdir: elsewhere")
    assert find_project(clone) is None


def test_home_is_never_searched_from_below_nor_anything_above_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_project(tmp_path, repository=False)
    write_project(home, repository=False)
    (home / "downloads").mkdir()
    assert find_project(home / "downloads", home) is None
    assert find_project(home, home) == home / ".envaccess.toml"


def test_a_home_that_is_a_repository_has_a_project(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "src").mkdir()
    assert find_project(tmp_path / "src", tmp_path) == tmp_path / ".envaccess.toml"


def test_a_folder_outside_any_repository_finds_what_is_above(tmp_path: Path) -> None:
    path = write_project(tmp_path / "project", repository=False)
    (tmp_path / "project" / "src").mkdir()
    assert find_project(tmp_path / "project" / "src", tmp_path) == path


def test_a_folder_reached_by_a_link_belongs_where_it_really_is(tmp_path: Path) -> None:
    write_project(tmp_path / "evil")
    path = write_project(tmp_path / "shop")
    (tmp_path / "shop" / "src").mkdir()
    (tmp_path / "evil" / "link").symlink_to(tmp_path / "shop" / "src")
    found = load_project(tmp_path / "evil" / "link")
    assert found
    assert found.path == path


def refused(folder: Path) -> str:
    with pytest.raises(ProjectFileError) as error:
        load_project(folder)
    return str(error.value)


def test_a_link_to_another_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".envaccess.toml").symlink_to("/etc/passwd")
    told = refused(tmp_path)
    assert "root" not in told.removeprefix(str(tmp_path))
    assert "it is a symbolic link" in told


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / ".envaccess.toml").symlink_to("nowhere")
    assert "it is a symbolic link" in refused(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".envaccess.toml")
    assert "it is no regular file" in refused(tmp_path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".envaccess.toml").mkdir()
    assert "it is no regular file" in refused(tmp_path)


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    with write_project(tmp_path).open("ab") as file:
        file.truncate(10_000_000)
    assert f"it is larger than {LONGEST // 1024} KiB" in refused(tmp_path)


@pytest.mark.parametrize("found", [b"\xff\xfe", b"why = '\xe9'"])
def test_what_is_no_text_is_told(tmp_path: Path, found: bytes) -> None:
    write_project(tmp_path).write_bytes(found)
    assert "it is not text in UTF-8" in refused(tmp_path)


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    write_project(tmp_path).write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load_project(tmp_path)


@pytest.mark.parametrize(
    "bomb",
    [
        "a = " + "[" * 30_000,
        "a = " + "{a=" * 10_000,
        "a" + ".a" * 16_000 + " = 1",
        "[a" + ".a" * 16_000 + "]",
        "a = " + "9" * 30_000,
        "\n".join(f"a{number} = 1" for number in range(3_000)),
        "why = '\x1b]0;owned\x07'",
        "\0" * 100,
    ],
)
def test_a_bomb_is_told_in_a_few_lines(tmp_path: Path, bomb: str) -> None:
    """A key of 16,000 parts took Python's parser seconds (the square of them)."""
    write_project(tmp_path, bomb)
    told = refused(tmp_path)
    assert len(told.split("\n")) <= 10
    assert len(told) < 4_000
    assert "\x1b" not in told


def test_what_a_path_holds_is_not_obeyed_by_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[2J\u202eb"
    write_project(folder, "nothing")
    told = refused(folder)
    assert told.isprintable()
    assert "\\x1b[2J\\u202e" in told
