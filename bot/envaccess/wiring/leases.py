"""What operators' commands and the doctor do about logins that sources made."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from envaccess.application.ports.sources import Leases
from envaccess.domain.audit import Tag
from envaccess.domain.errors import SettingsError
from envaccess.domain.leases import Gone, HeldLease, KeptLease, LeaseId, StillThere
from envaccess.domain.sources.faults import SourceFaultError
from envaccess.domain.variable import Variable
from envaccess.settings import Settings
from envaccess.sources.router import SourceRouter
from envaccess.store.leases import RedisLeases
from envaccess.wiring.lease_sources import RoutedLeases
from envaccess.wiring.operator import OperatorContext, host_context
from envaccess.wiring.sources import sources_at_start, surroundings

_UNKNOWN = Variable("default", "UNKNOWN")
"""Of what nothing is written down; no source looks at it."""


@dataclass(frozen=True, slots=True)
class OperatorLeases:
    """Fits `cli.leases.LeaseTools`."""

    operator: OperatorContext
    store: RedisLeases
    made: Mapping[str, Leases]

    async def kept(self) -> Sequence[KeptLease]:
        """Those that are not confirmed gone."""
        return await self.store.kept()

    async def end(self, lease: LeaseId) -> bool:
        """Let one end; False where nothing is written of it."""
        if all(kept.id != lease for kept in await self.kept()):
            return False
        await self.store.end(self.operator.ids.operation(), [lease], self.operator.actor, "operator")
        return True

    async def strays(self) -> Mapping[str, Sequence[LeaseId] | str]:
        """By source, what is there and nowhere written down; or why the source did not say."""
        written = {kept.id for kept in await self.kept()}
        return {name: await self._strays_of(leases, written) for name, leases in self.made.items()}

    async def _strays_of(self, leases: Leases, written: set[LeaseId]) -> Sequence[LeaseId] | str:
        try:
            found = await leases.stray(self.operator.workspace)
        except SourceFaultError as error:
            return str(error)
        return sorted(set(found) - written)

    async def end_stray(self, source: str, lease: LeaseId) -> Gone | StillThere:
        """End one of those, with its events."""
        leases = self.made.get(source)
        if leases is None:
            raise SettingsError(f"sources.yml has no source {source} that makes logins")
        trail, ids, actor = self.operator.trail, self.operator.ids, self.operator.actor
        detail = {"lease": lease, "source": source, "why": "operator"}
        await trail.append(ids.operation(), Tag.LEASE_ENDING, actor, detail)
        outcome = await leases.revoke(HeldLease(lease, _UNKNOWN, source))
        if isinstance(outcome, Gone):
            await trail.append(ids.operation(), Tag.LEASE_REVOKED, actor, detail)
        return outcome


@contextlib.asynccontextmanager
async def open_leases(settings: Settings, workspace: str = "") -> AsyncIterator[OperatorLeases]:
    """The logins of a workspace; Slack need not answer.

    Raises:
        SettingsError: a setting is missing or wrong, or `sources.yml` has a fault.
    """
    file = sources_at_start(settings)
    async with host_context(settings, workspace) as operator:
        router = SourceRouter(operator.values, surroundings(), file)
        routed = RoutedLeases(router)
        made = {name: found for name in router.adapters if (found := routed.leases_of(name))}
        try:
            yield OperatorLeases(operator, operator.leases, made)
        finally:
            await router.close()
