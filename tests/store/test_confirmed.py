"""What claims, decides or ends counts once replicas have it, where the settings ask for that.

Each test has a server of its own kind: a primary and its one replica, which is stopped and goes on.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from envaccess.application.grants.reveal import claim_reveal, hand_over
from envaccess.application.service_context import ServiceContext
from envaccess.crypto.sealing import Sealer
from envaccess.domain.call import by_person
from envaccess.domain.errors import StoreUnconfirmedError
from envaccess.domain.outcome import Claim, Decided, Ended, Failure, Filed
from envaccess.domain.request import State
from envaccess.sources.sealed import SealedSource
from envaccess.store.client import connect
from envaccess.store.confirmed import CONFIRMED, NotConfirmedError, confirm
from envaccess.store.script_text import own_text, script_names
from envaccess.store.seal_keys import RedisSealKeys
from tests.fakes.context import FakeDirectory
from tests.fakes.delivery import FakeDelivery
from tests.fakes.redis_servers import HOST, Server, data_server, free_ports, until
from tests.store.harness import ALICE, BOB, KEYRING, NOTHING_DUE, OPERATOR, StoreHarness, catalogued, var
from tests.store.verbs import context_on

WORKSPACES = itertools.count(1)
WAIT = "envaccess.store.auto_pipeline.WAIT_MILLISECONDS"


@pytest.fixture(autouse=True)
def patient_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that runs is waited for on a busy machine, too."""
    monkeypatch.setattr(WAIT, 30_000)


@contextlib.contextmanager
def stopped(replica: Server) -> Iterator[None]:
    """The replica has stopped, and nobody waits long for it."""
    with pytest.MonkeyPatch.context() as patched, replica.stopped():
        patched.setattr(WAIT, 100)
        yield


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """A primary, and the replica that has all that it has."""
    folder, ports = tmp_path_factory.mktemp("pair"), free_ports(2)
    primary = data_server(folder / "a", ports[0], "--repl-timeout", "60")
    replica = data_server(folder / "b", ports[1], "--replicaof", f"{HOST} {ports[0]}")
    until(lambda: primary.client.info("replication").get("slave0", {}).get("state") == "online")
    yield primary, replica
    replica.close()
    primary.close()


@pytest.fixture
async def harness(pair: tuple[Server, Server]) -> AsyncIterator[StoreHarness]:
    """A workspace of its own, of whose steps one replica must have what counts."""
    primary, _ = pair
    client = connect(f"redis://{HOST}:{primary.port}", replicas=1)
    found = StoreHarness(client, f"T0PAIR{next(WORKSPACES)}")
    await found.add("A", "B")
    yield found
    await client.aclose()


async def test_a_claim_that_no_replica_has_is_told_as_such(
    harness: StoreHarness, pair: tuple[Server, Server]
) -> None:
    request = await harness.grant("A", once=True, seconds=900)
    with stopped(pair[1]):
        claim = await harness.claim(request)
        assert isinstance(claim, Claim)
        assert (claim.fresh, claim.confirmed) == (True, False)
        await harness.reveals.give_back(claim, Failure.NOT_CONFIRMED)
    again = await harness.claim(request)
    assert isinstance(again, Claim)
    assert (again.fresh, again.confirmed) == (True, True)


@pytest.fixture
async def context(harness: StoreHarness) -> ServiceContext:
    """What verbs act through, with a value under each name."""
    directory = FakeDirectory()
    directory.join(ALICE, BOB)
    source = SealedSource(harness.sealed, Sealer(KEYRING), harness.workspace, harness.ledger)
    await source.write(harness.op(), var("A"), "value-for-tests", OPERATOR, replace=True)
    return context_on(harness, directory, values=source)


@pytest.mark.parametrize("once", [True, False])
async def test_a_claim_that_no_replica_has_reveals_nothing_and_the_use_goes_back(
    harness: StoreHarness, context: ServiceContext, pair: tuple[Server, Server], once: bool
) -> None:
    """Law 2: a failover would undo the claim and its event, and leave somebody who saw the value."""
    request, delivery = await harness.grant("A", once=once, seconds=900), FakeDelivery()
    with stopped(pair[1]):
        claim = await claim_reveal(context, delivery, by_person("press", ALICE), request)
        assert isinstance(claim, Claim)
        assert await hand_over(context, claim, delivery) is Failure.NOT_CONFIRMED
    assert delivery.shown == []
    again = await claim_reveal(context, delivery, by_person("again", ALICE), request)
    assert isinstance(again, Claim)
    assert await hand_over(context, again, delivery) is None
    assert [who for who, _ in delivery.shown] == [ALICE]
    tags = await harness.tags()
    assert (tags.count("grant.revealed"), tags.count("grant.reveal_failed")) == (2, 1)


async def test_a_decision_that_no_replica_has_is_confirmed_later_under_the_same_operation(
    harness: StoreHarness, pair: tuple[Server, Server]
) -> None:
    request = await harness.file()
    with stopped(pair[1]):
        for _ in range(2):  # the repeat writes nothing new, and must not take its replicas for up to date
            with pytest.raises(StoreUnconfirmedError):
                await harness.decide(request, op="op-decide")
        assert (await harness.get(request)).state is State.APPROVED
    assert isinstance(await harness.decide(request, op="op-decide"), Decided)
    assert (await harness.tags()).count("request.approved") == 1


async def test_a_repeat_by_another_process_waits_as_well(
    harness: StoreHarness, pair: tuple[Server, Server]
) -> None:
    """`WAIT` alone says yes at once on a connection that wrote nothing."""
    primary, replica = pair
    request = await harness.file()
    voted = await harness.voted(request)
    other = StoreHarness(connect(f"redis://{HOST}:{primary.port}", replicas=1), harness.workspace)
    with stopped(replica):
        with pytest.raises(StoreUnconfirmedError):
            await harness.requests.decide("op", request, ALICE, "approve", "", "", voted)  # type: ignore[arg-type]
        with pytest.raises(StoreUnconfirmedError):
            await other.requests.decide("op", request, ALICE, "approve", "", "", voted)  # type: ignore[arg-type]
    await other.client.aclose()


async def test_a_script_that_the_server_forgot_waits_with_its_text(
    harness: StoreHarness, pair: tuple[Server, Server]
) -> None:
    request = await harness.grant("A")
    with stopped(pair[1]):
        pair[0].client.script_flush()
        with pytest.raises(StoreUnconfirmedError):
            await harness.revoke(request, op="op-end")
    assert isinstance(await harness.revoke(request, op="op-end"), Ended)


async def test_who_only_looks_or_draws_waits_for_no_replica(
    harness: StoreHarness, pair: tuple[Server, Server]
) -> None:
    pending, new = await harness.file(), await catalogued(harness.runner, harness.sealing, harness.new("B"))
    with stopped(pair[1]):
        filing = asyncio.create_task(harness.requests.open("op-file", new))
        assert await harness.outbox.lead()
        assert await harness.outbox.due(10, 10) != NOTHING_DUE
        await harness.outbox.shown(pending, message="1.1", message_shown=1)
        assert not filing.done()
        with pytest.raises(StoreUnconfirmedError):
            await filing
    assert isinstance(await harness.requests.open("op-file", new), Filed)


async def test_a_packet_waits_once(harness: StoreHarness, pair: tuple[Server, Server]) -> None:
    def waits() -> int:
        return int(pair[0].client.info("commandstats").get("cmdstat_wait", {}).get("calls", 0))

    request, before = await harness.grant("A"), waits()
    await asyncio.gather(*(harness.claim(request) for _ in range(20)))
    assert waits() - before < 20


async def test_nobody_waits_where_the_settings_do_not_say_so(
    harness: StoreHarness, pair: tuple[Server, Server]
) -> None:
    local = StoreHarness(connect(f"redis://{HOST}:{pair[0].port}"), harness.workspace)
    request = await harness.grant("A")
    with stopped(pair[1]):
        await local.use(request)
    await local.client.aclose()


async def test_a_master_key_is_not_called_replaced_before_a_replica_has_what_it_sealed_anew(
    harness: StoreHarness, pair: tuple[Server, Server]
) -> None:
    """Whoever is told so destroys the old one; a failover to what that sealed would lose it for good."""
    keys = RedisSealKeys(harness.runner)
    await keys.make("0" * 16, b"by-the-old-one")
    with stopped(pair[1]), pytest.raises(StoreUnconfirmedError):
        await keys.rewrap("op-rewrap", "0" * 16, b"by-the-old-one", b"by-the-new-one", OPERATOR)
    assert await keys.rewrap("op-rewrap", "0" * 16, b"by-the-old-one", b"by-the-new-one", OPERATOR)


@pytest.mark.parametrize(
    ("reached", "confirmed"), [(0, False), (1, False), (2, True), (3, True), ("x", False)]
)
def test_too_few_replicas_and_no_number_confirm_nothing(reached: Any, confirmed: bool) -> None:
    told = confirm("answer", reached, 2)
    assert told == "answer" if confirmed else isinstance(told, NotConfirmedError)


def test_a_refusal_of_redis_stays_what_it_is() -> None:
    refused = ValueError("READONLY")
    assert confirm(refused, 0, 2) is refused


@pytest.mark.parametrize("name", sorted(CONFIRMED))
def test_what_is_confirmed_remembers_its_outcome(name: str) -> None:
    """Or a repeat would do it twice."""
    assert name in script_names()
    assert any(word in own_text(name) for word in ("once(", "once_on_request(", "replay("))
