"""The workspace as the page is told about it: who lives here, and who sees what."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_emulator import payloads
from slack_emulator.channels import Channel
from slack_emulator.emulator import SlackEmulator
from slack_emulator.groups import Group
from slack_emulator.members import Member
from slack_emulator.messages import Message
from slack_emulator.page.extension import PageExtension
from slack_emulator.page.requests import PageRequestError
from slack_emulator.people import User
from slack_emulator.terminal import TerminalProgram
from slack_emulator.types import Json
from slack_emulator.views import View


@dataclass(frozen=True)
class Program:
    """What the page tells newcomers: the app's commands with their verbs, an example, names to complete.

    Without commands, whatever begins with a slash is sent to the app.
    """

    commands: Sequence[Json] = ()
    example: str = ""
    variables: Sequence[str] = ()


class WorkspaceView:
    """Reads the workspace for the page, by Slack's rules of who sees what."""

    def __init__(self, slack: SlackEmulator, program: Program, extension: PageExtension) -> None:
        self.slack = slack
        self.program = program
        self._extension = extension
        self._workspace = slack.state.workspace

    def frame(self) -> Json:
        """The `workspace` frame, without the time."""
        return {
            "type": "workspace",
            "team": {"id": self._workspace.team_id, "name": self._workspace.domain.capitalize()},
            "people": [self._person(member) for member in self._members()],
            "channels": [_channel(channel) for channel in self._workspace.channels.values()],
            "groups": [_group(group) for group in self._workspace.groups.values() if not group.is_disabled],
            "bot": {"id": self._workspace.bot.id, "name": self._workspace.bot.name},
            "commands": list(self.program.commands),
            "example": self.program.example,
            "variables": list(self.program.variables),
            "terminals": [_terminal(program) for program in self._extension.programs],
        }

    def _members(self) -> list[Member]:
        return [member for member in self._workspace.members.values() if not member.is_bot]

    def _person(self, member: Member) -> Json:
        return {
            "id": member.id,
            "name": member.name,
            "real_name": member.real_name or member.name,
            "title": member.title,
            "kind": self._kind(member),
        }

    def _kind(self, member: Member) -> str:
        if member.team_id != self._workspace.team_id:
            return "external"
        return "guest" if member.is_restricted or member.is_ultra_restricted else "member"

    def person(self, person_id: str) -> User:
        """Somebody who has a seat here."""
        member = self._workspace.members.get(person_id)
        if member is None or member.is_bot:
            raise PageRequestError("There is nobody with that id.")
        return User(self.slack.state, self.slack.dispatcher, member)

    def group(self, group_id: str) -> Group:
        """A user group that is not disabled."""
        found = self._workspace.groups.get(group_id)
        if found is None or found.is_disabled:
            raise PageRequestError("There is no such user group.")
        return found

    def places(self, person: User) -> list[Channel]:
        """Where this person reads: the channels that they are in, and their DM with the bot."""
        return [channel for channel in self._workspace.channels.values() if person.id in channel.members]

    def seat(self, person: User) -> Json:
        """The `seat` frame."""
        dm, home = person.dm, person.member.team_id == self._workspace.team_id and not person.member.deleted
        return {
            "type": "seat",
            "seat": person.id,
            "channels": [channel.id for channel in self.places(person) if not channel.is_im],
            "dm": dm.id if dm else None,
            "can": {"command": home, "home": home},
        }

    def place(self, person: User, channel_id: str) -> Channel:
        """One of the places where this person reads."""
        found = next((place for place in self.places(person) if place.id == channel_id), None)
        if found is None:
            raise PageRequestError(f"{person.member.name} is not in that channel.")
        return found

    def message(self, person: User, channel_id: str, ts: str) -> Message:
        """A message that this person sees."""
        seen = self._workspace.seen_by(person.id, self.place(person, channel_id))
        found = next((message for message in seen if message.ts == ts), None)
        if found is None:
            raise PageRequestError("That message is not there any more.")
        return found

    def seen(self, person: User, channel: Channel) -> list[Message]:
        """What this person sees there, oldest first."""
        return self._workspace.seen_by(person.id, channel)

    def shape(self, message: Message) -> Json:
        """A message as the page is given it."""
        author = self._workspace.members.get(message.author)
        shape = {
            "ts": message.ts,
            "author": {
                "id": message.author,
                "name": author.name if author else message.author,
                "bot": bool(author and author.is_bot),
            },
            "text": message.text,
            "blocks": message.blocks,
            "ephemeral": message.is_ephemeral,
            "thread_ts": message.thread_ts,
            "edited": message.edited_ts is not None,
            "revision": len(message.revisions) - 1,
        }
        return self._extension.show_message(message, shape)

    def view(self, view: View) -> Json:
        """A view as the page is given it."""
        return self._extension.show_view(view, payloads.view_shape(self.slack.state, view))


def _terminal(program: TerminalProgram) -> Json:
    return {
        "name": program.name,
        "person": program.person,
        "about": program.about,
        "examples": list(program.examples),
    }


def _group(group: Group) -> Json:
    return {"id": group.id, "handle": group.handle, "name": group.name, "members": list(group.members)}


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "shared": channel.is_ext_shared,
        "members": list(channel.members),
    }
