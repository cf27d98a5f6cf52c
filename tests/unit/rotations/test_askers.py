"""A webhook and a command that are asked to rotate: told names once, never a value."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from envaccess.domain.rotation import RotationError, RotationUncertainError
from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from envaccess.domain.sources.specs import Credential
from envaccess.rotators.command import CommandAsker
from envaccess.rotators.webhook import WebhookAsker
from envaccess.wiring.parts import WallClock
from tests.fakes.http_service import HttpService, http_service
from tests.fakes.rotations import DB_URL

SECRET = "whsec_" + base64.b64encode(b"a secret for tests, 32 bytes....").decode()


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    async with http_service() as found:
        yield found


def webhook(url: str) -> RotationRule:
    return RotationRule(RotatorKind.WEBHOOK, url=url, secret=Credential(SECRET), timeout=600)


def asker(seconds: float = 5.0) -> WebhookAsker:
    return WebhookAsker(WallClock(), lambda credential: credential.text, seconds)


async def test_receiver_verifies_what_it_is_sent_with_the_specification_s_own_library(
    service: HttpService,
) -> None:
    await asker().ask("7k2m9xq4n1", DB_URL, webhook(f"{service.base}/rotate"))
    (received,) = service.requests
    assert received.line.startswith("POST /rotate ")
    headers = {name.lower(): text for name, text in received.headers}
    Webhook(SECRET).verify(received.body, headers)
    assert headers["webhook-id"] == "7k2m9xq4n1"
    data = json.loads(received.body)["data"]
    assert data["variable"] == "production/DB_URL"
    assert data["operation"] == "7k2m9xq4n1"


@pytest.mark.parametrize("status", [b"301 Moved", b"400 Bad", b"401 No", b"500 Oops"])
async def test_whatever_is_no_yes_is_no(service: HttpService, status: bytes) -> None:
    async with http_service() as elsewhere:
        location = f"Location: {elsewhere.base}/x\r\n".encode()
        service.answer_with(b"HTTP/1.1 " + status + b"\r\n" + location + b"Content-Length: 0\r\n\r\n")
        with pytest.raises(RotationError) as told:
            await asker().ask("op1", DB_URL, webhook(service.base))
        assert not isinstance(told.value, RotationUncertainError)
        assert not elsewhere.requests


async def test_answer_that_does_not_come_leaves_it_open(service: HttpService) -> None:
    async def silent(*_: object) -> None:
        await asyncio.Event().wait()

    service.answer_with(silent)
    with pytest.raises(RotationUncertainError):
        await asker(0.2).ask("op1", DB_URL, webhook(service.base))


@pytest.mark.parametrize(
    "url",
    [
        "http://rotator.internal/x",
        "https://169.254.169.254/latest",
        "https://[fe80::1]/",
        "http://127.0.0.1.evil.test/",
        "ftp://127.0.0.1/",
        "https://0.0.0.0/",
        "https://[::ffff:169.254.169.254]/",
    ],
)
async def test_address_that_is_nobody_s_service_is_never_called(url: str) -> None:
    with pytest.raises(RotationError) as told:
        await asker().ask("op1", DB_URL, webhook(url))
    assert not isinstance(told.value, RotationUncertainError)


def command(*words: str, timeout: int = 20) -> RotationRule:
    return RotationRule(RotatorKind.COMMAND, run=words, timeout=timeout)


async def test_command_gets_names_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-test")
    out = tmp_path / "environment"
    rule = command(
        "/bin/sh", "-c", 'env > "$1"; printf "%s\\n" "$2" >> "$1"', "sh", str(out), "a; touch b $(id)"
    )
    await CommandAsker().ask("7k2m9xq4n1", DB_URL, rule)
    told = out.read_text()
    assert "ENVACCESS_OPERATION=7k2m9xq4n1\n" in told
    assert "ENVACCESS_VARIABLE=production/DB_URL\n" in told
    assert "xoxb-test" not in told
    assert "a; touch b $(id)\n" in told


async def test_what_it_prints_is_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    await CommandAsker().ask(
        "op1", DB_URL, command("/bin/sh", "-c", "echo value-for-tests; echo value-for-tests >&2")
    )
    assert "value-for-tests" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("words", [("/bin/false",), ("/nonexistent/rotate",), ("/etc/passwd",)])
async def test_command_that_fails_or_cannot_be_started_is_no(words: tuple[str, ...]) -> None:
    with pytest.raises(RotationError) as told:
        await CommandAsker().ask("op1", DB_URL, command(*words))
    assert not isinstance(told.value, RotationUncertainError)


async def test_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    rule = replace(command("/bin/sh", "-c", 'sleep 600 & echo $! > "$1"; wait', "sh", str(mark)), timeout=1)
    with pytest.raises(RotationUncertainError):
        await CommandAsker().ask("op1", DB_URL, rule)
    child = int(mark.read_text())
    for _ in range(500):
        if not lives(child):
            return
        await asyncio.sleep(0.01)
    pytest.fail("it lives on")


def lives(process: int) -> bool:
    status = Path(f"/proc/{process}/status")
    return status.exists() and "State:\tZ" not in status.read_text()
