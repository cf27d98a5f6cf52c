"""Addresses: a peer's, and the client's behind proxies that are trusted to say it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
_HOPS_MAX = 20


def read_address(peer: object) -> Address | None:
    """A peer's address, IPv4 as such where it comes by IPv6; None for what is no address of IP."""
    if not isinstance(peer, (tuple, list)) or not peer:
        return None
    return _read(peer[0])


def _read(text: object) -> Address | None:
    try:
        found = ip_address(text) if isinstance(text, str) and "%" not in text else None
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def client_address(peer: object, forwarded: Sequence[str], trusted: Sequence[Network]) -> Address | None:
    """Where a call came from: each trusted hop's word counts for the one before it, nobody else's.

    Args:
        peer: as `getpeername` gives it.
        forwarded: the headers X-Forwarded-For, in their order; each proxy adds the address that it saw.
        trusted: peers that are proxies.
    """
    address = read_address(peer)
    hops = [hop.strip() for header in forwarded for hop in header.split(",")][-_HOPS_MAX:]
    while address and hops and any(address in network for network in trusted):
        said = _read(hops.pop())
        if said is None:
            break
        address = said
    return address


def counted_as(address: Address | None) -> str:
    """What an address counts as: IPv6 by /64, since one machine has them all; empty for none."""
    if address is None:
        return ""
    return str(address if address.version == 4 else ip_network((int(address), 64), strict=False))  # noqa: PLR2004 (IPv4)
