"""The session file: this user's alone, whole or not at all, and one session a server."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from envaccess.client.errors import SessionFileError
from envaccess.client.session_file import SessionFile, StoredSession
from envaccess.crypto.boxes import BoxKey
from envaccess.crypto.encoding import to_text
from envaccess.crypto.proofs import ProofKey

SESSION = StoredSession(
    "https://access.example.com", "token-for-tests", ProofKey.generate(), BoxKey.generate(), "se_1", "U1",
    "alice", "Acme", "key1.xyz", 1_900_000_000,
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    return SessionFile(tmp_path / "deep" / "state")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_session_comes_back_as_it_was_kept(file: SessionFile) -> None:
    file.save(SESSION)
    found = file.load()[SESSION.url]
    assert found.sign_key.public == SESSION.sign_key.public
    assert found.seal_key.to_bytes() == SESSION.seal_key.to_bytes()
    assert replace(found, sign_key=SESSION.sign_key, seal_key=SESSION.seal_key) == SESSION


def test_only_the_user_can_read_it(file: SessionFile) -> None:
    old = os.umask(0)
    try:
        file.save(SESSION)
    finally:
        os.umask(old)
    assert mode(file.path) == 0o600
    assert mode(file.path.parent) == 0o700


def test_no_repr_shows_a_token_or_a_key() -> None:
    assert "token-for-tests" not in repr(SESSION)
    assert to_text(SESSION.sign_key.to_bytes()) not in repr(SESSION)
    assert to_text(SESSION.seal_key.to_bytes()) not in repr(SESSION)


def test_each_server_has_one_session_and_the_last_login_stands_last(file: SessionFile) -> None:
    other = replace(SESSION, url="https://other.example.com")
    for session in (SESSION, other, replace(SESSION, name="bob")):
        file.save(session)
    assert list(file.load()) == [other.url, SESSION.url]
    assert file.load()[SESSION.url].name == "bob"
    assert file.remove(SESSION.url)
    assert not file.remove(SESSION.url)
    assert list(file.load()) == [other.url]


def test_what_a_later_version_wrote_beside_is_kept(file: SessionFile) -> None:
    file.save(SESSION)
    written = json.loads(file.path.read_text())
    written["servers"][SESSION.url]["colour"] = "green"
    file.path.write_text(json.dumps(written))
    file.save(replace(SESSION, name="bob"))
    assert json.loads(file.path.read_text())["servers"][SESSION.url]["colour"] == "green"


def test_no_file_is_no_session(file: SessionFile) -> None:
    assert file.load() == {}
    file.clear()
    assert not file.path.parent.exists()


def test_a_file_that_is_a_link_is_refused(file: SessionFile, tmp_path: Path) -> None:
    """Somebody who may write to the folder would have tokens written where they read."""
    file.save(SESSION)
    file.path.rename(tmp_path / "elsewhere.json")
    file.path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(SessionFileError):
        file.load()
    with pytest.raises(SessionFileError):
        file.save(SESSION)


def test_a_folder_that_is_a_link_is_refused(file: SessionFile, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    file.path.parent.parent.mkdir()
    file.path.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SessionFileError, match="symbolic link"):
        file.save(SESSION)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620])
def test_a_file_open_to_others_is_refused_with_its_mend(file: SessionFile, bits: int) -> None:
    file.save(SESSION)
    file.path.chmod(bits)
    with pytest.raises(SessionFileError, match="chmod 600"):
        file.load()


def test_a_folder_open_to_others_is_refused_with_its_mend(file: SessionFile) -> None:
    file.save(SESSION)
    file.path.parent.chmod(0o755)
    with pytest.raises(SessionFileError, match="chmod 700"):
        file.load()


def test_somebody_else_s_file_is_refused(file: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.save(SESSION)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(SessionFileError, match="another user"):
        file.load()


def test_a_pipe_in_its_place_holds_nobody_up(file: SessionFile) -> None:
    file.save(SESSION)
    file.path.unlink()
    os.mkfifo(file.path, 0o600)
    with pytest.raises(SessionFileError, match="regular file"):
        file.load()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": 1, "servers": []}',
        '{"format": 1, "servers": {"https://a": 1}}',
        '{"format": 1, "servers": {"https://a": {}}}',
        '{"format": 1, "servers": {"https://a": {"token": 1}}}',
        "[" * 100_000,
        "x" * 300_000,
        "\udcff",
    ],
)
def test_a_broken_file_is_a_sentence_that_says_what_to_do(file: SessionFile, text: str) -> None:
    file.save(SESSION)
    file.path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(SessionFileError, match="logout --all"):
        file.load()
    file.clear()
    assert file.load() == {}


def test_a_later_version_s_file_is_left_alone(file: SessionFile) -> None:
    file.save(SESSION)
    file.path.write_text('{"format": 2, "servers": {}}')
    with pytest.raises(SessionFileError, match="update envaccess"):
        file.save(SESSION)
    assert file.path.read_text().startswith('{"format": 2')


def test_a_full_disk_leaves_the_old_file_and_no_draft(
    file: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.save(SESSION)
    before = file.path.read_text()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SessionFileError, match="No space left"):
        file.save(replace(SESSION, name="bob"))
    assert file.path.read_text() == before
    assert sorted(path.name for path in file.path.parent.iterdir()) == ["session.json", "session.lock"]
