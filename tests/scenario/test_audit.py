"""The audit stream and its channel: every step has its line, in order, in its request's thread."""

import asyncio
import json
import re

from click.testing import CliRunner, Result

from envaccess.cli import root
from envaccess.domain.audit import export_line
from slack_emulator import Message
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import MINUTE, one_request, refusals, say, settled, told

_EVENT = re.compile(r"event `(\d+-\d+)`")


def lines(town: Town) -> list[Message]:
    """What the audit channel shows, oldest first."""
    return town.slack.messages(town.audit)


def told_events(town: Town) -> list[str]:
    """The ids of the events that have a line, in the order of the lines."""
    return [found for line in lines(town) for found in _EVENT.findall(line.text)]


async def story(town: Town) -> None:
    """One request of each end, refusals among them."""
    card = await town.granted()
    await town.alice.press(card, "Reveal")
    await town.until(lambda: town.alice.find("Only you can see this"))
    await told(town, await town.dana.press(card, "Reveal", forged=True))
    await town.alice.press(card, "End now")
    message = await town.filed("staging/DB_URL once to see the schema")
    await told(town, await town.dana.press(message, "Approve", forged=True))
    await town.bot_opens_deny(message)
    assert town.bob.modal is not None
    await town.bob.modal.submit({"reason": "use the replica"})
    await town.filed("STRIPE_KEY 2m once more please")
    await say(town, f"cancel {(await one_request(town)).id}")
    await say(town, "NOPE 1h debugging a refund")
    await settled(town)


async def test_every_event_has_its_line_in_stream_order(town: Town) -> None:
    """Law 1 and the channel's promise: what happened is told once, in the order in which it happened."""
    async with town.bot():
        await story(town)
        events = await town.events()
        assert told_events(town) == [event.id for event in events]
        for line, event in zip(lines(town), events, strict=True):
            assert line.text.startswith(f"`{event.event}`")
            assert line.blocks
            assert "{" not in line.text.replace("{date", "").replace("{time", "").replace("{ago", "")


async def test_the_lines_of_a_request_are_in_its_thread_and_others_are_not(town: Town) -> None:
    async with town.bot():
        await story(town)
        events = {event.id: event for event in await town.events()}
        first: dict[str, Message] = {}
        for line in lines(town):
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


async def test_a_refused_attempt_is_told_once_in_full_and_then_counted_with_who(town: Town) -> None:
    """Law 12: the channel is not flooded, and the count says whose attempts they were."""
    async with town.bot():
        card = await town.granted()
        for _ in range(5):
            await told(town, await town.dana.press(card, "Reveal", forged=True))
        await told(town, await town.carol.press(card, "Reveal", forged=True))
        await town.move_clock(MINUTE)
        await town.until(lambda: town.dana.find("access.refused_count", town.audit))
        await settled(town)
        full = [event for event in await refusals(town) if event.detail["why"] == "not_yours"]
        assert [event.actor.id for event in full] == [town.dana.id, town.carol.id]
        assert all(event.detail["tried"] == "reveal" for event in full)
        (counted,) = [event for event in await town.events() if event.event == "access.refused_count"]
        assert (counted.actor.id, counted.detail["count"]) == (town.dana.id, "4")
        line = next(line for line in lines(town) if line.text.startswith("`access.refused_count`"))
        assert f"<@{town.dana.id}>" in line.text, "the line must say whose attempts were counted"


async def test_forty_waiting_lines_are_told_whole_in_a_few_messages(town: Town) -> None:
    """A channel that was lost for an hour is not flooded afterwards, and no event is without its line."""
    async with town.bot():
        await settled(town)
        before = len(lines(town))
        gate = town.slack.faults.hang(
            "chat.postMessage", only_if=lambda args: args.get("channel") == town.audit.id
        )
        await say(town, "STRIPE_KEY 1h debugging a refund")
        await town.until(lambda: gate.waiting)
        for _ in range(20):
            await say(town, f"cancel {(await one_request(town)).id}")
            await say(town, "STRIPE_KEY 1h debugging a refund")
        town.slack.faults.clear()
        await settled(town)
        after = lines(town)[before:]
        assert len(after) <= 5
        told = [found for line in after for found in _EVENT.findall(town.slack.draw(line))]
        events = [event.id for event in await town.events()]
        assert told == events[-len(told) :]
        assert len(told) >= 41


def environment(town: Town, key: str) -> dict[str, str]:
    """What an operator's shell has."""
    return {
        "SLACK_BOT_TOKEN": town.slack.bot_token,
        "SLACK_API_URL": town.slack.api_url,
        "REDIS_URL": town.redis_url,
        "ENVACCESS_HOME": str(town.home),
        "ENVACCESS_MASTER_KEYS": key,
    }


async def operate(town: Town, *arguments: str) -> Result:
    """Run `envaccess ...` as an operator does."""
    from envaccess.wiring import new_master_key  # noqa: PLC0415 - heavy, and only here

    key = new_master_key()
    return await asyncio.to_thread(
        lambda: CliRunner().invoke(root, list(arguments), env=environment(town, key), catch_exceptions=False)
    )


async def test_tail_and_export_print_what_the_stream_holds(town: Town) -> None:
    async with town.bot():
        await story(town)
    events = await town.events()
    exported = await operate(town, "audit", "export", "--format", "jsonl")
    assert exported.exit_code == 0, exported.output
    assert exported.stdout.splitlines() == [export_line(event) for event in events]
    rows = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [row["id"] for row in rows] == [event.id for event in events]
    assert all(isinstance(value, str) for row in rows for value in row.values()), "one flat table"
    later = await operate(town, "audit", "export", "--after", events[4].id)
    assert later.stdout.splitlines() == exported.stdout.splitlines()[5:]
    tail = await operate(town, "audit", "tail", "-n", "5")
    shown = tail.stdout.splitlines()
    assert [event.event in line for event, line in zip(events[-5:], shown, strict=True)] == [True] * 5


async def test_no_person_can_write_an_audit_line_of_their_own(town: Town) -> None:
    """What is typed may look like a line, a tag or JSON: it stays inside its own event's words."""
    forged = 'x` · `grant.activated` <!channel> · event `1-1` {"event": "request.approved"}'
    async with town.bot():
        await town.filed(f"STRIPE_KEY 1h {forged}")
        await settled(town)
        line = next(line for line in lines(town) if "request.created" in line.text)
        assert "`grant.activated`" not in line.text
        assert "event `1-1`" not in line.text
        assert not {"channel"} & set(town.slack.pings(line))
        tags = await town.tags()
    assert "grant.activated" not in tags
    exported = [json.loads(export_line(event)) for event in await town.events()]
    assert [row["event"] for row in exported] == await town.tags()


async def test_the_audit_survives_where_its_channel_does_not(town: Town) -> None:
    """A channel that was archived holds up neither requests nor cards; the stream has it all."""
    async with town.bot():
        town.audit.is_archived = True
        card = await town.granted()
        await town.alice.press(card, "Reveal")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
        town.audit.is_archived = False
        await settled(town)
        assert told_events(town) == [event.id for event in await town.events()]
