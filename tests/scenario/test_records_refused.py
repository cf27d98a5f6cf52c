"""Law 14 from outside: what a later version wrote holds up that one request, and nobody else's."""

from typing import Any

import pytest

from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving, told
from tests.scenario.test_home import home_shows
from tests.scenario.watch import card_of, heard, id_on, settled
from tests.scenario.watch import told as answered

UNREADABLE = "This version of envaccess cannot read the record of this request"
LATER = {
    "schema": ("request", "schema", "3"),
    "state": ("request", "state", "paused"),
    "ruling field": ("text", "ruling", '{"channel":"C0APPROVE","moon":"full","steps":[]}'),
}
"""What a later version may have written: the kind of key, the field, and its content."""

pytestmark = pytest.mark.usefixtures("unpaced")


@pytest.mark.parametrize(("kind", "field", "content"), LATER.values(), ids=LATER.keys())
async def test_one_record_of_a_later_version_holds_up_nobody_else(
    harness: ScenarioHarness, kind: str, field: str, content: str
) -> None:
    async with serving(harness) as log:
        strange = await harness.filed("STRIPE_KEY 1h debugging a failed refund")
        request = id_on(strange)
        await settled(harness)
        written: Any = harness.redis.hset(harness.runner.key(kind, request), field, content)
        await written
        other = await harness.filed("staging/DB_URL,STRIPE_KEY 1h looking at a slow query")
        for button in ("Approve", "Deny", "Ask…", "Approve less…"):
            press = await harness.bob.press(strange, button)
            assert UNREADABLE in await answered(harness, press), button
        if field != "ruling":  # nothing but an approval is ruled by it
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
