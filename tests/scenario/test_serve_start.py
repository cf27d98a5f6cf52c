"""Starting to serve: what is wrong is said in one line that names it, and what will pass is waited for."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from envaccess import wiring
from envaccess.crypto.seals import Seals
from envaccess.domain.errors import EnvaccessError, SettingsError
from envaccess.slack import token_guard
from envaccess.slack.client import Identity
from envaccess.slack.installation import SCOPES
from envaccess.wiring.application import Application, Base, join
from slack_emulator import Channel
from tests.scenario.fault_proxy import FaultProxy
from tests.scenario.harness import ScenarioHarness
from tests.scenario.processes import Bot, launched, running

WRONG: dict[str, dict[str, str | None]] = {
    "SLACK_BOT_TOKEN": {"SLACK_BOT_TOKEN": None},
    "SLACK_SIGNING_SECRET": {"SLACK_APP_TOKEN": None},
    "ENVACCESS_APPROVERS_CHANNEL": {"ENVACCESS_APPROVERS_CHANNEL": ""},
    "ENVACCESS_AUDIT_CHANNEL": {"ENVACCESS_AUDIT_CHANNEL": "#audit"},
    "ENVACCESS_MASTER_KEYS": {"ENVACCESS_MASTER_KEYS": None},
    "REDIS_URL": {"REDIS_URL": "http://127.0.0.1"},
    "SLACK_CLIENT_ID": {"SLACK_CLIENT_ID": "1.2"},
}


async def test_each_missing_or_wrong_setting_is_one_line_that_names_it_and_exit_2(
    harness: ScenarioHarness,
) -> None:
    """An operator reads one line; a traceback, or a later failure, costs an evening."""
    for name, wrong in WRONG.items():
        async with launched(harness, **wrong) as bot:
            assert await bot.ended() == 2, name
            (sentence,) = bot.sentences
            assert name in sentence
            assert "Traceback" not in sentence


async def test_whoever_starts_it_is_told_when_every_check_has_passed(harness: ScenarioHarness) -> None:
    """`listening` comes before Slack was asked anything, and silence after it would look like a fault."""
    async with running(harness) as bot:
        assert (await bot.says("started"))["mode"] == "socket"
    async with launched(harness, ENVACCESS_AUDIT_CHANNEL=harness.approvers.id) as refused:
        assert await refused.ended() == 2
        assert "started" not in {line.get("event") for line in refused.log}


async def test_tokens_that_slack_refuses_are_named_and_exit_2(harness: ScenarioHarness) -> None:
    """No waiting mends them; a bot that retried would look alive and do nothing."""
    async with (
        launched(harness, SLACK_BOT_TOKEN="xoxb-test") as one,
        launched(harness, SLACK_APP_TOKEN="xapp-test") as other,
    ):
        for bot, name in ((one, "SLACK_BOT_TOKEN"), (other, "SLACK_APP_TOKEN")):
            assert await bot.ended() == 2
            (sentence,) = bot.sentences
            assert name in sentence
            assert "invalid_auth" in sentence
            assert not bot.traces


async def test_a_port_in_use_is_named_and_exit_2(harness: ScenarioHarness) -> None:
    with socket.create_server(("", 0)) as taken:
        async with launched(harness, PORT=str(taken.getsockname()[1])) as bot:
            assert await bot.ended() == 2
            assert "PORT" in bot.sentences[0]


async def test_a_redis_that_does_not_answer_is_one_line_and_no_hang(harness: ScenarioHarness) -> None:
    """The host starts us again; what must not be is a traceback, or a process that waits in silence."""
    async with FaultProxy(harness.redis_url) as proxy:
        with proxy.frozen():
            async with launched(harness, REDIS_URL=proxy.url) as bot:
                assert await bot.ended() == 1
                assert "REDIS_URL" in bot.sentences[0]
        async with proxy.down(), launched(harness, REDIS_URL=proxy.url) as bot:
            assert await bot.ended() == 1
            (sentence,) = bot.sentences
            assert "REDIS_URL" in sentence


@contextlib.asynccontextmanager
async def beginning(harness: ScenarioHarness, **more: Any) -> AsyncIterator["asyncio.Task[None]"]:
    """The bot in this process, however far it comes."""
    stop = asyncio.Event()
    serving = asyncio.create_task(wiring.serve(harness.settings(**more), stop))
    try:
        yield serving
    finally:
        stop.set()
        await asyncio.gather(serving, return_exceptions=True)


async def refusal(harness: ScenarioHarness, **more: Any) -> EnvaccessError:
    """Why the bot refuses to serve."""
    async with beginning(harness, **more) as serving:
        with pytest.raises(EnvaccessError) as caught:
            await asyncio.wait_for(serving, 10)
    return caught.value


def _make_public(channel: Channel) -> None:
    channel.kind = "public"


def _share(channel: Channel) -> None:
    channel.is_ext_shared = True


def _offer_to_share(channel: Channel) -> None:
    channel.is_pending_ext_shared = True


def _archive(channel: Channel) -> None:
    channel.is_archived = True


def _crowd(channel: Channel) -> None:
    channel.members += [f"U0CROWD{number}" for number in range(1_001)]


def _leave(channel: Channel) -> None:
    channel.members.remove("U0BOT")


APPROVERS_FAULTS = [
    (_make_public, "Make it private"),
    (_share, "not shared"),
    (_offer_to_share, "not shared"),
    (_archive, "Unarchive"),
    (_crowd, "smaller channel"),
    (_leave, "/invite @envaccess"),
]


@pytest.mark.parametrize(("spoil", "mend"), APPROVERS_FAULTS)
async def test_an_approvers_channel_that_is_not_safe_is_refused_with_its_mend(
    harness: ScenarioHarness, spoil: Callable[[Channel], None], mend: str
) -> None:
    """Law 9: whoever can join, or look in from outside, could approve."""
    spoil(harness.approvers)
    why = await refusal(harness)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_APPROVERS_CHANNEL")
    assert mend in str(why)
    assert await harness.tags() == ["secret.created", "secret.created"]


@pytest.mark.parametrize("spoil", [_share, _archive, _leave])
async def test_an_audit_channel_that_cannot_be_written_or_is_read_outside_is_refused(
    harness: ScenarioHarness, spoil: Callable[[Channel], None]
) -> None:
    spoil(harness.audit)
    why = await refusal(harness)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_AUDIT_CHANNEL")


async def test_one_channel_for_both_is_refused_before_anything_is_asked_of_slack(
    harness: ScenarioHarness,
) -> None:
    """Lines of the audit would bury the requests that wait, and whoever reads the one could decide."""
    why = await refusal(harness, audit_channel=harness.approvers.id)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_AUDIT_CHANNEL: is the same channel as ENVACCESS_APPROVERS_CHANNEL")
    assert harness.slack.calls_of("conversations.info") == []
    findings = [
        found async for found in wiring.diagnose(harness.settings(audit_channel=harness.approvers.id))
    ]
    (fault,) = [found.fault for found in findings if found.fault]
    assert fault.problem in str(why), "the doctor says the same"


@pytest.mark.parametrize("spoil", [_make_public, _crowd])
async def test_a_public_or_crowded_approvers_channel_is_served_by_its_loud_name_only(
    harness: ScenarioHarness, spoil: Callable[[Channel], None]
) -> None:
    spoil(harness.approvers)
    async with harness.bot(unsafe_public_approvers=True):
        await harness.filed()


async def test_a_channel_shared_outside_is_refused_even_under_the_loud_name(harness: ScenarioHarness) -> None:
    _share(harness.approvers)
    assert "shared" in str(await refusal(harness, unsafe_public_approvers=True))


async def test_what_does_not_stop_a_start_is_a_warning_with_its_mend(harness: ScenarioHarness) -> None:
    """An operator who reads only that something is amiss has to search the source for what."""
    harness.approvers.members = [harness.slack.bot.id]
    async with launched(harness) as bot:
        line = await bot.says("start_check")
        assert line["level"] == "warning"
        assert line["subject"] == "ENVACCESS_APPROVERS_CHANNEL"
        assert "nobody but the bot" in line["problem"]
        assert "Invite" in line["mend"]
        await bot.says("listening")


async def test_a_bot_without_its_scopes_names_them(harness: ScenarioHarness) -> None:
    harness.slack.state.scopes.remove("im:write")
    why = str(await refusal(harness))
    assert "im:write" in why
    assert "SLACK_BOT_TOKEN" in why


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_every_missing_scope_stops_the_start_and_is_named(harness: ScenarioHarness, scope: str) -> None:
    """A bot that asked for ever would look alive, and nothing would say why nobody gets anything."""
    harness.slack.state.scopes.remove(scope)
    await _refused_for(harness, scope)


@pytest.mark.parametrize("scope", sorted(SCOPES - {"commands", "channels:read"}))
async def test_a_missing_scope_stops_the_start_where_slack_does_not_list_them(
    harness: ScenarioHarness, scope: str
) -> None:
    harness.slack.state.scopes.remove(scope)
    harness.slack.state.lists_scopes = False
    await _refused_for(harness, scope)


async def _refused_for(harness: ScenarioHarness, scope: str) -> None:
    why = await refusal(harness)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("SLACK_BOT_TOKEN")
    assert scope in str(why)
    assert "manifest.yml" in str(why)
    assert "\n" not in str(why)


@pytest.mark.parametrize("code", ["missing_scope", "invalid_auth", "account_inactive", "no_permission"])
async def test_a_definite_refusal_of_any_call_at_the_start_stops_it(
    harness: ScenarioHarness, code: str
) -> None:
    harness.slack.faults.answer("conversations.info", code, {"needed": "groups:read"})
    why = await refusal(harness)
    assert isinstance(why, SettingsError)
    assert code in str(why)


async def test_a_scope_that_is_lost_while_serving_is_an_alarm_until_it_is_back(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_guard, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(token_guard, "ALARMED_SECONDS", 0.05)
    joined: list[Application] = []

    def caught(base: Base, identity: Identity, seals: Seals) -> Application:
        joined.append(join(base, identity, seals))
        return joined[0]

    monkeypatch.setattr("envaccess.wiring.service.join", caught)
    async with harness.bot():
        harness.slack.state.scopes.remove("groups:read")
        await harness.until(lambda: joined[0].lost() or None)
        assert joined[0].alarms.faults == ("scope_missing",)
        harness.slack.state.scopes.append("groups:read")
        await harness.until(lambda: not joined[0].lost() or None)


@contextlib.asynccontextmanager
async def configured(harness: ScenarioHarness, name: str, value: str) -> AsyncIterator[None]:
    """Redis set up otherwise, and back."""
    before = str((await harness.redis.config_get(name))[name])
    await harness.redis.config_set(name, value)
    try:
        yield
    finally:
        await harness.redis.config_set(name, before)


@pytest.mark.parametrize(("name", "value"), [("appendonly", "no"), ("maxmemory-policy", "allkeys-lru")])
async def test_a_redis_that_forgets_is_refused_unless_that_is_accepted_by_name(
    harness: ScenarioHarness, name: str, value: str
) -> None:
    """A grant or an audit event that Redis drops breaks laws 1 and 2 behind everybody's back."""
    async with configured(harness, name, value):
        why = await refusal(harness)
        assert isinstance(why, SettingsError)
        assert str(why).startswith("REDIS_URL")
        assert "ENVACCESS_UNSAFE_REDIS=1" in str(why)
        async with harness.bot(unsafe_redis=True):
            await harness.filed()


async def test_values_sealed_under_a_key_that_is_not_held_are_refused(harness: ScenarioHarness) -> None:
    """Better not to start than to tell a requester, after the approval, that the value cannot be opened."""
    why = await refusal(harness, master_keys=(secrets.token_bytes(32),))
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_MASTER_KEYS")
    async with harness.bot(master_keys=(secrets.token_bytes(32), *harness.keys)):
        await harness.filed()


async def test_a_lost_key_file_is_not_made_anew_over_sealed_values(harness: ScenarioHarness) -> None:
    """A new key would seal new values and leave the old ones shut for ever, unnoticed."""
    own = {"redis_url": None, "master_keys": ()}
    async with wiring.operator_context(harness.settings(**own)) as operator:
        variable = next(iter(harness.values))
        await operator.values.write("op", variable, "value-for-tests", operator.actor, replace=True)
    key_file = harness.home / "master.key"
    key_file.rename(harness.home / "elsewhere")
    assert str(key_file) in str(await refusal(harness, **own))
    assert not key_file.exists()
    (harness.home / "elsewhere").rename(key_file)
    async with harness.bot(**own):
        await harness.filed()
    await asyncio.to_thread(wiring.wait_gone, harness.settings(**own), 10)


async def test_slack_unreachable_at_start_is_waited_for(harness: ScenarioHarness) -> None:
    """A host restarts everything at once; whoever comes up first must not give up."""
    fault = harness.slack.faults.refuse("auth.test")
    async with launched(harness) as bot:
        assert (await bot.says("slack_unreachable"))["level"] == "warning"
        assert (await bot.get("/healthz"))[0] == 200
        status, answer = await bot.get("/readyz")
        assert status == 503
        assert {"intake", "slack"} <= set(answer["failing"])
        assert "redis" not in answer["failing"]
        fault.stop()
        await harness.slack.connected(2)

        async def ready() -> bool:
            return await bot.get("/readyz") == (200, {"ready": True, "failing": []})

        await harness.slack.until(ready)
        assert not bot.traces
        await harness.filed()


@pytest.mark.parametrize("method", ["auth.test", "conversations.info", "apps.connections.open", "socket"])
async def test_sigterm_while_slack_hangs_at_start_ends_within_ten_seconds(
    harness: ScenarioHarness, method: str
) -> None:
    """A deployment that is rolled back at once must not wait for the host's kill."""
    gate = harness.slack.faults.hang(method)
    async with launched(harness) as bot:
        await harness.slack.until(lambda: gate.waiting, within=60)
        await _terminated(bot)


async def test_sigterm_while_slack_refuses_at_start_ends_within_ten_seconds(harness: ScenarioHarness) -> None:
    with harness.slack.down():
        async with launched(harness) as bot:
            await bot.says("slack_unreachable")
            await _terminated(bot)


async def _terminated(bot: Bot) -> None:
    """Terminate it, and see it go in good order."""
    bot.terminate()
    async with asyncio.timeout(10):
        assert await bot.ended() == 0
    assert not bot.traces
    assert not bot.sentences
