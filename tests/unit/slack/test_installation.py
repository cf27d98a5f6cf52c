"""What an installation must be in Slack: each fault names its setting and says how to mend it."""

from dataclasses import replace

import pytest
import yaml

from envaccess.application import installation_checks
from envaccess.domain.health import SetupFault
from envaccess.domain.policy.rules import APPROVERS_MAX
from envaccess.slack import installation
from envaccess.slack.channel_info import ChannelInfo
from tests.unit.cli.cli_front import HOME
from tests.unit.setup_fault import only

CHANNEL = ChannelInfo("C1", "approvers", private=True, members=5)


def approvers(info: ChannelInfo | None = CHANNEL, *, public_allowed: bool = False) -> list[SetupFault]:
    return installation.check_approvers(info, public_allowed=public_allowed)


def test_a_private_channel_with_the_bot_in_it_is_right() -> None:
    assert approvers() == []
    assert installation.check_audit(CHANNEL) == []


def test_a_channel_that_slack_counts_nobody_in_is_right() -> None:
    assert approvers(replace(CHANNEL, members=0)) == []


@pytest.mark.parametrize(
    ("change", "problem", "mend"),
    [
        (
            {"member": False},
            "does not have the bot in it",
            "Invite the bot: type /invite @envaccess in #approvers",
        ),
        ({"archived": True}, "is archived", "Unarchive it"),
        ({"shared": True}, "shared with people outside", "not shared"),
    ],
)
def test_no_channel_may_be_left_archived_or_shared(change: dict[str, bool], problem: str, mend: str) -> None:
    info = replace(CHANNEL, **change)  # type: ignore[arg-type]
    for setting, faults in (
        ("ENVACCESS_APPROVERS_CHANNEL", approvers(info)),
        ("ENVACCESS_AUDIT_CHANNEL", installation.check_audit(info)),
        ("ENVACCESS_APPROVERS_CHANNEL", approvers(info, public_allowed=True)),
    ):
        fault = only(faults)
        assert fault.grave
        assert (fault.subject, problem in fault.problem, mend in fault.mend) == (setting, True, True)


def test_a_channel_that_the_bot_cannot_see_is_a_fault_with_both_likely_mends() -> None:
    for faults in (approvers(None), installation.check_audit(None)):
        fault = only(faults)
        assert "/invite @envaccess" in fault.mend
        assert "copy its id again" in fault.mend


def test_an_archived_channel_is_not_also_said_to_lack_the_bot() -> None:
    only(approvers(replace(CHANNEL, archived=True, member=False)))


def test_a_public_approvers_channel_needs_the_loud_setting() -> None:
    public = replace(CHANNEL, private=False)
    assert "ENVACCESS_UNSAFE_PUBLIC_APPROVERS=1" in only(approvers(public)).mend
    assert approvers(public, public_allowed=True) == []


def test_a_public_audit_channel_is_no_fault() -> None:
    assert installation.check_audit(replace(CHANNEL, private=False)) == []


def test_one_channel_for_approvers_and_audit_is_a_fault() -> None:
    assert installation.check_distinct("C1", "C2") == []
    fault = only(installation.check_distinct("C1", "C1"))
    assert fault.grave
    assert "ENVACCESS_APPROVERS_CHANNEL" in installation_checks.sentence(fault)
    assert fault.subject == "ENVACCESS_AUDIT_CHANNEL"


def test_so_many_approvers_that_nobody_knows_them_need_the_loud_setting() -> None:
    assert approvers(replace(CHANNEL, members=APPROVERS_MAX)) == []
    crowded = replace(CHANNEL, members=APPROVERS_MAX + 1)
    assert "1001 members" in only(approvers(crowded)).problem
    assert approvers(crowded, public_allowed=True) == []


def test_an_approvers_channel_with_only_the_bot_is_said_but_does_not_stop_it() -> None:
    assert not only(approvers(replace(CHANNEL, members=1))).grave


def test_one_person_alone_in_the_approvers_channel_is_said_but_does_not_stop_it() -> None:
    """Nobody approves their own request: that person's would wait for ever."""
    fault = only(approvers(replace(CHANNEL, members=2)))
    assert not fault.grave
    assert "one person alone" in fault.problem
    assert approvers(replace(CHANNEL, members=3)) == []


@pytest.mark.parametrize(("count", "words"), [(0, "nobody in it can approve"), (1, "one person alone")])
def test_too_few_who_can_approve_are_said(count: int, words: str) -> None:
    fault = only(installation.check_alone(count))
    assert not fault.grave
    assert words in fault.problem


def test_two_who_can_approve_are_enough() -> None:
    assert installation.check_alone(2) == []


def test_all_faults_of_a_channel_are_told_at_once() -> None:
    worst = replace(CHANNEL, private=False, shared=True, member=False, members=5_000)
    assert len(approvers(worst)) == 4


def test_the_scopes_that_are_needed_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((HOME / "manifest.yml").read_text(encoding="utf-8"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == installation.SCOPES


def test_a_missing_scope_is_named() -> None:
    assert installation.check_scopes(installation.SCOPES | {"more"}) == []
    fault = only(installation.check_scopes(installation.SCOPES - {"im:write", "commands"}))
    assert fault.problem == "the app lacks scopes commands, im:write"
    assert "manifest.yml" in fault.mend


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("missing_scope", "connections:write"),
        ("not_allowed_token_type", "xapp-"),
        ("invalid_auth", "copy the app token"),
        ("something_new", "copy the app token"),
    ],
)
def test_a_refused_app_token_is_a_fault(code: str, mend: str) -> None:
    fault = only(installation.check_app_token(code))
    assert (fault.subject, code in fault.problem) == ("SLACK_APP_TOKEN", True)
    assert mend.lower() in fault.mend.lower()


def test_an_app_token_that_works_is_no_fault() -> None:
    assert installation.check_app_token("") == []


def test_what_is_right_about_a_channel_is_said() -> None:
    assert installation.describe_channel(CHANNEL) == "#approvers (private, 5 members, of whom the bot is one)"
