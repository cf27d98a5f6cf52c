"""Bad homes, bad programs and bad moments: a sentence that says what to do, and nothing left behind."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from envaccess.domain.errors import EmbeddedServerError
from envaccess.embedded import binary
from envaccess.embedded import server as server_module
from envaccess.embedded.binary import find_server
from envaccess.embedded.server import EmbeddedServer
from tests.store.embedded_processes import User, connected, until

pytestmark = pytest.mark.real

SLOW = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from envaccess.embedded import server
server.find_server = lambda: Path(sys.argv[2], "slow")
sys.stdin.readline()
server.EmbeddedServer(Path(sys.argv[2])).start()
"""


def refusal_of(home: Path, runtime: Path | None = None) -> str:
    server = EmbeddedServer(home, runtime=runtime)
    with pytest.raises(EmbeddedServerError) as caught:
        server.start()
    assert server.wait_gone(20)
    return str(caught.value)


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


def long_home(tmp_path: Path) -> Path:
    return tmp_path / ("h" * 100)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A folder with a path short enough for a socket, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_a_long_home_puts_its_socket_into_a_private_runtime_folder(tmp_path: Path, runtime: Path) -> None:
    server = EmbeddedServer(long_home(tmp_path), runtime=runtime)
    with server as url, connected(url) as client:
        assert client.ping()
        socket = Path(url.removeprefix("unix://"))
        assert socket.is_relative_to(runtime)
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        with EmbeddedServer(long_home(tmp_path), runtime=tmp_path) as elsewhere:
            assert elsewhere == url
    assert server.wait_gone(20)
    until(lambda: list(runtime.iterdir()) == [])


def test_a_copied_home_does_not_join_the_server_of_the_first(tmp_path: Path, runtime: Path) -> None:
    first, copy = long_home(tmp_path), tmp_path / ("c" * 100)
    with EmbeddedServer(first, runtime=runtime) as url:
        (copy / "redis").mkdir(parents=True)
        (copy / "redis" / "address").write_bytes((first / "redis" / "address").read_bytes())
        with EmbeddedServer(copy, runtime=runtime) as other:
            assert other != url


def test_a_runtime_folder_planted_by_somebody_is_refused(tmp_path: Path, runtime: Path) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    server = EmbeddedServer(long_home(tmp_path), runtime=runtime)
    with server as url:
        planted = Path(url.removeprefix("unix://")).parent
    assert server.wait_gone(20)
    until(lambda: not planted.exists())
    planted.symlink_to(trap)
    assert "not a folder" in refusal_of(long_home(tmp_path), runtime)
    assert list(trap.iterdir()) == []


def test_no_place_for_a_socket_is_a_clear_sentence(tmp_path: Path) -> None:
    assert "too long" in refusal_of(long_home(tmp_path), long_home(tmp_path))


def test_a_file_in_place_of_the_home_is_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    server = EmbeddedServer(tmp_path / "home")
    with pytest.raises(EmbeddedServerError, match="Cannot make"):
        server.start()


def test_a_link_in_place_of_the_server_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trap").mkdir()
    (tmp_path / "redis").symlink_to(tmp_path / "trap")
    assert "not a folder" in refusal_of(tmp_path)


def test_a_link_in_place_of_a_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir(mode=0o700)
    (tmp_path / "redis" / "start").symlink_to(tmp_path / "elsewhere")
    assert "Cannot use" in refusal_of(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    os.chown(tmp_path / "redis", 12345, 12345)
    assert "another user" in refusal_of(tmp_path)


def test_a_program_that_fails_is_quoted_at_once_and_a_good_one_starts_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = program(tmp_path / "bad", "echo it is broken >&2; exit 3")
    with monkeypatch.context() as patched:
        patched.setattr(server_module, "find_server", lambda: bad)
        assert "it is broken" in refusal_of(tmp_path / "home")
    with EmbeddedServer(tmp_path / "home") as url, connected(url) as client:
        assert client.ping()


def test_a_file_that_is_no_program_is_a_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"\x00\x01")
    bad.chmod(0o700)
    monkeypatch.setattr(server_module, "find_server", lambda: bad)
    assert "Exec format error" in refusal_of(tmp_path / "home")


def test_a_watcher_that_cannot_run_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_MODULE", ("-m", "no.such.module"))
    assert "no.such" in refusal_of(tmp_path)


def test_an_interpreter_that_cannot_be_found_is_a_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sys.executable", "")
        assert "interpreter" in refusal_of(tmp_path)
        patched.setattr("sys.executable", "/no/such/python")
        assert "Cannot use" in refusal_of(tmp_path)


def test_a_start_that_takes_too_long_is_given_up_and_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = program(tmp_path / "slow", "exec sleep 600")
    monkeypatch.setattr(server_module, "find_server", lambda: slow)
    monkeypatch.setattr(server_module, "PATIENCE", 0.3)
    assert "did not start" in refusal_of(tmp_path / "home")


def test_kill_9_of_the_starter_in_the_middle_of_a_start_leaves_nothing(tmp_path: Path) -> None:
    program(tmp_path / "slow", "exec sleep 600")
    with User(tmp_path, SLOW) as starter:
        starter.begin()
        server = EmbeddedServer(tmp_path)
        until(lambda: (tmp_path / "redis" / "server").exists() and not server.wait_gone(0))
        starter.kill()
        assert server.wait_gone(20)
    with server as url, connected(url) as client:
        assert client.ping()


@pytest.mark.parametrize(
    ("lock", "kind", "words"),
    [
        ("start", fcntl.LOCK_SH, "too long"),
        ("in-use", fcntl.LOCK_EX, "does not stop"),
        ("server", fcntl.LOCK_EX, "does not answer"),
    ],
)
def test_a_lock_that_is_never_let_go_is_a_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str, kind: int, words: str
) -> None:
    with EmbeddedServer(tmp_path) as url:
        assert url
    assert EmbeddedServer(tmp_path).wait_gone(20)
    monkeypatch.setattr(server_module, "PATIENCE", 0.05)
    with (tmp_path / "redis" / lock).open("rb") as held:
        fcntl.flock(held, kind)
        with pytest.raises(EmbeddedServerError, match=words):
            EmbeddedServer(tmp_path).start()


def test_a_server_on_the_path_serves_where_the_wheel_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "redis-server").symlink_to(find_server())
    monkeypatch.setattr(binary, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_server() == tmp_path / "bin" / "redis-server"
    with EmbeddedServer(tmp_path / "home") as url, connected(url) as client:
        assert client.ping()


def test_no_server_program_at_all_is_a_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binary, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    sentence = refusal_of(tmp_path / "home")
    assert "Install Valkey" in sentence
    assert "REDIS_URL" in sentence
