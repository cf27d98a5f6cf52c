"""Many users: one server for all, joined at any moment, gone with the last."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from envaccess.embedded.file_lock import is_free
from envaccess.embedded.server import EmbeddedServer
from tests.store.embedded_processes import User, connected, lives, server_of, until

pytestmark = pytest.mark.real

COUNT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import redis
from envaccess.embedded.server import EmbeddedServer
sys.stdin.readline()
for _ in range(20):
    with EmbeddedServer(Path(sys.argv[2])) as url:
        client = redis.Redis.from_url(url)
        client.incr("count")
        client.close()
print("done", flush=True)
sys.stdin.readline()
"""


def test_six_parallel_starts_give_one_server(tmp_path: Path) -> None:
    for attempt in range(3):
        home = tmp_path / str(attempt)
        with ExitStack() as users:
            six = [users.enter_context(User(home)) for _ in range(6)]
            urls = [user.url() for user in [user.begin() for user in six]]
            assert len({server_of(url) for url in urls}) == 1
        assert EmbeddedServer(home).wait_gone(20)


def test_forty_joins_while_others_leave_lose_nothing(tmp_path: Path) -> None:
    with User(tmp_path, COUNT) as one, User(tmp_path, COUNT) as other:
        one.begin()
        other.begin()
        assert (one.url(), other.url()) == ("done", "done")
    with EmbeddedServer(tmp_path) as url, connected(url) as client:
        assert client.get("count") == "40"


def test_a_join_right_after_the_last_leave_loses_nothing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    servers = set()
    for count in range(1, 41):
        with server as url, connected(url) as client:
            assert client.incr("count") == count
            servers.add(server_of(url))
        if count % 2:  # so that half of the joins come when the watcher has begun to stop
            until(lambda: not accepts_users(tmp_path) or server.wait_gone(0))
    assert len(servers) > 1
    assert server.wait_gone(20)


def test_threads_of_one_process_share_the_server(tmp_path: Path) -> None:
    def use(_: int) -> int:
        with EmbeddedServer(tmp_path) as url, connected(url) as client:
            client.incr("count")
            return server_of(url)

    with EmbeddedServer(tmp_path) as url, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(use, range(16))) == {server_of(url)}
        with connected(url) as client:
            assert client.get("count") == "16"


def test_a_second_user_keeps_the_server_when_the_first_is_killed(tmp_path: Path) -> None:
    with User(tmp_path) as first, User(tmp_path) as second:
        server = server_of(first.begin().url())
        url = second.begin().url()
        first.kill()
        with EmbeddedServer(tmp_path) as third:  # comes and goes
            assert server_of(third) == server
        assert not EmbeddedServer(tmp_path).wait_gone(0.3)
        assert server_of(url) == server
        second.end()
        assert EmbeddedServer(tmp_path).wait_gone(20)
        until(lambda: not lives(server))


def accepts_users(home: Path) -> bool:
    """Whether the watcher has not yet locked users out."""
    return is_free(home / "redis" / "in-use")
