"""Alerts in Redis: one a person a day, in one step with its event; judged once, by whom the seals say."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.audit import Actor, ActorKind, Event
from envaccess.domain.cursors import SIGNALS
from envaccess.domain.errors import StoreUncertainError
from envaccess.domain.outcome import Attempt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.signals.alerts import Alert, Disposition
from envaccess.store.alerts import RedisAlerts
from envaccess.store.signals import RedisSignals
from tests.fakes.context import AUDIT
from tests.store.alerting import DANA, EVE, Watched, raise_alert
from tests.store.harness import BOB, StoreHarness

LOOK, EXPECTED, NOT_EXPECTED = Disposition.LOOK_INTO_IT, Disposition.EXPECTED, Disposition.NOT_EXPECTED


async def told(harness: StoreHarness, tag: str) -> list[Event]:
    """The events with this tag."""
    return [event for event in await harness.events() if event.event == tag]


async def judged(
    harness: StoreHarness, alert: Alert, disposition: Disposition, by: str = DANA, note: str = "", **more: Any
) -> Alert | Refusal:
    """Judge as somebody."""
    alerts = RedisAlerts(harness.runner, harness.sealing, AUDIT)
    given = {"op": harness.op(), "message": "", **more}
    return await alerts.judge(given["op"], alert, by, disposition, note, given["message"])


async def test_two_facts_about_one_person_are_one_alert_with_its_event(harness: StoreHarness) -> None:
    watched = Watched(harness)
    await watched.begin()
    await watched.asked("odd_hour")
    await watched.asked("odd_hour", BOB)
    await watched.asked("burst")
    await watched.asked("longer,burst")
    await watched.follow()
    (alert,) = await watched.open()
    (event,) = await told(harness, "signal.raised")
    assert (alert.about, alert.people, [fact.fact for fact in alert.facts]) == (
        EVE,
        (EVE,),
        ["odd_hour", "burst"],
    )
    assert (event.requester, str(event.actor)) == (EVE, "bot")
    assert event.detail == {
        "alert": alert.id,
        "facts": "odd_hour,burst",
        "events": ",".join(fact.event for fact in alert.facts),
        "requests": "0000000a",
    }


async def test_a_new_follower_begins_with_what_happens_now_and_is_silent_for_14_days(
    harness: StoreHarness,
) -> None:
    watched = Watched(harness)
    await watched.asked("odd_hour,burst")
    await watched.follow()
    await watched.asked("odd_hour,burst", BOB)
    await watched.follow()
    assert not await watched.open()
    await watched.begin(14)
    await watched.asked("odd_hour,burst", BOB)
    await watched.follow()
    assert [alert.about for alert in await watched.open()] == [BOB]


async def test_an_alert_s_own_event_names_facts_and_raises_no_alert(harness: StoreHarness) -> None:
    await raise_alert(harness, "machine:deploy", EVE)
    watched = Watched(harness)
    await watched.follow()
    assert len(await watched.open()) == 1


async def test_of_two_processes_one_raises_it(harness: StoreHarness) -> None:
    """Both read the same page; the step compares cursor and lease."""
    watched = Watched(harness)
    await watched.begin()
    await watched.asked("odd_hour,burst")
    stranger = watched.another("process-2")
    await asyncio.gather(watched.follower.step(), stranger.step(), watched.follower.step())
    await watched.follow()
    assert len(await told(harness, "signal.raised")) == len(await watched.open()) == 1


async def test_a_process_without_the_lease_writes_nothing(harness: StoreHarness) -> None:
    watched = Watched(harness)
    await watched.begin()
    await watched.asked("odd_hour,burst")
    before = await harness.dump()
    await watched.another("process-2").step()
    assert await harness.dump() == before


async def test_a_cursor_that_cannot_be_believed_begins_anew_with_a_gap(harness: StoreHarness) -> None:
    watched = Watched(harness)
    await watched.begin()
    await harness.client.hset(harness.runner.key("cursors"), SIGNALS, "99999999999999-0")
    await watched.follow()
    assert watched.journal.faults == ["cursor.lost"]
    assert [event.detail["cursor"] for event in await told(harness, "audit.gap")] == [SIGNALS]


async def test_expected_closes_it_and_looking_into_it_waits_for_what_was_found(harness: StoreHarness) -> None:
    alert = await raise_alert(harness)
    looked = await judged(harness, alert, LOOK)
    assert isinstance(looked, Alert)
    assert looked.is_open
    closed = await judged(harness, looked, NOT_EXPECTED, BOB, "his laptop was stolen")
    assert isinstance(closed, Alert)
    assert [(said.disposition, said.by, said.note) for said in closed.judgements] == [
        (LOOK, DANA, ""),
        (NOT_EXPECTED, BOB, "his laptop was stolen"),
    ]
    assert not await RedisAlerts(harness.runner, harness.sealing).open(10)
    first, second = await told(harness, "signal.judged")
    assert (str(first.actor), first.detail) == (
        f"person:{DANA}",
        {"alert": alert.id, "disposition": "look_into_it"},
    )
    assert second.detail["note"] == "his laptop was stolen"
    assert (second.requester, second.detail["disposition"]) == (EVE, "not_expected")


async def test_of_two_who_press_at_once_one_wins_and_the_other_is_told_who(harness: StoreHarness) -> None:
    alert = await raise_alert(harness)
    both = await asyncio.gather(judged(harness, alert, EXPECTED, BOB), judged(harness, alert, LOOK, DANA))
    (lost,) = [one for one in both if isinstance(one, Refusal)]
    (won,) = [one for one in both if isinstance(one, Alert)]
    assert won.judged
    assert (lost.reason, lost.by, lost.state) == (Reason.ALERT_JUDGED, won.judged.by, won.judged.disposition)
    assert len(await told(harness, "signal.judged")) == 1


async def test_the_same_press_twice_changes_nothing(harness: StoreHarness) -> None:
    alert = await raise_alert(harness)
    first = await judged(harness, alert, EXPECTED, op="press-1")
    after = await harness.dump()
    assert await judged(harness, alert, EXPECTED, op="press-1") == first
    assert await harness.dump() == after


@pytest.mark.parametrize(("who", "behind"), [(EVE, ""), ("machine:deploy", EVE), ("agent:ag_7k2p", EVE)])
async def test_the_script_too_lets_nobody_judge_their_own(
    harness: StoreHarness, who: str, behind: str
) -> None:
    alert = await raise_alert(harness, who, behind)
    refused = await judged(harness, alert, EXPECTED, EVE)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.OWN_ALERT
    for program in ("agent:ag_7k2p", "machine:deploy"):
        refused = await judged(harness, alert, EXPECTED, program)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.PERSONS_ONLY
    assert not await told(harness, "signal.judged")


async def test_who_is_locked_judges_nothing(harness: StoreHarness) -> None:
    alert = await raise_alert(harness)
    await harness.lock(DANA)
    refused = await judged(harness, alert, EXPECTED)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.LOCKED


async def test_a_process_that_was_paused_judges_nothing(harness: StoreHarness) -> None:
    alert = await raise_alert(harness)
    paused = StoreHarness(harness.client, off=-60_000)
    refused = await judged(paused, alert, EXPECTED)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.CLOCK_OFF


FORGERIES: dict[str, dict[Any, Any]] = {
    "closed by nobody": {"state": "expected", "judged_by": DANA},
    "looked into by nobody": {"state": "look_into_it", "judged_by": DANA},
    "about somebody else": {"about": BOB},
    "nobody is barred": {"people": ""},
    "another may not judge": {"people": DANA},
    "no seal": {"seal": ""},
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES.keys())
async def test_whoever_writes_to_redis_makes_no_alert_look_judged(
    harness: StoreHarness, forged: dict[Any, Any]
) -> None:
    alert = await raise_alert(harness)
    alerts = RedisAlerts(harness.runner, harness.sealing, AUDIT)
    await harness.client.hset(harness.runner.key("alert", alert.id), mapping=forged)
    assert await alerts.get(alert.id) is None
    assert not await alerts.open(10)
    assert not (await alerts.due(10))[0], "nothing is drawn of it"
    assert len(await told(harness, "seal.broken")) == 1


async def test_a_judgement_of_one_alert_closes_no_other(harness: StoreHarness) -> None:
    first, second = await raise_alert(harness), await raise_alert(harness, BOB)
    await judged(harness, first, EXPECTED)
    key = harness.runner.key
    names = ("state", "judged_by", "judgement")
    taken = await harness.client.hmget(key("alert", first.id), names)
    forged: dict[Any, Any] = dict(zip(names, taken, strict=True))
    await harness.client.hset(key("alert", second.id), mapping=forged)
    alerts = RedisAlerts(harness.runner, harness.sealing)
    assert await alerts.get(first.id)
    assert await alerts.get(second.id) is None


async def test_what_somebody_looks_into_is_not_closed_with_the_word_of_a_press_from_before(
    harness: StoreHarness,
) -> None:
    """A judgement names the one that it follows, so that a seal that lost a race closes nothing later."""
    alert = await raise_alert(harness)
    looked = await judged(harness, alert, LOOK)
    key = harness.runner.key("alert", alert.id)
    look = await harness.client.hget(key, "judgement")
    other = await raise_alert(harness, BOB)
    await judged(harness, other, EXPECTED)
    assert isinstance(looked, Alert)
    lost = await judged(harness, alert, EXPECTED, BOB)
    assert isinstance(lost, Refusal)
    forged: dict[Any, Any] = {"state": "expected", "judged_by": BOB, "look": look}
    await harness.client.hset(key, mapping=forged)
    assert await RedisAlerts(harness.runner, harness.sealing).get(alert.id) is None


async def test_a_note_that_was_changed_is_refused_and_one_that_was_taken_away_is_not(
    harness: StoreHarness,
) -> None:
    alert = await raise_alert(harness)
    looked = await judged(harness, alert, LOOK)
    assert isinstance(looked, Alert)
    await judged(harness, looked, EXPECTED, BOB, "a release at night")
    alerts, key = RedisAlerts(harness.runner, harness.sealing), harness.runner.key("alert", alert.id)
    await harness.client.hset(key, "note", "nothing to see here")
    assert await alerts.get(alert.id) is None
    await harness.client.hdel(key, "note", "note_salt")
    found = await alerts.get(alert.id)
    assert found
    assert found.judgements[-1].note == ""


async def test_what_is_counted_besides_requests_makes_an_alert_with_what_is_asked_for(
    harness: StoreHarness,
) -> None:
    """Eve presses Approve on what is Alice's, three times, and asks for something at night."""
    watched = Watched(harness)
    await watched.begin()
    request = await harness.file()
    for why in (Reason.SELF_APPROVAL, Reason.NOT_APPROVER, Reason.NOT_YOURS):
        attempt = Attempt(Actor(ActorKind.PERSON, EVE), "approve", request)
        await harness.trail.refuse(harness.op(), attempt, why)
    await watched.asked("odd_hour")
    await watched.follow()
    (alert,) = await watched.open()
    assert (alert.about, [fact.fact for fact in alert.facts]) == (EVE, ["refusals", "odd_hour"])


async def test_what_an_agent_does_whose_person_nobody_knows_is_nobodys(harness: StoreHarness) -> None:
    """Else its person could judge what their own agent did."""
    watched = Watched(harness)
    await watched.begin()
    await watched.asked("odd_hour,burst", "agent:ag_7k2p")
    await watched.asked("odd_hour,burst", "cli:root")
    await watched.follow()
    assert not await watched.open()


@pytest.mark.parametrize("kind", ["followed", "watched"])
async def test_something_else_under_a_key_stops_nobody(harness: StoreHarness, kind: str) -> None:
    watched = Watched(harness)
    await watched.begin()
    await harness.client.delete(harness.runner.key("watched"))
    await harness.client.lpush(harness.runner.key(kind, EVE if kind == "followed" else ""), "x")
    await watched.asked("odd_hour,burst")
    await watched.follow()
    assert await harness.cursors.at(SIGNALS) == await harness.trail.last()


async def test_an_answer_that_was_lost_raises_no_second_alert(
    harness: StoreHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kill -9` right after the step, or a connection that breaks: cursor and alert are there together."""
    watched = Watched(harness)
    await watched.begin()
    await watched.asked("odd_hour,burst")
    stores = RedisSignals.store

    async def loses(*given: Any, **more: Any) -> bool:
        await stores(*given, **more)
        raise StoreUncertainError

    with monkeypatch.context() as patched:
        patched.setattr(RedisSignals, "store", loses)
        with pytest.raises(StoreUncertainError):
            await watched.follower.step()
    await watched.another("process-1").step()
    await watched.follow()
    assert len(await told(harness, "signal.raised")) == len(await watched.open()) == 1


async def test_who_looks_into_a_closed_alert_does_not_open_it_again(harness: StoreHarness) -> None:
    """Both were shown it open, and the later press came last (grafana/oncall#3161)."""
    alert = await raise_alert(harness)
    await judged(harness, alert, EXPECTED, BOB)
    late = await judged(harness, alert, LOOK)
    assert isinstance(late, Refusal)
    assert (late.reason, late.by, late.state) == (Reason.ALERT_JUDGED, BOB, EXPECTED)
    assert not await RedisAlerts(harness.runner, harness.sealing).open(10)


async def test_a_flood_of_one_persons_facts_is_one_alert_and_keeps_nobody_elses_away(
    harness: StoreHarness,
) -> None:
    watched = Watched(harness)
    await watched.begin()
    for number in range(8):
        await asyncio.gather(*(watched.asked(f"burst,odd_hour,made_up_{number}") for _ in range(50)))
    await watched.asked("burst,odd_hour", BOB)
    steps = 0
    while await harness.cursors.at(SIGNALS) != await harness.trail.last():
        await watched.follower.step()
        steps += 1
    assert sorted(alert.about for alert in await watched.open()) == [BOB, EVE]
    assert steps <= 5, "pages, and not one step an event"
