"""A start at a time of day: `from 22:00`, as the requester's own clock shows it."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.scenario.policies import card, later, one_rule, revealed, shows, write_policy
from tests.scenario.test_request_form import opened
from tests.scenario.town import STRIPE, Town
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
async def test_the_clock_is_the_requesters_own(town: Town, zone: str) -> None:
    town.alice.member.tz = zone
    clock, at = soon(zone)
    async with town.bot():
        message = await town.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        request = await one_request(town)
        assert request.starts_at == at
        assert request.reason == "the nightly migration"
        await shows(town, message, ":alarm_clock: From ")


async def test_access_begins_at_its_time_and_not_before(town: Town) -> None:
    clock, at = soon(town.alice.member.tz)
    async with town.bot():
        reply = await town.ask(f"STRIPE_KEY 30m from {clock} the nightly migration")
        assert ", from " in heard(town, reply)
        message = await town.until(lambda: next(iter(town.slack.messages(town.approvers)), None))
        await town.bob.press(message, "Approve")
        waits = await card(town, "Access begins", "[ End now ]")
        assert "Reveal" not in buttons(waits)
        assert "30 minutes, access begins" in await say(town, "status")
        told = heard(town, await town.ask("show STRIPE_KEY"))
        assert "Your access to `STRIPE_KEY` begins" in told
        request = await one_request(town)
        begins = (request.starts_at - at) / 1000
        assert -70 < begins <= 0, "the clock was moved on a minute"
        await later(town, 2 * 3600)
        live = await card(town, "You have access to", "[ Reveal ]")
        assert live.ts != waits.ts, "its begin calls its requester"
        assert town.values[STRIPE] in await revealed(town, live)
        await later(town, 30 * 60)
        await card(town, "Access expired")


async def test_a_waiting_grant_can_be_ended_before_it_begins(town: Town) -> None:
    clock, _ = soon(town.alice.member.tz)
    async with town.bot():
        message = await town.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        await town.bob.press(message, "Approve")
        await town.alice.press(await card(town, "Access begins", "[ End now ]"), "End now")
        await card(town, "Access ended early by @alice")
        await later(town, 3 * 3600)
        await settled(town)
    assert "grant.activated" not in await town.tags()


async def test_a_start_is_caught_up_after_a_stop_with_its_own_end(town: Town) -> None:
    clock, at = soon(town.alice.member.tz)
    async with town.bot():
        message = await town.filed(f"STRIPE_KEY 1h from {clock} the nightly migration")
        await town.bob.press(message, "Approve")
        await card(town, "Access begins")
    await town.move_clock(2 * 3600 + 20 * 60)
    async with town.bot():
        await card(town, "You have access to", "[ Reveal ]")
        request = await one_request(town)
        assert request.expires_at == request.starts_at + 3_600_000
        assert at > request.starts_at


async def test_a_start_whose_whole_time_passed_in_a_stop_lapses(town: Town) -> None:
    clock, _ = soon(town.alice.member.tz)
    async with town.bot():
        message = await town.filed(f"STRIPE_KEY 30m from {clock} the nightly migration")
        await town.bob.press(message, "Approve")
        await card(town, "Access begins")
    await town.move_clock(12 * 3600)
    async with town.bot():
        await card(town, "Access lapsed", "[ Ask again ]")
    assert "grant.activated" not in await town.tags()


@pytest.mark.parametrize("typed", ["24:00", "22:60", "99:99", "7.75"])
async def test_no_time_of_day_is_said_kindly(town: Town, typed: str) -> None:
    async with town.bot():
        told = await say(town, f"STRIPE_KEY 1h from {typed} the nightly migration")
        assert "That is no time of day" in told
        assert typed in told


@pytest.mark.parametrize("typed", ["from the old key to the new", "from 22 on it is quiet", "from22:00 on"])
async def test_a_reason_may_begin_with_from(town: Town, typed: str) -> None:
    async with town.bot():
        await town.filed(f"STRIPE_KEY 1h {typed}")
        request = await one_request(town)
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
async def test_an_hour_that_is_not_clear_never_begins_at_once(town: Town, typed: str, words: str) -> None:
    async with town.bot():
        assert words in await say(town, f"STRIPE_KEY 1h {typed}")
        assert await town.requests() == []
        form = await opened(town)
        sent = await form.submit({"variables": ["STRIPE_KEY"], "duration": "30m", "reason": typed})
        assert words in sent.errors["reason"]
        assert sent.errors["reason"].endswith("."), "it is not cut"
        assert await town.requests() == []


async def test_an_hour_is_understood_in_the_form_too(town: Town) -> None:
    clock, at = soon(town.alice.member.tz)
    async with town.bot():
        form = await opened(town)
        assert "begin why with from 22:00" in form.draw().replace("`", "")
        reason = f"From {clock}, the nightly migration"
        await form.submit({"variables": ["STRIPE_KEY"], "duration": "30m", "reason": reason})
        request = await one_request(town)
        assert (request.starts_at, request.reason) == (at, "the nightly migration")


@pytest.mark.parametrize("zone", ["", "localtime", "Mars/Olympus"])
async def test_an_unknown_zone_is_said_to_the_requester(town: Town, zone: str) -> None:
    town.alice.member.tz = zone
    clock, at = soon("")
    async with town.bot():
        told = heard(town, await town.ask(f"STRIPE_KEY 30m from {clock} the nightly migration"))
        assert "(UTC, because Slack names no zone for you" in told
        assert (await one_request(town)).starts_at == at


async def test_a_known_zone_is_not_mentioned(town: Town) -> None:
    clock, _ = soon(town.alice.member.tz)
    async with town.bot():
        told = heard(town, await town.ask(f"STRIPE_KEY 30m from {clock} the nightly migration"))
        assert "because" not in told


async def test_a_press_before_the_start_is_answered_kindly(town: Town) -> None:
    """The card of a grant that begins later has no Reveal, but an older one may be on a screen."""
    policy = write_policy(town, one_rule("max: 8h"))
    clock, _ = soon(town.alice.member.tz)
    async with town.bot(policy_file=policy):
        old = await town.granted()
        face = old.faces[-1]
        message = await town.filed(f"STRIPE_KEY 2h from {clock} the nightly migration")
        await town.bob.press(message, "Approve")
        await card(town, "Access begins")
        request = (await town.requests())[0]
        moved = type(face)(face.text, with_value(face.blocks, request.id))
        press = await town.alice.press(old, "Reveal", shown=moved)
        await town.until(lambda: press.answers)
        told = town.slack.draw(press.answers[0])
        assert "Your access to `STRIPE_KEY` begins" in told
        assert "press again then" in told
