"""One person's flood, a signed payload at a time: what is refused, and what still goes through (law 16)."""

from typing import Any

import pytest

from envaccess.domain.limits import FILED_PER_DAY, PENDING_MAX
from envaccess.slack import commands, views
from slack_emulator import Message
from tests.scenario.policies import card, write_policy
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import heard, say, settled, told

EMERGENCIES = """
version: 1
rules:
  - match: "*/*"
    approvers: [{bob}, {carol}]
    emergency: {{for: [{alice}], max: 15m, review: [{carol}, {bob}]}}
"""


async def withdrawn(town: Town) -> Message:
    """Alice's card of a request that she withdrew, a minute ago."""
    await town.filed()
    await town.alice.press(await card(town, "[ Cancel request ]"), "Cancel request")
    old = await card(town, "[ Ask again ]")
    await settled(town)
    await town.move_clock(61)
    return old


async def withdraw_pending(town: Town) -> None:
    for found in await town.requests():
        if found.state == "pending":
            await town.ask(f"cancel {found.id}")


async def test_asking_again_and_withdrawing_for_ever_ends_within_the_minute(town: Town) -> None:
    async with town.bot():
        old = await withdrawn(town)
        for _ in range(30):
            await town.alice.press(old, "Ask again")
            await withdraw_pending(town)
        assert (await town.tags()).count("request.created") == 1 + 10, "twenty, withdrawals among them"
        await settled(town)
        before = await town.tags()
        for _ in range(3):
            assert "Slow down" in await told(town, await town.alice.press(old, "Ask again"))
        assert await town.tags() == before
        assert "Filed" in heard(town, await town.ask("STRIPE_KEY 1h debugging a refund", town.bob))


async def test_after_twenty_commands_the_form_keeps_what_was_typed_and_says_when(town: Town) -> None:
    async with town.bot():
        await town.ask("")
        form = await town.until(lambda: town.alice.modal)
        for _ in range(19):
            await town.ask("help")
        (stripe,) = await form.suggest("variables", "stripe")
        sent = await form.submit({"variables": [stripe], "reason": "debugging a failed refund"})
        assert "in a minute" in sent.errors["reason"]
        assert await town.requests() == []
        await town.move_clock(61)
        await form.submit({"reason": "debugging a failed refund, still"})
        assert [str(found.state) for found in await town.requests()] == ["pending"]


async def test_whoever_filed_too_much_still_ends_withdraws_reveals_and_decides(town: Town) -> None:
    async with town.bot():
        await town.granted()
        live = await card(town, "[ Reveal ]")
        for _ in range(25):
            await town.ask("help")
        await town.alice.press(live, "Reveal")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
        await town.alice.press(live, "End now")
        assert (await town.requests())[0].grant == "revoked"


async def fill_the_day(town: Town) -> None:
    """As if Alice had filed as many as one may in the last hours."""
    seconds, _ = await town.redis.time()
    filed: dict[Any, float] = {
        f"filed-{place}": int(seconds) * 1000 - place for place in range(FILED_PER_DAY)
    }
    await town.redis.zadd(town.runner.key("asked", town.alice.id), filed)


async def test_a_person_who_hit_the_limit_can_still_raise_an_emergency(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, EMERGENCIES)):
        await fill_the_day(town)
        refused = await say(town, "STRIPE_KEY 1h debugging a refund")
        assert f"You have filed {FILED_PER_DAY} requests within 24 hours" in refused
        assert "so does an emergency" in refused
        assert "emergency" in (await say(town, "emergency STRIPE_KEY the payments are down")).lower()
        (found, *_) = await town.requests()
        assert (found.live, found.emergency is not None) == (True, True)


async def test_a_full_queue_says_what_to_do(town: Town) -> None:
    async with town.bot():
        key = town.runner.key("pending", town.alice.id)
        await town.filed()
        record: Any = await town.redis.hgetall(town.runner.key("request", (await town.requests())[0].id))
        for number in range(PENDING_MAX):
            await town.redis.hset(town.runner.key("request", f"q{number:07}"), mapping=record)
            await town.redis.hset(key, f"default/Q{number}", f"q{number:07}")
        answer = await say(town, "staging/DB_URL 1h debugging a refund")
        assert f"You have {PENDING_MAX} requests that wait for a decision" in answer
        assert "withdraw one" in answer


async def test_a_guests_text_is_never_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It once stopped the process for ever: whoever may not ask is told so before anything is parsed."""

    def never(*_: object) -> Any:
        raise AssertionError("a guest's text was read")

    monkeypatch.setattr(commands, "parse_command", never)
    monkeypatch.setattr(views, "read_reason", never)
    guest = town.slack.add_person("gus", is_ultra_restricted=True)
    helpdesk = town.slack.add_channel("helpdesk", [guest])
    async with town.bot():
        for text in ("show " + "ab1._~=+" * 300, "STRIPE_KEY 1h " + "a-" * 300, "help"):
            await town.move_clock(61)
            reply = await guest.command("/envaccess", text, channel=helpdesk)
            assert "Only full members" in heard(town, reply)
    why = [event.detail for event in await town.events() if event.event == "access.refused"]
    assert why
    assert all(detail == {"tried": "command", "why": "guest"} for detail in why)


async def test_a_request_from_before_its_variable_was_made_again_is_not_approved(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        await town.delete(STRIPE)
        await town.store(STRIPE)
        answer = await told(town, await town.bob.press(message, "Approve"))
        assert "`STRIPE_KEY` was deleted and made again" in answer
        assert "request.approved" not in await town.tags()
        again = await say(town, "STRIPE_KEY 1h debugging a failed refund")
        assert "Filed as request" in again
        states = sorted(str(found.state) for found in await town.requests())
        assert states == ["cancelled", "pending"]
