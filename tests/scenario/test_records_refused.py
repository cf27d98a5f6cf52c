"""Law 14 from outside: what a later version wrote holds up that one request, and nobody else's."""

from typing import Any

import pytest

from envaccess.domain.audit import export_line
from tests.fakes.rulings import change_defaults
from tests.released.rulings import whole
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving, told
from tests.scenario.test_home import home_shows
from tests.scenario.watch import card_of, heard, id_on, one_request, settled
from tests.scenario.watch import told as answered

UNREADABLE = "This version of envaccess cannot read the record of this request"
LATER = {
    "schema": ("request", "schema", "3"),
    "state": ("request", "state", "paused"),
    "ruling field": ("text", "filing", ""),
}
"""What a later version may have written: the kind of key, the field, and its content (a filing is sealed)."""

pytestmark = pytest.mark.usefixtures("unpaced")


async def seal_with_moon(harness: ScenarioHarness, request: str) -> str:
    """The filing of a request as a later version would seal it, with a word in its ruling unknown to us."""
    seals = (await harness.sealing()).seals
    client: Any = harness.redis
    facts = seals.open("filing", await client.hget(harness.runner.key("text", request), "filing"))
    return seals.mint("filing", facts | {"ruling": facts["ruling"] | {"moon": "full"}})


@pytest.mark.parametrize(("kind", "field", "content"), LATER.values(), ids=LATER.keys())
async def test_one_record_of_a_later_version_holds_up_nobody_else(
    harness: ScenarioHarness, kind: str, field: str, content: str
) -> None:
    async with serving(harness) as log:
        strange = await harness.filed("STRIPE_KEY 1h debugging a failed refund")
        request = id_on(strange)
        await settled(harness)
        content = content or await seal_with_moon(harness, request)
        written: Any = harness.redis.hset(harness.runner.key(kind, request), field, content)
        await written
        other = await harness.filed("staging/DB_URL,STRIPE_KEY 1h looking at a slow query")
        for button in ("Approve", "Deny", "Ask…", "Approve less…"):
            press = await harness.bob.press(strange, button)
            assert UNREADABLE in await answered(harness, press), button
        if kind == "request":  # a cancellation is ruled by the record alone
            assert UNREADABLE in heard(harness, await harness.ask(f"cancel {request}"))
        said = heard(harness, await harness.ask("status"))
        assert f"`{request}`: {UNREADABLE}" in said
        assert id_on(other) in said
        await harness.slack.open_home(harness.alice)
        await home_shows(harness, harness.alice, request, UNREADABLE, "You asked (1)")
        await harness.bob.press(other, "Approve")
        await harness.alice.press(await card_of(harness, id_on(other)), "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await harness.until(lambda: "*Approved* by @bob" in harness.slack.draw(other))
        await settled(harness)
    lines = [m.text for m in harness.slack.messages(harness.audit) if "`record.refused`" in m.text]
    assert [request in line for line in lines] == [True]
    assert [line["request"] for line in told(log, "record.refused")] == [request]
    assert (await harness.tags()).count("record.refused") == 1


STRANGE: list[dict[str, str]] = [
    {"event": "moon.risen", "at": "1760000000123", "actor": "robot:r2", "phase": "full"},
    {"event": "bot.started", "at": "soon", "actor": "", "detail": "[1, 2]"},
    {"event": "bot.stopped", "actor": "person:U0"},
    {"mood": "odd"},
]
"""Events as a later version may write them."""


async def test_no_event_of_a_later_version_stops_the_audit_channel(harness: ScenarioHarness) -> None:
    async with serving(harness) as log:
        await settled(harness)
        client: Any = harness.redis
        for fields in STRANGE:
            await client.xadd(harness.runner.key("audit"), fields)
        await client.zadd(harness.runner.key("deadlines"), {"moonrise:7": 1})
        await harness.slack.open_home(harness.bob)
        await harness.filed()
        await home_shows(harness, harness.bob, "Waits for you (1)")
        await settled(harness)
    lines = [line.text for line in harness.slack.messages(harness.audit)]
    assert [line for line in lines if "`moon.risen` an event that this version does not know" in line]
    assert [line for line in lines if "`robot:r2`" in line]
    assert [line for line in lines if "`request.created`" in line]
    exported = [export_line(event) for event in await harness.events()]
    assert [line for line in exported if "phase" in line and "moon.risen" in line and '"robot"' in line]
    assert [line for line in exported if "[1, 2]" in line]
    assert told(log, "relay.audit") == []
    assert await client.zscore(harness.runner.key("deadlines"), "moonrise:7") > 1, "put aside, and kept"


async def test_a_default_that_changes_widens_nothing_that_was_asked_for(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.bot():
        message = await harness.filed()
        asked = await one_request(harness, id_on(message))
        change_defaults(monkeypatch)
        await harness.bob.press(message, "Approve")
        await harness.alice.press(await card_of(harness, asked.id), "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        given = await one_request(harness, asked.id)
    assert whole(given.ruling) == whole(asked.ruling)
    assert given.expires_at - given.decided_at == 3_600_000


async def test_a_name_is_shown_by_the_access_that_can_be_read(harness: ScenarioHarness) -> None:
    """The other one ends later, so that a name would mean it, and nobody knows whether it may be shown."""
    async with harness.bot():
        await harness.granted()
        message = await harness.filed("STRIPE_KEY 2h debugging a failed refund")
        request = id_on(message)
        await harness.bob.press(message, "Approve")
        await card_of(harness, request)
        client: Any = harness.redis
        text = harness.runner.key("text", request)
        await client.hset(text, "filing", await seal_with_moon(harness, request))
        await harness.heeded(lambda: harness.ask("show STRIPE_KEY"))
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
