"""Every key: whose it is, what it holds, when it ends. What nobody ends grows until Redis is full."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from envaccess.domain.access_review import Verdict
from envaccess.domain.archive import ArchivePosition
from envaccess.domain.broker_calls import BrokerCall
from envaccess.domain.cursors import LINES
from envaccess.domain.fleet import Replica
from envaccess.domain.outcome import Claim
from envaccess.domain.request import Verb
from envaccess.domain.sources.value import Value
from envaccess.identity.authenticate import Operation
from envaccess.store.alerts import RedisAlerts
from envaccess.store.archiving import RedisArchiving
from envaccess.store.digests import RedisDigests
from envaccess.store.fleet import OWN_LAYOUT, RedisFleet
from envaccess.store.keys import KINDS, NAMES, SINGLES, TTLS, prefix
from envaccess.store.rotations import RotationCards
from envaccess.store.seal_keys import RedisSealKeys
from envaccess.store.session_cards import RedisSessionCards
from tests.fakes.rulings import EMERGENCY
from tests.store.access_reviews import Reviewed
from tests.store.agents import Program
from tests.store.alerting import raise_alert
from tests.store.cases import CASES, Case
from tests.store.cases_course import COURSE_CASES
from tests.store.cases_lock import LOCK_CASES
from tests.store.harness import (
    ALICE,
    BOB,
    CAROL,
    HOUR,
    MINUTE,
    OPERATOR,
    TERMINAL,
    WORKSPACE,
    StoreHarness,
    var,
)
from tests.store.leasing import Leasing
from tests.store.pipelines import Pipeline
from tests.store.rotating import rotate, rotations_on
from tests.store.signing_in import Terminal

DAY = 24 * HOUR
ALL_CASES = CASES | COURSE_CASES | LOCK_CASES

WITHOUT_TTL = {
    "audit": "trimmed by MINID",
    "deadlines": "an entry goes when its time comes",
    "dirty": "an entry goes when it is drawn",
    "postings": "an entry goes when it is drawn",
    "drawings": "an entry goes when it is drawn",
    "turns": "deleted when nothing is left to draw",
    "names": "one entry a variable that exists",
    "versions": "one entry a variable that ever existed",
    "cursors": "one entry a follower",
    "event_number": "one number",
    "tree": "one entry each time that a head was lost",
    "tree_tiles": "44 bytes an event",
    "log_keys": "two entries a key that signs",
    "cursor": "one text",
    "catalogue": "one a variable that exists",
    "seal_keys": "one entry a key that seals",
    "duty_seals": "an entry goes with its delegation",
    "secret": "one a variable, deleted with it",
    "request": "while pending or live; then 400 days",
    "text": "with its request",
    "pending": "an entry goes when its request is closed",
    "undecided": "an entry goes when its request is closed",
    "reviews": "an entry goes when the review is closed, or with its record",
    "locks": "an entry goes when somebody unlocks",
    "delegations": "an entry goes when its time is over",
    "held": "an entry goes when its grant ends",
    "shared": "an entry goes when its grant ends",
    "refused": "deleted by its minute's deadline",
    "calls": "deleted by its minute's deadline",
    "session_cards": "an entry goes when its message is drawn",
    "proposal_cards": "an entry goes when its message is drawn",
    "alert_cards": "an entry goes when its message is drawn",
    "rotations": "an entry goes when its rotation is over",
    "rotation_cards": "an entry goes when its message is drawn",
    "source_lease": "deleted when its source confirms that nothing is left",
    "leases_at": "an entry goes with its lease",
    "leased": "an entry goes with the last lease of its request",
    "leasing": "an entry goes with the last lease of its source",
    "watched": "one number",
    "archive": "one entry",
    "archive_held": "an entry goes when its request leaves",
    "archive_redacted": "an entry goes when its request is taken out of the archive",
    "epoch": "one number",
    "epoch_seal": "one text",
    "seen": "while its value is current; then 400 days",
    "seen_people": "with its value",
    "seen_processes": "with its value",
    "exposed": "an entry goes when its value is not current any more",
    "current": "one entry a value that is current",
    "exposures": "one entry a variable that exists",
    "leavers": "one entry a leaver",
    "left_exposed": "an entry goes when its value is not current any more",
    "reread": "an entry goes when nobody has seen what is current",
    "leaver_lists": "an entry goes when its list is told",
    "exposed_people": "one entry a person",
    "relist": "an entry goes when its lists are written",
    "ledger_key": "one key",
    "restoring": "deleted when a restore has run to its end",
    "installations": "one entry a workspace that installed the app",
}
"""Kinds of keys that may be without a TTL, and what ends them or bounds them."""

WORDS = re.compile(
    r"request|grant|outcome|catalogue|secret|refused|command|directory-cache|audit|deadline|relay|home|review|delegation|lock"
    r"|cursor|value|seal|epoch|restore|session|host|login|idempotency|alert|signal|lease|rotation|exposure|installation"
)


def kind_of(harness: StoreHarness, key: str) -> str:
    """Which of the kinds a key is of."""
    rest = key.removeprefix(harness.runner.prefix)
    kinds = [kind for kind, name in KINDS.items() if rest.startswith(name)]
    kinds += [kind for kind, name in SINGLES.items() if rest == name]
    assert len(kinds) == 1, key
    return kinds[0]


async def full_life(harness: StoreHarness) -> None:
    """Something of every kind of key."""
    for number, case in enumerate(ALL_CASES.values()):
        await case.act(harness, await case.setup(harness), f"op-{number}")
        for locked in await harness.locks.standing():
            await harness.locks.unlock(harness.op(), locked, OPERATOR)
        await harness.add("A", "B")
    await harness.file()
    await harness.grant("A")
    await harness.file("A", BOB, ruling=EMERGENCY)
    await harness.delegations.give(harness.op(), BOB, ALICE, 3600)
    released = await harness.claim(await harness.grant("B"), origin=TERMINAL)
    assert isinstance(released, Claim)
    await harness.reveals.note_host(released)
    await harness.lock(CAROL)
    await harness.throttle.allow(harness.op(), ALICE)
    await RedisFleet(harness.runner).beat(Replica("a", "0.1.0", OWN_LAYOUT, "host", 7, "http", 1))
    await harness.trail.count_bad_signature()
    await (await Terminal(harness).sign_in()).call(Operation("k", "POST /v1/requests", "body"))
    await Terminal(harness).ask()
    await (await Program.of(harness)).proposes()
    called = BrokerCall("GET", "api.stripe.com", "/v1/charges", 200, "", 1)
    used = await harness.grant("A", who="agent:ag_7k2p", behind=ALICE)
    await harness.proposals.note_calls(harness.op(), "agent:ag_7k2p", used, "stripe", [called], echo=False)
    await Leasing(harness).granted()
    await Pipeline(harness).signed_in()
    await harness.cache.get("person:U0ALICE")
    await harness.cache.put("person:U0ALICE", "{}", 10_000)
    await raise_alert(harness)
    await rotate(harness)
    await RedisSealKeys(harness.runner).make("0" * 16, b"wrapped")
    await (await Reviewed.of(harness)).judges(by=OPERATOR, verdicts={"1": Verdict.REVOKE})
    await harness.viewers.looking(ALICE, {})
    await harness.outbox.lead()
    await RedisDigests(harness.runner, harness.outbox.token).begin("2026-11-16")
    await harness.outbox.due(1_000, 1_000)
    await harness.cursors.move(LINES, await harness.trail.last())
    await harness.client.set(harness.runner.key("cursor"), await harness.trail.last())  # as 0.1.0 did
    for kind in ("tree", "tree_tiles", "log_keys"):
        await harness.client.hset(harness.runner.key(kind), "0", "0")
    await harness.client.zadd(harness.runner.key("reread"), {"default/B": 500})
    await harness.client.zadd(harness.runner.key("relist"), {"default/B~0": 500})
    await RedisArchiving(harness.runner).move(0, ArchivePosition("began"))
    for kind in ("archive_held", "archive_redacted"):
        await harness.client.zadd(harness.runner.key(kind), {"0" * 8: 1})
    version = str(await harness.sealed.last_version(var("B")))
    for claim in (released, await harness.use(await harness.grant("B"))):
        await harness.ledger.see(claim, {var("B"): Value("value-for-tests", version)}, await harness.now())
    await harness.ledger.note_leaver(ALICE)
    await harness.ledger.told(ALICE, "C0APPROVE")
    await harness.client.zadd(harness.runner.key("exposed_people"), {BOB: 0})
    await harness.client.hset(harness.runner.key("installations"), "app//T0ACME", "c2VhbGVk")
    for kind in ("install_state", "install_lease"):
        await harness.client.set(harness.runner.key(kind, "0"), "0", px=1_000)
    assert (await harness.cursors.tell_gap("9999999999999-0", ()))[1]
    for kind in ("epoch", "epoch_seal", "restoring"):
        await harness.client.set(harness.runner.key(kind), "0")


def test_no_two_kinds_of_keys_can_be_taken_for_each_other() -> None:
    names = list(NAMES.values())
    assert len(set(names)) == len(names)
    for name in KINDS.values():
        assert name.endswith(":")
        assert not any(other.startswith(name) for other in names if other != name)


def test_every_name_contains_the_word_of_what_it_holds() -> None:
    for name in NAMES.values():
        assert WORDS.search(name)


def test_a_workspace_has_one_hash_tag() -> None:
    assert prefix("T0ACME") == "envaccess:{T0ACME}:"


_LIVED: dict[str, Mapping[str, int]] = {}


async def lived(harness: StoreHarness, server: str) -> Mapping[str, int]:
    """Every key after a full life, and its TTL; one life a kind of server serves all who only look."""
    if server not in _LIVED:
        await full_life(harness)
        _LIVED[server] = {key: await harness.client.pttl(key) for key in await harness.keys()}
    return _LIVED[server]


@pytest.fixture
async def left(harness: StoreHarness, request: pytest.FixtureRequest) -> Mapping[str, int]:
    """What is left on both kinds of server."""
    return await lived(harness, request.node.callspec.params["client"])


def test_every_key_is_of_a_known_kind_in_the_workspaces_one_slot(
    harness: StoreHarness, left: Mapping[str, int]
) -> None:
    """A Redis Cluster refuses a script that touches two slots."""
    assert all(key.startswith(f"envaccess:{{{WORKSPACE}}}:") for key in left)
    assert {kind_of(harness, key) for key in left} == set(NAMES)


@pytest.mark.real
async def test_every_key_is_in_the_slot_that_the_call_was_routed_to(real: StoreHarness) -> None:
    client: Any = real.client
    slots = {await client.execute_command("CLUSTER", "KEYSLOT", key) for key in await lived(real, "real")}
    assert len(slots) == 1


def test_only_the_documented_kinds_are_without_a_ttl(harness: StoreHarness, left: Mapping[str, int]) -> None:
    assert {kind_of(harness, key) for key, ttl in left.items() if ttl == -1} == set(WITHOUT_TTL)


@pytest.mark.parametrize("case", ALL_CASES.values(), ids=ALL_CASES.keys())
async def test_no_grant_key_is_ever_without_a_ttl(harness: StoreHarness, case: Case) -> None:
    situation = await case.setup(harness)
    for _ in range(2):
        for key in await harness.keys():
            if kind_of(harness, key) == "grant":
                assert await harness.client.pttl(key) > 0
        await case.act(harness, situation, harness.op())


async def test_when_everything_is_over_only_what_is_documented_remains(harness: StoreHarness) -> None:
    """After 401 days of silence nothing of a workspace is left but its values and its trail."""
    await full_life(harness)
    for _ in range(3):
        await harness.pass_time(DAY)
        await harness.work()
    requests = [key for key in await harness.keys() if kind_of(harness, key) in {"request", "text"}]
    for key in requests:
        assert 0 < await harness.client.pttl(key) <= TTLS["records"]
    await harness.pass_time(401 * DAY)
    await harness.work()
    await Leasing(harness).work()
    await harness.outbox.due(1_000, 1_000)
    await RedisSessionCards(harness.runner, harness.sessions).due(1_000)
    await harness.proposals.due(1_000)
    await RedisAlerts(harness.runner, harness.sealing).due(1_000)
    await rotations_on(harness).due(1_000)
    await RotationCards(harness.runner, rotations_on(harness)).due(1_000)
    archiving = RedisArchiving(harness.runner)
    await archiving.leaving("0-0", 1, 1)
    await archiving.forget_redacted(await archiving.redacted())
    left = {kind_of(harness, key) for key in await harness.keys()}
    kept = {
        "audit",
        "event_number",
        "tree",
        "tree_tiles",
        "log_keys",
        "locks",
        "names",
        "versions",
        "catalogue",
        "secret",
        "lease",
        "cursors",
        "cursor",
        "epoch",
        "epoch_seal",
        "seal_keys",
        "restoring",
        "watched",
        "seen",
        "seen_people",
        "seen_processes",
        "exposed",
        "current",
        "exposures",
        "exposed_people",
        "leavers",
        "leaver_lists",
        "left_exposed",
        "reread",
        "relist",
        "ledger_key",
        "archive",
        "installations",
    }
    assert left == kept


async def test_the_indexes_of_a_grant_go_with_it_however_it_ends(harness: StoreHarness) -> None:
    async def expire(request: str) -> None:
        await harness.pass_time(await harness.left(request) + 2)
        await harness.work()

    async def delete(_: str) -> None:
        await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
        await harness.add("A")

    for end in (expire, harness.use, harness.revoke, delete):
        request = await harness.grant("A,B", once=True, seconds=900)
        await end(request)
        kinds = {kind_of(harness, key) for key in await harness.keys()}
        assert not kinds & {"grant", "held", "shared", "pending", "deadlines"}


async def test_an_outcome_is_kept_for_an_hour(harness: StoreHarness) -> None:
    await harness.requests.open("op-filed", harness.new())
    (key,) = [key for key in await harness.keys() if key.endswith("op-filed")]
    assert HOUR - MINUTE < await harness.client.pttl(key) <= HOUR


async def test_a_record_is_kept_for_400_days_from_its_end(harness: StoreHarness) -> None:
    request = await harness.grant(seconds=8 * 3600)
    await harness.pass_time(7 * HOUR)
    await harness.revoke(request)
    for kind in ("request", "text"):
        assert await harness.client.pttl(harness.runner.key(kind, request)) > 400 * DAY - MINUTE


async def test_what_somebody_asked_is_forgotten_after_30_days_also_if_they_ask_every_week(
    harness: StoreHarness,
) -> None:
    for _ in range(6):
        await harness.decide(await harness.file("A"), verb=Verb.DENY)
        await harness.pass_time(8 * DAY)
    await harness.file("A")
    for name in (ALICE, f"{ALICE}:default/A"):
        assert await harness.client.zcard(harness.runner.key("asked", name)) == 4


async def test_a_record_that_is_read_a_lot_is_not_kept_longer(harness: StoreHarness) -> None:
    request = await harness.grant(seconds=60)
    await harness.pass_time(MINUTE + 2)
    await harness.work()
    await harness.pass_time(399 * DAY)
    for _ in range(3):
        await harness.claim(request)
        await harness.revoke(request)
        await harness.outbox.shown(request, message="1.1", message_shown=3)
        await harness.get(request)
    assert await harness.client.pttl(harness.runner.key("request", request)) <= DAY
