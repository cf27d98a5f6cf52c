"""Who is in a user group: as Slack says, kept for seconds, within its rate, failing closed (laws 4 and 9)."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from envaccess.application.ports.people import Directory
from envaccess.domain.errors import DirectoryError, GroupRefusedError
from envaccess.slack.channel_info import ChannelInfo
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.directory import SlackDirectory
from slack_emulator import SlackEmulator
from tests.unit.slack.slack_stage import FakeCache, HandClock, Stage, answering, on_stage, opened


def anybody(_: str, __: ChannelInfo | None) -> bool:
    return True


class Harness:
    """Directories of some processes, on one local Slack, one shared cache and one clock."""

    def __init__(self, stage: Stage, processes: int = 1) -> None:
        self.slack = stage.slack
        self.clock = HandClock()
        self.cache = FakeCache(self.clock)
        self.directories = [
            SlackDirectory(stage.client, stage.identity, self.cache, self.clock, admits=anybody)
            for _ in range(processes)
        ]

    @property
    def one(self) -> SlackDirectory:
        return self.directories[0]

    def asked(self) -> list[str]:
        return [call.method for call in self.slack.calls if call.method.startswith("usergroups.")]


@asynccontextmanager
async def on_house(processes: int = 1) -> AsyncIterator[Harness]:
    async with on_stage() as stage:
        harness = Harness(stage, processes)
        try:
            yield harness
        finally:
            for directory in harness.directories:
                await directory.close()


@asynccontextmanager
async def told(answers: dict[str, Any]) -> AsyncIterator[tuple[SlackDirectory, list[dict[str, str]]]]:
    """Have Slack answer each method with one body; yields what was asked too."""
    asked: list[dict[str, str]] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        return web.json_response(answers[request.path.strip("/")])

    async with answering(handle) as url, opened(SlackClient("xoxb-test", url, loopback=True)) as client:
        clock = HandClock()
        who = Identity("T0ACME", "U0BOT", "B0BOT")
        directory = SlackDirectory(client, who, FakeCache(clock), clock, admits=anybody)
        try:
            yield directory, asked
        finally:
            await directory.close()


def listed(**group: Any) -> dict[str, Any]:
    return {"usergroups.list": {"ok": True, "usergroups": [{"id": "S1", "date_delete": 0, **group}]}}


async def test_a_group_has_its_members_and_one_that_is_unknown_or_disabled_is_none() -> None:
    def fitting(directory: Directory) -> Directory:
        return directory

    async with on_house() as harness:
        alice, bob = harness.slack.add_person("alice"), harness.slack.add_person("bob")
        group, gone = (
            harness.slack.add_group("on-call", [alice, bob]),
            harness.slack.add_group("gone", [alice]),
        )
        empty = harness.slack.add_group("empty")
        harness.slack.disable(gone)
        directory = fitting(harness.one)
        assert await directory.group(group.id) == frozenset({alice.id, bob.id})
        assert await directory.group(empty.id) == frozenset()
        assert await directory.group(gone.id) is None
        assert await directory.group("S9NOWHERE") is None


async def test_all_groups_of_a_policy_cost_one_question() -> None:
    """Slack answers 20 a minute: one question a group would pass that with the third group in use."""
    async with on_house() as harness:
        alice = harness.slack.add_person("alice")
        groups = [harness.slack.add_group(f"team-{number}", [alice]) for number in range(30)]
        harness.slack.enforce_rates()
        for group in groups:
            assert await harness.one.group(group.id) == frozenset({alice.id})
        assert harness.asked() == ["usergroups.list"]


async def test_a_minute_of_constant_use_by_five_processes_stays_within_slacks_limit() -> None:
    async with on_house(5) as harness:
        group = harness.slack.add_group("on-call", [harness.slack.add_person("alice")])
        for _ in range(120):
            for directory in harness.directories:
                await directory.group(group.id)
            harness.clock.advance(0.5)
        assert len(harness.asked()) <= 20


async def test_somebody_taken_out_of_a_group_is_out_when_the_answer_is_too_old() -> None:
    async with on_house() as harness:
        alice = harness.slack.add_person("alice")
        group = harness.slack.add_group("on-call", [alice])
        assert await harness.one.group(group.id) == frozenset({alice.id})
        harness.slack.remove_from_group(alice, group)
        harness.clock.advance(7)
        assert await harness.one.group(group.id) == frozenset()


async def test_an_event_about_a_group_makes_every_process_ask_again() -> None:
    async with on_house(2) as harness:
        one, other = harness.directories
        alice = harness.slack.add_person("alice")
        group = harness.slack.add_group("on-call", [alice])
        assert await one.group(group.id) == frozenset({alice.id})
        await one.close()  # what is shared is written by now
        harness.slack.remove_from_group(alice, group)
        other.forget_group(group.id)
        assert await other.group(group.id) == frozenset()
        one.forget_group(group.id)
        assert await one.group(group.id) == frozenset()


FAULTS: list[Callable[[SlackEmulator], object]] = [
    lambda slack: slack.faults.rate_limit(retry_after=30),
    lambda slack: slack.faults.break_down(),
    lambda slack: slack.faults.refuse(),
    lambda slack: slack.faults.lose_reply(),
    lambda slack: slack.state.scopes.remove("usergroups:read"),
    lambda slack: slack.faults.answer("usergroups.list", "users_not_found"),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_answer_is_a_fault_and_no_answer_of_no(fault: Callable[[SlackEmulator], object]) -> None:
    async with on_house() as harness:
        group = harness.slack.add_group("on-call", [harness.slack.add_person("alice")])
        fault(harness.slack)
        with pytest.raises(DirectoryError):
            await harness.one.group(group.id)


async def test_slack_that_hangs_costs_a_handler_its_budget_and_no_more() -> None:
    async with on_stage() as stage:
        clock = HandClock()
        directory = SlackDirectory(
            stage.client, stage.identity, FakeCache(clock), clock, admits=anybody, seconds=0.1
        )
        gate = stage.slack.faults.hang("usergroups.list")
        with pytest.raises(DirectoryError, match="in time"):
            await directory.group("S1")
        gate.release()
        await directory.close()


@pytest.mark.parametrize("code", ["plan_upgrade_required", "permission_denied", "a_code_of_tomorrow"])
async def test_a_refusal_is_told_with_its_code_and_kept_like_an_answer(code: str) -> None:
    """Twenty groups of a policy, and then some presses, would else pass Slack's 20 questions a minute."""
    async with on_house(2) as harness:
        harness.slack.faults.answer("usergroups.list", code)
        for number in range(30):
            with pytest.raises(GroupRefusedError, match=code) as found:
                await harness.one.group(f"S{number}")
            assert (found.value.group, found.value.code) == (f"S{number}", code)
        await harness.one.close()
        with pytest.raises(GroupRefusedError, match=code):
            await harness.directories[1].group("S1")
        assert harness.asked() == ["usergroups.list"]


async def test_a_refusal_about_one_group_is_told_of_that_group() -> None:
    answers = listed(users=["U1"], user_count=3) | {
        "usergroups.users.list": {"ok": False, "error": "permission_denied"}
    }
    async with told(answers) as (directory, asked):
        for _ in range(2):
            with pytest.raises(GroupRefusedError, match=r"usergroups\.users\.list: permission_denied"):
                await directory.group("S1")
        assert await directory.group("S2") is None
        assert len(asked) == 2


@pytest.mark.parametrize("count", [2, "2"])
async def test_a_count_is_a_number_or_one_in_words(count: object) -> None:
    async with told(listed(users=["U1", "U2"], user_count=count)) as (directory, asked):
        assert await directory.group("S1") == frozenset({"U1", "U2"})
        assert len(asked) == 1


async def test_a_list_that_came_short_is_asked_for_whole() -> None:
    """Slack cuts long lists in its events; a group of approvers must not lose its last names for it."""
    answers = listed(users=["U1"], user_count=3) | {
        "usergroups.users.list": {"ok": True, "users": ["U1", "U2", "U3"]}
    }
    async with told(answers) as (directory, asked):
        assert await directory.group("S1") == frozenset({"U1", "U2", "U3"})
        assert await directory.group("S1") == frozenset({"U1", "U2", "U3"})
        assert [question.get("usergroup") for question in asked] == [None, "S1"]
        directory.forget_group("S1")
        answers["usergroups.users.list"] = {"ok": False, "error": "no_such_subteam"}
        assert await directory.group("S1") is None


@pytest.mark.parametrize(
    "body",
    [
        {"ok": True},
        {"ok": True, "usergroups": {}},
        {"ok": True, "usergroups": ["S1"]},
        {"ok": True, "usergroups": [{"handle": "x"}]},
        {"ok": True, "usergroups": [{"id": "S1", "users": "U1", "user_count": 1}]},
        {"ok": True, "usergroups": [{"id": "S1", "users": [None], "user_count": 1}]},
        {"ok": True, "usergroups": [{"id": "S1", "users": [], "user_count": 1}]},
    ],
)
async def test_an_answer_that_does_not_say_who_is_in_it_lets_nobody_pass(body: dict[str, Any]) -> None:
    async with told({"usergroups.list": body, "usergroups.users.list": {"ok": True}}) as (directory, _):
        with pytest.raises(DirectoryError):
            await directory.group("S1")


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"S1": "U1"}'])
async def test_a_shared_answer_that_is_none_is_asked_for_again(text: str) -> None:
    async with on_house() as harness:
        alice = harness.slack.add_person("alice")
        group = harness.slack.add_group("on-call", [alice])
        harness.cache.kept["groups:all"] = text, harness.clock() + 3
        assert await harness.one.group(group.id) == frozenset({alice.id})
