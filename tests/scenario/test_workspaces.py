"""One process serves several workspaces: each as if it were alone, and none of them another's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from envaccess import wiring
from envaccess.domain.errors import SettingsError
from envaccess.store.client import Client
from slack_emulator import SlackEmulator
from slack_emulator.types import Json
from tests.scenario.conftest import note_sentences
from tests.scenario.workspaces import Company


@pytest.fixture
async def company(
    redis: Client, valkey: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Company]:
    """Two workspaces with people, channels and a value each; the bot is not started yet."""
    async with SlackEmulator(bot_name="envaccess", patience=60.0) as slack:
        company = Company(slack, redis, valkey, tmp_path, tmp_path / "workspaces.yml")
        company.add()
        company.add("T0SECOND")
        for one in company.workspaces:
            await company.install(one)
            await company.store(one)
        company.write_file(*company.workspaces)
        yield company
        note_sentences(request, slack)


async def test_two_workspaces_are_served_by_one_process_and_see_only_their_own(company: Company) -> None:
    one, two = company.workspaces
    async with company.bot(one, two):
        first, second = await one.shown(), await two.shown()
    assert one.value in first
    assert two.value in second
    assert one.value not in second
    assert two.value not in first
    for here, there in ((one, two), (two, one)):
        assert not there.team.messages(there.approvers)[0].text.count(here.alice.id)
        tags = await company.tags(here)
        assert tags.count("grant.revealed") == 1
        assert (tags[0], tags[-1]) != ("", "")
        assert tags.count("bot.started") == tags.count("bot.stopped") == 1


async def test_installed_at_run_time_it_is_served_and_uninstalled_no_more(company: Company) -> None:
    one, two = company.workspaces
    third = company.add("T0THIRD")
    await company.store(third)
    async with company.bot(one, two):
        assert "the app is not installed here" in await third.heard()
        await company.install(third)
        await company.comes_true(lambda: third.says("list", "not set up yet"))
        assert f"{third.id}:" in await third.heard("list"), "whoever runs it is told what to add"
        company.write_file(*company.workspaces)
        await company.started(third)
        assert third.value in await third.shown()
        await company.removed(third)
        await company.comes_true(lambda: third.says("list", "not installed here"))
        assert "STRIPE_KEY" in await one.heard("list"), "the others go on"
    assert (await company.tags(third)).count("bot.stopped") == 1
    assert "bot.stopped" not in (await company.tags(one))[:-1]


async def test_a_revoked_token_and_a_lost_channel_are_one_workspaces_trouble(
    company: Company,
) -> None:
    one, two = company.workspaces
    company.slack.teams.installations.end(two.id)
    third = company.add("T0THIRD")
    await company.install(third)
    company.write_file(one, two)
    with company.file.open("a") as file:
        file.write("  T0THIRD: {approvers_channel: C0NOWHERE, audit_channel: C0NOTHERE}\n")
    async with company.bot(one) as sender:
        assert one.value in await one.shown()
        for sick in (two, third):
            assert "does not serve this workspace just now" in await sick.heard("list")
        ready = await company.ready(sender)
        assert ready["ready"], "one that is sick makes no process unready"


async def test_a_command_of_no_workspace_or_another_ones_person_does_nothing(company: Company) -> None:
    """Signed by Slack's secret, as a leak of it would let anybody do."""
    one, two = company.workspaces
    async with company.bot(one, two):
        for team in ("", "T0NOBODYS", two.id):
            reply = await one.alice.command(
                "/envaccess", "STRIPE_KEY 1h a reason", channel=one.general, change=named(team)
            )
            assert reply.error is None, reply.error
        await company.untouched(one, two)


@pytest.mark.parametrize(
    "teams", [("one", "two"), ("two", "one"), ("two", "two"), ("", "two"), ("one", "T0X")]
)
async def test_a_press_that_names_another_workspace_decides_nothing(
    company: Company, teams: tuple[str, str]
) -> None:
    one, two = company.workspaces
    ids = {"one": one.id, "two": two.id}
    inner, outer = (ids.get(team, team) for team in teams)
    async with company.bot(one, two):
        await one.ask()
        message = await company.slack.until(one.waiting)
        press = await one.bob.press(
            message, "Approve", change=lambda body: {**body, "team": {"id": inner}, "team_id": outer}
        )
        assert press.error is None
        assert one.waiting(), "the request waits still"
        assert "request.approved" not in [*await company.tags(one), *await company.tags(two)]


def named(team: str) -> Callable[[Json], Json]:
    """Changes whose workspace a command says it is of."""
    return lambda body: {**body, "team_id": team}


async def test_an_event_goes_to_whom_it_was_sent_for(company: Company) -> None:
    """In a shared channel `team_id` names another workspace than `authorizations`."""
    one, two = company.workspaces
    async with company.bot(one, two):
        asked = len(company.calls_by(two, "users.info"))
        await two.alice.command("/envaccess", "list", channel=two.general)
        event = {"type": "user_change", "user": {"id": two.alice.id, "deleted": True}}
        for team in (one.id, two.id):
            body = {
                "type": "event_callback",
                "team_id": team,
                "event": event,
                "event_id": f"Ev{team}",
                "authorizations": [{"team_id": two.id, "user_id": "U1", "is_bot": True}],
            }
            assert (await company.slack.send("events_api", body)).status == 200
        assert len(company.calls_by(two, "users.info")) >= asked
        assert not [call for call in company.calls_by(one, "users.info") if two.alice.id in str(call.args)]


async def test_a_broken_file_leaves_what_held_before_and_a_mended_one_holds(company: Company) -> None:
    one, two = company.workspaces
    company.write_file(one)
    async with company.bot(one):
        company.file.write_text("version: 1\nworkspaces: {T0SECOND: {aprovers_channel: x}}\n")
        await asyncio.sleep(0)
        assert "STRIPE_KEY" in await one.heard("list")
        company.write_file(one, two)
        await company.started(two)
        assert two.value in await two.shown()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("version: 1\nworkspaces: {T0ACME: {approvers_channel: C0A, audit_channel: C0A}}\n", "line 2"),
        ("version: 1\nworkspaces: {acme: {approvers_channel: C0A, audit_channel: C0B}}\n", "`acme`"),
        ("version: 1\nworkspaces: {T0A: {approvers_chanel: C0A, audit_channel: C0B}}\n", "approvers_chanel"),
        ("", "version"),
    ],
)
async def test_a_faulty_file_keeps_the_process_from_starting_by_one_line_each(
    company: Company, text: str, named: str
) -> None:
    company.file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        await wiring.serve(company.settings())
    assert all(one.startswith("ENVACCESS_WORKSPACES_FILE has a fault") for one in refused.value.sentences)
    assert named in str(refused.value)


async def test_a_file_that_others_may_change_is_refused(company: Company) -> None:
    company.file.chmod(0o666)
    with pytest.raises(SettingsError, match="may be changed by everybody"):
        await wiring.serve(company.settings())


async def test_twenty_workspaces_ask_approve_and_reveal_and_each_sees_its_own_value(company: Company) -> None:
    for number in range(3, 21):
        one = company.add(f"T0NUMBER{number:02}")
        await company.install(one)
        await company.store(one)
    company.write_file(*company.workspaces)
    async with company.bot(*company.workspaces):
        shown = await asyncio.gather(*(one.shown() for one in company.workspaces))
    for one, said in zip(company.workspaces, shown, strict=True):
        assert [other.id for other in company.workspaces if other.value in said] == [one.id]
        assert (await company.tags(one)).count("grant.revealed") == 1


async def test_an_operators_command_is_about_the_workspace_that_it_names(company: Company) -> None:
    one, two = company.workspaces
    async with wiring.operator_context(company.settings(), two.id) as operator:
        assert operator.workspace == two.id
    for named, said in (("", "--workspace ID"), ("T0NOBODYS", "is not installed in T0NOBODYS")):
        with pytest.raises(SettingsError) as refused:
            async with wiring.operator_context(company.settings(), named):
                pass
        assert said in str(refused.value)
        assert one.id in str(refused.value), "those that there are, are listed"
        assert two.id in str(refused.value)
    await company.removed(two)
    async with wiring.operator_context(company.settings()) as operator:
        assert operator.workspace == one.id, "where there is one, it need not be named"
