"""The audit stream and its channel: every step has its line, in order, in its request's thread."""

import asyncio
import json
import re

from click.testing import CliRunner, Result

from envaccess.cli import root
from envaccess.domain.audit import export_line
from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import MINUTE, one_request, refusals, say, settled, told

_EVENT = re.compile(r"event `(\d+-\d+)`")


def lines(harness: ScenarioHarness) -> list[Message]:
    """What the audit channel shows, oldest first."""
    return harness.slack.messages(harness.audit)


def told_events(harness: ScenarioHarness) -> list[str]:
    """The ids of the events that have a line, in the order of the lines."""
    return [found for line in lines(harness) for found in _EVENT.findall(line.text)]


async def story(harness: ScenarioHarness) -> None:
    """One request of each end, refusals among them."""
    card = await harness.granted()
    await harness.alice.press(card, "Reveal")
    await harness.until(lambda: harness.alice.find("Only you can see this"))
    await told(harness, await harness.dana.press(card, "Reveal", forged=True))
    await harness.alice.press(card, "End now")
    message = await harness.filed("staging/DB_URL once to see the schema")
    await told(harness, await harness.dana.press(message, "Approve", forged=True))
    await harness.bot_opens_deny(message)
    assert harness.bob.modal is not None
    await harness.bob.modal.submit({"reason": "use the replica"})
    await harness.filed("STRIPE_KEY 2m once more please")
    await say(harness, f"cancel {(await one_request(harness)).id}")
    await say(harness, "NOPE 1h debugging a refund")
    await settled(harness)


async def test_every_event_has_its_line_in_stream_order(harness: ScenarioHarness) -> None:
    """Law 1 and the channel's promise: what happened is told once, in the order in which it happened."""
    async with harness.bot():
        await story(harness)
        events = await harness.events()
        assert told_events(harness) == [event.id for event in events]
        for line, event in zip(lines(harness), events, strict=True):
            assert line.text.startswith(f"`{event.event}`")
            assert line.blocks
            assert "{" not in line.text.replace("{date", "").replace("{time", "").replace("{ago", "")


async def test_the_lines_of_a_request_are_in_its_thread_and_others_are_not(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await story(harness)
        events = {event.id: event for event in await harness.events()}
        first: dict[str, Message] = {}
        for line in lines(harness):
            event = events[_EVENT.findall(line.text)[0]]
            if not event.request:
                assert line.thread_ts is None
            elif event.request not in first:
                assert line.thread_ts in (None, line.ts), "the thread's own head"
                assert event.event == "request.created"
                first[event.request] = line
            else:
                assert line.thread_ts == first[event.request].ts
        assert len(first) == 3


async def test_a_refused_attempt_is_told_once_in_full_and_then_counted_with_who(
    harness: ScenarioHarness,
) -> None:
    """Law 12: the channel is not flooded, and the count says whose attempts they were."""
    async with harness.bot():
        card = await harness.granted()
        for _ in range(5):
            await told(harness, await harness.dana.press(card, "Reveal", forged=True))
        await told(harness, await harness.carol.press(card, "Reveal", forged=True))
        await harness.move_clock(MINUTE)
        await harness.until(lambda: harness.dana.find("access.refused_count", harness.audit))
        await settled(harness)
        full = [event for event in await refusals(harness) if event.detail["why"] == "not_yours"]
        assert [event.actor.id for event in full] == [harness.dana.id, harness.carol.id]
        assert all(event.detail["tried"] == "reveal" for event in full)
        (counted,) = [event for event in await harness.events() if event.event == "access.refused_count"]
        assert (counted.actor.id, counted.detail["count"]) == (harness.dana.id, "4")
        line = next(line for line in lines(harness) if line.text.startswith("`access.refused_count`"))
        assert f"<@{harness.dana.id}>" in line.text, "the line must say whose attempts were counted"


async def test_forty_waiting_lines_are_told_whole_in_a_few_messages(harness: ScenarioHarness) -> None:
    """A channel that was lost for an hour is not flooded afterwards, and no event is without its line."""
    async with harness.bot():
        await settled(harness)
        before = len(lines(harness))
        gate = harness.slack.faults.hang(
            "chat.postMessage", only_if=lambda args: args.get("channel") == harness.audit.id
        )
        await say(harness, "STRIPE_KEY 1h debugging a refund")
        await harness.until(lambda: gate.waiting)
        for _ in range(20):
            await say(harness, f"cancel {(await one_request(harness)).id}")
            await say(harness, "STRIPE_KEY 1h debugging a refund")
        harness.slack.faults.clear()
        await settled(harness)
        after = lines(harness)[before:]
        assert len(after) <= 5
        told = [found for line in after for found in _EVENT.findall(harness.slack.draw(line))]
        events = [event.id for event in await harness.events()]
        assert told == events[-len(told) :]
        assert len(told) >= 41


def environment(harness: ScenarioHarness, key: str) -> dict[str, str]:
    """What an operator's shell has."""
    return {
        "SLACK_BOT_TOKEN": harness.slack.bot_token,
        "SLACK_API_URL": harness.slack.api_url,
        "REDIS_URL": harness.redis_url,
        "ENVACCESS_HOME": str(harness.home),
        "ENVACCESS_MASTER_KEYS": key,
    }


async def operate(harness: ScenarioHarness, *arguments: str) -> Result:
    """Run `envaccess ...` as an operator does."""
    from envaccess.wiring import new_master_key  # noqa: PLC0415 - heavy, and only here

    key = new_master_key()
    return await asyncio.to_thread(
        lambda: CliRunner().invoke(
            root, list(arguments), env=environment(harness, key), catch_exceptions=False
        )
    )


async def test_tail_and_export_print_what_the_stream_holds(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await story(harness)
    events = await harness.events()
    exported = await operate(harness, "audit", "export", "--format", "jsonl")
    assert exported.exit_code == 0, exported.output
    assert exported.stdout.splitlines() == [export_line(event) for event in events]
    rows = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [row["id"] for row in rows] == [event.id for event in events]
    assert all(isinstance(value, str) for row in rows for value in row.values()), "one flat table"
    later = await operate(harness, "audit", "export", "--after", events[4].id)
    assert later.stdout.splitlines() == exported.stdout.splitlines()[5:]
    tail = await operate(harness, "audit", "tail", "-n", "5")
    shown = tail.stdout.splitlines()
    assert [event.event in line for event, line in zip(events[-5:], shown, strict=True)] == [True] * 5


async def test_no_person_can_write_an_audit_line_of_their_own(harness: ScenarioHarness) -> None:
    """What is typed may look like a line, a tag or JSON: it stays inside its own event's words."""
    forged = 'x` · `grant.activated` <!channel> · event `1-1` {"event": "request.approved"}'
    async with harness.bot():
        await harness.filed(f"STRIPE_KEY 1h {forged}")
        await settled(harness)
        line = next(line for line in lines(harness) if "request.created" in line.text)
        assert "`grant.activated`" not in line.text
        assert "event `1-1`" not in line.text
        assert not {"channel"} & set(harness.slack.pings(line))
        tags = await harness.tags()
    assert "grant.activated" not in tags
    exported = [json.loads(export_line(event)) for event in await harness.events()]
    assert [row["event"] for row in exported] == await harness.tags()


async def test_the_audit_survives_where_its_channel_does_not(harness: ScenarioHarness) -> None:
    """A channel that was archived holds up neither requests nor cards; the stream has it all."""
    async with harness.bot():
        harness.audit.is_archived = True
        card = await harness.granted()
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        harness.audit.is_archived = False
        await settled(harness)
        assert told_events(harness) == [event.id for event in await harness.events()]
