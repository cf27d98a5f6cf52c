"""The doctor asks the API at its own address, and says what to mend, one line a fault."""

import asyncio
import ssl
from pathlib import Path

import pytest
from aiohttp import web

from envaccess.http import listening
from envaccess.wiring.api_diagnosis import diagnose_api
from tests.scenario.harness import ScenarioHarness
from tests.scenario.terminal import api_bot
from tests.scenario.test_http_mode import free_port
from tests.unit.client.certificates import self_signed


async def test_the_doctor_says_that_the_api_is_on_and_answers(harness: ScenarioHarness) -> None:
    async with api_bot(harness) as base:
        (found,) = await diagnose_api(harness.settings(api_url=base))
        assert found.ok == f"the API is on, and answers at {base}"
    (found,) = await diagnose_api(harness.settings(api_url=base))
    assert found.fault
    assert (found.fault.problem, found.fault.grave) == ("nothing answers there", False)
    assert await diagnose_api(harness.settings()) == []


@pytest.mark.parametrize(
    ("status", "headers", "problem"),
    [
        (200, {}, "something else than this API answers there"),
        (404, {}, "something else than this API answers there"),
        (421, {}, "the bot is asked there for another host"),
        (302, {"Location": "https://login.example"}, "it sends elsewhere (302)"),
    ],
)
async def test_what_answers_in_its_place_is_told(
    harness: ScenarioHarness, status: int, headers: dict[str, str], problem: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    port, application = free_port(), web.Application()
    application.router.add_get("/v1/openapi.json", answer)
    async with listening(application, port):
        (found,) = await diagnose_api(harness.settings(api_url=f"http://127.0.0.1:{port}"))
    assert found.fault
    assert (found.fault.problem, found.fault.grave) == (problem, True)


async def test_a_certificate_that_cannot_be_verified_is_told_as_that(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    verified = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    verified.load_cert_chain(self_signed(tmp_path))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=verified)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = harness.settings(api_url=f"https://localhost:{port}", listen="127.0.0.1")
        (found,) = await diagnose_api(settings)
    assert found.fault
    assert (found.fault.problem, found.fault.grave) == ("the certificate there cannot be verified", False)
    assert "SSL_CERT_FILE" in found.fault.mend


async def test_an_api_that_nobody_can_reach_is_one_line_that_names_the_setting(
    harness: ScenarioHarness,
) -> None:
    (found,) = await diagnose_api(harness.settings(api_url="https://access.example.com"))
    assert found.fault
    assert found.fault.subject == "ENVACCESS_LISTEN"
