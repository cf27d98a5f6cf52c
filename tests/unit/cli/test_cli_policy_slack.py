"""The policy's commands ask a real Web API: groups, channels, people, with the rules of the serving bot."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from envaccess.application.policy.check import check_policy
from envaccess.domain.errors import SettingsError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.settings import Settings
from envaccess.wiring.policy_tools import PolicyContext
from slack_emulator import Channel, SlackEmulator


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(bot_name="envaccess") as slack:
        yield slack


def settings(slack: SlackEmulator, approvers: Channel, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "slack_bot_token": slack.bot_token,
        "slack_api_url": slack.api_url,
        "approvers_channel": approvers.id,
    }
    return Settings.explicit(home=Path("/nowhere"), **{**given, **more})


async def check(operator: PolicyContext, place: Path, text: str) -> tuple[FileFault, ...]:
    place.write_text(f"version: 1\nrules:\n{text}")  # noqa: ASYNC240 - a temporary folder
    policy = operator.read(place)
    assert isinstance(policy, Policy), policy
    async with operator.directory() as directory:
        return await check_policy(policy, directory)


async def test_everybody_whom_a_policy_names_is_found_in_slack(slack: SlackEmulator, tmp_path: Path) -> None:
    alice, bob = slack.add_person("alice"), slack.add_person("bob")
    approvers = slack.add_channel("approvers", [alice, bob], private=True)
    harness = slack.add_channel("town", [alice, bob])
    team, empty = slack.add_group("team", [alice, bob]), slack.add_group("empty")
    guest = slack.add_person("guest", is_restricted=True)
    operator, place = PolicyContext(settings(slack, approvers)), tmp_path / "policy.yml"
    assert operator.can_ask
    assert (
        await check(operator, place, f"  - {{match: '*/*', approvers: [approvers, {team.id}, {alice.id}]}}\n")
        == ()
    )
    rules = (
        f"  - {{match: A, approvers: [{harness.id}]}}\n"
        f"  - {{match: B, approvers: [{empty.id}]}}\n"
        f"  - {{match: C, approvers: [approvers, {guest.id}, U0NOBODY]}}\n"
        "  - {match: D, approvers: [S0NONE]}\n"
    )
    found = await check(operator, place, rules)
    assert [fault.line for fault in found] == [3, 4, 5, 5, 6]
    assert "not safe" in found[0].problem, "a public channel lets anybody make themselves an approver"
    assert len(slack.calls_of("usergroups.list")) <= 3


async def test_a_wrong_token_and_a_silent_slack_are_one_sentence(slack: SlackEmulator) -> None:
    approvers = slack.add_channel("approvers", private=True)
    for more in (
        {"slack_bot_token": "xoxb-test"},
        {"slack_api_url": "http://127.0.0.1:1/api/"},
        {"slack_bot_token": None},
    ):
        operator = PolicyContext(settings(slack, approvers, **more))
        with pytest.raises(SettingsError, match=r"^SLACK_BOT_TOKEN "):
            async with operator.directory():
                pass
