"""Limits by address: who counts together, who does not count, and who pays for whom."""

import resource
from ipaddress import ip_network

import pytest

from envaccess.http.limits import FEWEST, MOST, RESERVED, SHARE, Limits, connections_allowed

MANY = 800


class Client:
    closed: str | None = None

    def close_for_another(self, why: str) -> None:
        self.closed = why


def admitted(limits: Limits, peer: object, count: int) -> list[Client]:
    """So many connections from one peer; those that were let in and not closed since."""
    clients = [client for client in (Client() for _ in range(count)) if limits.admit(client, peer)]
    return [client for client in clients if client.closed is None]


def test_one_address_has_an_eighth_and_takes_from_itself_only() -> None:
    limits = Limits(MANY)
    other = admitted(limits, ("198.51.100.1", 1), 1)
    assert len(admitted(limits, ("203.0.113.7", 1), MANY)) == MANY // SHARE
    assert other[0].closed is None


@pytest.mark.parametrize(
    "peer", [("127.0.0.1", 1), ("::1", 1, 0, 0), ("::ffff:127.0.0.1", 1, 0, 0), "", None, ()]
)
def test_this_machine_is_not_limited_by_address(peer: object) -> None:
    assert len(admitted(Limits(MANY), peer, MANY)) == MANY


def test_an_address_of_ipv4_is_the_same_when_it_comes_by_ipv6() -> None:
    limits = Limits(MANY)
    admitted(limits, ("203.0.113.7", 1), MANY // SHARE)
    late = Client()
    assert limits.admit(late, ("::ffff:203.0.113.7", 1, 0, 0))
    assert len(admitted(limits, ("203.0.113.8", 1), MANY // SHARE)) == MANY // SHARE
    assert limits._by_address.keys() == {"203.0.113.7", "203.0.113.8"}


def test_a_network_of_ipv6_is_one_address() -> None:
    limits = Limits(MANY)
    clients = [Client() for _ in range(MANY)]
    for number, client in enumerate(clients):
        limits.admit(client, (f"2001:db8:0:7::{number:x}", 1, 0, 0))
    assert sum(client.closed is None for client in clients) == MANY // SHARE


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5"])
def test_a_trusted_proxy_is_not_limited_by_address(peer: str) -> None:
    trusted = [ip_network("10.0.0.0/8"), ip_network("2001:db8::5")]
    assert len(admitted(Limits(MANY, trusted), (peer, 1), MANY)) == MANY
    assert len(admitted(Limits(MANY), (peer, 1), MANY)) == MANY // SHARE


def test_what_left_counts_no_more_and_is_forgotten() -> None:
    limits = Limits(MANY)
    for _ in range(3):
        for client in admitted(limits, ("203.0.113.7", 1), MANY // SHARE):
            limits.left(client)
            limits.left(client)
            limits.waits(client, known=False)
            limits.works(client)
    assert limits._by_address == {}
    assert limits._all.count == 0


def test_room_is_made_by_those_that_wait() -> None:
    limits = Limits(MANY)
    clients = admitted(limits, ("203.0.113.7", 1), 3)
    limits.works(clients[0])
    limits.make_room(8)
    assert [client.closed for client in clients] == [None, "too_few_descriptors", "too_few_descriptors"]


@pytest.mark.parametrize(
    ("soft", "allowed"),
    [(1_024, 1_024 - RESERVED), (256, 128), (60, FEWEST), (1_048_576, MOST), (resource.RLIM_INFINITY, MOST)],
)
def test_as_many_are_allowed_as_there_are_descriptors_to_spare(
    soft: int, allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, resource.RLIM_INFINITY))
    assert connections_allowed() == allowed


def test_a_connection_that_proved_whose_it_is_counts_for_its_principal_and_no_more_for_its_address() -> None:
    """People behind one address do not take each other's place, and one of them not everybody's."""
    limits = Limits(160)
    closed: list[str] = []

    class Line:
        def __init__(self, name: str) -> None:
            self.name = name

        def close_for_another(self, why: str) -> None:
            closed.append(f"{self.name}: {why}")

    office = ("203.0.113.7", 1)
    for number in range(60):
        line = Line(f"line-{number}")
        assert limits.admit(line, office)
        limits.proven(line, f"U{number % 3}")
    assert closed == []
    strangers = [Line(f"stranger-{number}") for number in range(21)]
    assert all(limits.admit(line, office) for line in strangers)
    assert closed == ["stranger-0: too_many_from_one_address"]
    for line in strangers:
        limits.left(line)
    assert limits._by_address.keys() == {"U0", "U1", "U2"}
    closed.clear()
    mine = [Line(f"mine-{number}") for number in range(21)]
    for line in mine:
        assert limits.admit(line, None)
        limits.proven(line, "U9")
        limits.waits(line, known=True)
    assert closed == ["mine-0: too_many_of_one_principal"]
