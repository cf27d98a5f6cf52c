"""A log that a power cut tore still loads, with all that was confirmed; other damage is not hidden."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.errors import EmbeddedServerError
from envaccess.embedded.append_only import LONGEST_TAIL, _ends_whole, mend
from envaccess.embedded.binary import find_server
from envaccess.embedded.server import EmbeddedServer
from tests.store.embedded_processes import connected

COMMAND = b"*3\r\n$3\r\nSET\r\n$3\r\nnew\r\n$3\r\nyes\r\n"
MULTI = b"*1\r\n$5\r\nMULTI\r\n"
SEED = bytes(range(128, 256))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The append-only file of a home that has three keys."""
    server = EmbeddedServer(tmp_path)
    with server as url, connected(url) as client:
        for number in range(3):
            client.set(f"key{number}", "kept")
    assert server.wait_gone(20)
    (log,) = (tmp_path / "redis" / "data" / "appendonlydir").glob("*.incr.aof")
    return log


@pytest.mark.real
@pytest.mark.parametrize(
    "tail",
    [
        COMMAND[:-1],
        COMMAND[:5],
        bytes(4096),
        bytes(1),
        SEED * 4,
        COMMAND[:12] + bytes(4096),
        MULTI + COMMAND,
        MULTI + COMMAND + bytes(500),
        MULTI + COMMAND + COMMAND[:9] + SEED,
    ],
)
def test_a_torn_end_does_not_stop_the_start_and_confirmed_writes_stay(
    log: Path, tmp_path: Path, tail: bytes
) -> None:
    with log.open("ab") as file:
        file.write(tail)
    with EmbeddedServer(tmp_path) as url, connected(url) as client:
        assert sorted(client.keys()) == ["key0", "key1", "key2"]
        client.set("later", "kept")
    with EmbeddedServer(tmp_path) as url, connected(url) as client:
        assert client.dbsize() == 4


@pytest.mark.real
def test_what_is_cut_off_is_kept_beside_the_log(log: Path, tmp_path: Path) -> None:
    size = log.stat().st_size
    with log.open("ab") as file:
        file.write(SEED)
    with EmbeddedServer(tmp_path):
        assert log.with_name(f"{log.name}.torn-at-{size}").read_bytes() == SEED


@pytest.mark.real
@pytest.mark.parametrize("damage", [SEED + COMMAND, bytes(LONGEST_TAIL + 1)])
def test_damage_that_is_no_torn_end_is_refused_and_left_alone(
    log: Path, tmp_path: Path, damage: bytes
) -> None:
    with log.open("ab") as file:
        file.write(damage)
    before = log.read_bytes()
    with pytest.raises(EmbeddedServerError, match="append only file"):
        EmbeddedServer(tmp_path).start()
    assert log.read_bytes() == before


@pytest.mark.real
def test_damage_in_the_middle_is_refused_and_left_alone(log: Path, tmp_path: Path) -> None:
    damaged = log.read_bytes().replace(b"key1", b"\x00\x00\x00\x00\x00")
    log.write_bytes(damaged)
    with pytest.raises(EmbeddedServerError):
        EmbeddedServer(tmp_path).start()
    assert log.read_bytes() == damaged


def test_nothing_is_mended_where_nothing_is_wrong(log: Path) -> None:
    before = log.read_bytes()
    assert not mend(str(find_server()), log.parents[1])
    assert not mend(str(find_server()), log.parent)
    assert not mend("/no/such/valkey-server", log.parents[1])
    assert not mend("/bin/echo", log.parents[1])
    assert log.read_bytes() == before


@given(st.binary(max_size=50), st.lists(st.binary(max_size=20), min_size=1, max_size=4))
def test_a_whole_last_command_is_recognised_behind_any_damage(damage: bytes, arguments: list[bytes]) -> None:
    parts = [b"$%d\r\n%s\r\n" % (len(argument), argument) for argument in arguments]
    command = b"*%d\r\n%s" % (len(parts), b"".join(parts))
    assert _ends_whole(damage + command)
    assert not _ends_whole(damage + command[:-1])
    assert not _ends_whole(damage + command + b"\x00")
