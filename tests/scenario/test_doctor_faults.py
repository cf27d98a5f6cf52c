"""The doctor in a town where something is wrong: each line true, each fault with its mend."""

import secrets
import socket
from collections.abc import Callable
from typing import Any

import pytest

from envaccess import wiring
from envaccess.application.installation_checks import Finding, sentence
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.health import SetupFault
from envaccess.embedded.server import EmbeddedServer
from envaccess.settings import Settings
from envaccess.slack.client import SlackClient
from envaccess.slack.installation import SCOPES
from tests.scenario.harness import ScenarioHarness
from tests.scenario.processes import environment

HEX = "0123456789abcdef" * 2


async def looked(settings: Settings) -> list[Finding]:
    return [finding async for finding in wiring.diagnose(settings)]


async def test_a_set_with_a_variable_that_does_not_exist_is_told(harness: ScenarioHarness) -> None:
    file = harness.home / "policy.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    rules = "rules: [{match: '*/*', approvers: [approvers]}]\n"
    file.write_text(f"version: 1\nsets: {{shop: [STRIPE_KEY, production/GONE]}}\n{rules}")
    (fault,) = (await faults(harness, policy_file=file))["sets of the policy"]
    assert fault.problem == "@shop names production/GONE, and there is no such variable"


async def faults(harness: ScenarioHarness, **more: Any) -> dict[str, list[SetupFault]]:
    """What is wrong, by subject; each has a mend, and no line repeats its subject or holds a secret."""
    found: dict[str, list[SetupFault]] = {}
    for finding in await looked(harness.settings(**more)):
        if not finding.fault:
            continue
        line = sentence(finding.fault)
        harness.printed.append(line)
        assert "\n" not in line
        assert finding.fault.mend
        assert line.partition(" -> ")[0].count(finding.subject) == 1, line
        assert "for-tests" not in line
        found.setdefault(finding.subject, []).append(finding.fault)
    return found


async def only(harness: ScenarioHarness, subject: str, **more: Any) -> SetupFault:
    found = await faults(harness, **more)
    assert list(found) == [subject]
    (fault,) = found[subject]
    return fault


async def test_a_town_where_all_is_right_has_no_fault(harness: ScenarioHarness) -> None:
    assert await faults(harness) == {}


async def test_a_missing_scope_is_named_each(harness: ScenarioHarness) -> None:
    for scope in sorted(SCOPES):
        harness.slack.state.scopes[:] = sorted(SCOPES - {scope})
        found = await faults(harness)
        assert scope in found["SLACK_BOT_TOKEN"][0].problem
        assert found["SLACK_BOT_TOKEN"][0].grave


@pytest.mark.parametrize("scope", sorted(SCOPES - {"commands", "channels:read"}))
async def test_a_missing_scope_is_found_by_trying_where_slack_does_not_list_them(
    harness: ScenarioHarness, scope: str
) -> None:
    harness.slack.state.scopes.remove(scope)
    harness.slack.state.lists_scopes = False
    grave, untold = (await faults(harness))["SLACK_BOT_TOKEN"]
    assert scope in grave.problem
    assert not untold.grave


async def test_what_could_not_be_checked_is_said_and_is_no_fault(harness: ScenarioHarness) -> None:
    """A proxy may drop the header; "with every scope" would then be a guess."""
    harness.slack.state.lists_scopes = False
    untold = await only(harness, "SLACK_BOT_TOKEN")
    assert not untold.grave
    assert "channels:read, commands could not be checked" in untold.problem
    assert harness.slack.messages(harness.approvers) == []
    (ok, *_) = [found.ok for found in await looked(harness.settings()) if found.subject == "SLACK_BOT_TOKEN"]
    assert "every scope" not in ok


async def test_a_token_without_any_scope_is_not_one_that_slack_does_not_list(
    harness: ScenarioHarness,
) -> None:
    harness.slack.state.scopes.clear()
    assert "commands" in (await faults(harness))["SLACK_BOT_TOKEN"][0].problem


BROKEN: list[tuple[Callable[[ScenarioHarness], object], str]] = [
    (lambda harness: harness.slack.faults.break_down("auth.test", status=503), "HTTP 503"),
    (lambda harness: harness.slack.faults.break_down("auth.test", status=502), "HTTP 502"),
    (lambda harness: harness.slack.faults.break_down("auth.test", status=404), "HTTP 404"),
    (lambda harness: harness.slack.faults.break_down("auth.test", status=407), "HTTP 407"),
    (lambda harness: harness.slack.faults.break_down("auth.test", status=200), "not Slack's Web API"),
    (lambda harness: harness.slack.faults.rate_limit("auth.test", retry_after=30), "HTTP 429"),
    (lambda harness: harness.slack.faults.refuse("auth.test"), "cut"),
]


@pytest.mark.parametrize(("spoil", "words"), BROKEN)
async def test_slack_being_away_is_not_the_token_s_fault(
    harness: ScenarioHarness, spoil: Callable[[ScenarioHarness], object], words: str
) -> None:
    spoil(harness)
    found = await faults(harness)
    assert "SLACK_BOT_TOKEN" not in found
    (fault,) = found["SLACK_API_URL"]
    assert f"Slack could not be reached at {harness.slack.api_url}" in fault.problem
    assert words in fault.problem


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/api/", "refused"),
        ("https://no-such-host.invalid/api/", "resolved"),
    ],
)
async def test_an_address_where_nobody_is_is_told_as_that(
    harness: ScenarioHarness, url: str, words: str
) -> None:
    found = await faults(harness, slack_api_url=url)
    assert "SLACK_BOT_TOKEN" not in found
    assert words in found["SLACK_API_URL"][0].problem


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_a_token_that_slack_refuses_is_the_token_s_fault(harness: ScenarioHarness, code: str) -> None:
    harness.slack.faults.answer("auth.test", code)
    found = await faults(harness)
    assert code in found["SLACK_BOT_TOKEN"][0].problem
    assert "SLACK_API_URL" not in found


async def test_the_app_token_is_not_blamed_for_a_proxy(harness: ScenarioHarness) -> None:
    harness.slack.faults.break_down("apps.connections.open", status=403)
    fault = await only(harness, "SLACK_APP_TOKEN")
    assert "could not be reached" in fault.problem
    assert "copy" not in fault.mend.lower()


@pytest.mark.parametrize(("people", "words"), [(0, "nobody"), (1, "one person alone")])
async def test_too_few_approvers_are_a_warning(harness: ScenarioHarness, people: int, words: str) -> None:
    harness.approvers.members[:] = [*[harness.bob.id, harness.carol.id][:people], harness.slack.bot.id]
    fault = await only(harness, "ENVACCESS_APPROVERS_CHANNEL")
    assert not fault.grave
    assert words in fault.problem


async def test_guests_bots_and_the_deactivated_do_not_count_as_approvers(harness: ScenarioHarness) -> None:
    harness.slack.change(harness.carol, is_restricted=True)
    left = harness.slack.add_person("eve", deleted=True)
    harness.approvers.members.append(left.id)
    assert "one person alone" in (await only(harness, "ENVACCESS_APPROVERS_CHANNEL")).problem
    harness.slack.change(harness.bob, is_ultra_restricted=True)
    assert "nobody in it can approve" in (await only(harness, "ENVACCESS_APPROVERS_CHANNEL")).problem


async def test_an_address_that_is_not_this_machine_s_is_told(harness: ScenarioHarness) -> None:
    fault = await only(harness, "ENVACCESS_LISTEN", listen="192.0.2.1", port=45_678)
    assert "no address of this machine" in fault.problem


@pytest.mark.parametrize("which", ["approvers_channel", "audit_channel"])
async def test_a_channel_that_is_not_there_or_not_ours_is_told(harness: ScenarioHarness, which: str) -> None:
    fault = await only(harness, f"ENVACCESS_{which.upper()}", **{which: "C0NOWHERE"})
    assert "cannot see" in fault.problem


async def test_a_port_in_use_is_a_warning_because_it_may_be_the_bot_itself(harness: ScenarioHarness) -> None:
    with socket.create_server(("", 0)) as taken:
        fault = await only(harness, "PORT", port=taken.getsockname()[1])
        assert not fault.grave
        assert "already" in fault.problem


async def test_a_signing_secret_of_another_shape_is_a_warning(harness: ScenarioHarness) -> None:
    http: dict[str, Any] = {"slack_app_token": None, "slack_signing_secret": HEX}
    assert await faults(harness, **http) == {}
    fault = await only(harness, "SLACK_SIGNING_SECRET", **{**http, "slack_signing_secret": "verification"})
    assert not fault.grave
    assert "32 hexadecimal" in fault.problem


async def test_a_wrong_password_of_redis_is_told_apart_and_hidden(harness: ScenarioHarness) -> None:
    url = harness.redis_url.replace("unix://", "unix://nobody:word-for-tests@")
    fault = await only(harness, "REDIS_URL", redis_url=url)
    assert "WRONGPASS" in fault.problem
    assert "password" in fault.mend


async def test_a_redis_that_is_not_there_is_one_plain_line(harness: ScenarioHarness) -> None:
    fault = await only(harness, "REDIS_URL", redis_url="redis://127.0.0.1:1")
    assert fault.problem == "Redis cannot be reached"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://redis.example", "without TLS and without a password"),
        ("redis://:word-for-tests@10.0.0.5", "without TLS"),
        ("rediss://:word-for-tests@redis.example?ssl_cert_reqs=none", "certificate"),
        ("rediss://redis.example", "without a password"),
    ],
)
async def test_a_remote_redis_without_protection_is_refused_everywhere_before_anything_is_sent(
    harness: ScenarioHarness, url: str, words: str
) -> None:
    fault = await only(harness, "REDIS_URL", redis_url=url)
    assert fault.grave
    assert words in fault.problem
    with pytest.raises(EnvaccessError, match="ENVACCESS_UNSAFE_REDIS_TRANSPORT=1") as serving:
        await wiring.serve(harness.settings(redis_url=url))
    with pytest.raises(EnvaccessError, match="ENVACCESS_UNSAFE_REDIS_TRANSPORT=1") as command:
        async with wiring.operator_context(harness.settings(redis_url=url)):
            pass
    for told in (str(serving.value), str(command.value)):
        assert told.startswith("REDIS_URL")
        assert "\n" not in told
        assert "for-tests" not in told


async def test_a_wrong_address_of_slack_sends_no_token_anywhere(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting that is wrong counts as unset, but unset means slack.com, which was not meant."""
    for name, value in environment(harness, SLACK_API_URL="slack.example/api").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(SlackClient, "whoami", lambda _self: pytest.fail("Slack was asked"))
    findings = await looked(Settings.look())
    told = {found.subject: found.fault for found in findings if found.fault}
    assert set(told) == {
        "SLACK_API_URL",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "ENVACCESS_APPROVERS_CHANNEL",
        "ENVACCESS_AUDIT_CHANNEL",
        "stored values",
    }
    assert harness.slack.calls_of("apps.connections.open") == []


async def test_every_wrong_setting_is_a_line_and_nothing_is_opened_in_its_place(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        "SLACK_BOT_TOKEN": "xoxp-wrong-kind",
        "SLACK_APP_TOKEN": "xoxb-swapped",
        "SLACK_SIGNING_SECRET": "xapp-swapped",
        "PORT": "http",
        "REDIS_URL": "redis://:a#for-tests@redis.example",
        "ENVACCESS_HOME": "~no-such-person-for-tests/home",
        "ENVACCESS_MASTER_KEYS": "short-for-tests",
        "ENVACCESS_APPROVERS_CHANNEL": "#approvers",
        "ENVACCESS_AUDIT_CHANNEL": "audit",
    }
    for name, value in environment(harness, **wrong).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(EmbeddedServer, "start", lambda _self: pytest.fail("the wrong home was opened"))
    findings = await looked(Settings.look())
    assert sorted(found.subject for found in findings) == sorted(wrong)
    for found in findings:
        assert found.fault
        assert "for-tests" not in sentence(found.fault)


async def test_one_channel_for_both_is_told_while_slack_is_away(harness: ScenarioHarness) -> None:
    harness.slack.faults.refuse("auth.test")
    found = await faults(harness, audit_channel=harness.approvers.id)
    assert "is the same channel" in found["ENVACCESS_AUDIT_CHANNEL"][0].problem


async def test_values_under_another_key_are_told(harness: ScenarioHarness) -> None:
    fault = await only(harness, "ENVACCESS_MASTER_KEYS", master_keys=(secrets.token_bytes(32),))
    assert "sealed under" in fault.problem


async def test_a_key_file_that_others_can_read_is_told_with_its_mend(harness: ScenarioHarness) -> None:
    own: dict[str, Any] = {"redis_url": None, "master_keys": ()}
    async with wiring.operator_context(harness.settings(**own)) as operator:
        await operator.values.write(
            "op", next(iter(harness.values)), "value-for-tests", operator.actor, replace=True
        )
    file = harness.home / "master.key"
    file.chmod(0o644)
    fault = await only(harness, str(file), **own)
    assert fault.problem == "is open to other users"
    assert fault.mend == "Chmod 600 it"
