import os
from pathlib import Path

import pytest

from envaccess.sources.postgres import lockout, session
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
def patient_with_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test promises has nothing to do with a busy machine."""
    minute = {"statement_timeout": "60000", "idle_in_transaction_session_timeout": "60000"}
    monkeypatch.setattr(session, "SECONDS", 60.0)
    monkeypatch.setattr(session, "_SETTINGS", {**session._SETTINGS, **minute})
    monkeypatch.setattr(lockout, "_TRIES", 60)
    monkeypatch.setattr(lockout, "_PAUSE", 0.1)


@pytest.fixture(autouse=True)
def light_logins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver repeats a hash in Python as often as a verifier says: most of what a login costs."""
    monkeypatch.setattr("envaccess.sources.postgres.scram.ITERATIONS", 1)


@pytest.fixture
async def tenant(postgres: PostgresServer) -> Tenant:
    return await tenant_of(postgres)
