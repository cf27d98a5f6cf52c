"""An org-wide installation, compared with https://docs.slack.dev/enterprise/developing-for-enterprise-orgs.

Payloads: the test data of slackapi/bolt-python (`test_events_org_apps.py`), slackapi/bolt-python#23 and
slackapi/bolt-js#1875.
"""

from typing import Any

import pytest

from slack_emulator import Json
from tests.fidelity.grid import ORG
from tests.fidelity.socket_connection import button, payload_of, row
from tests.slack_emulator.harness import EmulatorHarness

MUST_BE_TOLD: dict[str, Json] = {
    "users.list": {},
    "conversations.list": {},
    "usergroups.list": {},
    "usergroups.users.list": {"usergroup": "S0"},
}
"""Their pages: "required if org token is used", or "if token belongs to org-wide app"."""


def grid_of_three(emulator: EmulatorHarness) -> Any:
    grid = emulator.slack.add_organisation(ORG, home=True)
    two, three = (emulator.slack.add_team(name, organisation=grid) for name in ("T0TWO", "T0THREE"))
    return grid, two, three, grid.install(emulator.slack, two)


@pytest.mark.parametrize("method", MUST_BE_TOLD)
async def test_some_methods_must_be_told_which_workspace(emulator: EmulatorHarness, method: str) -> None:
    _, two, three, token = grid_of_three(emulator)
    args = MUST_BE_TOLD[method]
    if "usergroup" in args:
        args = {"usergroup": two.add_group("on-call").id}
    assert (await emulator.refused(method, token=token, **args))["error"] == "missing_argument"
    for stranger in (three.team_id, "T0ELSEWHERE"):
        answer = await emulator.refused(method, token=token, team_id=stranger, **args)
        assert answer["error"] == "team_access_not_granted"
    assert (await emulator.raw(method, token=token, team_id=two.team_id, **args))["ok"]


async def test_with_a_workspaces_own_token_the_workspace_is_passed_over(emulator: EmulatorHarness) -> None:
    """The page: "This field will be ignored if the API call is sent using a workspace-level token"."""
    grid_of_three(emulator)
    answer = await emulator.raw("users.list", team_id="T0TWO")
    assert emulator.alice.id in [member["id"] for member in answer["members"]]


async def test_each_workspace_lists_its_own_people(emulator: EmulatorHarness) -> None:
    grid, two, _, token = grid_of_three(emulator)
    wanda = grid.add_person("wanda", teams=[emulator.slack, two])
    uma = grid.add_person("uma", teams=[two], prefix="U")
    for team, there in ((emulator.slack, False), (two, True)):
        answer = await emulator.raw("users.list", token=token, team_id=team.team_id)
        ids = [member["id"] for member in answer["members"]]
        assert (wanda.id in ids, uma.id in ids) == (True, there)
    assert (wanda.id[0], uma.id[0]) == ("W", "U")


async def test_a_person_says_which_workspaces_they_are_of_until_they_leave_one(
    emulator: EmulatorHarness,
) -> None:
    grid, two, _, token = grid_of_three(emulator)
    wanda = grid.add_person("wanda", teams=[emulator.slack, two])
    for teams in (["T0PLAYGROUND", "T0TWO"], ["T0TWO"]):
        user = (await emulator.raw("users.info", token=token, user=wanda.id))["user"]
        assert "team_id" not in user
        assert (user["enterprise_user"]["enterprise_id"], user["enterprise_user"]["teams"]) == (ORG, teams)
        grid.leave(wanda, emulator.slack)


async def test_methods_that_name_a_channel_act_where_it_is(emulator: EmulatorHarness) -> None:
    grid, two, three, token = grid_of_three(emulator)
    wanda = grid.add_person("wanda", teams=[two])
    there, beyond = two.add_channel("there", [wanda]), three.add_channel("beyond", [])
    for channel in (emulator.general, there):
        assert (await emulator.raw("chat.postMessage", token=token, channel=channel.id, text="x"))["ok"]
    assert [message.text for message in two.messages(there)] == ["x"]
    answer = await emulator.refused("chat.postMessage", token=token, channel=beyond.id, text="x")
    assert answer["error"] == "channel_not_found"


async def test_it_says_whose_token_it_is(emulator: EmulatorHarness) -> None:
    *_, token = grid_of_three(emulator)
    answer = await emulator.raw("auth.test", token=token)
    assert (answer["enterprise_id"], answer["is_enterprise_install"]) == (ORG, True)


async def test_events_are_of_the_organisation_and_name_the_workspace_outside(
    emulator: EmulatorHarness,
) -> None:
    _, two, *_ = grid_of_three(emulator)
    payload = await payload_of(emulator, two.tell({"type": "app_home_opened"}))
    [authorization] = payload["authorizations"]
    assert (payload["team_id"], payload["enterprise_id"]) == ("T0TWO", ORG)
    assert (authorization["team_id"], authorization["enterprise_id"]) == (None, ORG)
    assert authorization["is_enterprise_install"] is True


async def test_what_people_do_has_no_team_but_the_persons(emulator: EmulatorHarness) -> None:
    grid, two, _, token = grid_of_three(emulator)
    wanda = grid.add_person("wanda", teams=[two])
    there = two.add_channel("there", [wanda])
    await emulator.raw("chat.postMessage", token=token, channel=there.id, text="x", blocks=[row(button())])
    message = two.messages(there)[0]
    pressed = await payload_of(emulator, wanda.press(message, "Press"))
    assert (pressed["team"], pressed["enterprise"]["id"], pressed["is_enterprise_install"]) == (
        None,
        ORG,
        True,
    )
    assert pressed["user"]["team_id"] == "T0TWO"
    typed = await payload_of(emulator, wanda.command("/x", channel=there))
    assert (typed["team_id"], typed["enterprise_id"], typed["is_enterprise_install"]) == (
        "T0TWO",
        ORG,
        "true",
    )


async def test_one_home_tab_for_one_person_of_several_workspaces(emulator: EmulatorHarness) -> None:
    grid, two, _, token = grid_of_three(emulator)
    wanda = grid.add_person("wanda", teams=[emulator.slack, two])
    view = {"type": "home", "blocks": []}
    assert (await emulator.raw("views.publish", token=token, user_id=wanda.id, view=view))["ok"]
    assert all(team.person(wanda).home for team in (emulator.slack, two))


async def test_a_workspace_with_an_installation_of_its_own_is_told_as_such(emulator: EmulatorHarness) -> None:
    _, two, *_ = grid_of_three(emulator)
    two.install()
    payload = await payload_of(emulator, two.tell({"type": "app_home_opened"}))
    [authorization] = payload["authorizations"]
    assert (authorization["team_id"], authorization["is_enterprise_install"]) == ("T0TWO", False)


async def test_the_organisation_uninstalls_and_no_workspace_is_reached(emulator: EmulatorHarness) -> None:
    grid, *_, token = grid_of_three(emulator)
    await grid.uninstall()
    assert (await emulator.refused("auth.test", token=token))["error"] == "account_inactive"
    told = [one.payload["event"]["type"] for one in emulator.slack.deliveries]
    assert told == ["tokens_revoked", "app_uninstalled"]
