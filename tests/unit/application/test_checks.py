"""What an installation must be: each fault names its setting and says how to mend it."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from envaccess.application import installation_checks
from envaccess.domain.health import SetupFault, StoreFacts, Transport
from envaccess.domain.policy.rules import APPROVERS_MAX
from envaccess.slack import installation
from envaccess.slack.channel_info import ChannelInfo
from tests.unit.cli.cli_front import HOME

CHANNEL = ChannelInfo("C1", "approvers", private=True, members=5)
STORE = StoreFacts("valkey", (9, 1, 0), aof=True, policy="noeviction", used=50, limit=100)


def approvers(info: ChannelInfo | None = CHANNEL, *, public_allowed: bool = False) -> list[SetupFault]:
    return installation.check_approvers(info, public_allowed=public_allowed)


def store(*, unsafe_allowed: bool = False, **changes: Any) -> list[SetupFault]:
    return installation_checks.check_store(replace(STORE, **changes), unsafe_allowed=unsafe_allowed)


def only(faults: list[SetupFault]) -> SetupFault:
    (fault,) = faults
    assert fault.problem
    assert fault.mend
    assert not fault.problem.endswith(".")
    assert "\n" not in installation_checks.sentence(fault)
    return fault


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


SAFE = Transport(remote=True, tls=True, verified=True, password=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tls": False, "verified": False}, "without TLS"),
        ({"verified": False}, "without a check of its certificate"),
        ({"password": False}, "without a password"),
        ({"tls": False, "verified": False, "password": False}, "without TLS and without a password"),
    ],
)
def test_a_remote_redis_that_can_be_read_or_forged_on_the_way_needs_the_loud_setting(
    change: dict[str, bool], words: str
) -> None:
    unsafe = replace(SAFE, **change)
    fault = only(installation_checks.check_transport(unsafe, unsafe_allowed=False))
    assert fault.grave
    assert fault.problem.endswith(words)
    assert "ENVACCESS_UNSAFE_REDIS_TRANSPORT=1" in fault.mend
    assert installation_checks.check_transport(unsafe, unsafe_allowed=True) == []
    assert installation_checks.check_transport(replace(unsafe, remote=False), unsafe_allowed=False) == []


def test_an_unsafe_way_that_was_accepted_is_named() -> None:
    assert installation_checks.describe_transport(replace(SAFE, password=False)) == "without a password"
    assert installation_checks.describe_transport(SAFE) == ""
    assert installation_checks.describe_transport(None) == ""


def test_a_remote_redis_with_tls_and_a_password_and_the_embedded_one_are_right() -> None:
    assert installation_checks.check_transport(SAFE, unsafe_allowed=False) == []
    assert installation_checks.check_transport(None, unsafe_allowed=False) == []


def test_a_replica_is_refused_even_as_unsafe() -> None:
    fault = only(store(replica=True, unsafe_allowed=True))
    assert fault.grave
    assert "primary" in fault.mend


@pytest.mark.parametrize(
    ("problem", "mend"),
    [
        ("Redis refused: NOAUTH or WRONGPASS", "the password"),
        ("Redis refused: NOPERM", "ACL SETUSER"),
        ("Redis refused: LOADING", "wait"),
        ("Redis cannot be reached", "check that the server runs"),
    ],
)
def test_each_way_in_which_redis_does_not_let_us_in_has_its_own_mend(problem: str, mend: str) -> None:
    assert mend in installation_checks.mend_store(problem)


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


def test_a_store_that_keeps_what_it_confirms_is_right() -> None:
    assert store() == []
    assert store(product="redis", version=(7,)) == []
    assert store(product="valkey", version=(8, 0, 1)) == []
    assert store(limit=0, used=10**12) == []
    assert store(replicated=True) == []


@pytest.mark.parametrize(
    ("product", "version"), [("redis", (6, 2, 14)), ("valkey", (7, 2, 5)), ("keydb", (6, 3))]
)
def test_an_old_store_is_refused_even_as_unsafe(product: str, version: tuple[int, ...]) -> None:
    fault = only(store(product=product, version=version, unsafe_allowed=True))
    assert fault.grave
    assert ".".join(map(str, version)) in fault.problem


@pytest.mark.parametrize("change", [{"aof": False}, {"policy": "allkeys-lru"}, {"policy": "volatile-ttl"}])
def test_a_store_that_loses_or_evicts_needs_the_loud_setting(change: dict[str, Any]) -> None:
    fault = only(store(**change))
    assert fault.grave
    assert "ENVACCESS_UNSAFE_REDIS=1" in fault.mend
    assert store(**change, unsafe_allowed=True) == []


def test_commands_that_the_user_may_not_run_are_named_with_the_rule_that_allows_them() -> None:
    fault = only(store(forbidden=("EVALSHA", "XADD"), unsafe_allowed=True))
    assert fault.grave
    assert "evalsha, xadd" in fault.problem
    assert "+evalsha +xadd" in fault.mend


def test_a_store_that_is_nearly_full_is_said_but_does_not_stop_serving() -> None:
    assert store(used=89) == []
    fault = only(store(used=90))
    assert not fault.grave
    assert "90 %" in fault.problem


def test_a_key_that_some_value_needs_must_be_held() -> None:
    assert installation_checks.check_keys(frozenset(), frozenset()) == []
    assert installation_checks.check_keys(frozenset({"a"}), frozenset({"a", "b"})) == []
    fault = only(installation_checks.check_keys(frozenset({"a", "c", "b"}), frozenset({"a"})))
    assert fault.grave
    assert "master keys b, c" in fault.problem
    assert "ENVACCESS_MASTER_KEYS" in fault.mend


def test_a_key_file_that_lost_its_key_is_put_back_from_a_copy() -> None:
    fault = only(installation_checks.check_keys(frozenset({"a"}), frozenset(), "/srv/home/master.key"))
    assert fault.mend.startswith("Put /srv/home/master.key back from a copy")


def test_what_is_right_is_said_with_what_was_accepted_as_unsafe() -> None:
    assert installation.describe_channel(CHANNEL) == "#approvers (private, 5 members, of whom the bot is one)"
    assert installation_checks.describe_store(STORE) == "Valkey 9.1.0, append-only file on, noeviction"
    unsafe = replace(STORE, aof=False, policy="allkeys-lru", replicated=True)
    words = installation_checks.describe_store(unsafe)
    assert "NOT on disk" in words
    assert "MAY EVICT: allkeys-lru" in words
    assert "failover" in words


def test_a_problem_that_names_its_setting_itself_is_not_told_twice() -> None:
    fault = SetupFault("PORT", "PORT is in use", "Give another")
    assert installation_checks.sentence(fault) == "PORT: is in use -> Give another"


def test_findings_are_the_faults_or_the_one_thing_that_is_right() -> None:
    fault = SetupFault("A", "is wrong", "Mend it")
    assert installation_checks.findings("A", "is right", []) == [installation_checks.Finding("A", "is right")]
    assert installation_checks.findings("A", "is right", [fault]) == [
        installation_checks.Finding("A", fault=fault)
    ]
