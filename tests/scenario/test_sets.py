"""Sets in Slack: asked for by one name, seen whole by everybody, decided and shown as one request."""

from pathlib import Path

import pytest

from envaccess.domain.policy.variable_sets import SET_LENGTH, SET_MAX
from envaccess.domain.variable import Variable
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.policies import card, opened, revealed, shows, write_policy
from tests.scenario.watch import buttons, one_request, say, settled

WHY = "1h a broken checkout"
_ROOM = SET_LENGTH // SET_MAX - len("production/") - 4
MANY = tuple(Variable("production", f"V{number}_".ljust(_ROOM, "N")) for number in range(SET_MAX))
POLICY = f"""\
version: 1
sets:
  shop: [STRIPE_KEY, staging/DB_URL]
  many: [{", ".join(map(str, MANY))}]
  stale: [STRIPE_KEY, production/GONE]
rules:
  - match: '*/*'
    approvers: ["{{bob}}", "{{carol}}"]
"""


@pytest.fixture
def policy(harness: ScenarioHarness) -> Path:
    """A policy with three sets."""
    return write_policy(harness, POLICY)


async def test_a_set_is_asked_for_approved_and_shown_as_one(harness: ScenarioHarness, policy: Path) -> None:
    async with harness.bot(policy_file=policy):
        message = await harness.filed(f"@Shop {WHY}")
        await shows(
            harness, message, "asks for `@shop` (2 variables) for", "`STRIPE_KEY` and `staging/DB_URL`"
        )
        await harness.bob.press(message, "Approve")
        shown = await card(harness, "You have access to `@shop` (2 variables)", "[ Reveal ]")
        picture = await revealed(harness, shown)
        assert harness.values[STRIPE] in picture
        assert harness.values[DB] in picture
        assert "Look at your direct messages" in await say(harness, "show @shop")
        assert "`@shop` (2 variables) for 1 hour" in await say(harness, "status")
        await harness.until(
            lambda: any(
                "request.created" in harness.slack.draw(line) and "named `@shop`" in harness.slack.draw(line)
                for line in harness.slack.messages(harness.audit)
            )
        )


async def test_what_is_named_beside_a_set_is_told_beside_it(harness: ScenarioHarness, policy: Path) -> None:
    await harness.store(Variable("default", "EXTRA"), "x")
    async with harness.bot(policy_file=policy):
        message = await harness.filed(f"EXTRA, @shop {WHY}")
        await shows(
            harness, message, "asks for `@shop` and `EXTRA` (3 variables)", "`staging/DB_URL` and `EXTRA`"
        )


async def test_a_set_can_be_chosen_in_the_form_and_stands_in_the_list(
    harness: ScenarioHarness, policy: Path
) -> None:
    async with harness.bot(policy_file=policy):
        assert "`@shop`: `STRIPE_KEY` and `staging/DB_URL`" in await say(harness, "list")
        await harness.ask("")
        form = await harness.until(lambda: harness.alice.modal)
        (found,) = await form.suggest("variables", "@sho")
        assert found["text"]["text"] == "@shop (2 variables)"
        sent = await form.submit({"variables": [found], "reason": "a broken checkout"})
        assert sent.next is not None
        assert "`@shop` (2 variables)" in sent.next.draw()
        assert (await one_request(harness)).variables == (STRIPE, DB)


async def test_the_largest_set_goes_through_every_surface(harness: ScenarioHarness, policy: Path) -> None:
    """A message that Slack refuses would be a request that nobody can decide."""
    for variable in MANY:
        await harness.store(variable, "v" * 100)
    async with harness.bot(policy_file=policy):
        message = await harness.filed(f"@many 1h {'&' * 400}")
        picture = harness.slack.draw(message)
        assert all(f"`{variable}`" in picture for variable in MANY)
        form = await opened(harness, harness.bob, message, "Approve less…")
        sent = await form.submit({"variables": [str(MANY[0]), str(MANY[1])]})
        assert sent.errors == {}
        shown = await card(harness, "[ Reveal ]", f"`{MANY[1]}`")
        assert "@many" not in harness.slack.draw(shown)
        await harness.alice.press(shown, "End now")
        await settled(harness)

        message = await harness.filed(f"@many {WHY}")
        form = await opened(harness, harness.bob, message, "Approve less…")
        await form.submit({"duration": "15m"})
        shown = await card(harness, "You have access to `@many` (50 variables)", "[ Reveal ]")
        picture = await revealed(harness, shown)
        assert all(str(variable) in picture for variable in MANY)
        await harness.alice.press(shown, "End now")
        await settled(harness)
        assert buttons(message) == []
    assert [call.method for call in harness.slack.calls if call.answer and not call.ok] == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("@shpo", "The policy has no set `@shpo`, so nothing was done. Did you mean `@shop`?"),
        ("@stale", "`@stale` names `production/GONE`, and there is no such variable"),
        ("@many,@shop", "That is too much for one request"),
        ("show @shop", "You have no live access to `@shop`. To ask for it, type `/envaccess @shop 1h`"),
        ("show @shpo", "The policy has no set `@shpo`"),
        ("emergency @shpo", "The policy has no set `@shpo`"),
    ],
)
async def test_what_cannot_be_had_by_a_set_says_why(
    harness: ScenarioHarness, policy: Path, typed: str, told: str
) -> None:
    async with harness.bot(policy_file=policy):
        why = (
            "" if typed.startswith("show") else " it is down" if typed.startswith("emergency") else f" {WHY}"
        )
        assert told in await say(harness, f"{typed}{why}")
