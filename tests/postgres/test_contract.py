import pytest

from envaccess.application.ports.sources import Leases
from envaccess.domain.sources.places import LeasePlace
from tests.fakes.lease_contract import LeaseContract
from tests.fakes.postgres import Tenant, works


class TestPostgresLeases(LeaseContract):
    """What every source of leases promises, kept on real servers."""

    @pytest.fixture(autouse=True)
    def on(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def leases(self) -> Leases:
        return self.tenant.leases()

    def place(self) -> LeasePlace:
        return self.tenant.place()

    async def works(self, value: str) -> bool:
        return await works(value)
