"""`credentials: chain`: what boto finds on a machine, in a container and by a profile."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.sources.aws.identity import ChainedKey
from tests.fakes.http_service import HttpService, ReceivedRequest, http_service
from tests.fakes.moto_account import ACCOUNT, MotoAccount

pytestmark = pytest.mark.usefixtures("bare")
ROLE = "/latest/meta-data/iam/security-credentials/"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credential is to be found but those that a test puts there."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "ENDPOINT_URL"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    async with http_service() as found:
        yield found


def credentials(number: int, minutes: int = 60) -> dict[str, str]:
    ends = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251
    return {
        "Code": "Success", "AccessKeyId": f"key-{number}", "SecretAccessKey": f"value-for-tests-{number}",
        "Token": f"token-for-tests-{number}", "Expiration": ends,
    }  # fmt: skip


class Machine:
    """What answers a container's or a machine's questions; each time with another key."""

    def __init__(self, minutes: int = 60) -> None:
        self.minutes, self.given = minutes, 0

    async def __call__(self, received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        method, path, _ = received.line.split(" ", 2)
        status, body = 200, ""
        if path == "/latest/api/token" and method == "PUT":
            body = "token-of-the-machine"
        elif path.startswith(ROLE) and received.every("x-aws-ec2-metadata-token") != ["token-of-the-machine"]:
            status = 401
        elif path == ROLE:
            body = "app"
        else:
            self.given += 1
            body = json.dumps(credentials(self.given, self.minutes))
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()


async def test_a_container_s_credentials_are_renewed_before_they_end(
    service: HttpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five minutes are left: boto asks again. Secret and token are told to the log, to be removed."""
    withheld: list[str] = []
    service.answer_with(Machine(minutes=5))
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{service.base}/role")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token-for-tests")
    chain = ChainedKey("aws", withheld.append)
    first, second = await chain(), await chain()
    assert (first.token, second.token) != ("", "")
    assert second.key_id > first.key_id
    assert {first.secret, first.token, second.secret, second.token} <= {*withheld}
    assert service.requests[0].every("Authorization") == ["token-for-tests"]


async def test_those_that_live_on_are_asked_for_once(
    service: HttpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    service.answer_with(machine)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{service.base}/role")
    chain = ChainedKey("aws", lambda _: None)
    assert {(await chain()).key_id for _ in range(3)} == {"key-1"}


async def test_a_machine_s_role_is_asked_for_with_a_token_of_imds_version_2(
    service: HttpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answer_with(Machine())
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.base)
    assert (await ChainedKey("aws", lambda _: None)()).key_id == "key-1"
    assert [one.line.split(" ")[0] for one in service.requests] == ["PUT", "GET", "GET"]


def profile(monkeypatch: pytest.MonkeyPatch, folder: Path, moto: MotoAccount, role: str) -> None:
    (folder / "config").write_text(
        f"[profile app]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/{role}\nsource_profile = base\n"
        f"region = eu-central-1\n[profile base]\naws_access_key_id = {moto.root.key_id}\n"
        f"aws_secret_access_key = {moto.root.secret}\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "app")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto.url)


async def test_a_profile_s_role_is_assumed(
    moto: MotoAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = f"chain-{uuid.uuid4().hex[:8]}"
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    moto.boto("iam").create_role(RoleName=role, AssumeRolePolicyDocument=document)
    profile(monkeypatch, tmp_path, moto, role)
    found = await ChainedKey("aws", lambda _: None)()
    monkeypatch.delenv("AWS_PROFILE")
    assert role in moto.boto("sts", found).get_caller_identity()["Arn"]


async def test_a_refused_role_is_denied_and_not_down(
    service: HttpService, moto: MotoAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A denial alarms the operator at once; what is down is tried again. AWS's words are not repeated."""
    profile(monkeypatch, tmp_path, moto, "app")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", service.base)
    error = "<Error><Code>AccessDenied</Code><Message>value-for-tests</Message></Error>"
    body = f"<ErrorResponse>{error}</ErrorResponse>"
    service.answer_with(f"HTTP/1.1 403 X\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    with pytest.raises(SourceFaultError, match="chain failed") as failed:
        await ChainedKey("aws", lambda _: None)()
    assert failed.value.fault is SourceFault.DENIED
    assert "value-for-tests" not in str(failed.value)


async def test_a_profile_that_is_not_there_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(SourceFaultError, match="ProfileNotFound") as failed:
        await ChainedKey("aws", lambda _: None)()
    assert failed.value.fault is SourceFault.DENIED
