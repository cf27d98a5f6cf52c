"""`usergroups.users.list`, compared with https://docs.slack.dev/reference/methods/usergroups.users.list."""

import pytest

from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import answered
from tests.fidelity.shapes import USER, Many, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "usergroups.users.list",
    answered({"users": Many(USER)}),
    frozenset({"invalid_cursor", "no_such_subteam", "plan_upgrade_required"}),
)


def disable(emulator: EmulatorHarness) -> None:
    emulator.slack.disable(emulator.slack.add_group("gone", [emulator.alice]))


REFUSALS = [
    Refusal("invalid_arguments", "no group is given", lambda _: {}),
    Refusal("no_such_subteam", "there is none of that id", lambda _: {"usergroup": "S9NOWHERE"}),
    Refusal("no_such_subteam", "it is a handle", lambda _: {"usergroup": "@gone"}, disable),
    Refusal(
        "no_such_subteam",
        "it is disabled",
        lambda emulator: {"usergroup": next(iter(emulator.slack.state.workspace.groups))},
        disable,
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    group = emulator.slack.add_group("on-call")
    await assert_documented_whatever_is_sent(
        emulator, METHOD, {"usergroup": group.id, "include_disabled": True, "team_id": "T1"}
    )


async def test_it_lists_ids_all_at_once(emulator: EmulatorHarness) -> None:
    crowd = [emulator.slack.add_person(f"p{number}") for number in range(1_200)]
    group = emulator.slack.add_group("everybody", crowd)
    answer = await emulator.raw(METHOD.name, usergroup=group.id)
    assert_fits(answer, METHOD.answer)
    assert answer["users"] == [person.id for person in crowd]


async def test_a_disabled_group_has_members_on_request(emulator: EmulatorHarness) -> None:
    group = emulator.slack.add_group("gone", [emulator.alice])
    emulator.slack.disable(group)
    answer = await emulator.raw(METHOD.name, usergroup=group.id, include_disabled=True)
    assert_fits(answer, METHOD.answer)
    assert answer["users"] == [emulator.alice.id]
