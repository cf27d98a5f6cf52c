"""Who somebody is and who is in a channel: as Slack says, and never better than Slack says (laws 4 and 9)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from envaccess.application.ports.people import Directory
from envaccess.domain.errors import DirectoryError
from envaccess.domain.person import refuse_person
from envaccess.domain.refusal import Reason
from envaccess.slack import installation
from envaccess.slack.budget import before_ack
from envaccess.slack.channel_info import ChannelInfo
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.directory import SlackDirectory
from envaccess.slack.directory_answers import read_person
from slack_emulator import SlackEmulator, User
from tests.unit.slack.slack_stage import FakeCache, HandClock, Stage, answering, on_stage, opened


def public_too(_: str, info: ChannelInfo | None) -> bool:
    """As under ENVACCESS_UNSAFE_PUBLIC_APPROVERS: most of these tests are about other things."""
    return not any(fault.grave for fault in installation.check_approvers(info, public_allowed=True))


@asynccontextmanager
async def opened_directory(
    client: SlackClient, identity: Identity, seconds: float = 1.5
) -> AsyncIterator[SlackDirectory]:
    clock = HandClock()
    directory = SlackDirectory(client, identity, FakeCache(clock), clock, admits=public_too, seconds=seconds)
    try:
        yield directory
    finally:
        await directory.close()


@asynccontextmanager
async def on_directory(seconds: float = 1.5) -> AsyncIterator[tuple[Stage, SlackDirectory]]:
    async with (
        on_stage() as stage,
        opened_directory(stage.client, stage.identity, seconds) as directory,
    ):
        yield stage, directory


async def test_it_fits_the_port() -> None:
    def fitting(directory: Directory) -> Directory:
        return directory

    async with on_directory() as (stage, directory):
        assert fitting(directory).workspace == stage.slack.team_id


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({}, None),
        ({"deleted": True}, Reason.DEACTIVATED),
        ({"is_bot": True}, Reason.BOT),
        ({"is_restricted": True}, Reason.GUEST),
        ({"is_ultra_restricted": True}, Reason.GUEST),
        ({"is_invited_user": True}, Reason.GUEST),
        ({"is_stranger": True}, Reason.OTHER_WORKSPACE),
        ({"team_id": "T0ELSEWHERE"}, Reason.OTHER_WORKSPACE),
    ],
)
async def test_only_a_full_live_member_of_the_workspace_passes(
    flags: dict[str, Any], reason: Reason | None
) -> None:
    async with on_directory() as (stage, directory):
        who = stage.slack.add_person("somebody", **flags)
        assert refuse_person(await directory.person(who.id), directory.workspace) is reason


async def test_somebody_whom_slack_does_not_know_is_nobody() -> None:
    async with on_directory() as (_, directory):
        assert await directory.person("U0FORGED") is None


def user(**changes: object) -> dict[str, Any]:
    return {"ok": True, "user": {"id": "W1", "team_id": "T0HOME", **changes}}


@asynccontextmanager
async def told(body: dict[str, Any]) -> AsyncIterator[SlackDirectory]:
    """Have Slack answer everything with one body."""

    async def handle(_: web.Request) -> web.Response:
        return web.json_response(body)

    async with (
        answering(handle) as url,
        opened(SlackClient("xoxb-test", url, loopback=True)) as client,
        opened_directory(client, Identity("T0ACME", "U0BOT", "B0BOT")) as directory,
    ):
        yield directory


@pytest.mark.parametrize(
    ("teams", "belongs"),
    [(["T0HOME", "T0ACME"], True), (["T0HOME"], False), ([], False), ("T0ACME", False), ([7, None], False)],
)
async def test_on_enterprise_grid_somebody_belongs_to_each_workspace_of_theirs(
    teams: list[str], belongs: bool
) -> None:
    async with told(user(enterprise_user={"id": "W1", "teams": teams})) as directory:
        found = await directory.person("W1")
        assert (refuse_person(found, "T0ACME") is None) is belongs


@pytest.mark.parametrize(
    ("enterprise", "theirs", "sisters"),
    [("E1", "E1", ("T0HOME",)), ("E1", "E2", ()), ("", "", ()), ("", "E1", ()), ("E1", ["E1"], ())],
)
async def test_only_workspaces_of_our_own_organisation_are_sisters(
    enterprise: str, theirs: object, sisters: tuple[str, ...]
) -> None:
    found = user(enterprise_user={"id": "W1", "enterprise_id": theirs, "teams": ["T0HOME", "T0ACME"]})
    person = read_person(found["user"], "W1", "T0ACME", enterprise)
    assert person.sisters == sisters


async def test_somebodys_id_of_before_a_migration_is_nobodys() -> None:
    """Slack answers an old id of a workspace with who has the new one of the organisation."""
    async with told({"ok": True, "user": {"id": "W1", "team_id": "T0ACME"}}) as directory:
        assert await directory.person("U1") is None
        assert await directory.person("W1")
        with pytest.raises(DirectoryError):
            await directory.person("W2")


async def test_the_id_of_the_organisation_is_known_beside_the_workspaces_own() -> None:
    grid = {"id": "W1", "enterprise_id": "E1", "teams": ["T0ACME"]}
    async with told({"ok": True, "user": {"id": "U1", "enterprise_user": grid}}) as directory:
        found = await directory.person("U1")
        assert found
        assert (found.id, found.account) == ("U1", "W1")


@pytest.mark.parametrize("left", [["T0HOME"], []])
async def test_somebody_who_left_our_workspace_only_is_not_of_it_whatever_team_id_says(
    left: list[str],
) -> None:
    """Deactivated in one workspace of the organisation, they live on in the others, or in none."""
    gone = user(team_id="T0ACME", enterprise_user={"id": "W1", "teams": left})
    async with told(gone) as directory:
        assert refuse_person(await directory.person("W1"), "T0ACME") is Reason.OTHER_WORKSPACE


async def test_an_org_wide_token_asks_about_groups_of_its_workspace_and_follows_who_leaves_it() -> None:
    async with SlackEmulator() as slack:
        grid = slack.add_organisation("E0ORG", home=True)
        two = slack.add_team("T0TWO", organisation=grid)
        wanda = grid.add_person("wanda", teams=[slack, two])
        group = two.add_group("on-call", [two.person(wanda)])
        token = grid.install(slack, two)
        identity = Identity("T0TWO", grid.organisation.bot.id, "B0BOT", enterprise="E0ORG")
        async with (
            opened(SlackClient(token, slack.api_url, loopback=True)) as client,
            opened_directory(client, identity) as directory,
        ):
            assert await directory.group(group.id) == frozenset({wanda.id})
            assert refuse_person(await directory.person(wanda.id), "T0TWO") is None
            grid.leave(wanda, two)
            directory.forget(wanda.id)
            assert refuse_person(await directory.person(wanda.id), "T0TWO") is Reason.OTHER_WORKSPACE
        assert not [call for call in slack.calls if not call.ok]


async def test_slackbot_is_a_bot_though_its_flag_denies_it() -> None:
    async with told(
        {"ok": True, "user": {"id": "USLACKBOT", "team_id": "T0ACME", "is_bot": False}}
    ) as directory:
        assert refuse_person(await directory.person("USLACKBOT"), "T0ACME") is Reason.BOT


async def test_a_time_zone_is_told_by_its_name_and_is_nothing_where_slack_does_not_say() -> None:
    """Working hours and "from 22:00" are the requester's own."""
    async with on_directory() as (stage, directory):
        uwe = stage.slack.add_person("uwe", tz="Europe/Berlin")
        gone = stage.slack.add_person("gone", tz="Europe/Berlin", deleted=True)
        found = [await directory.person(who.id) for who in (uwe, gone)]
        assert [who.tz if who else None for who in found] == ["Europe/Berlin", ""]
    async with told(user(tz=["Europe/Berlin"])) as directory:
        odd = await directory.person("W1")
        assert odd
        assert odd.tz == ""


@pytest.mark.parametrize(
    "body",
    [
        {"ok": True},
        {"ok": True, "user": None},
        {"ok": True, "user": "W1"},
        {"ok": True, "user": {"id": "W1"}},
        user(id="W2"),
        user(team_id=None),
        {"ok": False, "error": "missing_scope"},
        {"ok": False},
    ],
)
async def test_an_answer_that_does_not_say_who_it_is_lets_nobody_pass(body: dict[str, Any]) -> None:
    async with told(body) as directory:
        with pytest.raises(DirectoryError):
            await directory.person("W1")
        with pytest.raises(DirectoryError):
            await directory.members("C1")


FAULTS: list[Callable[[SlackEmulator], object]] = [
    lambda slack: slack.faults.rate_limit(retry_after=30),
    lambda slack: slack.faults.break_down(),
    lambda slack: slack.faults.refuse(),
    lambda slack: slack.faults.lose_reply(),
    lambda slack: slack.faults.answer("*", "internal_error"),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_answer_is_a_fault_and_no_answer_of_no(fault: Callable[[SlackEmulator], object]) -> None:
    async with on_directory() as (stage, directory):
        alice = stage.slack.add_person("alice")
        channel = stage.slack.add_channel("approvers", [alice])
        fault(stage.slack)
        with pytest.raises(DirectoryError):
            await directory.person(alice.id)
        with pytest.raises(DirectoryError):
            await directory.members(channel.id)
        with pytest.raises(DirectoryError):
            await directory.channel(channel.id)


async def test_slack_that_hangs_costs_a_handler_its_budget_and_no_more() -> None:
    async with on_directory(seconds=0.1) as (stage, directory):
        alice = stage.slack.add_person("alice")
        gate = stage.slack.faults.hang("users.info")
        with pytest.raises(DirectoryError, match="in time"):
            await directory.person(alice.id)
        assert gate.waiting, "Slack still hangs: the budget ended the question, not its answer"
        gate.release()


async def test_all_questions_before_an_ack_share_one_budget() -> None:
    """Each alone would be in time, but Slack waits three seconds for the ack and not for each question."""
    async with on_directory() as (stage, directory):
        people = [stage.slack.add_person(name) for name in ("alice", "bob", "carol", "dave", "erin")]
        stage.slack.faults.slow("users.info", seconds=0.1)
        with before_ack(0.25):
            await directory.person(people[0].id)
            with pytest.raises(DirectoryError, match="in time"):
                await _ask_all(directory, people[1:])


async def _ask_all(directory: SlackDirectory, people: list[User]) -> None:
    for somebody in people:
        await directory.person(somebody.id)


async def test_what_goes_on_after_the_ack_has_its_own_time() -> None:
    async with on_directory() as (stage, directory):
        alice = stage.slack.add_person("alice")

        async def later() -> bool:
            await acked.wait()
            return await directory.person(alice.id) is not None

        acked = asyncio.Event()
        with before_ack(0.0):
            task = asyncio.create_task(later())
        acked.set()
        assert await task


async def test_members_are_everybody_but_the_bot_over_all_pages() -> None:
    async with on_directory() as (stage, directory):
        people = [stage.slack.add_person(f"person{number}") for number in range(2_100)]
        channel = stage.slack.add_channel("approvers", people, private=True)
        assert await directory.members(channel.id) == {somebody.id for somebody in people}
        assert len(stage.slack.calls_of("conversations.members")) == 3


async def test_a_crowd_is_an_error_and_not_half_a_crowd() -> None:
    async with on_directory() as (stage, directory):
        channel = stage.slack.add_channel("everybody")
        channel.members += [f"U{number}" for number in range(10_001)]
        with pytest.raises(DirectoryError):
            await directory.members(channel.id)


async def test_a_channel_where_we_could_not_post_has_no_members() -> None:
    async with on_directory() as (stage, directory):
        alice = stage.slack.add_person("alice")
        archived = stage.slack.add_channel("archived", [alice], is_archived=True)
        public = stage.slack.add_channel("public", [alice], with_bot=False)
        private = stage.slack.add_channel("private", [alice], private=True, with_bot=False)
        for channel in (archived.id, public.id, private.id, "C0NOWHERE"):
            assert await directory.members(channel) == frozenset()


async def test_a_channel_that_is_not_admitted_has_no_members_and_its_real_size_is_judged() -> None:
    """Slack's own count may be missing or late: what it lists counts as well."""
    judged: list[tuple[str, int]] = []

    def refuse(channel: str, info: ChannelInfo | None) -> bool:
        judged.append((channel, info.members if info else -1))
        return False

    async with on_stage() as stage:
        clock = HandClock()
        directory = SlackDirectory(stage.client, stage.identity, FakeCache(clock), clock, admits=refuse)
        alice = stage.slack.add_person("alice")
        channel = stage.slack.add_channel("approvers", [alice], private=True)
        assert await directory.members(channel.id) == frozenset()
        assert await directory.members("C0NOWHERE") == frozenset()
        await directory.close()
        assert judged == [(channel.id, 2), ("C0NOWHERE", -1)]


async def test_channel_tells_what_the_start_checks_need() -> None:
    async with on_directory() as (stage, directory):
        alice = stage.slack.add_person("alice")
        channel = stage.slack.add_channel("approvers", [alice], private=True)
        found = await directory.channel(channel.id)
        assert found
        assert (found.name, found.private, found.member, found.members) == ("approvers", True, True, 2)
        assert not found.archived
        assert not found.shared
        channel.is_pending_ext_shared = True
        pending = await directory.channel(channel.id)
        assert pending
        assert pending.shared
        assert await directory.channel("C0NOWHERE") is None


async def test_two_processes_share_what_slack_said_until_one_is_told_of_a_change() -> None:
    clock = HandClock()
    cache = FakeCache(clock)
    async with on_stage() as stage:
        alice = stage.slack.add_person("alice")
        channel = stage.slack.add_channel("approvers", [alice])
        one, other = (
            SlackDirectory(stage.client, stage.identity, cache, clock, admits=public_too) for _ in range(2)
        )
        assert await one.person("U0NOBODY") is None
        assert await one.members(channel.id) == {alice.id}
        known = await one.person(alice.id)
        await one.close()  # what is shared is written by now
        made = len(stage.slack.calls)
        assert await other.person(alice.id) == known
        assert await other.person("U0NOBODY") is None
        assert await other.members(channel.id) == {alice.id}
        assert len(stage.slack.calls) == made
        stage.slack.change(alice, deleted=True)
        stage.slack.leave(alice, channel)
        other.forget(alice.id)
        other.forget_channel(channel.id)
        assert refuse_person(await other.person(alice.id), other.workspace) is Reason.DEACTIVATED
        assert await other.members(channel.id) == frozenset()
        await other.close()


@pytest.mark.parametrize(
    "text", ["nonsense", "[1]", '{"id": "U1"}', '{"id": "U1", "team": "T", "admin": true}']
)
async def test_a_shared_answer_that_is_none_is_asked_for_again(text: str) -> None:
    clock = HandClock()
    cache = FakeCache(clock)
    async with on_stage() as stage:
        alice = stage.slack.add_person("alice")
        cache.kept[f"person:{alice.id}"] = text, clock() + 4
        directory = SlackDirectory(stage.client, stage.identity, cache, clock, admits=public_too)
        assert refuse_person(await directory.person(alice.id), directory.workspace) is None
        await directory.close()


async def test_of_several_people_slack_is_asked_only_about_those_who_are_not_remembered() -> None:
    """Whoever files waits for this: people who were looked up a moment ago cost nothing."""
    async with on_directory() as (stage, directory):
        bob, carol = stage.slack.add_person("bob"), stage.slack.add_person("carol")
        await directory.person(bob.id)
        known = len(stage.slack.calls)
        found = await directory.persons([carol.id, bob.id, "U0NOBODY", carol.id])
        assert [someone and someone.id for someone in found] == [carol.id, bob.id, None, carol.id]
        asked = [call.args["user"] for call in list(stage.slack.calls)[known:]]
        assert sorted(asked) == sorted([carol.id, "U0NOBODY"])
