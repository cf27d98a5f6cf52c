"""What an installation must be: each fault names its setting and says how to mend it."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.application import installation_checks
from envaccess.domain.durability import read_durability
from envaccess.domain.health import SetupFault, StoreFacts, Transport
from tests.unit.setup_fault import only

STORE = StoreFacts("valkey", (9, 1, 0), aof=True, policy="noeviction", used=50, limit=100)


def store(*, unsafe_allowed: bool = False, asked: str = "local", **change: object) -> list[SetupFault]:
    facts = replace(STORE, **change)  # type: ignore[arg-type]
    durability = read_durability(asked)
    assert durability
    return installation_checks.check_store(facts, unsafe_allowed, durability=durability)


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


def test_a_store_that_keeps_what_it_confirms_is_right() -> None:
    assert store() == []
    assert store(product="redis", version=(7,)) == []
    assert store(product="valkey", version=(8, 0, 1)) == []
    assert store(limit=0, used=10**12) == []
    assert store(replicas=1) == []


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


@pytest.mark.parametrize("ahead", [16_000, -16_000])
def test_a_clock_so_far_off_that_nothing_could_be_sealed_stops_the_start(ahead: int) -> None:
    fault = only(store(ahead=ahead))
    assert fault.grave
    assert f"16 s {'ahead of' if ahead > 0 else 'behind'} this machine's" in fault.problem


def test_a_clock_that_is_a_little_off_is_said() -> None:
    assert store(ahead=2_000) == store(ahead=-2_000) == []
    assert not only(store(ahead=2_001)).grave


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
    assert installation_checks.describe_store(STORE) == "Valkey 9.1.0, append-only file on, noeviction"
    unsafe = replace(STORE, aof=False, policy="allkeys-lru", replicas=2)
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


@pytest.mark.parametrize(
    ("asked", "there", "problem", "grave"),
    [
        ("replicas:1", 0, "asks for 1 replica and Redis has 0 replicas, so that nothing could be", True),
        ("replicas:2", 0, "asks for 2 replicas and Redis has 0 replicas, so that nothing could be", True),
        ("replicas:2", 1, "asks for 2 replicas and Redis has 1 replica: until it has", False),
        ("replicas:1", 1, "asks for all that there are: Redis has 1 replica, and nothing", False),
        ("replicas:2", 2, "asks for all that there are: Redis has 2 replicas, and nothing", False),
    ],
)
def test_replicas_that_are_asked_for_are_there_and_one_more(
    asked: str, there: int, problem: str, grave: bool
) -> None:
    fault = only(store(replicas=there, asked=asked))
    assert fault.problem.startswith(problem)
    assert (fault.subject, fault.grave) == ("ENVACCESS_DURABILITY", grave)


def test_one_replica_more_than_is_asked_for_is_right() -> None:
    assert store(replicas=2, asked="replicas:1") == []
    assert store(replicas=0, asked="local") == []


def test_a_managed_service_is_not_asked_for_a_file_but_must_evict_nothing() -> None:
    assert store(aof=False, asked="managed") == []
    assert "evict" in only(store(aof=False, policy="volatile-lru", asked="managed")).problem
