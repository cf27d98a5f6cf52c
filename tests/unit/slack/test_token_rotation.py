"""A token that ends is replaced once, before it ends, and what Slack tells once is not lost."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web
from fakeredis import FakeAsyncRedis, FakeServer

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.installation import Installation
from envaccess.slack.alarms import Alarms
from envaccess.slack.client import SlackClient
from envaccess.slack.install.oauth import SlackOAuth
from envaccess.slack.install.rotation import ALARM, EARLY, Rotated, TokenRotation
from envaccess.store.install_states import RedisInstallLeases
from envaccess.wiring.installations import SealedInstallations
from tests.fakes.slack_apps import CLIENT_ID, CLIENT_SECRET, SCOPES, FakeSlackApps, slack_apps

BEGIN = 1_800_000_000_000
HOUR = 3_600_000
PAGE = "https://envaccess.example/slack/install"


class HeardAlarms(Alarms):
    """Remembers what it told a person."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def tell(self, tag: str, subject: str = "", *, problem: str, mend: str) -> None:
        self.said.append(f"{problem} {mend}")
        super().tell(tag, subject, problem=problem, mend=mend)


@dataclass
class Replica:
    """One process that looks after tokens."""

    rotation: TokenRotation
    installations: SealedInstallations
    alarms: HeardAlarms
    told: list[int] = field(default_factory=list)


@dataclass
class Hall:
    """Slack, one store, a clock, and as many processes as a test wants."""

    slack: FakeSlackApps
    client: SlackClient
    server: FakeServer
    ms: int = BEGIN

    def replica(self) -> Replica:
        redis: Any = FakeAsyncRedis(decode_responses=True, server=self.server)
        installations = SealedInstallations(redis, Keyring((MasterKey(b"k" * 32),)), CLIENT_ID)
        alarms, told = HeardAlarms(), list[int]()

        async def kept() -> None:
            told.append(self.ms)

        rotation = TokenRotation(
            installations,
            RedisInstallLeases(installations.runner, f"process-{id(installations)}"),
            SlackOAuth(self.client, self.slack.url, CLIENT_ID, CLIENT_SECRET, "https://envaccess.example/x"),
            alarms,
            lambda: self.ms,
            lambda: self.ms / 1_000,
            kept,
            PAGE,
        )
        return Replica(rotation, installations, alarms, told)

    async def installed(self, replica: Replica, team: str = "T0ACME") -> Installation:
        what = self.slack.codes.pop(self.slack.yes(team))
        given = self.slack.give(what)
        one = Installation(
            *(
                "A0APP",
                "",
                team,
                False,
                "U0BOT",
                tuple(SCOPES.split(",")),
                given["access_token"],
                given["refresh_token"],
            ),
            *(self.ms + 12 * HOUR, "U0ALICE", self.ms),
        )
        await replica.installations.save(one)
        return one

    async def works(self, replica: Replica) -> bool:
        """Whether what is stored works, and can be replaced when it ends."""
        (one,) = await replica.installations.all()
        return one.token in self.slack.alive and one.refresh_token in self.slack.refreshing


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with slack_apps() as slack:
        client = SlackClient("", slack.url, loopback=True)
        yield Hall(slack, client, FakeServer())
        await client.close()


async def test_a_token_is_replaced_two_hours_before_its_end_and_not_before(hall: Hall) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    hall.ms = one.expires_at - EARLY - 1
    await replica.rotation.step()
    assert await replica.installations.all() == [one]
    hall.ms += 1
    await replica.rotation.step()
    (new,) = await replica.installations.all()
    assert (new.token != one.token, new.expires_at) == (True, hall.ms + 12 * HOUR)
    assert replace(new, token=one.token, refresh_token=one.refresh_token, expires_at=one.expires_at) == one
    assert await hall.works(replica)
    assert replica.told == [hall.ms]
    await replica.rotation.step()
    assert hall.slack.calls.count("oauth.v2.access") == 1
    assert "auth.revoke" not in hall.slack.calls


async def test_a_token_that_does_not_end_is_left_alone(hall: Hall) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    await replica.installations.save(replace(one, refresh_token="", expires_at=0))
    hall.ms += 1_000 * HOUR
    await replica.rotation.step()
    assert not hall.slack.calls


async def test_replicas_that_find_one_token_due_at_once_ask_slack_once_each_time(
    hall: Hall, pytestconfig: pytest.Config
) -> None:
    """Of two answers to one refresh token one does not work, and nothing says which (node-slack-sdk#2504)."""
    replicas = [hall.replica() for _ in range(3)]
    await hall.installed(replicas[0])
    for round_ in range(1, pytestconfig.getoption("--rounds-tried") + 1):
        hall.ms += 10 * HOUR
        await asyncio.gather(*(replica.rotation.step() for replica in replicas))
        assert hall.slack.calls.count("oauth.v2.access") == round_
        assert await hall.works(replicas[0])


def cut_at(replica: Replica, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die, as by kill -9, at its so-many-th talk with Redis or Slack."""
    count = itertools.count()

    def cut(ask: Callable[..., Any]) -> Callable[..., Any]:
        async def talk(*given: Any, **named: Any) -> Any:
            if next(count) == step:
                raise KilledError
            answer = await ask(*given, **named)
            if next(count) == step:
                raise KilledError
            return answer

        return talk

    for owner, names in (
        (replica.installations, ("find", "swap")),
        (replica.rotation.leases, ("take", "free")),
        (replica.rotation.oauth, ("refresh",)),
    ):
        for name in names:
            monkeypatch.setattr(owner, name, cut(getattr(owner, name)))


class KilledError(BaseException):
    """No code of the product catches it."""


STEPS = {  # of one rotation: which talk it is, before or after it
    0: "before the lease", 1: "after it", 2: "before reading again", 3: "after it", 4: "before asking Slack",
    5: "after Slack answered", 6: "before the store took it", 7: "after it", 8: "before the lease is free",
    9: "after it",
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=STEPS.values())
@pytest.mark.parametrize("forgives", [False, True])
async def test_a_process_killed_at_any_step_loses_no_token_but_between_slack_s_answer_and_the_store(
    hall: Hall, step: int, forgives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There Slack has told the next token to nobody who lives.

    Where Slack answers the same refresh token again, as it has been seen to, nothing is lost then, too; else
    a person is told, two hours before the token ends.
    """
    first, second = hall.replica(), hall.replica()
    one = await hall.installed(first)
    if forgives:
        hall.slack.forgives(one.refresh_token)
    hall.ms = one.expires_at - EARLY
    cut_at(first, step, monkeypatch)
    with pytest.raises(KilledError):
        await first.rotation.step()
    hall.server.connected = True
    raw: Any = second.installations.runner.client
    await raw.delete(second.installations.runner.key("install_lease", "T0ACME"))  # its time is over
    await second.rotation.step()
    lost = step in {5, 6} and not forgives
    if lost:
        assert [one] == await second.installations.all()
        assert one.token in hall.slack.alive
        assert list(second.alarms._told) == [f"{ALARM}:T0ACME"]
        # Whoever installs again mends it.
        again = await hall.installed(second)
        await second.rotation.step()
        assert await second.installations.all() == [again]
    assert await hall.works(second)


async def test_a_process_that_is_told_to_stop_while_slack_answers_stores_the_answer_first(hall: Hall) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    hall.ms = one.expires_at - EARLY
    asked = asyncio.Event()

    def note(_: str) -> None:
        asked.set()

    hall.slack.after = note
    loop = asyncio.create_task(replica.rotation.step())
    await asked.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert (await replica.installations.all())[0].token != one.token
    assert await hall.works(replica)


async def test_an_answer_is_stored_as_soon_as_redis_is_back(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envaccess.slack.install.rotation._STORE_SECONDS", 0.0)
    replica = hall.replica()
    one = await hall.installed(replica)
    hall.ms = one.expires_at - EARLY
    swap, tries = replica.installations.swap, itertools.count()

    async def away(old: str, new: Installation) -> bool:
        if next(tries) < 5:
            raise StoreUnavailableError("away")
        return await swap(old, new)

    monkeypatch.setattr(replica.installations, "swap", away)
    assert await replica.rotation.rotate(one) is Rotated.DONE
    assert await hall.works(replica)


async def test_who_was_paused_past_its_lease_leaves_a_token_that_works(hall: Hall) -> None:
    """Slack answers both; only the younger answer works, whoever of the two stores last."""
    first, second = hall.replica(), hall.replica()
    one = await hall.installed(first)
    hall.slack.forgives(one.refresh_token)
    hall.ms = one.expires_at - EARLY
    raw: Any = second.installations.runner.client
    begun, go_on = asyncio.Event(), asyncio.Event()
    refresh = first.rotation.oauth.refresh

    async def slowly(token: str) -> Any:
        begun.set()
        await go_on.wait()
        return await refresh(token)

    first.rotation.oauth.refresh = slowly  # type: ignore[method-assign, assignment]
    slow = asyncio.create_task(first.rotation.step())
    await begun.wait()
    await raw.delete(second.installations.runner.key("install_lease", "T0ACME"))
    await second.rotation.step()
    go_on.set()
    await slow
    assert await hall.works(second)


@pytest.mark.parametrize(
    ("answer", "status", "alarmed", "again"),
    [
        ({"ok": False, "error": "invalid_refresh_token"}, 200, "install the app again", 300),
        ({"ok": False, "error": "token_revoked"}, 200, "install the app again", 300),
        ({"ok": False, "error": "bad_client_secret"}, 200, "SLACK_CLIENT_SECRET", 300),
        ({"ok": True, "access_token": "token-for-tests"}, 200, "see whether it stays so", 300),
        ({"ok": False, "error": "ratelimited"}, 429, "", 5),
        ({"ok": False, "error": "internal_error"}, 200, "", 5),
        ({}, 503, "", 5),
        ({}, 200, "", 5),
    ],
)
async def test_what_slack_answers_instead_is_an_alarm_or_is_tried_again(
    hall: Hall,
    answer: dict[str, Any],
    status: int,
    alarmed: str,
    again: int,
) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    hall.ms = one.expires_at - EARLY
    hall.slack.before = lambda _: web.json_response(answer, status=status)
    await replica.rotation.step()
    said = "".join(replica.alarms.said)
    assert (f"{ALARM}:T0ACME" in replica.alarms._told) is bool(alarmed)
    assert alarmed in said
    assert "for-tests" not in said
    assert replica.alarms.faults == ()  # other workspaces are served on
    calls = len(hall.slack.calls)
    hall.ms += (again - 1) * 1_000
    await replica.rotation.step()
    assert len(hall.slack.calls) == calls
    hall.slack.before = lambda _: None
    hall.ms += 1_000
    await replica.rotation.step()
    assert await hall.works(replica)
    assert not replica.alarms._told


async def test_that_slack_does_not_answer_is_an_alarm_an_hour_before_the_end(hall: Hall) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    hall.slack.before = lambda _: web.Response(status=503)
    hall.ms = one.expires_at - HOUR - 1
    await replica.rotation.step()
    assert not replica.alarms._told
    hall.ms += 300_000
    await replica.rotation.step()
    assert list(replica.alarms._told) == [f"{ALARM}:T0ACME"]


async def test_an_answer_for_another_workspace_is_not_taken(hall: Hall) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    hall.ms = one.expires_at - EARLY
    hall.slack.refreshing[one.refresh_token] = {
        **hall.slack.refreshing[one.refresh_token],
        "team": {"id": "T0EVIL"},
    }
    await replica.rotation.step()
    assert await replica.installations.all() == [one]


async def test_one_workspace_that_slack_refuses_holds_up_no_other(hall: Hall) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    await hall.installed(replica, "T0BETA")
    del hall.slack.refreshing[one.refresh_token]
    hall.ms = one.expires_at - EARLY
    await replica.rotation.step()
    tokens = {found.team: found for found in await replica.installations.all()}
    assert tokens["T0ACME"] == one
    assert tokens["T0BETA"].expires_at == hall.ms + 12 * HOUR


async def test_who_installs_again_in_the_middle_keeps_the_newer_token(hall: Hall) -> None:
    replica = hall.replica()
    one = await hall.installed(replica)
    hall.ms = one.expires_at - EARLY
    newer: list[Installation] = []
    refresh = replica.rotation.oauth.refresh

    async def and_install(token: str) -> Any:
        answer = await refresh(token)
        newer.append(await hall.installed(replica))
        return answer

    replica.rotation.oauth.refresh = and_install  # type: ignore[method-assign, assignment]
    assert await replica.rotation.rotate(one) is Rotated.OTHERS
    assert await replica.installations.all() == newer


async def test_any_order_of_steps_of_two_processes_leaves_a_token_that_works(
    hall: Hall, pytestconfig: pytest.Config
) -> None:
    """A process is cancelled at a random moment, again and again; another one goes on."""
    first, second = hall.replica(), hall.replica()
    one = await hall.installed(first)
    for _ in range(pytestconfig.getoption("--rounds-tried")):
        hall.ms += 10 * HOUR
        tasks = [asyncio.create_task(replica.rotation.step()) for replica in (first, second)]
        for _ in range(secrets.randbelow(60)):
            await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await second.rotation.step()
        assert await hall.works(second)
    assert (await second.installations.all())[0].token != one.token
