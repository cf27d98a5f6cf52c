"""One Vault or OpenBao: values that it keeps, and logins that it makes."""

from collections.abc import Callable, Mapping, Sequence

from envaccess.domain.leases import Gone, HeldLease, LeaseId, LeaseIntent, Minted, StillThere, TimeLeft
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.kinds.vault import VaultSpec
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.sources.value import Value
from envaccess.sources.http_client import HttpClient
from envaccess.sources.vault.api import VaultApi
from envaccess.sources.vault.checks import VaultChecks
from envaccess.sources.vault.kv import VaultKv
from envaccess.sources.vault.leases import VaultLeases
from envaccess.sources.vault.session import VaultSession


class VaultAdapter:
    """Everything that this kind offers.

    Args:
        spec: which server, and how we log in.
        http: what sends.
        clock: seconds that only go forward.
        withhold: is told of every token, so that the log removes it.
    """

    def __init__(
        self, spec: VaultSpec, http: HttpClient, clock: Callable[[], float], withhold: Callable[[str], None]
    ) -> None:
        self._session = VaultSession(VaultApi(spec, http), clock, withhold)
        self._kv = VaultKv(self._session)
        self._leases = VaultLeases(self._session)
        self._checks = VaultChecks(self._session)

    async def read(self, place: ReadPlace) -> Value:
        """The newest version of a field. Raises `SourceFaultError`."""
        return await self._kv.read(place)

    async def names(self) -> Sequence[FoundSecret]:
        """Every field of every secret that we may list. Raises `SourceFaultError`."""
        return await self._kv.names()

    async def put(
        self,
        op: str,  # noqa: ARG002 - a repetition is known by what is there
        place: ReadPlace,
        text: str,
        *,
        after: str,
        fields: Mapping[str, str] | None = None,
    ) -> str:
        """Write a field where `after` is the newest version. Raises as `Publisher.put`."""
        return await self._kv.put(place, text, after=after, fields=fields)

    async def pin(self, lease: LeaseId, place: LeasePlace) -> Mapping[str, str]:
        """As `Leases.pin`."""
        return await self._leases.pin(lease, place)

    async def mint(self, lease: LeaseIntent, left: TimeLeft) -> Minted:
        """As `Leases.mint`."""
        return await self._leases.mint(lease, left)

    async def extend(self, lease: HeldLease, left: TimeLeft) -> int | None:
        """As `Leases.extend`."""
        return await self._leases.extend(lease, left)

    async def revoke(self, lease: HeldLease) -> Gone | StillThere:
        """As `Leases.revoke`."""
        return await self._leases.revoke(lease)

    async def alive(self, lease: HeldLease) -> bool:
        """As `Leases.alive`."""
        return await self._leases.alive(lease)

    async def overdue(self, workspace: str) -> Sequence[LeaseId]:
        """As `Leases.overdue`."""
        return await self._leases.overdue(workspace)

    async def stray(self, workspace: str) -> Sequence[LeaseId]:
        """As `Leases.stray`."""
        return await self._leases.stray(workspace)

    async def check(self) -> Sequence[SourceFinding]:
        """Look at the server, our login, and what leases need. Raises `SourceFaultError`."""
        return await self._checks.look()

    async def check_place(self, place: ReadPlace | LeasePlace) -> Sequence[SourceFinding]:
        """Look at what one rule needs. Raises `SourceFaultError`."""
        return await self._checks.look_at(place)

    async def close(self) -> None:
        """End our own token."""
        await self._session.close()
