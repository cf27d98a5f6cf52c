"""Google's own client drives the stand-in that our adapter is tested with (CONTRIBUTING.md)."""

import asyncio
import importlib
import json

import pytest

from envaccess.sources.crc32c import crc32c
from tests.fakes.gcp_server import GcpStandIn, key_file
from tests.fakes.http_service import http_service

manager = pytest.importorskip(
    "google.cloud.secretmanager_v1", reason="`google-cloud-secret-manager` is not installed"
)
SECRET = b"value-for-tests-1"


@pytest.mark.filterwarnings("ignore")
async def test_the_stand_in_is_secret_manager_to_googles_own_client() -> None:
    async with http_service() as service:
        server = GcpStandIn(service.base, checksum=crc32c(SECRET))
        server.versions["payments/stripe"] = [(b"x", "DISABLED"), (SECRET, "ENABLED")]
        service.answer_with(server)
        await asyncio.to_thread(_drive, service.base)
    assert server.made == 1


def _drive(base: str) -> None:
    exceptions = importlib.import_module("google.api_core.exceptions")
    transports = importlib.import_module(f"{manager.__name__}.services.secret_manager_service.transports")
    service_account = importlib.import_module("google.oauth2.service_account")
    said = json.loads(key_file(token_uri=f"{base}/token"))
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    login = service_account.Credentials.from_service_account_info(said, scopes=scopes)
    transport = transports.SecretManagerServiceRestTransport(
        host=base.removeprefix("http://"), credentials=login, url_scheme="http"
    )
    client = manager.SecretManagerServiceClient(transport=transport)
    name = "projects/payments/secrets/stripe"
    found = client.access_secret_version(name=f"{name}/versions/latest")
    assert (found.payload.data, found.name.rpartition("/")[2]) == (SECRET, "2")
    assert found.payload.data_crc32c == crc32c(SECRET)
    for version, fault in (("1", exceptions.BadRequest), ("9", exceptions.NotFound)):
        with pytest.raises(fault):
            client.access_secret_version(name=f"{name}/versions/{version}", retry=None)
    with pytest.raises(exceptions.Forbidden):
        client.access_secret_version(name="projects/payments/secrets/hidden/versions/latest", retry=None)
    granted = client.test_iam_permissions(
        {"resource": name, "permissions": ["secretmanager.versions.access"]}
    )
    assert [*granted.permissions] == ["secretmanager.versions.access"]
    assert [one.name for one in client.list_secrets(parent="projects/payments")] == [
        "projects/123456/secrets/stripe"
    ]
