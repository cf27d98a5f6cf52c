"""One user: the server starts, keeps what it confirmed, keeps to itself, and ends with its user."""

import os
import select
import signal
import stat
import sys
from pathlib import Path

import pytest
import redis

from envaccess.embedded import server as server_module
from envaccess.embedded.server import EmbeddedServer
from tests.store.embedded_processes import User, connected, kill, lives, parent_of, server_of, until

pytestmark = pytest.mark.real
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    for count in range(1, 4):
        server = EmbeddedServer(tmp_path)
        with server as url, connected(url) as client:
            assert client.incr("count") == count
        assert server.wait_gone(20)


def test_every_write_is_on_disk_before_its_answer_and_nothing_is_evicted(tmp_path: Path) -> None:
    wanted = {
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
        "unixsocketperm": "700",
        "aof-load-truncated": "yes",
    }
    with EmbeddedServer(tmp_path) as url, connected(url) as client:
        found = client.config_get(*wanted)
        assert {name: found[name] for name in wanted} == wanted


def test_everything_is_private_to_its_owner(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with EmbeddedServer(tmp_path / "home"):
            home = tmp_path / "home"
            found = [home, *home.rglob("*")]
            assert any(stat.S_ISSOCK(path.lstat().st_mode) for path in found)
            assert [
                path for path in found if path.is_dir() and stat.S_IMODE(path.stat().st_mode) != 0o700
            ] == []
            assert [path for path in found if path.stat().st_mode & 0o077 and not path.is_dir()] == []
    finally:
        os.umask(before)


def test_a_server_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis").chmod(0o755)
    with EmbeddedServer(tmp_path):
        assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name", ["a b", "q'u\"o\\te", "n\u00f6n-\u00e5scii", "100%25?x#y", "--save", "$HOME;x"]
)
def test_a_home_of_any_name_serves(tmp_path: Path, name: str) -> None:
    server = EmbeddedServer(tmp_path / name)
    with server as url, connected(url) as client:
        assert client.ping()
    assert server.wait_gone(20)


def test_a_relative_home_serves_after_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server = EmbeddedServer(Path("home"))
    monkeypatch.chdir("/")
    with server as url, connected(url) as client:
        assert client.ping()
        assert (tmp_path / "home" / "redis").is_dir()
    assert server.wait_gone(20)


def test_the_end_of_the_only_user_ends_server_and_watcher(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    process = server_of(server.start())
    assert not server.wait_gone(0)
    server.close()
    server.close()
    assert server.wait_gone(20)
    until(lambda: not lives(process))


def test_kill_9_of_the_only_user_ends_server_and_watcher(tmp_path: Path) -> None:
    with User(tmp_path) as user:
        process = server_of(user.begin().url())
        user.kill()
        assert EmbeddedServer(tmp_path).wait_gone(20)
        until(lambda: not lives(process))


def test_a_home_that_was_never_used_has_no_server_and_is_not_made(tmp_path: Path) -> None:
    assert EmbeddedServer(tmp_path / "home").wait_gone(0)
    assert not (tmp_path / "home").exists()


def test_kill_9_of_the_server_is_mended_while_it_is_in_use(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as url, connected(url) as client:
        client.set("kept", "yes")
        for _ in range(3):
            first = server_of(url)
            kill(first)
            until(lambda: serves(url))
            assert server_of(url) != first
            assert client.get("kept") == "yes"


def test_the_next_start_after_kill_9_of_the_server_has_its_data(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    url = server.start()
    with connected(url) as client:
        client.set("kept", "yes")
    kill(server_of(url))
    server.close()
    with EmbeddedServer(tmp_path) as again, connected(again) as client:
        assert client.get("kept") == "yes"


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_whole_group_leaves_a_user_its_server(tmp_path: Path, number: signal.Signals) -> None:
    """A service manager's stop signals every process at once, and the bot still has work to finish."""
    with EmbeddedServer(tmp_path) as url, connected(url) as client:
        client.set("kept", "yes")
        server = server_of(url)
        watcher = parent_of(server)
        os.kill(watcher, number)
        os.kill(server, number)
        until(lambda: serves(url))
        assert client.get("kept") == "yes"
        assert lives(watcher)


@linux
@pytest.mark.parametrize("kernel_ties", [True, False])
def test_kill_9_of_the_watcher_takes_the_server_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kernel_ties: bool
) -> None:
    program = (
        f"import envaccess.embedded.watcher as watcher; watcher.KERNEL_TIES = {kernel_ties}; watcher.main()"
    )
    monkeypatch.setattr(server_module, "_MODULE", ("-S", "-P", "-c", program))
    server = EmbeddedServer(tmp_path)
    with server as url:
        with connected(url) as client:
            client.set("kept", "yes")
        process = server_of(url)
        kill(parent_of(process))
        until(lambda: not lives(process))
        with connected(server.start()) as client:
            assert client.get("kept") == "yes"
    assert server.wait_gone(20)


@linux
def test_server_and_watcher_know_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-test")
    with EmbeddedServer(tmp_path) as url:
        server = server_of(url)
        for process in (server, parent_of(server)):
            assert b"xoxb" not in Path(f"/proc/{process}/environ").read_bytes()


@linux
def test_server_and_watcher_hold_no_folder_and_no_input_of_their_starter(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as url:
        server = server_of(url)
        for process in (server, parent_of(server)):
            assert Path(f"/proc/{process}/fd/0").readlink() == Path("/dev/null")
            assert Path(f"/proc/{process}/cwd").readlink().is_relative_to(tmp_path)
            assert not ends_with_terminal(process)


def test_a_pipe_of_the_user_is_not_held_open(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    with EmbeddedServer(tmp_path):
        os.close(writing)
        assert select.select([reading], [], [], 0)[0]
        assert os.read(reading, 1) == b""
    os.close(reading)


def test_the_log_is_bounded(tmp_path: Path) -> None:
    log = tmp_path / "redis" / "log"
    with EmbeddedServer(tmp_path):
        with log.open("ab") as file:
            file.write(b"x" * 1_100_000)
        until(lambda: log.stat().st_size < 100_000)


def test_the_watcher_loads_little(tmp_path: Path) -> None:
    """Its start is part of every start; redis-py alone would double that."""
    heavy = "{'redis', 'pathlib', 'subprocess', 'asyncio', 'typing', 'dataclasses', 'hashlib', 'logging'}"
    program = f"import sys, envaccess.embedded.watcher; print(sorted({heavy} & set(sys.modules)))"
    with User(tmp_path, f"import sys; sys.path.insert(0, sys.argv[1]); {program}") as process:
        assert process.url() == "[]"


def test_starting_again_keeps_the_server(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    first = server_of(server.start())
    assert server_of(server.start()) == first
    server.close()
    assert server.wait_gone(20)


def serves(url: str) -> bool:
    """Whether the server answers at this moment."""
    try:
        return server_of(url) > 0
    except redis.RedisError:
        return False


def ends_with_terminal(process: int) -> bool:
    """Whether a process has a controlling terminal, whose end would send it a signal."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[4] != "0"
