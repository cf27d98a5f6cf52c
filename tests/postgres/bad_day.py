"""A reveal of a login by all but Slack: the router with its limits and alarms, Redis, a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from envaccess.domain.outcome import Failure
from envaccess.domain.refusal import Refusal
from envaccess.domain.sources.file import NameRule, SourcesFile
from envaccess.domain.sources.kinds.postgres import PostgresSpec
from envaccess.domain.sources.specs import Credential, SourceKind
from envaccess.sources.router import SourceRouter
from envaccess.wiring.lease_sources import RoutedLeases
from envaccess.wiring.sources import SourceAlarms
from tests.fakes.postgres import PASSWORD, Tenant, works
from tests.fakes.sources import surroundings
from tests.store.leasing import Alarms, Leasing


class _OperatorAlarms(Alarms):
    """Fits `slack.alarms.Alarms` as far as sources use it."""


@dataclass
class BadDay:
    """One process whose database is about to fail."""

    tenant: Tenant
    leasing: Leasing
    request: str = ""

    @asynccontextmanager
    async def led(self, dsn: str = "", **options: str) -> AsyncIterator[Alarms]:
        """With the DSN and the rule of now; gives what the operators are told."""
        alarms: Any = _OperatorAlarms()
        spec = PostgresSpec(
            "pg", SourceKind.POSTGRES, Credential(dsn or self.tenant.dsn()), 10, "", unsafe_15=True
        )
        rule = NameRule(("*/*",), "pg", leased=True, options=self.tenant.place(**options).options)
        sealed: Any = None
        router = SourceRouter(sealed, surroundings(), SourcesFile({"pg": spec}, [rule]), SourceAlarms(alarms))
        routed = RoutedLeases(router)
        self.leasing.context = replace(self.leasing.context, lease_sources=routed)
        made = routed.leases_of("pg")
        assert made
        self.leasing.made_by(made)
        try:
            yield alarms
        finally:
            await router.close()

    async def refused(self, dsn: str = "", **options: str) -> tuple[Failure | Refusal | None, str]:
        """What a single use comes to, and what the operators are told of it, without the password."""
        self.request = await self.leasing.store.grant("A", once=True)
        async with self.led(dsn, **options) as alarms:
            outcome = await self.leasing.reveal(self.request)
            told = " ".join(f"{tag[0]}: {what}" for tag, what in alarms.told.items())
        assert PASSWORD not in told
        return outcome, told

    async def recovers(self) -> None:
        """The use was given back: the same access works now, then ends, and nothing is left anywhere."""
        async with self.led() as alarms:
            await self.leasing.pass_time(35)
            assert await works(await self.leasing.shown(self.request))
            assert not [tag for tag, _ in alarms.told if tag.startswith("source_")]
            await self.leasing.store.revoke(self.request)
            await self.leasing.work()
            assert await self.leasing.kept() == []
        assert await self.tenant.leases().stray(self.tenant.workspace) == []
