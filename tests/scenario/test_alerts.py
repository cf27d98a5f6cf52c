"""Alerts: two unusual facts about one person are a message in the audit channel; somebody else judges."""

from functools import partial
from typing import Any

from envaccess.domain.signals.alerts import DAY
from envaccess.domain.variable import Variable
from slack_emulator import Message
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, last_event, opened, pressed, shows, write_policy
from tests.scenario.watch import buttons, refusals

WATCHED = """
version: 1
security: [{dana}, {carol}, {alice}]
rules:
  - name: everything
    match: "*/*"
    approvers: [{bob}, {carol}]
"""


async def watched_for_long(harness: ScenarioHarness) -> None:
    """The workspace is older than its first 14 days, as far as anybody looked."""
    key = harness.runner.key("watched")
    await harness.slack.until(lambda: harness.redis.exists(key))
    seconds, _ = await harness.redis.time()
    await harness.redis.set(key, seconds * 1_000 - 30 * DAY)


async def unusual(harness: ScenarioHarness, facts: str, requester: str = "", behind: str = "") -> None:
    """A request with these facts stands in the stream."""
    who = requester or harness.alice.id
    told = f',"behind":"{behind}"' if behind else ""
    fields: dict[Any, Any] = {
        "event": "request.created",
        "actor": who if ":" in who else f"person:{who}",
        "request": "7k2p9xq4",
        "requester": who,
        "variables": "production/STRIPE_KEY",
        "detail": f'{{"facts":"{facts}","hour":"3"{told}}}',
    }
    await harness.redis.xadd(harness.runner.key("audit"), fields)


async def alert(harness: ScenarioHarness, *words: str) -> Message:
    """The message about an alert, in the audit channel."""

    def look() -> Message | None:
        drawn = ((message, harness.slack.draw(message)) for message in harness.slack.messages(harness.audit))
        return next((message for message, text in drawn if all(word in text for word in words)), None)

    return await harness.until(look)


async def test_who_looks_into_an_alert_is_shown_and_then_what_was_found(harness: ScenarioHarness) -> None:
    """Nobody is named by the policy: members of the audit channel judge."""
    async with harness.bot():
        await watched_for_long(harness)
        await unusual(harness, "first_variable,odd_hour")
        message = await alert(
            harness,
            "*Unusual*: within an hour @alice",
            "• asked for `production/STRIPE_KEY` for the first time in a long while · request `7k2p9xq4`",
            "• asked at an hour at which they usually do not (03 o'clock, where they are)",
            "Not to be judged by @alice",
        )
        assert buttons(message) == ["Look into it", "Expected"]
        await harness.dana.press(message, "Look into it")
        await shows(harness, message, ":mag: *@dana looks into it* since")
        assert buttons(message) == ["Say what was found"]
        form = await opened(harness, harness.dana, message, "Say what was found")
        sent = await form.submit({"finding": "not_expected", "reason": "Her laptop was stolen"})
        assert sent.next is not None
        assert sent.next.title == "Alert closed"
        picture = await shows(harness, message, ":rotating_light: *Not expected*, found @dana")
        assert "What was found: Her laptop was stolen" in picture
        assert not buttons(message)
        await audit_says(harness, "`signal.raised`", ":eyes: something is unusual about @alice")
        await audit_says(
            harness, "`signal.judged`", "@dana judged an alert about @alice", "Her laptop was stolen"
        )
    event = await last_event(harness, "signal.judged")
    assert (event.requester, event.detail["disposition"]) == (harness.alice.id, "not_expected")


async def test_nobody_judges_their_own_nor_who_is_not_named(harness: ScenarioHarness) -> None:
    """Alice is security herself; her agent's facts are hers. Old buttons and made-up ids do nothing, too."""
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await watched_for_long(harness)
        await unusual(harness, "burst")
        await unusual(harness, "odd_hour", "agent:ag_7k2p", harness.alice.id)
        message = await alert(harness, "within an hour @alice")
        fresh = message.blocks

        async def forged(name: str, button: str = "Expected") -> str:
            press = await getattr(harness, name).press(message, button, forged=True)
            return harness.slack.draw(
                await harness.until(lambda: press.answers[0] if press.answers else None)
            )

        for button in ("Expected", "Look into it"):
            assert "This alert is about you, or about a program of yours" in await forged("alice", button)
        assert "Alerts are judged by those whom the policy names under security" in await forged("bob")
        await harness.carol.press(message, "Look into it", forged=True)
        await shows(harness, message, "*@carol looks into it*")
        message.blocks = fresh
        assert "@carol looks into this alert since" in await pressed(
            harness, harness.dana, message, "Expected"
        )
        message.blocks = [{**block, "elements": [{**one, "value": "0000000a"} for one in block["elements"]]}
            if block["type"] == "actions" else block for block in fresh]  # fmt: skip
        assert "There is no alert with that id" in await pressed(harness, harness.dana, message, "Expected")
    told = {(event.actor.id, event.detail["tried"], event.detail["why"]) for event in await refusals(harness)}
    assert told == {
        (harness.alice.id, "judge", "own_alert"),
        (harness.bob.id, "judge", "not_alert_judge"),
        (harness.dana.id, "judge", "alert_unknown"),
    }


async def test_somebody_new_who_asks_for_many_things_in_an_hour_is_an_alert(harness: ScenarioHarness) -> None:
    """From the command to the message: what filing notices is what the audit channel is told."""
    names = [f"TOKEN_{number}" for number in range(4)]
    for name in names:
        await harness.store(Variable("default", name))
    async with harness.bot():
        await watched_for_long(harness)
        for name in names:
            await harness.heeded(partial(harness.ask, f"{name} 1h looking around"))
        message = await alert(
            harness,
            "• asked for the first time, or after a long silence · request",
            "• asked for many things within an hour · request",
        )
        await harness.dana.press(message, "Expected")
        await shows(harness, message, ":white_check_mark: *Expected*, says @dana")
    raised = await last_event(harness, "signal.raised")
    assert raised.detail["facts"] == "new_or_silent,first_variable,burst"
