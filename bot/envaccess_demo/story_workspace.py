"""Who plays in the terminal's story, and how it is told."""

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from envaccess.settings import Settings
from envaccess_demo.home import free_port
from envaccess_demo.policy import write_policy
from slack_emulator import Channel, Message, NeverHappenedError, SlackEmulator, User

T = TypeVar("T")

_PATIENCE = 30.0
_REQUEST = re.compile(r"[Rr]equest `([a-z0-9]{8})`")


class DemoError(Exception):
    """Something in the story did not happen; the sentence says what."""


@dataclass(frozen=True, slots=True)
class StoryWorkspace:
    """The people of the story, their channels, and the bot's settings."""

    slack: SlackEmulator
    alice: User
    bob: User
    carol: User
    dana: User
    general: Channel
    approvers: Channel
    audit: Channel
    settings: Settings

    async def wait(self, what: str, condition: Callable[[], T | None]) -> T:
        """What the condition finds, once it does.

        Raises:
            DemoError: it did not come true.
        """
        try:
            found = await self.slack.until(condition, within=_PATIENCE)
        except NeverHappenedError:
            found = None
        if found is None:
            raise DemoError(f"{what} did not come within {_PATIENCE:g} s")
        return found

    async def seen(self, what: str, person: User, channel: Channel | None, words: str) -> Message:
        """The message with these words, once that person sees it; no channel means their direct messages."""
        return await self.wait(what, lambda: person.find(words, channel))

    async def ask(self, text: str) -> Message:
        """Alice types a command in #general; its private answer."""
        reply = await self.alice.command("/envaccess", text, channel=self.general)
        if reply.error or not reply.message:
            raise DemoError(f"Alice's request was not answered: {reply.error}")
        return reply.message

    async def answered(self, who: User, message: Message, button: str) -> Message:
        """The private answer to a press."""
        press = await who.press(message, button)
        await self.wait("a private answer", lambda: press.answers)
        return press.answers[0]

    async def reveal(self, card: Message, value: str) -> Message:
        """Alice presses Reveal; what she sees, and nobody else may."""
        await self.alice.press(card, "Reveal")
        shown = await self.seen("the value", self.alice, None, value)
        if any(person.find(value) for person in (self.bob, self.carol, self.dana)):
            raise DemoError("somebody else saw the value")
        return shown

    def request_of(self, answer: Message) -> str:
        """The request's id in an answer."""
        found = _REQUEST.search(self.slack.draw(answer))
        if not found:
            raise DemoError("the answer does not name a request")
        return found[1]

    def show(self, who: str, message: Message) -> None:
        """Print a message as somebody sees it."""
        self.show_picture(who, self.slack.draw(message))

    def show_picture(self, who: str, picture: str) -> None:
        """Print what somebody sees."""
        click.echo(f"  {who}:")
        click.echo(textwrap.indent(picture, "    | "))

    async def show_audit(self, request: str, last: str) -> None:
        """Print the audit channel's lines about a request, once the one with `last` is there."""
        await self.wait("the last audit line", lambda: any(last in line for line in self._lines(request)))
        click.echo(textwrap.indent("\n".join(self._lines(request)), "    "))

    def _lines(self, request: str) -> list[str]:
        drawn = (self.slack.draw(message).partition("\n")[2] for message in self.dana.sees(self.audit))
        return [line for text in drawn for line in text.splitlines() if f"`{request}`" in line]


def set_up(slack: SlackEmulator, home: Path, tracker: str, sources: Path | None = None) -> StoryWorkspace:
    """Add everybody, and write the policy that names them; `sources`: where values are made."""
    alice = slack.add_person("alice", "Alice Engineer")
    bob = slack.add_person("bob", "Bob Approver")
    carol = slack.add_person("carol", "Carol Lead")
    dana = slack.add_person("dana", "Dana Security")
    leads, oncall = slack.add_group("leads", [carol]), slack.add_group("on-call", [alice])
    general = slack.add_channel("general", [alice, bob, carol, dana])
    # Alice is an approver too, so that she can try to decide on what she asked for herself.
    approvers = slack.add_channel("approvers", [alice, bob, carol], private=True)
    audit = slack.add_channel("audit", [dana], private=True)
    port = free_port()
    settings = Settings.explicit(
        home=home,
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token,
        slack_api_url=slack.api_url,
        approvers_channel=approvers.id,
        audit_channel=audit.id,
        policy_file=write_policy(
            home, leads=leads.id, oncall=oncall.id, security=dana.id, pusher=alice.id, tracker=tracker
        ),
        sources_file=sources,
        port=port,
        api_url=f"http://127.0.0.1:{port}",
    )
    return StoryWorkspace(slack, alice, bob, carol, dana, general, approvers, audit, settings)


def part(title: str) -> None:
    """Begin a part of the story."""
    click.secho(f"\n{title}\n{'=' * len(title)}", bold=True)


def scene(text: str) -> None:
    """Say what happens now."""
    click.secho(f"\n{text}", bold=True)
