"""`envaccess demo`: the whole story, played. Nothing is staged: what is printed is what people see."""

import asyncio
import contextlib
import secrets
import tempfile
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from bot import log, wiring
from bot.domain.errors import EnvaccessError
from bot.domain.variable import Variable
from bot.playground import Channel, Message, NeverHappenedError, Person, Playground
from bot.settings import Settings, hide_slack_from_environment

T = TypeVar("T")

VARIABLE = Variable("default", "STRIPE_KEY")
GRANT_SECONDS = 5

_PATIENCE = 10.0
_GONE_SECONDS = 10.0


class DemoError(Exception):
    """Something in the story did not happen; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the story, their channels, and the bot's settings."""

    slack: Playground
    alice: Person
    bob: Person
    dana: Person
    general: Channel
    approvers: Channel
    audit: Channel
    settings: Settings


def play() -> None:
    """Play the whole story on a local Slack and a real Redis server: under 30 seconds, leaves nothing."""
    hide_slack_from_environment()
    log.configure("console", "error")
    started = time.monotonic()
    try:
        asyncio.run(_story())
    except (DemoError, NeverHappenedError, EnvaccessError) as error:
        raise click.ClickException(f"the demo failed: {error}") from None
    click.echo(f"\nThe whole story took {time.monotonic() - started:.1f} s. Nothing is left running.")


async def _story() -> None:
    with tempfile.TemporaryDirectory(prefix="envaccess-") as folder:
        async with Playground() as slack:
            cast = _people(slack, Path(folder))
            await _play(cast)
        if not await asyncio.to_thread(wiring.wait_gone, cast.settings, _GONE_SECONDS):
            raise DemoError("the embedded server did not end")


def _people(slack: Playground, home: Path) -> Cast:
    alice = slack.add_person("alice", "Alice Engineer")
    bob = slack.add_person("bob", "Bob Approver")
    dana = slack.add_person("dana", "Dana Security")
    general = slack.add_channel("general", [alice, bob, dana])
    # Alice is an approver too, so that she can try to approve herself.
    approvers = slack.add_channel("approvers", [alice, bob], private=True)
    audit = slack.add_channel("audit", [dana], private=True)
    settings = Settings.explicit(
        home=home,
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token,
        slack_api_url=slack.api_url,
        approvers_channel=approvers.id,
        audit_channel=audit.id,
        port=0,
    )
    return Cast(slack, alice, bob, dana, general, approvers, audit, settings)


async def _play(cast: Cast) -> None:
    value = f"demo-{secrets.token_hex(8)}"
    async with wiring.operator_desk(cast.settings) as desk:
        await desk.values.write(desk.ids.operation(), VARIABLE, value, desk.actor, replace=False)
    async with _bot(cast):
        _say("The embedded Valkey, a local Slack and the real bot are running.")
        _say(f"The operator has stored {VARIABLE.label}, sealed: envaccess secrets set {VARIABLE.label}")
        request = await _request(cast)
        await _refused_self_approval(cast, request)
        card = await _approval(cast, request)
        await _reveal(cast, card, value)
        await _expiry(cast, card)
        await _audit_trail(cast)


@contextlib.asynccontextmanager
async def _bot(cast: Cast) -> AsyncIterator[None]:
    stop = asyncio.Event()
    serving = asyncio.create_task(wiring.serve(cast.settings, stop))
    connected = asyncio.create_task(cast.slack.connected())
    try:
        await asyncio.wait({serving, connected}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
            raise DemoError("the bot stopped before it was connected")
        await connected
        yield
    finally:
        connected.cancel()
        stop.set()
        await serving


async def _request(cast: Cast) -> Message:
    text = f"{VARIABLE.label} {GRANT_SECONDS}s debugging a failed refund"
    _scene(f"Alice types in #general:  /envaccess {text}")
    reply = await cast.alice.command("/envaccess", text, channel=cast.general)
    if reply.error or not reply.message:
        raise DemoError(f"Alice's request was not answered: {reply.error}")
    _show(cast, "Alice sees", reply.message)
    request = await _seen(cast, "a message with Approve", cast.bob, cast.approvers, "[ Approve ]")
    _show(cast, "Bob sees in #approvers", request)
    return request


async def _refused_self_approval(cast: Cast, request: Message) -> None:
    _scene("Alice, who is in #approvers too, presses Approve on her own request")
    press = await cast.alice.press(request, "Approve")
    await _wait(cast, "a private refusal", lambda: press.answers)
    _show(cast, "Alice sees", press.answers[0])


async def _approval(cast: Cast, request: Message) -> Message:
    _scene("Bob presses Approve")
    await cast.bob.press(request, "Approve")
    card = await _seen(cast, "a card with Reveal", cast.alice, None, "[ Reveal ]")
    await _wait(cast, "the decision in #approvers", lambda: "[ Approve ]" not in cast.slack.draw(request))
    _show(cast, "#approvers now says", request)
    _show(cast, "Alice gets in her direct messages", card)
    return card


async def _reveal(cast: Cast, card: Message, value: str) -> None:
    _scene("Alice presses Reveal")
    await cast.alice.press(card, "Reveal")
    shown = await _seen(cast, "the value", cast.alice, None, value)
    if cast.bob.find(value) or cast.dana.find(value):
        raise DemoError("somebody else saw the value")
    _show(cast, "Alice sees, and nobody else", shown)


async def _expiry(cast: Cast, card: Message) -> None:
    face = card.faces[-1]
    _scene(f"{GRANT_SECONDS} seconds after the approval, the key's own TTL ends in Redis")
    await _wait(cast, "the end on the card", lambda: "[ Reveal ]" not in cast.slack.draw(card))
    _show(cast, "Alice's card now says", card)
    _scene("Alice presses Reveal on a screen that still shows the button")
    press = await cast.alice.press(card, "Reveal", shown=face)
    await _wait(cast, "a private refusal", lambda: press.answers)
    _show(cast, "Alice sees", press.answers[0])


async def _audit_trail(cast: Cast) -> None:
    _scene("Dana, of the security team, reads #audit")
    await _wait(cast, "the last audit line", lambda: "grant_ended" in _lines(cast))
    click.echo(textwrap.indent(_lines(cast), "    "))


def _lines(cast: Cast) -> str:
    heads_off = (cast.slack.draw(message).partition("\n")[2] for message in cast.dana.sees(cast.audit))
    return "\n".join(heads_off)


async def _seen(cast: Cast, what: str, person: Person, channel: Channel | None, words: str) -> Message:
    return await _wait(cast, what, lambda: person.find(words, channel))


async def _wait(cast: Cast, what: str, condition: Callable[[], T | None]) -> T:
    try:
        found = await cast.slack.until(condition, within=_PATIENCE)
    except NeverHappenedError:
        found = None
    if found is None:
        raise DemoError(f"{what} did not come within {_PATIENCE:g} s")
    return found


def _scene(text: str) -> None:
    click.secho(f"\n{text}", bold=True)


def _say(text: str) -> None:
    click.echo(text)


def _show(cast: Cast, who: str, message: Message) -> None:
    click.echo(f"  {who}:")
    click.echo(textwrap.indent(cast.slack.draw(message), "    | "))
