"""REDIS_URL by its words alone: what is remote, what is encrypted, whose password is whose."""

import re
from pathlib import Path

import pytest
from redis.asyncio.connection import parse_url

from envaccess.domain.errors import SettingsError
from envaccess.domain.health import Transport
from envaccess.settings import Settings


def transport(url: str) -> Transport:
    found = Settings.explicit(home=Path("/nowhere"), redis_url=url).transport
    assert found
    return found


def test_the_embedded_server_has_no_transport() -> None:
    assert Settings.explicit(home=Path("/nowhere")).transport is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://LOCALHOST:6379/0",
        "redis://127.0.0.1",
        "redis://127.255.0.9:7000",
        "redis://[::1]:6379/1",
        "redis:///2",
        "redis://:word-for-tests@/0",
        "unix:///run/redis.sock?db=1",
        "unix://user:word-for-tests@/run/redis.sock",
        "rediss://localhost?ssl_cert_reqs=none",
    ],
)
def test_this_machine_is_not_remote(url: str) -> None:
    assert not transport(url).remote


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis.example",
        "redis://10.0.0.5",
        "redis://192.168.1.1",
        "redis://172.17.0.1",
        "redis://169.254.1.1",
        "redis://0.0.0.0",
        "redis://[fe80::1]",
        "redis://[::]",
        "redis://[::1%2eredis.example]",
        "redis://[::1%25.redis.example]",
        "redis://redis",
        "redis://host.docker.internal",
        "redis://localhost.",
        "redis://localhost.example",
        "redis://localhost@redis.example",
        "redis://127.0.0.1@redis.example",
        "redis://127.0.0.1.nip.io",
        "redis://127.1",
        "redis://2130706433",
        "redis://0x7f000001",
        "redis://%6cocalhost",
        "redis://local%68ost",
    ],
)
def test_whatever_is_not_literally_this_machine_is_remote(url: str) -> None:
    """A name's answer can be forged, and a private network has other people on it."""
    assert transport(url).remote


@pytest.mark.parametrize(
    ("url", "tls", "verified"),
    [
        ("redis://redis.example", False, False),
        ("rediss://redis.example", True, True),
        ("rediss://redis.example?ssl_cert_reqs=required", True, True),
        ("rediss://redis.example?ssl_cert_reqs=optional", True, True),
        ("rediss://redis.example?ssl_cert_reqs=none", True, False),
        ("rediss://redis.example?db=1&ssl_cert_reqs=none", True, False),
        ("rediss://redis.example?ssl_check_hostname=false", True, False),
        ("rediss://redis.example?ssl_check_hostname=No", True, False),
        ("rediss://redis.example?ssl_check_hostname=0&ssl_ca_certs=/etc/own.pem", True, True),
        ("rediss://redis.example?ssl_cert_reqs=none&ssl_ca_certs=/etc/own.pem", True, False),
    ],
)
def test_tls_counts_only_where_the_certificate_is_checked(url: str, tls: bool, verified: bool) -> None:
    found = transport(url)
    assert (found.tls, found.verified) == (tls, verified)


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("redis://redis.example", False),
        ("redis://user@redis.example", False),
        ("redis://user:@redis.example", False),
        ("redis://:word-for-tests@redis.example", True),
        ("redis://user:word-for-tests@redis.example", True),
        ("redis://redis.example?password=word-for-tests", True),
        ("redis://redis.example?username=user", False),
    ],
)
def test_a_password_is_seen_wherever_it_stands(url: str, password: bool) -> None:
    assert transport(url).password is password


@pytest.mark.parametrize(
    "url",
    [
        "redis://user:a%23b%2Fc%3Fd%40e%25f%20g@redis.example:6380/3",
        "rediss://user:a@b@redis.example?ssl_check_hostname=false&db=4&health_check_interval=10",
        "unix://user:word@/run/redis.sock?db=0&max_connections=4",
        "redis:///?socket_timeout=1.5&socket_keepalive=yes&client_name=bot",
    ],
)
def test_what_we_take_is_read_alike_by_the_library(url: str) -> None:
    """A host that we call local and the library reads as another would be a hole."""
    read = parse_url(url)
    found = transport(url)
    assert found.password is bool(read.get("password"))
    assert found.remote is (read.get("host") not in {None, "localhost"})


def test_every_spelling_of_a_password_is_hidden_from_the_log() -> None:
    url = "redis://user:a%23b-tests@redis.example?ssl_password=k%2Fy-tests"
    texts = Settings.explicit(
        home=Path("/nowhere"), redis_url=url.replace("redis://", "rediss://")
    ).secret_texts()
    assert {"a%23b-tests", "a#b-tests", "k%2Fy-tests", "k/y-tests"} <= set(texts)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis+sentinel://127.0.0.1,[::1]/main", Transport(False, False, False, False)),
        ("redis+sentinel://127.0.0.1,ten.example/main", Transport(True, False, False, False)),
        ("rediss+sentinel://:word@ten.example/main/1", Transport(True, True, True, True)),
        ("rediss+cluster://:word@ten.example?ssl_cert_reqs=none", Transport(True, True, False, True)),
        ("redis+cluster://localhost:7000,localhost:7001/0", Transport(False, False, False, False)),
    ],
)
def test_sentinels_and_nodes_travel_as_one_server_does(url: str, expected: Transport) -> None:
    assert transport(url) == expected


def test_the_sentinels_password_is_hidden_from_the_log() -> None:
    url = "redis+sentinel://:a%23b-tests@redis.example/main?sentinel_password=k%2Fy-tests"
    texts = Settings.explicit(home=Path("/nowhere"), redis_url=url).secret_texts()
    assert {"a%23b-tests", "a#b-tests", "k%2Fy-tests", "k/y-tests"} <= set(texts)


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://:password-for-tests@one,two",
        "redis+sentinel://:password-for-tests@one,,two/main",
        "redis+sentinel://:password-for-tests@one:0,two/main",
        "redis+sentinel://:password-for-tests@one;two/main",
        "redis+sentinel://:password-for-tests@/main",
        "redis+sentinel://:password-for-tests@one/main/first",
        "redis+sentinel://one/main?sentinel_password=a&sentinel_password=word-for-tests",
        "redis+sentinel://one/main?sentinel_word=word-for-tests",
        "redis+sentinel://one/main?ssl_cert_reqs=none",
        "redis+cluster://:password-for-tests@one/1",
        "redis+cluster://:password-for-tests@one/main",
        "redis+cluster://one?sentinel_password=word-for-tests",
        "redis+cluster://one?db=1&password=word-for-tests",
        "unix+sentinel://one/main",
        "redis+ring://:password-for-tests@one",
    ],
)
def test_an_address_of_sentinels_or_nodes_that_cannot_be_read_is_one_sentence(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.explicit(home=Path("/nowhere"), redis_url=url)
    assert re.fullmatch("REDIS_URL [^\n]*", str(refused.value))
    assert "for-tests" not in str(refused.value)
