from collections.abc import AsyncIterator

import pytest

from envaccess.application.ports.sources import Leases
from envaccess.domain.sources.places import LeasePlace
from tests.fakes.lease_contract import LeaseContract
from tests.fakes.postgres import Tenant, source_of, works


class TestPostgresLeases(LeaseContract):
    """What every source of leases promises, kept on real servers."""

    @pytest.fixture(autouse=True)
    async def on(self, tenant: Tenant) -> AsyncIterator[None]:
        self.tenant = tenant
        async with source_of(tenant) as self.source:
            yield

    def leases(self) -> Leases:
        return self.source

    def place(self) -> LeasePlace:
        return self.tenant.place()

    async def works(self, value: str) -> bool:
        return await works(value)
