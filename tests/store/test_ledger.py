"""Who has seen which value: written down in one step before anything is shown."""

import asyncio
from collections.abc import Mapping

import pytest

from envaccess.application.grants.reveal import claim_reveal, hand_over
from envaccess.application.service_context import ServiceContext
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.call import by_person
from envaccess.domain.delivery import Delivered, MaybeDelivered, NotDelivered, Outcome
from envaccess.domain.errors import SealError, SettingsError, StoreUnavailableError, StoreUncertainError
from envaccess.domain.exposure import UNKNOWN, SeenCount, Seer, SeerKind
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.sources.sealed import SealedSource
from envaccess.store.client import Client
from envaccess.wiring.ledger_key import lost_ledger_key, open_ledger, reseal_ledger_key
from tests.fakes.context import FakeDirectory
from tests.fakes.delivery import FakeDelivery
from tests.store.harness import ALICE, BOB, KEYRING, OPERATOR, TERMINAL, WORKSPACE, StoreHarness, var
from tests.store.verbs import context_on

A, B = var("A"), var("B")
PERSON, PROCESS = Seer(SeerKind.PERSON, ALICE), Seer(SeerKind.PROCESS, ALICE)


def source_of(harness: StoreHarness) -> SealedSource:
    return SealedSource(harness.sealed, Sealer(KEYRING), WORKSPACE, harness.ledger)


async def stored(harness: StoreHarness, variable: Variable, text: str) -> None:
    await source_of(harness).write(harness.op(), variable, text, OPERATOR, replace=True)


@pytest.fixture
async def context(harness: StoreHarness) -> ServiceContext:
    directory = FakeDirectory()
    directory.join(ALICE, BOB)
    for variable in (A, B):
        await stored(harness, variable, f"value-for-tests-{variable.name}")
    return context_on(harness, directory, values=source_of(harness))


async def shown(
    harness: StoreHarness, context: ServiceContext, labels: str = "A", outcome: Outcome | None = None
) -> Failure | None:
    """Alice asks, Bob approves, and she presses Reveal."""
    delivery = FakeDelivery(outcome or Delivered())
    request = await harness.grant(labels)
    claim = await claim_reveal(context, delivery, by_person(harness.op(), ALICE), request)
    assert isinstance(claim, Claim), claim
    return await hand_over(context, claim, delivery)


async def counted(harness: StoreHarness, variable: Variable = A) -> SeenCount:
    return (await harness.ledger.seen(variable)).count


async def lists(harness: StoreHarness) -> Mapping[str, object]:
    """What each person is exposed to."""
    prefix = harness.runner.key("exposed")
    found = [key for key in await harness.keys() if key.startswith(prefix)]
    return {key.removeprefix(prefix): await harness.content(key) for key in found}


async def test_who_saw_a_value_and_how_often_is_known_with_its_event(
    harness: StoreHarness, context: ServiceContext
) -> None:
    assert await shown(harness, context, "A,B") is None
    assert await shown(harness, context) is None
    page = await harness.ledger.seen(A)
    (entry,) = page.seen
    assert (entry.seer, entry.how, entry.times) == (PERSON, {"slack": 2}, 2)
    assert entry.first <= entry.last
    (current,) = page.current
    assert current.version.startswith("2~")
    events = [event for event in await harness.events() if event.event == "value.seen"]
    assert [event.variables for event in events] == [("default/A", "default/B"), ("default/A",)]
    assert events[1].detail["versions"] == current.version
    assert events[1].detail["seer"] == f"person:{ALICE}"


class Watching(FakeDelivery):
    """Looks into the ledger at the moment at which a value is shown."""

    def __init__(self, harness: StoreHarness) -> None:
        super().__init__(Delivered())
        self._harness, self.known = harness, list[bool]()

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        self.known.append((await counted(self._harness)).any and "value.seen" in await self._harness.tags())
        return await super().deliver(claim, values)


async def test_it_is_written_down_before_anything_is_shown(
    harness: StoreHarness, context: ServiceContext
) -> None:
    delivery = Watching(harness)
    claim = await claim_reveal(context, delivery, by_person("press", ALICE), await harness.grant("A"))
    assert isinstance(claim, Claim)
    assert await hand_over(context, claim, delivery) is None
    assert delivery.known == [True]


@pytest.mark.parametrize("fault", [StoreUnavailableError("down"), StoreUncertainError("late")])
async def test_what_cannot_be_written_down_is_not_shown_and_the_use_goes_back(
    harness: StoreHarness, context: ServiceContext, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    see = harness.ledger.see

    async def fails(*args: object, **more: object) -> bool:
        if isinstance(fault, StoreUncertainError):
            await see(*args, **more)  # type: ignore[arg-type]
        raise fault

    monkeypatch.setattr(harness.ledger, "see", fails)
    delivery = FakeDelivery(Delivered())
    request = await harness.grant("A", once=True, seconds=900)
    claim = await claim_reveal(context, delivery, by_person("press", ALICE), request)
    assert isinstance(claim, Claim)
    assert await hand_over(context, claim, delivery) is Failure.NOT_WRITTEN_DOWN
    assert delivery.shown == []
    assert (await harness.get(request)).live
    assert not (await counted(harness)).any
    tags = await harness.tags()
    assert tags.count("value.seen") == tags.count("value.unseen")


async def test_a_step_that_lands_after_the_use_went_back_writes_nothing(
    harness: StoreHarness, context: ServiceContext
) -> None:
    """Its call was given up, and was still on its way."""
    claim = await harness.use(await harness.grant("A"))
    await harness.reveals.give_back(claim, Failure.NOT_WRITTEN_DOWN)
    await harness.ledger.see(claim, {A: Value("value-for-tests-A", "2")}, await harness.now())
    assert not (await counted(harness)).any
    assert "value.seen" not in await harness.tags()
    del context


async def test_a_certain_refusal_is_unseen_and_an_uncertain_one_stays_seen(
    harness: StoreHarness, context: ServiceContext
) -> None:
    assert await shown(harness, context, outcome=NotDelivered(Failure.SLACK_REFUSED)) is Failure.SLACK_REFUSED
    assert not (await counted(harness)).any
    assert await lists(harness) == {}
    assert (await harness.tags())[-2:] == ["grant.reveal_failed", "value.unseen"]
    assert await shown(harness, context, outcome=MaybeDelivered()) is Failure.UNKNOWN
    assert (await counted(harness)).people == 1


async def test_what_is_unseen_leaves_what_was_seen_before(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context)
    (before,) = (await harness.ledger.seen(A)).seen
    await harness.pass_time(1_000)
    await shown(harness, context, outcome=NotDelivered(Failure.SLACK_REFUSED))
    (after,) = (await harness.ledger.seen(A)).seen
    assert after.times == 1
    assert after.last <= before.last + 1_000


async def test_a_use_is_given_back_once_however_often_it_is_said(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context)
    claim = await harness.use(await harness.grant("A"))
    await harness.ledger.see(claim, {A: Value("value-for-tests-A", "2")}, await harness.now())
    for _ in range(3):
        await harness.reveals.give_back(claim, Failure.SLACK_REFUSED)
    (entry,) = (await harness.ledger.seen(A)).seen
    assert entry.times == 1
    assert (await harness.tags()).count("value.unseen") == 1


async def test_another_value_is_known_to_nobody_and_the_old_one_again_to_the_same(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context)
    await stored(harness, A, "value-for-tests-new")
    assert not (await counted(harness)).any
    assert await lists(harness) == {}
    await stored(harness, A, "value-for-tests-A")
    assert (await counted(harness)).people == 1
    assert list(await lists(harness)) == [f"person:{ALICE}"]


async def test_a_value_that_was_stored_again_as_it_was_is_still_known(
    harness: StoreHarness, context: ServiceContext
) -> None:
    """A rotation that changed nothing exposes itself."""
    await shown(harness, context)
    (before,) = (await harness.ledger.seen(A)).current
    await stored(harness, A, "value-for-tests-A")
    page = await harness.ledger.seen(A)
    assert page.count.people == 1
    assert page.current[0].version.partition("~")[2] == before.version.partition("~")[2]


async def test_a_deleted_variable_exposes_nobody(harness: StoreHarness, context: ServiceContext) -> None:
    await shown(harness, context)
    await harness.sealed.delete(harness.op(), A, OPERATOR)
    assert (await harness.ledger.seen(A)).current == ()
    assert await lists(harness) == {}


async def test_a_reader_overtaken_by_a_new_value_does_not_bring_the_old_one_back(
    harness: StoreHarness, context: ServiceContext
) -> None:
    """It read the old value, and it was replaced before its step: what it saw is not current."""
    claim = await harness.use(await harness.grant("A"))
    read_at = await harness.now()
    await stored(harness, A, "value-for-tests-new")
    await harness.ledger.see(claim, {A: Value("value-for-tests-A", "2")}, read_at)
    (current,) = (await harness.ledger.seen(A)).current
    assert current.version.startswith("3~")
    assert not (await counted(harness)).any
    assert context


async def test_a_use_by_a_command_counts_as_a_process(harness: StoreHarness, context: ServiceContext) -> None:
    del context
    claim = await harness.claim(await harness.grant("A"), origin=TERMINAL)
    assert isinstance(claim, Claim)
    await harness.ledger.see(claim, {A: Value("value-for-tests-A", "2")}, await harness.now())
    assert await counted(harness) == SeenCount(0, 1)
    ((seer, how),) = [(one.seer, one.how) for one in (await harness.ledger.seen(A)).seen]
    assert (seer, how) == (PROCESS, {"run": 1})


async def test_two_processes_agree_on_the_key_that_marks_values(real: StoreHarness) -> None:
    """Made at once, it is made once."""
    ledgers = [open_ledger(real.runner, KEYRING, WORKSPACE) for _ in range(8)]
    versions = await asyncio.gather(*(one.version(A, Value("value-for-tests", "1")) for one in ledgers))
    assert len(set(versions)) == 1


async def test_marks_live_through_another_master_key(harness: StoreHarness) -> None:
    value, actor = Value("value-for-tests", "1"), Actor(ActorKind.CLI, "root")
    before = await harness.ledger.version(A, value)
    new = MasterKey(b"n" * 32)
    both = Keyring((new, MasterKey(b"k" * 32)))
    assert await reseal_ledger_key(harness.runner, both, WORKSPACE, actor, "op") == 1
    assert await reseal_ledger_key(harness.runner, both, WORKSPACE, actor, "op-2") == 0
    assert await open_ledger(harness.runner, Keyring((new,)), WORKSPACE).version(A, value) == before
    with pytest.raises(SealError):
        await open_ledger(harness.runner, KEYRING, WORKSPACE).version(A, value)
    with pytest.raises(SettingsError):
        await reseal_ledger_key(harness.runner, KEYRING, WORKSPACE, actor, "op-3")


async def test_a_process_takes_the_key_that_a_restore_brought(
    harness: StoreHarness, context: ServiceContext, client: Client
) -> None:
    await shown(harness, context)
    await client.delete(harness.runner.key("ledger_key"))
    other = open_ledger(harness.runner, KEYRING, WORKSPACE)
    version = await other.version(A, Value("value-for-tests-A", "2"))
    assert await shown(harness, context) is None
    assert [one.version for one in (await harness.ledger.seen(A)).current] == [version]


async def test_what_an_operator_reads_they_have_seen(harness: StoreHarness, context: ServiceContext) -> None:
    assert await source_of(harness).read_out("op", A, OPERATOR, "incident 42") == "value-for-tests-A"
    await source_of(harness).read_out("op", A, OPERATOR, "incident 42")
    (entry,) = (await harness.ledger.seen(A)).seen
    assert (str(entry.seer), entry.how) == (f"person:{OPERATOR}", {"host": 1})
    assert (await harness.tags()).count("value.seen") == 1
    del context


async def test_what_was_brought_in_is_known_to_nobody_knows_whom(
    harness: StoreHarness, context: ServiceContext
) -> None:
    await shown(harness, context)
    await harness.ledger.unknown("import", A, Value("value-for-tests-A", "2"), OPERATOR)
    assert await counted(harness) == SeenCount(1, 0, unknown=True)
    (exposed,) = (await harness.ledger.exposed(UNKNOWN)).found
    assert exposed.variable == A


async def test_a_lost_key_that_marks_values_is_dropped_and_one_that_opens_is_kept(
    harness: StoreHarness, context: ServiceContext
) -> None:
    """Else no value could be set any more where the master key is lost."""
    await shown(harness, context)
    new = Keyring((MasterKey(b"n" * 32),))
    both = Keyring((MasterKey(b"n" * 32), MasterKey(b"k" * 32)))
    lost = await lost_ledger_key(harness.runner, new, WORKSPACE, OPERATOR, "op-1")
    assert len(lost) == 16
    assert await lost_ledger_key(harness.runner, both, WORKSPACE, OPERATOR, "op-2") == ""
    assert await lost_ledger_key(harness.runner, new, WORKSPACE, OPERATOR, "op-3") == "", "it was moved"
    assert (await counted(harness)).people == 1
