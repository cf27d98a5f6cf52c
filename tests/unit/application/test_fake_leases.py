"""The fake source of leases keeps what every adapter promises."""

from envaccess.application.ports.sources import Leases
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from tests.fakes.lease_contract import LeaseContract
from tests.fakes.lease_server import FakeLeases, LeaseServer

SERVER = LeaseServer()


class TestFakeLeases(LeaseContract):
    def leases(self) -> Leases:
        return FakeLeases(SERVER)

    def place(self) -> LeasePlace:
        return LeasePlace(Variable("production", "DB_URL"), "pg", {"database": "app", "group": "app_ro"})

    async def works(self, value: str) -> bool:
        return SERVER.log_in(value)
