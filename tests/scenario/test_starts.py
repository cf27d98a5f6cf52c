"""A start at a time of day: `from 22:00`, as the requester's own clock shows it."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import card, later, one_rule, revealed, shows, write_policy
from tests.scenario.test_request_form import opened
from tests.scenario.watch import buttons, heard, one_request, say, settled

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati")


def with_value(blocks: list[dict[str, Any]], request: str) -> list[dict[str, Any]]:
    """The same blocks, with another request's id on every button."""
    return [
        block | {"elements": [element | {"value": request} for element in block["elements"]]}
        if block["type"] == "actions"
        else block
        for block in blocks
    ]


def soon(zone: str, hours: float = 2) -> tuple[str, int]:
    """A time of day in about so many hours there, and when that is, milliseconds."""
    there: ZoneInfo | timezone = ZoneInfo(zone) if zone else UTC
    then = (datetime.fromtimestamp(time.time(), tz=UTC) + timedelta(hours=hours)).replace(
        second=0, microsecond=0
    )
    return then.astimezone(there).strftime("%H:%M"), int(then.timestamp() * 1000)


@pytest.mark.parametrize("zone", ZONES)
async def test_the_clock_is_the_requesters_own(harness: ScenarioHarness, zone: str) -> None:
    harness.alice.member.tz = zone
    clock, at = soon(zone)
    async with harness.bot():
        message = await harness.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        request = await one_request(harness)
        assert request.starts_at == at
        assert request.reason == "the nightly migration"
        await shows(harness, message, ":alarm_clock: From ")


async def test_access_begins_at_its_time_and_not_before(harness: ScenarioHarness) -> None:
    clock, at = soon(harness.alice.member.tz)
    async with harness.bot():
        reply = await harness.ask(f"STRIPE_KEY 30m from {clock} the nightly migration")
        assert ", from " in heard(harness, reply)
        message = await harness.until(lambda: next(iter(harness.slack.messages(harness.approvers)), None))
        await harness.bob.press(message, "Approve")
        waits = await card(harness, "Access begins", "[ End now ]")
        assert "Reveal" not in buttons(waits)
        assert "30 minutes, access begins" in await say(harness, "status")
        told = heard(harness, await harness.ask("show STRIPE_KEY"))
        assert "Your access to `STRIPE_KEY` begins" in told
        request = await one_request(harness)
        begins = (request.starts_at - at) / 1000
        assert -70 < begins <= 0, "the clock was moved on a minute"
        await later(harness, 2 * 3600)
        live = await card(harness, "You have access to", "[ Reveal ]")
        assert live.ts != waits.ts, "its begin calls its requester"
        assert harness.values[STRIPE] in await revealed(harness, live)
        await later(harness, 30 * 60)
        await card(harness, "Access expired")


async def test_a_waiting_grant_can_be_ended_before_it_begins(harness: ScenarioHarness) -> None:
    clock, _ = soon(harness.alice.member.tz)
    async with harness.bot():
        message = await harness.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        await harness.bob.press(message, "Approve")
        await harness.alice.press(await card(harness, "Access begins", "[ End now ]"), "End now")
        await card(harness, "Access ended early by @alice")
        await later(harness, 3 * 3600)
        await settled(harness)
    assert "grant.activated" not in await harness.tags()


async def test_a_start_is_caught_up_after_a_stop_with_its_own_end(harness: ScenarioHarness) -> None:
    clock, at = soon(harness.alice.member.tz)
    async with harness.bot():
        message = await harness.filed(f"STRIPE_KEY 1h from {clock} the nightly migration")
        await harness.bob.press(message, "Approve")
        await card(harness, "Access begins")
    await harness.move_clock(2 * 3600 + 20 * 60)
    async with harness.bot():
        await card(harness, "You have access to", "[ Reveal ]")
        request = await one_request(harness)
        assert request.expires_at == request.starts_at + 3_600_000
        assert at > request.starts_at


async def test_a_start_whose_whole_time_passed_in_a_stop_lapses(harness: ScenarioHarness) -> None:
    clock, _ = soon(harness.alice.member.tz)
    async with harness.bot():
        message = await harness.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        await harness.bob.press(message, "Approve")
        await card(harness, "Access begins")
    await harness.move_clock(12 * 3600)
    async with harness.bot():
        await card(harness, "Access lapsed", "[ Ask again ]")
    assert "grant.activated" not in await harness.tags()


@pytest.mark.parametrize("typed", ["24:00", "22:60", "99:99", "7.75"])
async def test_no_time_of_day_is_said_kindly(harness: ScenarioHarness, typed: str) -> None:
    async with harness.bot():
        told = await say(harness, f"STRIPE_KEY 1h from {typed} the nightly migration")
        assert "That is no time of day" in told
        assert typed in told


@pytest.mark.parametrize("typed", ["from the old key to the new", "from 22 on it is quiet", "from22:00 on"])
async def test_a_reason_may_begin_with_from(harness: ScenarioHarness, typed: str) -> None:
    async with harness.bot():
        await harness.filed(f"STRIPE_KEY 1h {typed}")
        request = await one_request(harness)
        assert (request.reason, request.starts_at) == (typed, 0)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("from 22:00 UTC the migration", "without a zone"),
        ("from tomorrow 9:00 the migration", "without a day"),
        ("from 22:00-23:00 the migration", "The duration says when access ends"),
        ("at 22:00 the migration", "That begins like a time"),
    ],
)
async def test_an_hour_that_is_not_clear_never_begins_at_once(
    harness: ScenarioHarness, typed: str, words: str
) -> None:
    async with harness.bot():
        assert words in await say(harness, f"STRIPE_KEY 1h {typed}")
        assert await harness.requests() == []
        form = await opened(harness)
        sent = await form.submit({"variables": ["STRIPE_KEY"], "duration": "30m", "reason": typed})
        assert words in sent.errors["reason"]
        assert sent.errors["reason"].endswith("."), "it is not cut"
        assert await harness.requests() == []


async def test_an_hour_is_understood_in_the_form_too(harness: ScenarioHarness) -> None:
    clock, at = soon(harness.alice.member.tz)
    async with harness.bot():
        form = await opened(harness)
        assert "begin why with from 22:00" in form.draw().replace("`", "")
        reason = f"From {clock}, the nightly migration"
        await form.submit({"variables": ["STRIPE_KEY"], "duration": "30m", "reason": reason})
        request = await one_request(harness)
        assert (request.starts_at, request.reason) == (at, "the nightly migration")


@pytest.mark.parametrize("zone", ["", "localtime", "Mars/Olympus"])
async def test_an_unknown_zone_is_said_to_the_requester(harness: ScenarioHarness, zone: str) -> None:
    harness.alice.member.tz = zone
    clock, at = soon("")
    async with harness.bot():
        told = heard(harness, await harness.ask(f"STRIPE_KEY 30m from {clock} the nightly migration"))
        assert "(UTC, because Slack names no zone for you" in told
        assert (await one_request(harness)).starts_at == at


async def test_a_known_zone_is_not_mentioned(harness: ScenarioHarness) -> None:
    clock, _ = soon(harness.alice.member.tz)
    async with harness.bot():
        told = heard(harness, await harness.ask(f"STRIPE_KEY 30m from {clock} the nightly migration"))
        assert "because" not in told


async def test_a_press_before_the_start_is_answered_kindly(harness: ScenarioHarness) -> None:
    """The card of a grant that begins later has no Reveal, but an older one may be on a screen."""
    policy = write_policy(harness, one_rule("max: 8h"))
    clock, _ = soon(harness.alice.member.tz)
    async with harness.bot(policy_file=policy):
        old = await harness.granted()
        face = old.revisions[-1]
        message = await harness.filed(f"STRIPE_KEY 2h from {clock} the nightly migration")
        await harness.bob.press(message, "Approve")
        await card(harness, "Access begins")
        request = (await harness.requests())[0]
        moved = type(face)(face.text, with_value(face.blocks, request.id))
        press = await harness.alice.press(old, "Reveal", shown=moved)
        await harness.until(lambda: press.answers)
        told = harness.slack.draw(press.answers[0])
        assert "Your access to `STRIPE_KEY` begins" in told
        assert "press again then" in told
