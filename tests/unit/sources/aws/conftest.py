from collections.abc import AsyncIterator, Iterator

import pytest

from envaccess.sources.http_client import HttpClient
from tests.fakes.moto_account import MotoAccount, moto_account


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[MotoAccount]:
    """One server for all workers of a run."""
    folder = tmp_path_factory.getbasetemp()
    with moto_account(folder if worker_id == "master" else folder.parent) as account:
        yield account


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


@pytest.fixture(autouse=True)
def patient_rotations(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is not what these tests are about."""
    monkeypatch.setattr("envaccess.sources.aws.access_keys.SECONDS", 60.0)
    monkeypatch.setattr("envaccess.sources.http_client.SILENT", 600.0)
