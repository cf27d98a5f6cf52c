"""One person's flood, a signed payload at a time: what is refused, and what still goes through (law 16)."""

from typing import Any

import pytest

from envaccess.domain.limits import FILED_PER_DAY, PENDING_MAX
from envaccess.slack import commands, views
from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import card, write_policy
from tests.scenario.watch import heard, say, settled, told

EMERGENCIES = """
version: 1
rules:
  - match: "*/*"
    approvers: [{bob}, {carol}]
    emergency: {{for: [{alice}], max: 15m, review: [{carol}, {bob}]}}
"""


async def withdrawn(harness: ScenarioHarness) -> Message:
    """Alice's card of a request that she withdrew, a minute ago."""
    await harness.filed()
    await harness.alice.press(await card(harness, "[ Cancel request ]"), "Cancel request")
    old = await card(harness, "[ Ask again ]")
    await settled(harness)
    await harness.move_clock(61)
    return old


async def withdraw_pending(harness: ScenarioHarness) -> None:
    for found in await harness.requests():
        if found.state == "pending":
            await harness.ask(f"cancel {found.id}")


async def test_asking_again_and_withdrawing_for_ever_ends_within_the_minute(harness: ScenarioHarness) -> None:
    async with harness.bot():
        old = await withdrawn(harness)
        for _ in range(30):
            await harness.alice.press(old, "Ask again")
            await withdraw_pending(harness)
        assert (await harness.tags()).count("request.created") == 1 + 10, "twenty, withdrawals among them"
        await settled(harness)
        before = await harness.tags()
        for _ in range(3):
            assert "Slow down" in await told(harness, await harness.alice.press(old, "Ask again"))
        assert await harness.tags() == before
        assert "Filed" in heard(harness, await harness.ask("STRIPE_KEY 1h debugging a refund", harness.bob))


async def test_after_twenty_commands_the_form_keeps_what_was_typed_and_says_when(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        await harness.ask("")
        form = await harness.until(lambda: harness.alice.modal)
        for _ in range(19):
            await harness.ask("help")
        (stripe,) = await form.suggest("variables", "stripe")
        sent = await form.submit({"variables": [stripe], "reason": "debugging a failed refund"})
        assert "in a minute" in sent.errors["reason"]
        assert await harness.requests() == []
        await harness.move_clock(61)
        await form.submit({"reason": "debugging a failed refund, still"})
        assert [str(found.state) for found in await harness.requests()] == ["pending"]


async def test_whoever_filed_too_much_still_ends_withdraws_reveals_and_decides(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        await harness.granted()
        live = await card(harness, "[ Reveal ]")
        for _ in range(25):
            await harness.ask("help")
        await harness.alice.press(live, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await harness.alice.press(live, "End now")
        assert (await harness.requests())[0].grant == "revoked"


async def fill_the_day(harness: ScenarioHarness) -> None:
    """As if Alice had filed as many as one may in the last hours."""
    seconds, _ = await harness.redis.time()
    filed: dict[Any, float] = {
        f"filed-{place}": int(seconds) * 1000 - place for place in range(FILED_PER_DAY)
    }
    await harness.redis.zadd(harness.runner.key("asked", harness.alice.id), filed)


async def test_a_person_who_hit_the_limit_can_still_raise_an_emergency(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, EMERGENCIES)):
        await fill_the_day(harness)
        refused = await say(harness, "STRIPE_KEY 1h debugging a refund")
        assert f"You have filed {FILED_PER_DAY} requests within 24 hours" in refused
        assert "so does an emergency" in refused
        assert "emergency" in (await say(harness, "emergency STRIPE_KEY the payments are down")).lower()
        (found, *_) = await harness.requests()
        assert (found.live, found.emergency is not None) == (True, True)


async def test_a_full_queue_says_what_to_do(harness: ScenarioHarness) -> None:
    async with harness.bot():
        key = harness.runner.key("pending", harness.alice.id)
        await harness.filed()
        record: Any = await harness.redis.hgetall(
            harness.runner.key("request", (await harness.requests())[0].id)
        )
        for number in range(PENDING_MAX):
            await harness.redis.hset(harness.runner.key("request", f"q{number:07}"), mapping=record)
            await harness.redis.hset(key, f"default/Q{number}", f"q{number:07}")
        answer = await say(harness, "staging/DB_URL 1h debugging a refund")
        assert f"You have {PENDING_MAX} requests that wait for a decision" in answer
        assert "withdraw one" in answer


async def test_a_guests_text_is_never_read(harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """It once stopped the process for ever: whoever may not ask is told so before anything is parsed."""

    def never(*_: object) -> Any:
        raise AssertionError("a guest's text was read")

    monkeypatch.setattr(commands, "read_command", never)
    monkeypatch.setattr(views, "read_reason", never)
    guest = harness.slack.add_person("gus", is_ultra_restricted=True)
    helpdesk = harness.slack.add_channel("helpdesk", [guest])
    async with harness.bot():
        for text in ("show " + "ab1._~=+" * 300, "STRIPE_KEY 1h " + "a-" * 300, "help"):
            await harness.move_clock(61)
            reply = await guest.command("/envaccess", text, channel=helpdesk)
            assert "Only full members" in heard(harness, reply)
    why = [event.detail for event in await harness.events() if event.event == "access.refused"]
    assert why
    assert all(detail == {"tried": "command", "why": "guest"} for detail in why)


async def test_a_request_from_before_its_variable_was_made_again_is_not_approved(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        message = await harness.filed()
        await harness.delete(STRIPE)
        await harness.store(STRIPE)
        answer = await told(harness, await harness.bob.press(message, "Approve"))
        assert "`STRIPE_KEY` was deleted and made again" in answer
        assert "request.approved" not in await harness.tags()
        again = await say(harness, "STRIPE_KEY 1h debugging a failed refund")
        assert "Filed as request" in again
        states = sorted(str(found.state) for found in await harness.requests())
        assert states == ["cancelled", "pending"]
