"""`apps.connections.open`, compared with https://docs.slack.dev/reference/methods/apps.connections.open."""

import pytest

from tests.fidelity.methods import Documented, Refusal, assert_complete, assert_refused
from tests.fidelity.objects import answered
from tests.fidelity.shapes import assert_fits, matching
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

# The example is `wss://.../link/?ticket=...&app_id=...`; on loopback the local Slack has no certificate.
SOCKET_URL = matching("a web socket's URL", r"wss?://[^/]+/link/\?ticket=[^&]+&app_id=A\w+")

METHOD = Documented(
    "apps.connections.open",
    answered({"url": SOCKET_URL}),
    frozenset({"forbidden_team", "insecure_request", "internal_error", "invalid_auth", "missing_args"}),
)
REFUSALS = [
    Refusal("invalid_auth", "the token is nobody's", lambda _: {"token": "xapp-test"}),
]


async def test_an_app_level_token_gets_an_address(emulator: EmulatorHarness) -> None:
    assert_fits(await emulator.raw(METHOD.name, token=emulator.slack.app_token), METHOD.answer)


async def test_each_address_is_new(emulator: EmulatorHarness) -> None:
    urls = {(await emulator.raw(METHOD.name, token=emulator.slack.app_token))["url"] for _ in range(3)}
    assert len(urls) == 3


async def test_a_bot_token_is_of_the_wrong_type(emulator: EmulatorHarness) -> None:
    assert (await emulator.refused(METHOD.name))["error"] == "not_allowed_token_type"


async def test_it_must_be_posted(emulator: EmulatorHarness) -> None:
    headers = {"Authorization": f"Bearer {emulator.slack.app_token}"}
    async with emulator.session.get(emulator.slack.api_url + METHOD.name, headers=headers) as answer:
        assert (await answer.json())["error"] == "insecure_request"


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    posted = Refusal("insecure_request", "it was not posted", lambda _: {})
    assert_complete(METHOD, [*REFUSALS, posted], SILENT[METHOD.name])
