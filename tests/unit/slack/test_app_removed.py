"""The app is removed, comes back, is given and taken: Slack's events say where to look, in whatever order."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web
from fakeredis import FakeServer

from envaccess.domain.audit import Event
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.installation import Installation
from envaccess.slack.client import SlackClient
from envaccess.slack.install.removal import ROUND_SECONDS, Removals
from envaccess.slack.install.rotation import EARLY
from envaccess.store.trail import RedisTrail
from tests.fakes.slack_apps import FakeSlackApps, slack_apps
from tests.unit.slack.test_token_rotation import Hall, Replica

GRID: dict[str, Any] = {"is_enterprise_install": True, "enterprise": {"id": "E0ORG"}, "team": None}


@dataclass
class Front:
    """A process that hears of events."""

    hall: Hall
    replica: Replica
    changes: list[int] = field(default_factory=list)
    removals: Removals = field(init=False)

    def __post_init__(self) -> None:
        async def changed() -> None:
            self.changes.append(self.hall.ms)

        rotation = self.replica.rotation
        self.removals = Removals(
            self.replica.installations, rotation.oauth, rotation, lambda: self.hall.ms / 1_000, changed
        )

    @property
    def slack(self) -> FakeSlackApps:
        return self.hall.slack

    async def teams(self) -> set[str]:
        return {team for one in await self.replica.installations.all() for team in one.served}

    async def hears(
        self, event: str, team: str | None = "T0ACME", enterprise: str | None = None, **more: Any
    ) -> bool:
        wide = team is None
        sent = {"team_id": team, "enterprise_id": enterprise, "is_enterprise_install": wide}
        body: dict[str, Any] = {"type": "event_callback", "team_id": team, "event": {"type": event, **more}}
        if event.startswith("team_access"):
            body["enterprise_id"] = enterprise
        else:
            body["authorizations"] = [sent]
        return await self.removals.take(body)

    async def uninstalled(self, team: str = "T0ACME") -> bool:
        return await self.hears("app_uninstalled", team)

    async def revoked(self, team: str = "T0ACME") -> bool:
        return await self.hears("tokens_revoked", team, tokens={"bot": ["U0BOT"]})

    def dies(self, one: Installation) -> None:
        """Slack takes the app out of the workspace."""
        self.slack.alive.pop(one.token, None)
        self.slack.refreshing.pop(one.refresh_token, None)

    async def told(self) -> list[Event]:
        return list(await RedisTrail(self.replica.installations.runner).after("0", 99))

    async def grid(self) -> Installation:
        given = self.slack.give(self.slack.codes.pop(self.slack.yes(**GRID)))
        one = Installation("A0APP", "E0ORG", "", True, "U0BOT", ("commands",), given["access_token"])
        await self.replica.installations.save(one)
        return one


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    async with slack_apps() as slack:
        client = SlackClient("", slack.url, loopback=True)
        hall = Hall(slack, client, FakeServer())
        yield Front(hall, hall.replica())
        await client.close()


@pytest.mark.parametrize(
    "order",
    [
        ["uninstalled"],
        ["revoked"],
        ["uninstalled", "revoked"],
        ["revoked", "uninstalled"],
        ["revoked", "revoked", "uninstalled", "uninstalled"],
    ],
    ids="-".join,
)
async def test_a_workspace_that_removed_the_app_is_forgotten_in_whatever_order_it_is_told(
    front: Front, order: list[str]
) -> None:
    one = await front.hall.installed(front.replica)
    await front.hall.installed(front.replica, "T0BETA")
    front.dies(one)
    for event in order:
        assert await getattr(front, event)()
    assert await front.teams() == {"T0BETA"}
    assert [
        (event.event, event.detail["why"]) for event in await front.told() if event.event == "app.uninstalled"
    ] == [("app.uninstalled", {"uninstalled": "app_uninstalled", "revoked": "tokens_revoked"}[order[0]])]
    assert len(front.changes) == 1
    assert not front.replica.alarms._told


@pytest.mark.parametrize("event", ["uninstalled", "revoked"])
async def test_a_late_event_of_before_a_new_installation_removes_nothing(front: Front, event: str) -> None:
    old = await front.hall.installed(front.replica)
    front.dies(old)
    new = await front.hall.installed(front.replica)
    await getattr(front, event)()
    assert await front.replica.installations.all() == [new]
    assert not front.changes


async def test_what_is_installed_again_between_slack_s_answer_and_the_removal_stays(front: Front) -> None:
    one = await front.hall.installed(front.replica)
    await front.replica.installations.save(one := replace(one, refresh_token="", expires_at=0))
    front.dies(one)
    new: list[Installation] = []
    whose = front.removals.oauth.whose

    async def and_install(token: str) -> Any:
        answer = await whose(token)
        if not new:
            new.append(await front.hall.installed(front.replica))
        return answer

    front.removals.oauth.whose = and_install  # type: ignore[method-assign]
    await front.uninstalled()
    assert await front.replica.installations.all() == new
    await front.removals.step()
    assert await front.replica.installations.all() == new


async def test_an_event_that_anybody_made_up_removes_nothing(front: Front) -> None:
    """Only Slack signs, but an event may be of another workspace, or of none."""
    one = await front.hall.installed(front.replica)
    for team in ("T0ACME", "T0OTHER", "", "x" * 99):
        await front.uninstalled(team)
        await front.hears("tokens_revoked", team, tokens={"oauth": ["U0ALICE"]})
        await front.hears("tokens_revoked", team, tokens=[])
    assert await front.replica.installations.all() == [one]


async def test_other_events_are_left_to_their_workspaces(front: Front) -> None:
    assert not await front.hears("user_change")
    assert not await front.removals.take({"type": "block_actions", "team": {"id": "T0ACME"}})
    assert not await front.removals.take({"type": "event_callback", "event": "app_uninstalled"})
    assert not front.slack.calls


async def test_while_slack_does_not_answer_nothing_is_removed_and_it_is_looked_at_again(front: Front) -> None:
    one = await front.hall.installed(front.replica)
    front.dies(one)
    front.slack.before = lambda _: web.Response(status=503)
    await front.uninstalled()
    assert await front.teams() == {"T0ACME"}
    front.slack.before = lambda _: None
    await front.removals.step()
    assert await front.teams() == set()


async def test_while_redis_is_away_it_is_looked_at_again(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    front.dies(await front.hall.installed(front.replica))
    with monkeypatch.context() as away:

        async def gone() -> list[Installation]:
            raise StoreUnavailableError("away")

        away.setattr(front.replica.installations, "all", gone)
        assert await front.uninstalled()
    await front.removals.step()
    assert await front.teams() == set()


async def test_a_token_that_is_replaced_at_this_moment_is_no_removed_app(front: Front) -> None:
    """Slack may take the old token back as soon as it gave the new one, which no store has yet."""
    one = await front.hall.installed(front.replica)
    front.hall.ms = one.expires_at - EARLY
    other = front.hall.replica()
    refresh = other.rotation.oauth.refresh

    async def slowly(token: str) -> Any:
        answer = await refresh(token)
        front.slack.alive.pop(one.token)
        await front.revoked()
        assert await front.replica.installations.all() == [one]
        return answer

    other.rotation.oauth.refresh = slowly  # type: ignore[method-assign, assignment]
    await other.rotation.step()
    await front.removals.step()
    assert await front.hall.works(front.replica)


async def test_a_token_that_died_alone_is_replaced_in_place_of_a_removal(front: Front) -> None:
    one = await front.hall.installed(front.replica)
    front.slack.alive.pop(one.token)
    await front.revoked()
    assert await front.hall.works(front.replica)


async def test_that_our_secret_is_wrong_removes_nothing(front: Front) -> None:
    one = await front.hall.installed(front.replica)
    front.slack.alive.pop(one.token)
    front.removals.oauth._app = "Basic bm90OnRoaXM="
    await front.revoked()
    await front.removals.step()
    assert await front.replica.installations.all() == [one]


async def test_an_app_that_was_removed_without_a_word_is_found_in_two_rounds(front: Front) -> None:
    """One odd answer of Slack takes no workspace away."""
    one = await front.hall.installed(front.replica)
    await front.removals.step()
    front.dies(one)
    gone = {"ok": False, "error": "account_inactive"}
    front.slack.before = lambda method: web.json_response(gone) if method == "auth.test" else None
    for left in ({"T0ACME"}, {"T0ACME"}, set[str]()):
        await front.removals.step()
        assert await front.teams() == left
        front.hall.ms += int(ROUND_SECONDS * 1_000)
    assert (await front.told())[-1].detail["why"] == "account_inactive"


async def test_a_token_that_is_refused_without_an_event_is_not_taken_for_a_removed_app(front: Front) -> None:
    one = await front.hall.installed(front.replica)
    await front.replica.installations.save(one := replace(one, refresh_token="", expires_at=0))
    front.dies(one)
    await front.removals.step()
    assert await front.replica.installations.all() == [one]


async def test_an_organisation_gives_and_takes_workspaces_in_whatever_order(front: Front) -> None:
    await front.grid()
    front.slack.granted["E0ORG"] = ["T0ACME", "T0BETA"]
    await front.hears("team_access_granted", None, "E0ORG", team_ids=["T0ACME"])
    assert await front.teams() == {"T0ACME", "T0BETA"}
    front.slack.granted["E0ORG"] = ["T0BETA"]
    await front.hears("team_access_granted", None, "E0ORG", team_ids=["T0ACME"])  # late
    assert await front.teams() == {"T0BETA"}
    await front.hears("team_access_revoked", None, "E0ORG", team_ids=["T0ACME"])
    await front.hears("team_access_revoked", None, "E0EVIL", team_ids=["T0BETA"])
    assert await front.teams() == {"T0BETA"}
    assert [(event.event, event.detail.get("teams")) for event in await front.told()][1:] == [
        ("app.installed", "T0ACME,T0BETA"),
        ("app.uninstalled", "T0ACME"),
    ]


async def test_an_organisation_that_removed_the_app_is_forgotten_with_all_its_workspaces(
    front: Front,
) -> None:
    one = await front.grid()
    await front.hall.installed(front.replica)
    await front.replica.installations.change_teams(
        "E0ORG", lambda _: frozenset({"T0BETA"}), (await front.told())[0].actor
    )
    front.dies(one)
    await front.hears("app_uninstalled", None, "E0ORG")
    assert await front.teams() == {"T0ACME"}
    assert (await front.told())[-1].detail["teams"] == "T0BETA"


async def test_installing_again_brings_a_workspace_back(front: Front) -> None:
    front.dies(await front.hall.installed(front.replica))
    await front.uninstalled()
    assert await front.teams() == set()
    new = await front.hall.installed(front.replica)
    await front.uninstalled()
    assert await front.replica.installations.all() == [new]
