import os
from pathlib import Path

import pytest

from tests.fakes.postgres import Tenant, server_of, tenant_of
from tests.fakes.postgres_server import VERSIONS, PostgresServer


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder of the whole run, the same for each worker of xdist."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # noqa: TID251 pytest's own variable


@pytest.fixture(scope="session", params=VERSIONS)
def postgres(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PostgresServer:
    return server_of(request.param, run_folder(tmp_path_factory))


@pytest.fixture(autouse=True)
def light_logins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver repeats a hash in Python as often as a verifier says: most of what a login costs."""
    monkeypatch.setattr("envaccess.sources.postgres.scram.ITERATIONS", 1)


@pytest.fixture
async def tenant(postgres: PostgresServer) -> Tenant:
    return await tenant_of(postgres)
