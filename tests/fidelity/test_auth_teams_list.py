"""`auth.teams.list`, compared with https://docs.slack.dev/reference/methods/auth.teams.list."""

import pytest

from tests.fidelity.grid import ORG
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import answered
from tests.fidelity.shapes import TEAM, TEXT, Doc, Many, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "auth.teams.list",
    answered(
        {"teams": Many(Doc({"id": TEAM, "name": TEXT})), "response_metadata": Doc({"next_cursor": TEXT})}
    ),
    frozenset({"internal_error", "invalid_auth", "invalid_cursor", "invalid_limit"}),
)
REFUSALS = [
    Refusal("invalid_auth", "the token is nobody's", lambda _: {"token": "xoxb-test"}),
    Refusal("invalid_cursor", "it is made up", lambda _: {"cursor": "rubbish"}),
    Refusal("invalid_limit", "none at all", lambda _: {"limit": 0}),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, {"limit": 10, "cursor": ""})


async def test_an_org_wide_token_lists_the_workspaces_that_it_was_added_to(emulator: EmulatorHarness) -> None:
    grid = emulator.slack.add_organisation(ORG, home=True)
    two = emulator.slack.add_team("T0TWO", organisation=grid)
    three = emulator.slack.add_team("T0THREE", organisation=grid)
    token = grid.install(emulator.slack, two)
    first = await emulator.raw(METHOD.name, token=token, limit=1)
    assert_fits(first, METHOD.answer)
    second = await emulator.raw(
        METHOD.name, token=token, limit=1, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [answer["teams"][0]["id"] for answer in (first, second)] == ["T0PLAYGROUND", "T0TWO"]
    await grid.grant(three)
    await grid.withdraw(two)
    answer = await emulator.raw(METHOD.name, token=token)
    assert [team["id"] for team in answer["teams"]] == ["T0PLAYGROUND", "T0THREE"]
