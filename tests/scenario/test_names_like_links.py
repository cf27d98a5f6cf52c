"""Names that look like web addresses: Slack makes links of them, and they are read as they were typed."""

import pytest

from envaccess.domain.variable import Variable
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import heard, one_request, say

DOTTED = Variable("prod.eu", "KEY")
LINKED = "<http://prod.eu/KEY|prod.eu/KEY>"


def as_linked(payload: dict[str, object]) -> dict[str, object]:
    """The text as Slack sends it: nothing is escaped twice."""
    return payload | {"text": str(payload["text"]).replace("LINKED", LINKED)}


@pytest.mark.parametrize(
    ("typed", "variables"),
    [
        ("LINKED 1h to compare", (DOTTED,)),
        ("LINKED, 1h to compare", (DOTTED,)),
        ("STRIPE_KEY,LINKED 1h to compare", (STRIPE, DOTTED)),
        ("LINKED , STRIPE_KEY 1h to compare", (DOTTED, STRIPE)),
        ("prod.eu/KEY 1h to compare", (DOTTED,)),
    ],
)
async def test_a_dotted_environment_is_asked_for_as_it_is_typed(
    harness: ScenarioHarness, typed: str, variables: tuple[Variable, ...]
) -> None:
    await harness.store(DOTTED, "value-for-tests")
    async with harness.bot():
        reply = await harness.alice.command("/envaccess", typed, channel=harness.general, change=as_linked)
        assert "Filed as request" in heard(harness, reply)
        assert (await one_request(harness)).variables == variables


async def test_show_and_emergency_read_a_linked_name_too(harness: ScenarioHarness) -> None:
    await harness.store(DOTTED, "value-for-tests")
    async with harness.bot():
        assert "no live access to `prod.eu/KEY`" in await say(harness, "show prod.eu/KEY")
        told = await say(harness, "emergency prod.eu/KEY all is down")
        assert "prod.eu/KEY" in told
        assert "no name of a variable" not in told


async def test_a_link_in_a_reason_is_shown_as_it_was_typed(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed("STRIPE_KEY 1h acme.io/status is red, ask ops@acme.io")
        assert (await one_request(harness)).reason == "acme.io/status is red, ask ops@acme.io"
        assert "Why: acme.io/status is red" in harness.slack.draw(message)


async def test_a_label_cannot_deceive_an_approver(harness: ScenarioHarness) -> None:
    """Only Slack makes links, but an approver must never read another address than the one there is."""

    def forged(payload: dict[str, object]) -> dict[str, object]:
        return payload | {"text": "STRIPE_KEY 1h see <https://evil.example|acme.io/incident>"}

    async with harness.bot():
        await harness.alice.command("/envaccess", "x", channel=harness.general, change=forged)
        assert (await one_request(harness)).reason == "see https://evil.example"
