"""What somebody typed can be taken away: nothing of it is left in Redis, and no event changes."""

from typing import Any

import pytest

from envaccess.domain.audit import Tag
from envaccess.domain.audit_line import REMOVED
from envaccess.domain.errors import SettingsError
from envaccess.domain.request import Verb
from envaccess.domain.signals.alerts import Disposition
from envaccess.domain.tree_check import Outcome
from envaccess.store.alerts import RedisAlerts
from envaccess.wiring.audit_tree import redact_event
from tests.fakes.rulings import EMERGENCY
from tests.store.alerting import raise_alert
from tests.store.harness import BOB, CAROL, OPERATOR, REASON, StoreHarness
from tests.store.sealed_store import Sealed

WHY = "asked for under the GDPR"


async def everything(harness: StoreHarness) -> str:
    """Whatever Redis has, but what operations came to, which is there for an hour."""
    found = await harness.dump()
    return str({name: kept for name, kept in found.items() if ":outcome:" not in name})


async def first_with_text(harness: StoreHarness, tag: Tag) -> str:
    return next(event.id for event in await harness.events() if event.event == tag)


async def redact(sealed: Sealed, event: str) -> int:
    return await redact_event(sealed.tree, sealed.harness.op(), OPERATOR, event, WHY)


async def test_a_reason_is_gone_from_redis_and_every_proof_holds(harness: StoreHarness) -> None:
    sealed = Sealed(harness)
    await harness.outbox.lead()
    request = await harness.file("A", ruling=EMERGENCY)
    await harness.requests.review(harness.op(), request, CAROL, "a real outage", "1.1")
    await harness.revoke(request)
    await sealed.seal()
    before = await sealed.entries()
    assert REASON in await everything(harness)
    assert await redact(sealed, await first_with_text(harness, Tag.REQUEST_CREATED)) == 2
    assert REASON not in await everything(harness)
    assert (await sealed.entries())[: len(before)] == before
    assert (await sealed.verify()).outcome is Outcome.VALID
    told = {event.event: event.detail.get("reason") for event in await harness.events()}
    assert told[Tag.REQUEST_CREATED] == told[Tag.EMERGENCY_USED] == REMOVED
    assert told[Tag.AUDIT_REDACTED] == WHY


async def test_the_reason_of_a_denial_is_gone_too(harness: StoreHarness) -> None:
    request = await harness.file("A")
    await harness.decide(request, verb=Verb.DENY)
    await redact(Sealed(harness), await first_with_text(harness, Tag.REQUEST_DENIED))
    assert "not today" not in await everything(harness)


async def test_the_reason_of_a_lock_that_stands_is_gone_and_it_still_holds(harness: StoreHarness) -> None:
    await harness.grant("A")
    await harness.lock("A", why="Bob said something private")
    await redact(Sealed(harness), await first_with_text(harness, Tag.PRINCIPAL_LOCKED))
    assert "private" not in await everything(harness)
    assert await harness.locks.standing()


async def test_what_lives_or_waits_is_not_redacted(harness: StoreHarness) -> None:
    """Its record would go, and with it somebody's access, or the review of an emergency."""
    for request in (await harness.file("B", BOB), await harness.grant("A")):
        events = [event for event in await harness.events() if event.request == request]
        with pytest.raises(SettingsError, match="is not over"):
            await redact(Sealed(harness), events[0].id)
        assert await harness.get(request)


async def test_an_event_without_a_text_is_refused(harness: StoreHarness) -> None:
    client: Any = harness.client
    entries = await client.xrange(harness.runner.key("audit"))
    for event in (entries[0][0], "1-1"):
        with pytest.raises(SettingsError):
            await redact(Sealed(harness), event)


async def test_what_was_found_about_an_alert_is_gone_and_it_is_drawn_again_without(
    harness: StoreHarness,
) -> None:
    await harness.outbox.lead()
    alert, alerts = await raise_alert(harness), RedisAlerts(harness.runner, harness.sealing)
    for disposition, note in ((Disposition.LOOK_INTO_IT, ""), (Disposition.EXPECTED, "Eve's child was ill")):
        shown = await alerts.get(alert.id)
        assert shown
        await alerts.judge(harness.op(), shown, CAROL, disposition, note, "")
    events = [event for event in await harness.events() if event.event == Tag.SIGNAL_JUDGED]
    await redact(Sealed(harness), events[-1].id)
    assert "child" not in await everything(harness)
    (drawn,), _ = await alerts.due(10)
    assert drawn.judged
    assert (drawn.judged.by, drawn.judged.note) == (CAROL, "")
