"""What the scenarios under a policy share: its file, people at their screens, and time that passes."""

from collections.abc import Iterable
from pathlib import Path

from envaccess.domain.audit import Event
from slack_emulator import Message, Modal, User
from tests.scenario.harness import ScenarioHarness
from tests.scenario.watch import buttons

PEOPLE = ("alice", "bob", "carol", "dana")


def write_policy(harness: ScenarioHarness, text: str, **ids: str) -> Path:
    """A policy file of this workspace; `{bob}` and the like are people's ids, `{approvers}` the channel's."""
    people = {name: getattr(harness, name).id for name in PEOPLE}
    places = {name: getattr(harness, name).id for name in ("general", "approvers", "audit")}
    file = harness.home / "policy.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.format(**people, **places, **ids))
    return file


def one_rule(*fields: str, match: str = "*/*", steps: str = "approvers: [{bob}, {carol}]") -> str:
    """A policy of one rule, called `everything`; each field is a line of YAML."""
    lines = [f"    {field.replace('{', '{{').replace('}', '}}')}" for field in fields]
    return "\n".join(
        ["version: 1", "rules:", "  - name: everything", f'    match: "{match}"', f"    {steps}", *lines]
    )


async def later(harness: ScenarioHarness, seconds: float) -> None:
    """Let time pass, and let the worker look at once instead of within the second that it may sleep."""
    await harness.move_clock(seconds)
    await harness.runner.run("settle", limit=100)


async def shows(harness: ScenarioHarness, message: Message, *words: str) -> str:
    """The message's picture, once it shows all of this."""

    def look() -> str | None:
        picture = harness.slack.draw(message)
        return picture if all(word in picture for word in words) else None

    return await harness.until(look)


async def finds(harness: ScenarioHarness, person: User, *words: str) -> Message:
    """The newest message on somebody's screen that shows all of this, once there is one."""

    def look() -> Message | None:
        return _first(harness, sorted(person.sees(), key=lambda message: message.ts, reverse=True), words)

    return await harness.until(look)


async def called(harness: ScenarioHarness, message: Message, *words: str) -> str:
    """The newest call in the message's thread, once it says all of this."""

    def look() -> str | None:
        thread = [m for m in harness.slack.messages(harness.approvers) if m.thread_ts == message.ts]
        picture = harness.slack.draw(thread[-1]) if thread else ""
        return picture if all(word in picture for word in words) else None

    return await harness.until(look)


async def pressed(harness: ScenarioHarness, who: User, message: Message, button: str) -> str:
    """The private answer to a press."""
    press = await who.press(message, button)
    await harness.until(lambda: press.answers)
    return harness.slack.draw(press.answers[0])


async def opened(harness: ScenarioHarness, who: User, message: Message, button: str) -> Modal:
    """The form that a press opens."""
    await who.press(message, button)
    return await harness.until(lambda: who.modal)


async def asked(harness: ScenarioHarness, *words: str) -> Message:
    """The oldest message in the approvers channel that shows all of this, once there is one."""
    return await harness.until(lambda: _first(harness, harness.slack.messages(harness.approvers), words))


def _first(harness: ScenarioHarness, messages: Iterable[Message], words: tuple[str, ...]) -> Message | None:
    drawn = ((message, harness.slack.draw(message)) for message in messages)
    return next((message for message, text in drawn if all(word in text for word in words)), None)


async def card(harness: ScenarioHarness, *words: str) -> Message:
    """Alice's newest card with all of this."""
    return await finds(harness, harness.alice, *words)


async def granted(harness: ScenarioHarness, text: str = "STRIPE_KEY 1h debugging a failed refund") -> Message:
    """File as Alice, approve as Bob; returns the approvers' message."""
    message = await harness.filed(text)
    await harness.bob.press(message, "Approve")
    await shows(harness, message, "*Approved* by @bob")
    return message


async def revealed(harness: ScenarioHarness, card: Message) -> str:
    """What Alice sees once she pressed Reveal on this card."""
    known = set(map(id, harness.alice.sees()))
    press = await harness.alice.press(card, "Reveal")

    def look() -> str | None:
        if press.answers:
            return harness.slack.draw(press.answers[0])
        fresh = [m for m in harness.alice.sees() if id(m) not in known and "Hide now" in buttons(m)]
        return harness.slack.draw(fresh[-1]) if fresh else None

    return await harness.until(look)


async def last_event(harness: ScenarioHarness, tag: str) -> Event:
    """The newest event with this tag."""
    return [event for event in await harness.events() if event.event == tag][-1]


async def audit_says(harness: ScenarioHarness, *words: str) -> str:
    """The audit channel's newest line with all of this, once there is one."""

    def look() -> str | None:
        lines = [harness.slack.draw(message) for message in harness.slack.messages(harness.audit)]
        return next((line for line in reversed(lines) if all(word in line for word in words)), None)

    return await harness.until(look)
