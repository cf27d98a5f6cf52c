"""How many connections may be open, in all and from one address, and which one is closed for a newcomer.

At a limit the connection goes that has kept us waiting the longest: for the rest of a request, for the next
one, or for somebody to read our answer. So a newcomer always gets its turn, and half-sent requests push out
only each other. Those that have brought a signed request before go last, and never one whose request is
complete and being answered.

From one address come at most an eighth of all; a connection that has proven whose it is counts for its
principal instead, who has as many: people behind one address do not take each other's. Not limited by address
are trusted proxies, behind which is everybody, and this machine itself, where a proxy is common. IPv6 is
counted by /64: one machine has them all.
"""

import resource
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from envaccess.http.addresses import Network, counted_as, read_address

RESERVED: Final = 128
"""Descriptors that are left for Redis, Slack, files and what is just being accepted."""
MOST: Final = 4_096
"""However many descriptors there are: each connection costs memory as well."""
FEWEST: Final = 16
SHARE: Final = 8


class Closable(Protocol):
    """A connection."""

    def close_for_another(self, why: str) -> None:
        """Close at once, because there are too many."""
        ...


def connections_allowed() -> int:
    """How many connections this process may hold: its soft limit of open files, less what it needs itself."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, max(FEWEST, soft - RESERVED))


@dataclass(slots=True)
class _Group:
    """Connections that share a limit.

    Those that wait for their client are in `unknown` or in `known`, the longest first.
    """

    limit: int
    why: str
    count: int = 0
    unknown: dict[Closable, None] = field(default_factory=dict)
    known: dict[Closable, None] = field(default_factory=dict)

    def forget(self, connection: Closable) -> None:
        """It does not wait."""
        self.unknown.pop(connection, None)
        self.known.pop(connection, None)


class Limits:
    """Counts connections, and closes some."""

    def __init__(self, most: int, trusted: Iterable[Network] = ()) -> None:
        """Count nothing yet.

        Args:
            most: how many connections there may be.
            trusted: peers that are proxies, and not limited by address.
        """
        self._trusted: Sequence[Network] = tuple(trusted)
        self._of_address = max(FEWEST, most // SHARE)
        self._all = _Group(most, "too_many_connections")
        self._by_address: dict[str, _Group] = {}
        self._addresses: dict[Closable, str] = {}

    def admit(self, connection: Closable, peer: object) -> bool:
        """Count a new connection, which waits for its client; False when there is no room for it.

        Args:
            connection: whose it is.
            peer: the address as `getpeername` gives it.
        """
        address = self._counted_as(peer)
        if not all(self._make_room(group) for group in self._groups(address)):
            return False
        self._enter(connection, address)
        return True

    def _enter(self, connection: Closable, address: str) -> None:
        self._addresses[connection] = address
        for group in self._groups(address):
            group.count += 1
            group.unknown[connection] = None

    def waits(self, connection: Closable, *, known: bool) -> None:
        """From now on it waits for its client; `known` says whether that has shown who it is."""
        for group in self._of(connection):
            group.forget(connection)
            (group.known if known else group.unknown)[connection] = None

    def proven(self, connection: Closable, principal: str) -> None:
        """From now on it counts for whoever it belongs to, and not for its address."""
        before = self._addresses.get(connection)
        if before is None or before == principal:
            return
        self.left(connection)
        self._make_room(self._groups(principal)[0])
        self._enter(connection, principal)
        self.works(connection)

    def works(self, connection: Closable) -> None:
        """Its request is complete: it is not closed for others."""
        for group in self._of(connection):
            group.forget(connection)

    def left(self, connection: Closable) -> None:
        """It is closed. May be said again."""
        address = self._addresses.get(connection)
        if address is None:
            return
        for group in self._groups(address):
            group.count -= 1
            group.forget(connection)
        del self._addresses[connection]
        if address and not self._by_address[address].count:
            del self._by_address[address]

    def make_room(self, count: int) -> None:
        """Close so many that wait, because something else ran out."""
        for connection in [*self._all.unknown, *self._all.known][:count]:
            self._close(connection, "too_few_descriptors")

    def _make_room(self, group: _Group) -> bool:
        if group.count >= group.limit:
            longest = next(iter(group.unknown or group.known), None)
            if longest is None:
                return False
            self._close(longest, group.why)
        return True

    def _close(self, connection: Closable, why: str) -> None:
        self.left(connection)
        connection.close_for_another(why)

    def _of(self, connection: Closable) -> list[_Group]:
        address = self._addresses.get(connection)
        return [] if address is None else self._groups(address)

    def _groups(self, address: str) -> list[_Group]:
        """Those that an address counts in; its own first, so that it pays for itself."""
        if not address:
            return [self._all]
        own = self._by_address.get(address)
        if own is None:
            own = self._by_address[address] = _Group(self._of_address, _why(address))
        return [own, self._all]

    def _counted_as(self, peer: object) -> str:
        """What an address counts as; empty where it is not limited."""
        found = read_address(peer)
        if found is None or found.is_loopback or any(found in network for network in self._trusted):
            return ""
        return counted_as(found)


def _why(owner: str) -> str:
    """Why a connection of this address or principal is closed: only an address has a dot or a colon."""
    return "too_many_from_one_address" if "." in owner or "::" in owner else "too_many_of_one_principal"
