"""Where a call came from: a proxy's word counts only if that proxy is trusted, hop by hop."""

from ipaddress import ip_network

import pytest

from envaccess.http.addresses import client_address, counted_as

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("2001:db8:ff::/48")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1"], "127.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4, 10.9.9.9:80"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("2001:db8:ff::1", ["2001:db8::7"], "2001:db8::7"),
    ],
)
def test_a_forwarded_address_counts_from_trusted_proxies_alone(
    peer: str, forwarded: list[str], found: str
) -> None:
    assert str(client_address((peer, 1), forwarded, TRUSTED)) == found


def test_a_unix_socket_has_no_address() -> None:
    assert client_address("", ["1.2.3.4"], TRUSTED) is None
    assert counted_as(None) == ""


def test_one_ipv6_network_counts_as_one_client() -> None:
    found = {counted_as(client_address((f"2001:db8::{last}", 1, 0, 0), [], [])) for last in (1, 2, 3)}
    assert found == {"2001:db8::/64"}
