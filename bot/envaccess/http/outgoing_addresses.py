"""Addresses that we may call because a policy names them: what a name stands for is looked at as it is used.

A name that stood for a public address when it was checked may stand for another when it is called, so the
addresses that a connection is made to are those that were checked, and no others.
"""

import ipaddress
import socket
from collections.abc import Callable
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from envaccess.domain.errors import IssuerKeysError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052): its last 32 bits are the address that is meant."""

_METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    )
)
"""Where clouds tell machines of themselves, beside link-local ones: AWS, Google, Alibaba, Azure, Oracle."""


def refuse_address(text: str, *, private: bool) -> str:
    """Why an address is not called; empty where it may be.

    Args:
        text: an address of IP.
        private: whether the policy declares that it may be one that is not public.
    """
    address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    if address.is_multicast or address.is_unspecified or address.is_link_local or address in _METADATA:
        return "an address that is never called"
    return "" if private or address.is_global else "a private address, which the policy does not declare"


def _meant(address: _Address) -> _Address:
    """The address of IPv4 that one of IPv6 stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_address(host: str) -> bool:
    """Whether a host is an address and no name: nobody resolves it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refused(fault: str) -> Exception:
    return IssuerKeysError(f"The name of an issuer's keys stands for {fault}")


class CheckedResolver(AbstractResolver):
    """Resolves names to addresses that may be called, all of them.

    Args:
        private: whether they may be private.
        refused: what to raise where one of them is not called.
    """

    def __init__(self, *, private: bool, refused: Callable[[str], Exception] = _refused) -> None:
        self._inner = ThreadedResolver()
        self._private = private
        self._refused = refused

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            Exception: one of them is not called (`refused`).
            OSError: it has none.
        """
        found = await self._inner.resolve(host, port, family)
        for result in found:
            if fault := refuse_address(result["host"], private=self._private):
                raise self._refused(fault)
        return found

    async def close(self) -> None:
        """Nothing is kept."""
        await self._inner.close()
