"""A credential's file is read again while serving: nothing of ours goes to a source by it."""

import os
from pathlib import Path

import pytest

from envaccess.domain.sources.file import SourcesFile
from envaccess.sources.credentials import LiveCredential
from envaccess.wiring.sources import load_sources
from tests.fakes.kept_over_http import kept_over_http
from tests.unit.sources_file.test_attack_sources_file import SECRET, kept

__all__ = ["kept_over_http"]
pytestmark = pytest.mark.usefixtures("kept_over_http")


def _live(tmp_path: Path) -> tuple[LiveCredential, Path]:
    """A credential that was read as `sources.yml` says, and is read again whenever its file changes."""
    token, file = tmp_path / "token", tmp_path / "sources.yml"
    token.write_text("first-for-tests\n")
    file.write_text(kept(token=f"file:{token}"))
    found = load_sources(file)
    assert isinstance(found, SourcesFile)
    live = LiveCredential(next(found.sources["kv"].credentials()), lambda _: None)
    assert live.now() == "first-for-tests"
    return live, token


@pytest.mark.parametrize("how", ["link", "hard link", "named later", "generated key", "folder of links"])
def test_a_file_of_ours_in_the_place_of_a_credential_goes_to_no_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The path was checked when the file was loaded, and is read again for as long as the bot runs."""
    live, token = _live(tmp_path)
    ours = tmp_path / ("master.key" if how == "generated key" else "keys")
    ours.write_text(SECRET)
    if how != "generated key":
        monkeypatch.setenv("ENVACCESS_MASTER_KEYS_FILE", str(token if how == "named later" else ours))
    if how == "named later":
        token.write_text(SECRET)
    elif how == "folder of links":
        (tmp_path / "way").symlink_to(tmp_path)
        token.unlink()
        token.symlink_to(tmp_path / "way" / "keys")
    else:
        token.unlink()
        os.link(ours, token) if how == "hard link" else token.symlink_to(ours)
    assert live.now() == "first-for-tests"
    token.unlink()
    token.write_text("second-for-tests")
    monkeypatch.delenv("ENVACCESS_MASTER_KEYS_FILE", raising=False)
    assert live.now() == "second-for-tests", "it goes on where it is a credential again"


@pytest.mark.parametrize("path", ["/proc/self/environ", "/proc/thread-self/environ", "/proc/self/cmdline"])
def test_nor_does_what_a_process_is_told(tmp_path: Path, path: str) -> None:
    live, token = _live(tmp_path)
    token.unlink()
    token.symlink_to(path)
    assert live.now() == "first-for-tests"


@pytest.mark.parametrize("left", ["pipe", "huge", "unreadable", "folder", "circle", "empty"])
def test_a_credential_whose_file_is_spoiled_is_as_it_was(tmp_path: Path, left: str) -> None:
    live, token = _live(tmp_path)
    token.unlink()
    match left:
        case "pipe":
            os.mkfifo(token)
        case "huge":
            token.write_bytes(b"x" * 70_000)
        case "unreadable" if os.geteuid() != 0:
            token.write_text(SECRET)
            token.chmod(0)
        case "folder":
            token.mkdir()
        case "circle":
            token.symlink_to(token)
        case _:
            token.write_text(" \n")
    assert live.now() == "first-for-tests"


def test_a_link_that_is_swapped_between_look_and_opening_gets_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked about is the open file, not a path that leads elsewhere by then."""
    live, token = _live(tmp_path)
    (tmp_path / "keys").write_text(SECRET)
    monkeypatch.setenv("ENVACCESS_MASTER_KEYS_FILE", str(tmp_path / "keys"))
    opens = os.open

    def swapping(path: str, flags: int, *more: int) -> int:
        if path == str(token):
            token.unlink()
            token.symlink_to(tmp_path / "keys")
            opened = opens(path, flags, *more)
            token.unlink()
            token.write_text("harmless-for-tests")
            return opened
        return opens(path, flags, *more)

    token.write_text("other-for-tests")
    monkeypatch.setattr(os, "open", swapping)
    assert live.now() == "first-for-tests"
