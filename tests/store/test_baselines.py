"""What is remembered of somebody: written in the step that files, right after the last, stopping nobody."""

import asyncio
from collections.abc import Sequence

import pytest

from envaccess.domain.audit import Event
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.request import Verb
from envaccess.domain.signals.baseline import Baseline
from envaccess.domain.signals.facts import Fact, Noticed, read_facts
from envaccess.domain.signals.observing import NOTHING, Observing
from envaccess.domain.signals.replay import SignalReplay
from tests.store.harness import ALICE, BOB, HOUR, MINUTE, StoreHarness

DAY = 24 * HOUR
BERLIN = "Europe/Berlin"


async def looked(harness: StoreHarness, who: str = ALICE, zone: str | None = BERLIN) -> Observing:
    """What the verb hands over."""
    return Observing(who, zone, remembered=await harness.requests.remembered(who))


async def ask(harness: StoreHarness, labels: str = "A", who: str = ALICE, **more: str) -> Noticed:
    """File a request as the verb does, and withdraw it; what was noticed, as it was sealed."""
    kept = "behind:" + more["behind"] if who.startswith("agent:") else who.partition("/")[0]
    observing = await looked(harness, kept, BERLIN if ":" not in who else None)
    request = await harness.file(labels, who, observing=observing, **more)
    found = await harness.get(request)
    await harness.decide(request, verb=Verb.APPROVE)
    return found.noticed or Noticed()


async def filed(harness: StoreHarness) -> list[Event]:
    """The events of all filings."""
    return [event for event in await harness.events() if event.event == "request.created"]


async def differences(harness: StoreHarness) -> Sequence[object]:
    """What a replay of the stream finds that was not recorded."""
    replayed = SignalReplay()
    replayed.read(await harness.events())
    return replayed.differences


async def test_facts_are_in_the_event_with_the_hour_and_sealed_with_the_filing(harness: StoreHarness) -> None:
    await harness.add("A", "B")
    first = await ask(harness)
    assert first.facts == (Fact.NEW_OR_SILENT,)
    assert (await ask(harness, "A,B")).facts == (Fact.FIRST_VARIABLE,)
    one, other = await filed(harness)
    assert (one.detail["facts"], other.detail["facts"]) == ("new_or_silent", "first_variable")
    assert one.detail["hour"] == str(first.hour)
    assert await differences(harness) == []


async def test_where_nothing_is_unusual_the_event_says_no_facts(harness: StoreHarness) -> None:
    await harness.add("A")
    await ask(harness)
    assert (await ask(harness)).facts == ()
    assert "facts" not in (await filed(harness))[1].detail


async def test_programs_are_counted_without_their_runs_and_sessions_and_have_no_hour(
    harness: StoreHarness,
) -> None:
    await harness.add("A")
    runs = [await ask(harness, who=f"machine:deploy/{run}", behind=BOB) for run in "12"]
    agents = [await ask(harness, who=f"agent:ag_{name}", behind=ALICE) for name in "12"]
    assert [noticed.facts for noticed in (*runs, *agents)] == [(Fact.NEW_OR_SILENT,), ()] * 2
    assert all("hour" not in event.detail for event in await filed(harness))
    assert await differences(harness) == []


async def test_who_asks_again_after_a_denial_is_told_of(harness: StoreHarness) -> None:
    await harness.add("A", "B")
    await ask(harness, "A,B")
    request = await harness.file("A", observing=await looked(harness))
    denied = await harness.decide(request, verb=Verb.DENY)
    assert isinstance(denied, Decided)
    assert (await ask(harness, "B")).facts == ()
    assert (await ask(harness, "A")).facts == (Fact.ASKED_AFTER_DENIAL, Fact.BURST)
    assert await differences(harness) == []


async def test_a_denial_between_look_and_filing_is_looked_at(harness: StoreHarness) -> None:
    await harness.add("A", "B")
    await ask(harness, "A,B")
    request = await harness.file("A", observing=await looked(harness))
    before = await looked(harness)
    await harness.decide(request, verb=Verb.DENY)
    again = await harness.get(await harness.file("A", observing=before))
    assert Fact.ASKED_AFTER_DENIAL in again.facts
    assert await differences(harness) == []


async def test_many_denials_keep_the_newest_and_no_more(harness: StoreHarness) -> None:
    labels = [f"N{number}" for number in range(20)]
    await harness.add(*labels)
    for place in range(0, 20, 5):
        request = await harness.file(",".join(labels[place : place + 5]))
        await harness.decide(request, verb=Verb.DENY)
    stored = await harness.requests.remembered(ALICE)
    known = Baseline()
    for place in range(0, 20, 5):
        known = known.with_denial([f"default/{label}" for label in labels[place : place + 5]], 0)
    read = Baseline.decode("", stored.denied)
    assert [name for name, _ in read.denied] == [name for name, _ in known.denied]


async def test_after_a_year_of_silence_and_a_day_there_is_nothing_left(harness: StoreHarness) -> None:
    await harness.add("A")
    await ask(harness)
    await harness.pass_time(50 * DAY)
    again = await ask(harness)
    assert (again.facts, again.silent_days) == ((Fact.NEW_OR_SILENT,), 50)
    await harness.pass_time(401 * DAY)
    assert await harness.requests.remembered(ALICE) == NOTHING


@pytest.mark.parametrize(
    "damage",
    ["", "x", "1.", "z" * 5_000, "\0\n<!channel>", "1.-1.-1..." + "0" * 24],
)
async def test_a_damaged_baseline_is_a_new_one_and_stops_nobody(harness: StoreHarness, damage: str) -> None:
    await harness.add("A")
    await ask(harness)
    key = harness.runner.key("baseline", ALICE)
    raw = damage.encode()
    for field in ("filed", "denied", "mark"):
        await harness.client.hset(key, field, raw)
    assert (await ask(harness)).facts == (Fact.NEW_OR_SILENT,)
    assert Baseline.decode(str(await harness.client.hget(key, "filed"))).seen == 1


async def test_another_kind_of_value_in_its_place_stops_nobody(harness: StoreHarness) -> None:
    await harness.add("A")
    key = harness.runner.key("baseline", ALICE)
    await harness.client.set(key, "something else")
    assert (await ask(harness)).facts == (Fact.NEW_OR_SILENT,)
    assert (await ask(harness)).facts == ()
    await harness.client.delete(key)
    await harness.client.lpush(key, "something else")
    request = await harness.file()
    assert isinstance(await harness.decide(request, verb=Verb.DENY), Decided)
    assert (await harness.requests.remembered(ALICE)).denied


async def test_a_baseline_of_somebody_else_in_its_place_makes_all_a_first_time(harness: StoreHarness) -> None:
    await harness.add("A")
    await ask(harness, who=BOB)
    await harness.client.rename(harness.runner.key("baseline", BOB), harness.runner.key("baseline", ALICE))
    assert (await ask(harness)).facts == (Fact.FIRST_VARIABLE, Fact.FIRST_ENVIRONMENT)


async def test_who_keeps_changing_it_delays_but_never_stops_a_filing(harness: StoreHarness) -> None:
    """Whoever can write to Redis can make each look an old one."""
    await harness.add("A")
    looks = 0

    class Forged(type(harness.requests)):  # type: ignore[misc]
        async def _file(self, *arguments: object) -> object:
            nonlocal looks
            looks += 1
            await harness.client.hset(harness.runner.key("baseline", ALICE), "mark", f"forged-{looks}")
            return await super()._file(*arguments)

    requests = Forged(harness.runner, harness.reader)
    new = harness.new(observing=await looked(harness))
    assert isinstance(await requests.open(harness.op(), new), Filed)
    assert looks > 2


async def test_a_process_whose_clock_is_minutes_of_a_second_off_records_the_minute_of_redis(
    harness: StoreHarness,
) -> None:
    """It may be off by 15 s, and a minute begins some time."""
    await harness.add("A")
    off = StoreHarness(harness.client, ops=harness.ops, off=-14_000)
    for _ in range(2):
        await ask(off)
    seconds = int((await filed(harness))[0].at) % MINUTE
    assert 0 <= seconds < MINUTE
    assert await differences(harness) == []


async def test_requests_of_one_person_at_once_are_each_counted_after_the_other(
    harness: StoreHarness,
) -> None:
    """All have looked before any was filed, as by several replicas."""
    labels = [f"N{number}" for number in range(8)]
    await harness.add(*labels)
    replicas = [StoreHarness(harness.client, ops=harness.ops) for _ in range(4)]
    before = [await looked(replica) for replica in replicas]
    await asyncio.gather(
        *(replicas[place % 4].file(label, observing=before[place % 4]) for place, label in enumerate(labels))
    )
    told = [read_facts(event.detail.get("facts", "")) for event in await filed(harness)]
    assert [Fact.BURST in facts for facts in told] == [False] * 3 + [True] * 5
    assert [Fact.NEW_OR_SILENT in facts for facts in told] == [True] + [False] * 7
    assert await differences(harness) == []


@pytest.mark.real
async def test_pairs_of_requests_of_one_person_by_two_processes_race(
    real: StoreHarness, other: StoreHarness, pytestconfig: pytest.Config
) -> None:
    """Each pair looks at the same and files at once, and is told as one after the other."""
    await real.add("A", "B")
    for number in range(int(pytestconfig.getoption("--races-tried"))):
        who = f"U0RACE{number}"
        both = [(real, "A"), (StoreHarness(other.client, ops=real.ops), "B")]
        before = [await looked(store, who) for store, _ in both]
        await asyncio.gather(
            *(
                store.file(label, who, observing=seen)
                for (store, label), seen in zip(both, before, strict=True)
            )
        )
        stored = await real.requests.remembered(who)
        assert Baseline.decode(stored.filed).seen == 2
    told = [event.detail.get("facts", "") for event in await filed(real)]
    assert sorted(told) == ["first_variable"] * (len(told) // 2) + ["new_or_silent"] * (len(told) // 2)
    assert await differences(real) == []
