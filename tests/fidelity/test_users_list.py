"""`users.list`, compared with https://docs.slack.dev/reference/methods/users.list."""

import pytest

from tests.fidelity.grid import org_wide
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import DEACTIVATED_USER, USER_OBJECT, answered
from tests.fidelity.shapes import TEXT, WHOLE, Doc, Many, assert_fits, either
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "users.list",
    answered(
        {
            "members": Many(either(USER_OBJECT, DEACTIVATED_USER)),
            "cache_ts": WHOLE,
            "response_metadata": Doc({"next_cursor": TEXT}),
        }
    ),
    frozenset({"invalid_cursor", "limit_required", "missing_argument"}),
)
REFUSALS = [
    Refusal("invalid_cursor", "it is made up", lambda _: {"cursor": "rubbish"}),
    Refusal("missing_argument", "an org-wide token without a workspace", org_wide),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, {"limit": 10, "cursor": ""})


async def test_everybody_is_listed_the_deactivated_and_the_app_too(emulator: EmulatorHarness) -> None:
    emulator.slack.change(emulator.bob, deleted=True)
    answer = await emulator.raw(METHOD.name)
    assert_fits(answer, METHOD.answer)
    assert {member["id"]: member["deleted"] for member in answer["members"]} == {
        emulator.slack.bot.id: False,
        emulator.alice.id: False,
        emulator.bob.id: True,
    }


async def test_a_page_names_the_next(emulator: EmulatorHarness) -> None:
    first = await emulator.raw(METHOD.name, limit=2)
    last = await emulator.raw(METHOD.name, limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [len(answer["members"]) for answer in (first, last)] == [2, 1]
    assert last["response_metadata"]["next_cursor"] == ""
