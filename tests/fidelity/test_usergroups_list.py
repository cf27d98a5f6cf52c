"""`usergroups.list`, compared with https://docs.slack.dev/reference/methods/usergroups.list."""

import pytest

from tests.fidelity.grid import org_wide
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import USER_GROUP, answered
from tests.fidelity.shapes import Many, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "usergroups.list",
    answered({"usergroups": Many(USER_GROUP)}),
    frozenset(
        {"invalid_cursor", "invalid_team", "missing_argument", "plan_upgrade_required", "users_not_found"}
    ),
)
REFUSALS = [Refusal("missing_argument", "an org-wide token without a workspace", org_wide)]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    good = {"include_users": True, "include_count": True, "include_disabled": True, "team_id": "T1"}
    await assert_documented_whatever_is_sent(emulator, METHOD, good)


async def test_members_and_their_count_are_told_on_request_only(emulator: EmulatorHarness) -> None:
    group = emulator.slack.add_group("on-call", [emulator.alice, emulator.bob], name="On call")
    answer = await emulator.raw(METHOD.name)
    assert_fits(answer, METHOD.answer)
    [plain] = answer["usergroups"]
    assert (plain["id"], plain["handle"], plain["name"]) == (group.id, "on-call", "On call")
    assert plain.keys().isdisjoint({"users", "user_count"})
    answer = await emulator.raw(METHOD.name, include_users=True, include_count=True)
    assert_fits(answer, METHOD.answer)
    [full] = answer["usergroups"]
    assert (full["users"], full["user_count"]) == ([emulator.alice.id, emulator.bob.id], 2)


async def test_a_disabled_group_is_listed_on_request_only(emulator: EmulatorHarness) -> None:
    group = emulator.slack.add_group("on-call", [emulator.alice])
    emulator.slack.disable(group)
    assert (await emulator.raw(METHOD.name))["usergroups"] == []
    answer = await emulator.raw(METHOD.name, include_disabled=True)
    assert_fits(answer, METHOD.answer)
    assert answer["usergroups"][0]["date_delete"] == int(emulator.clock())
    emulator.slack.enable(group)
    assert len((await emulator.raw(METHOD.name))["usergroups"]) == 1


async def test_a_token_without_the_scope_is_told_which_one_it_lacks(emulator: EmulatorHarness) -> None:
    emulator.slack.state.scopes.remove("usergroups:read")
    for method, args in ((METHOD.name, {}), ("usergroups.users.list", {"usergroup": "S1"})):
        answer = await emulator.raw(method, **args)
        assert (answer["error"], answer["needed"]) == ("missing_scope", "usergroups:read")
