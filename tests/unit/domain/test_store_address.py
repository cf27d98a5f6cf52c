"""What an address of the store says, by its words alone."""

import pytest

from envaccess.domain.store_address import Locating, read_address


def test_one_server_is_left_to_the_library_as_it_stands() -> None:
    for url in ("redis://user:a%40b@h/0?db=1", "unix:///run/redis.sock", "rediss://h"):
        found = read_address(url)
        assert (found.locating, found.url, found.endpoints) == (Locating.FIXED, url, ())


def test_sentinels_are_named_with_what_they_call_the_primary() -> None:
    found = read_address(
        "rediss+sentinel://user:a%40b@one,two:7000,[::1]:7001/my%2Dmain/2"
        "?sentinel_username=watch&sentinel_password=w%26rd-for-tests&ssl_ca_certs=/own.pem"
    )
    assert found.locating is Locating.SENTINEL
    assert found.endpoints == (("one", 26379), ("two", 7000), ("::1", 7001))
    assert (found.service, found.user, found.password) == ("my-main", "watch", "w&rd-for-tests")
    assert found.url == "rediss://user:a%40b@one/2?ssl_ca_certs=%2Fown.pem"


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    found = read_address("redis+cluster://:word-for-tests@one:7000,two")
    assert found.locating is Locating.CLUSTER
    assert found.endpoints == (("one", 7000), ("two", 6379))
    assert found.url == "redis://:word-for-tests@one:7000/"


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("redis+sentinel://127.0.0.1,localhost:7,[::1]/main", False),
        ("redis+sentinel://127.0.0.1,10.0.0.7/main", True),
        ("redis+cluster://localhost,localhost.example", True),
        ("redis+cluster://127.0.0.1:7000", False),
    ],
)
def test_one_that_is_not_this_machine_makes_all_remote(url: str, remote: bool) -> None:
    assert read_address(url).remote is remote


def test_no_password_is_printed() -> None:
    found = read_address("redis+sentinel://:word-for-tests@one/main?sentinel_password=watch-for-tests")
    assert "for-tests" not in repr(found)
