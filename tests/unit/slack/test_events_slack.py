"""What Slack tells unasked: leavers lose access at once, caches are dropped, outsiders raise an alarm."""

from dataclasses import replace
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from envaccess.domain.errors import DirectoryError, StoreUnavailableError
from envaccess.domain.person import Person
from envaccess.domain.request import GrantState, State
from envaccess.slack.alarms import Alarms
from envaccess.slack.app import build_app
from envaccess.slack.channel_guard import ChannelGuard
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.events import register_events
from tests.fakes.books import NOON, Books
from tests.fakes.context import WORKSPACE, FakeDirectory, FakeSource, make_context
from tests.unit.slack.slack_stage import SILENT, make_request, opened

APPROVERS, AUDIT = "C0APPROVERS", "C0AUDIT"


class Memory:
    """Fits `events.DirectoryCaches`."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, user: str) -> None:
        self.forgotten.append(user)

    def forget_channel(self, channel: str) -> None:
        self.forgotten.append(channel)

    def forget_group(self, group: str) -> None:
        self.forgotten.append(group)


class Harness:
    """The listener on a world of fakes."""

    def __init__(self, client: SlackClient) -> None:
        self.client = client
        self.books = Books()
        self.memory = Memory()
        self.alarms = Alarms()
        self.guard = ChannelGuard(self.alarms, APPROVERS, AUDIT, public_allowed=False)
        self.app = build_app(Identity("T0ACME", "U0BOT", "B0BOT"), client)
        self.directory = FakeDirectory()
        self.directory.join("U1", "U2")
        context = make_context(self.books, self.directory, FakeSource(self.books))
        self.at_home: list[str] = []
        register_events(self.app, context, self.memory, self.alarms, self.guard, home=self.go_home)

    async def go_home(self, user: str) -> None:
        self.books.check()
        self.at_home.append(user)

    async def tell(self, **event: Any) -> int:
        return await self.deliver({"team_id": "T0ACME"}, **event)

    async def deliver(self, envelope: dict[str, Any], **event: Any) -> int:
        body = {"type": "event_callback", "event_id": "Ev1", "event": event} | envelope
        return (await self.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))).status

    def change(self, user: str, now: Person | None) -> None:
        self.directory.people.pop(user)
        if now:
            self.directory.people[user] = now

    def give_access(self) -> None:
        live = make_request(
            "U1", id="00000001", state=State.APPROVED, grant=GrantState.ACTIVE, expires_at=NOON + 1_000
        )
        self.books.requests = {
            live.id: live,
            "00000002": make_request("U1", id="00000002"),
            "00000003": replace(live, id="00000003", requester="U2"),
        }


@pytest.fixture
async def harness() -> Any:
    async with opened(SlackClient("xoxb-test", SILENT, loopback=True)) as client:
        yield Harness(client)


GONE = pytest.mark.parametrize(
    "gone",
    [
        Person("U1", WORKSPACE, deleted=True),
        Person("U1", WORKSPACE, guest=True),
        Person("U1", "T0ELSEWHERE"),
        None,
    ],
)


@GONE
async def test_somebody_who_may_hold_nothing_any_more_loses_it_at_once(
    harness: Harness, gone: Person | None
) -> None:
    """By the one rule that everybody must pass, whatever the event said of the change."""
    harness.give_access()
    harness.change("U1", gone)
    assert await harness.tell(type="user_change", user={"id": "U1"}) == 200
    assert harness.books.requests["00000001"].grant is GrantState.REVOKED
    assert harness.books.requests["00000002"].state is State.CANCELLED
    assert harness.books.requests["00000003"].grant is GrantState.ACTIVE
    assert harness.memory.forgotten == ["U1"]


@pytest.mark.parametrize("flag", ["deleted", "is_restricted", "is_ultra_restricted"])
async def test_a_late_event_takes_nothing_from_somebody_who_is_back(harness: Harness, flag: str) -> None:
    """Slack repeats events for an hour: a deactivation may arrive after the account was restored."""
    harness.give_access()
    assert await harness.tell(type="user_change", user={"id": "U1", flag: True}) == 200
    assert harness.books.requests["00000001"].grant is GrantState.ACTIVE
    assert harness.books.requests["00000002"].state is State.PENDING


async def test_a_change_that_slack_does_not_confirm_in_time_is_told_again(harness: Harness) -> None:
    harness.give_access()
    harness.directory.fault = DirectoryError("no answer")
    assert await harness.tell(type="user_change", user={"id": "U1", "deleted": True}) == 500
    assert harness.books.requests["00000001"].grant is GrantState.ACTIVE


async def test_slack_is_asked_about_those_only_who_hold_something(harness: Harness) -> None:
    """Else each new picture in a large workspace would use up what a click may ask."""
    harness.give_access()
    harness.directory.fault = DirectoryError("would be asked")
    assert await harness.tell(type="user_change", user={"id": "U3", "deleted": True}) == 200


async def test_somebody_who_only_changed_their_picture_keeps_access(harness: Harness) -> None:
    harness.give_access()
    assert await harness.tell(type="user_change", user={"id": "U1", "deleted": False}) == 200
    assert harness.books.requests["00000001"].grant is GrantState.ACTIVE
    assert harness.memory.forgotten == ["U1"]


async def test_a_leaver_while_redis_is_down_is_told_again_by_slack(harness: Harness) -> None:
    harness.books.fault = StoreUnavailableError("down")
    assert await harness.tell(type="user_change", user={"id": "U1", "deleted": True}) == 500


ELSEWHERE = {"team_id": "T0ELSEWHERE", "enterprise_id": None}
SHARED = ELSEWHERE | {"authorizations": [{"team_id": "T0OTHER"}, {"team_id": "T0ACME"}]}


@pytest.mark.parametrize(
    ("envelope", "ours"),
    [
        (ELSEWHERE, False),
        (ELSEWHERE | {"authorizations": [ELSEWHERE]}, False),
        (SHARED, True),
        ({}, True),
        ({"team_id": 7, "authorizations": [{"team_id": None}]}, True),
    ],
)
async def test_an_event_of_another_workspace_means_nothing_here(
    harness: Harness, envelope: dict[str, Any], ours: bool
) -> None:
    """Law 4: one app may be installed in many workspaces; another's removal is not ours."""
    assert await harness.deliver(envelope, type="app_uninstalled") == 200
    assert harness.alarms.faults == (("app_uninstalled",) if ours else ())


@pytest.mark.parametrize("kind", ["member_joined_channel", "member_left_channel"])
async def test_members_that_changed_are_asked_for_again(harness: Harness, kind: str) -> None:
    assert await harness.tell(type=kind, channel=APPROVERS, user="U1") == 200
    assert harness.memory.forgotten == [APPROVERS]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "subteam_members_changed", "subteam_id": "S1", "removed_users": ["U1"]},
        {"type": "subteam_updated", "subteam": {"id": "S1", "date_delete": 1}},
    ],
)
async def test_a_user_group_that_changed_is_asked_for_again(harness: Harness, event: dict[str, Any]) -> None:
    """Somebody who was taken out of the approvers' group must not decide for seconds more."""
    assert await harness.tell(**event) == 200
    assert harness.memory.forgotten == ["S1"]


async def test_opening_the_home_tab_draws_it_for_that_person(harness: Harness) -> None:
    assert await harness.tell(type="app_home_opened", user="U1", tab="messages", channel="D1") == 200
    assert harness.at_home == []
    assert await harness.tell(type="app_home_opened", user="U1", tab="home", channel="D1") == 200
    assert harness.at_home == ["U1"]


async def test_a_home_tab_that_could_not_be_drawn_is_told_again_by_slack(harness: Harness) -> None:
    harness.books.fault = StoreUnavailableError("down")
    assert await harness.tell(type="app_home_opened", user="U1", tab="home") == 500


async def test_without_a_home_tab_its_opening_means_nothing(harness: Harness) -> None:
    app = build_app(Identity("T0ACME", "U0BOT", "B0BOT"), harness.client)
    context = make_context(harness.books, harness.directory, FakeSource(harness.books))
    register_events(app, context, harness.memory, harness.alarms, harness.guard)
    harness.app = app
    assert await harness.tell(type="app_home_opened", user="U1", tab="home") == 200
    assert harness.at_home == []


async def test_sharing_a_channel_of_ours_is_an_alarm_once(harness: Harness) -> None:
    await harness.tell(type="channel_shared", channel="C0OTHER")
    assert not harness.alarms.faults
    for _ in range(3):
        await harness.tell(type="channel_shared", channel=APPROVERS)
    assert harness.alarms.faults == (f"channel_unsafe:{APPROVERS}",)
    assert harness.memory.forgotten == ["C0OTHER", *[APPROVERS] * 3], "who decides is asked again at once"


async def test_losing_the_token_or_the_installation_is_an_alarm(harness: Harness) -> None:
    await harness.tell(type="tokens_revoked", tokens={"oauth": ["U1"]})
    assert not harness.alarms.faults
    await harness.tell(type="tokens_revoked", tokens={"bot": ["U0BOT"]})
    await harness.tell(type="app_uninstalled")
    assert harness.alarms.faults == ("tokens_revoked", "app_uninstalled")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "app_home_opened", "user": "U1"},
        {"type": "app_home_opened", "tab": "home"},
        {"type": "app_home_opened", "user": {"id": "U1"}, "tab": "home"},
        {"type": "subteam_members_changed"},
        {"type": "subteam_members_changed", "subteam_id": ["S1"]},
        {"type": "subteam_updated", "subteam": "S1"},
        {"type": "user_change"},
        {"type": "user_change", "user": "U1"},
        {"type": "user_change", "user": {"deleted": True}},
        {"type": "member_joined_channel"},
        {"type": "member_joined_channel", "channel": ["C1"]},
        {"type": "channel_shared"},
        {"type": "tokens_revoked"},
        {"type": "something_new", "subtype": "odd"},
    ],
)
async def test_an_event_that_says_nothing_changes_nothing(harness: Harness, event: dict[str, Any]) -> None:
    harness.give_access()
    assert await harness.tell(**event) == 200
    assert harness.books.requests["00000001"].grant is GrantState.ACTIVE
    assert [*harness.alarms.faults, *harness.at_home, *harness.memory.forgotten] == []
