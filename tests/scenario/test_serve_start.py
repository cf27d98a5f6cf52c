"""Starting to serve: what is wrong is said in one line that names it, and what will pass is waited for."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from envaccess import wiring
from envaccess.application.installation_checks import SCOPES
from envaccess.domain.errors import EnvaccessError, SettingsError
from envaccess.slack import token_guard
from envaccess.slack.client import Identity
from envaccess.wiring.joining import Base, House, join
from slack_emulator import Channel
from tests.scenario.processes import Bot, launched, running
from tests.scenario.town import Town
from tests.scenario.wire import Wire

WRONG: dict[str, dict[str, str | None]] = {
    "SLACK_BOT_TOKEN": {"SLACK_BOT_TOKEN": None},
    "SLACK_SIGNING_SECRET": {"SLACK_APP_TOKEN": None},
    "ENVACCESS_APPROVERS_CHANNEL": {"ENVACCESS_APPROVERS_CHANNEL": ""},
    "ENVACCESS_AUDIT_CHANNEL": {"ENVACCESS_AUDIT_CHANNEL": "#audit"},
    "ENVACCESS_MASTER_KEYS": {"ENVACCESS_MASTER_KEYS": None},
    "REDIS_URL": {"REDIS_URL": "http://127.0.0.1"},
    "SLACK_CLIENT_ID": {"SLACK_CLIENT_ID": ""},
}


async def test_each_missing_or_wrong_setting_is_one_line_that_names_it_and_exit_2(town: Town) -> None:
    """An operator reads one line; a traceback, or a later failure, costs an evening."""
    for name, wrong in WRONG.items():
        async with launched(town, **wrong) as bot:
            assert await bot.ended() == 2, name
            (sentence,) = bot.sentences
            assert name in sentence
            assert "Traceback" not in sentence


async def test_whoever_starts_it_is_told_when_every_check_has_passed(town: Town) -> None:
    """`listening` comes before Slack was asked anything, and silence after it would look like a fault."""
    async with running(town) as bot:
        assert (await bot.says("started"))["mode"] == "socket"
    async with launched(town, ENVACCESS_AUDIT_CHANNEL=town.approvers.id) as refused:
        assert await refused.ended() == 2
        assert "started" not in {line.get("event") for line in refused.log}


async def test_tokens_that_slack_refuses_are_named_and_exit_2(town: Town) -> None:
    """No waiting mends them; a bot that retried would look alive and do nothing."""
    async with (
        launched(town, SLACK_BOT_TOKEN="xoxb-test") as one,
        launched(town, SLACK_APP_TOKEN="xapp-test") as other,
    ):
        for bot, name in ((one, "SLACK_BOT_TOKEN"), (other, "SLACK_APP_TOKEN")):
            assert await bot.ended() == 2
            (sentence,) = bot.sentences
            assert name in sentence
            assert "invalid_auth" in sentence
            assert not bot.traces


async def test_a_port_in_use_is_named_and_exit_2(town: Town) -> None:
    with socket.create_server(("", 0)) as taken:
        async with launched(town, PORT=str(taken.getsockname()[1])) as bot:
            assert await bot.ended() == 2
            assert "PORT" in bot.sentences[0]


async def test_a_redis_that_does_not_answer_is_one_line_and_no_hang(town: Town) -> None:
    """The host starts us again; what must not be is a traceback, or a process that waits in silence."""
    async with Wire(town.redis_url) as wire:
        with wire.frozen():
            async with launched(town, REDIS_URL=wire.url) as bot:
                assert await bot.ended() == 1
                assert "REDIS_URL" in bot.sentences[0]
        async with wire.down(), launched(town, REDIS_URL=wire.url) as bot:
            assert await bot.ended() == 1
            (sentence,) = bot.sentences
            assert "REDIS_URL" in sentence


@contextlib.asynccontextmanager
async def beginning(town: Town, **more: Any) -> AsyncIterator["asyncio.Task[None]"]:
    """The bot in this process, however far it comes."""
    stop = asyncio.Event()
    serving = asyncio.create_task(wiring.serve(town.settings(**more), stop))
    try:
        yield serving
    finally:
        stop.set()
        await asyncio.gather(serving, return_exceptions=True)


async def refusal(town: Town, **more: Any) -> EnvaccessError:
    """Why the bot refuses to serve."""
    async with beginning(town, **more) as serving:
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
    town: Town, spoil: Callable[[Channel], None], mend: str
) -> None:
    """Law 9: whoever can join, or look in from outside, could approve."""
    spoil(town.approvers)
    why = await refusal(town)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_APPROVERS_CHANNEL")
    assert mend in str(why)
    assert await town.tags() == ["secret.created", "secret.created"]


@pytest.mark.parametrize("spoil", [_share, _archive, _leave])
async def test_an_audit_channel_that_cannot_be_written_or_is_read_outside_is_refused(
    town: Town, spoil: Callable[[Channel], None]
) -> None:
    spoil(town.audit)
    why = await refusal(town)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_AUDIT_CHANNEL")


async def test_one_channel_for_both_is_refused_before_anything_is_asked_of_slack(town: Town) -> None:
    """Lines of the audit would bury the requests that wait, and whoever reads the one could decide."""
    why = await refusal(town, audit_channel=town.approvers.id)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_AUDIT_CHANNEL: is the same channel as ENVACCESS_APPROVERS_CHANNEL")
    assert town.slack.calls_of("conversations.info") == []
    findings = [found async for found in wiring.diagnose(town.settings(audit_channel=town.approvers.id))]
    (fault,) = [found.fault for found in findings if found.fault]
    assert fault.problem in str(why), "the doctor says the same"


@pytest.mark.parametrize("spoil", [_make_public, _crowd])
async def test_a_public_or_crowded_approvers_channel_is_served_by_its_loud_name_only(
    town: Town, spoil: Callable[[Channel], None]
) -> None:
    spoil(town.approvers)
    async with town.bot(unsafe_public_approvers=True):
        await town.filed()


async def test_a_channel_shared_outside_is_refused_even_under_the_loud_name(town: Town) -> None:
    _share(town.approvers)
    assert "shared" in str(await refusal(town, unsafe_public_approvers=True))


async def test_what_does_not_stop_a_start_is_a_warning_with_its_mend(town: Town) -> None:
    """An operator who reads only that something is amiss has to search the source for what."""
    town.approvers.members = [town.slack.bot.id]
    async with launched(town) as bot:
        line = await bot.says("start_check")
        assert line["level"] == "warning"
        assert line["subject"] == "ENVACCESS_APPROVERS_CHANNEL"
        assert "nobody but the bot" in line["problem"]
        assert "Invite" in line["mend"]
        await bot.says("listening")


async def test_a_bot_without_its_scopes_names_them(town: Town) -> None:
    town.slack.stage.scopes.remove("im:write")
    why = str(await refusal(town))
    assert "im:write" in why
    assert "SLACK_BOT_TOKEN" in why


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_every_missing_scope_stops_the_start_and_is_named(town: Town, scope: str) -> None:
    """A bot that asked for ever would look alive, and nothing would say why nobody gets anything."""
    town.slack.stage.scopes.remove(scope)
    await _refused_for(town, scope)


@pytest.mark.parametrize("scope", sorted(SCOPES - {"commands", "channels:read"}))
async def test_a_missing_scope_stops_the_start_where_slack_does_not_list_them(town: Town, scope: str) -> None:
    town.slack.stage.scopes.remove(scope)
    town.slack.stage.lists_scopes = False
    await _refused_for(town, scope)


async def _refused_for(town: Town, scope: str) -> None:
    why = await refusal(town)
    assert isinstance(why, SettingsError)
    assert str(why).startswith("SLACK_BOT_TOKEN")
    assert scope in str(why)
    assert "manifest.yml" in str(why)
    assert "\n" not in str(why)


@pytest.mark.parametrize("code", ["missing_scope", "invalid_auth", "account_inactive", "no_permission"])
async def test_a_definite_refusal_of_any_call_at_the_start_stops_it(town: Town, code: str) -> None:
    town.slack.faults.answer("conversations.info", code, {"needed": "groups:read"})
    why = await refusal(town)
    assert isinstance(why, SettingsError)
    assert code in str(why)


async def test_a_scope_that_is_lost_while_serving_is_an_alarm_until_it_is_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_guard, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(token_guard, "ALARMED_SECONDS", 0.05)
    house: list[House] = []

    def caught(base: Base, identity: Identity) -> House:
        house.append(join(base, identity))
        return house[0]

    monkeypatch.setattr("envaccess.wiring.service.join", caught)
    async with town.bot():
        town.slack.stage.scopes.remove("groups:read")
        await town.until(lambda: house[0].lost() or None)
        assert house[0].alarms.faults == ("scope_missing",)
        town.slack.stage.scopes.append("groups:read")
        await town.until(lambda: not house[0].lost() or None)


@contextlib.asynccontextmanager
async def configured(town: Town, name: str, value: str) -> AsyncIterator[None]:
    """Redis set up otherwise, and back."""
    before = str((await town.redis.config_get(name))[name])
    await town.redis.config_set(name, value)
    try:
        yield
    finally:
        await town.redis.config_set(name, before)


@pytest.mark.parametrize(("name", "value"), [("appendonly", "no"), ("maxmemory-policy", "allkeys-lru")])
async def test_a_redis_that_forgets_is_refused_unless_that_is_accepted_by_name(
    town: Town, name: str, value: str
) -> None:
    """A grant or an audit event that Redis drops breaks laws 1 and 2 behind everybody's back."""
    async with configured(town, name, value):
        why = await refusal(town)
        assert isinstance(why, SettingsError)
        assert str(why).startswith("REDIS_URL")
        assert "ENVACCESS_UNSAFE_REDIS=1" in str(why)
        async with town.bot(unsafe_redis=True):
            await town.filed()


async def test_values_sealed_under_a_key_that_is_not_held_are_refused(town: Town) -> None:
    """Better not to start than to tell a requester, after the approval, that the value cannot be opened."""
    why = await refusal(town, master_keys=(secrets.token_bytes(32),))
    assert isinstance(why, SettingsError)
    assert str(why).startswith("ENVACCESS_MASTER_KEYS")
    async with town.bot(master_keys=(secrets.token_bytes(32), *town.keys)):
        await town.filed()


async def test_a_lost_key_file_is_not_made_anew_over_sealed_values(town: Town) -> None:
    """A new key would seal new values and leave the old ones shut for ever, unnoticed."""
    own = {"redis_url": None, "master_keys": ()}
    async with wiring.operator_desk(town.settings(**own)) as desk:
        variable = next(iter(town.values))
        await desk.values.write("op", variable, "value-for-tests", desk.actor, replace=True)
    key_file = town.home / "master.key"
    key_file.rename(town.home / "elsewhere")
    assert str(key_file) in str(await refusal(town, **own))
    assert not key_file.exists()
    (town.home / "elsewhere").rename(key_file)
    async with town.bot(**own):
        await town.filed()
    await asyncio.to_thread(wiring.wait_gone, town.settings(**own), 10)


async def test_slack_unreachable_at_start_is_waited_for(town: Town) -> None:
    """A host restarts everything at once; whoever comes up first must not give up."""
    fault = town.slack.faults.refuse("auth.test")
    async with launched(town) as bot:
        assert (await bot.says("slack_unreachable"))["level"] == "warning"
        assert (await bot.get("/healthz"))[0] == 200
        status, answer = await bot.get("/readyz")
        assert status == 503
        assert {"intake", "slack"} <= set(answer["failing"])
        assert "redis" not in answer["failing"]
        fault.stop()
        await town.slack.connected(2, within=10)

        async def ready() -> bool:
            return await bot.get("/readyz") == (200, {"ready": True, "failing": []})

        await town.slack.until(ready)
        assert not bot.traces
        await town.filed()


@pytest.mark.parametrize("method", ["auth.test", "conversations.info", "apps.connections.open", "socket"])
async def test_sigterm_while_slack_hangs_at_start_ends_within_ten_seconds(town: Town, method: str) -> None:
    """A deployment that is rolled back at once must not wait for the host's kill."""
    gate = town.slack.faults.hang(method)
    async with launched(town) as bot:
        await town.slack.until(lambda: gate.waiting, within=20)
        await _terminated(bot)


async def test_sigterm_while_slack_refuses_at_start_ends_within_ten_seconds(town: Town) -> None:
    with town.slack.down():
        async with launched(town) as bot:
            await bot.says("slack_unreachable")
            await _terminated(bot)


async def _terminated(bot: Bot) -> None:
    """Terminate it, and see it go in good order."""
    bot.terminate()
    async with asyncio.timeout(10):
        assert await bot.ended() == 0
    assert not bot.traces
    assert not bot.sentences
