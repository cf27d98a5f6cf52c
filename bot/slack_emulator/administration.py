"""Who is in the workspace, and what changes there."""

from collections.abc import Iterable
from typing import Any

from slack_emulator.channels import Channel
from slack_emulator.dispatcher import Dispatcher
from slack_emulator.groups import Group, members_event, updated_event
from slack_emulator.members import Member
from slack_emulator.people import User
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json


class WorkspaceAdministration:
    """People and places. Changes are silent; those that return an event are told by `SlackEmulator.tell`."""

    def __init__(self, state: EmulatorState, dispatcher: Dispatcher) -> None:
        self.state = state
        self.dispatcher = dispatcher

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.state.workspace.team_id

    @property
    def bot(self) -> Member:
        """The bot's own account."""
        return self.state.workspace.bot

    def add_person(self, name: str, real_name: str = "", *, team_id: str = "", **flags: Any) -> User:  # noqa: ANN401
        """Add somebody; flags are the fields of `Member`. Another `team_id` makes an external person."""
        user_id = self.state.workspace.ids.next("U", name)
        member = Member(user_id, name, team_id or self.team_id, real_name or name.capitalize(), **flags)
        return User(self.state, self.dispatcher, self.state.workspace.add_member(member))

    def add_channel(
        self,
        name: str,
        members: Iterable[User] = (),
        *,
        private: bool = False,
        with_bot: bool = True,
        **flags: Any,  # noqa: ANN401
    ) -> Channel:
        """Make a channel, by default with the bot in it; flags are the fields of `Channel`."""
        ids = [person.id for person in members] + ([self.bot.id] if with_bot else [])
        channel = self.state.workspace.add_channel(name, "private" if private else "public", ids)
        for flag, value in flags.items():
            setattr(channel, flag, value)
        return channel

    def add_dm(self, one: User, other: User) -> Channel:
        """The direct messages of two people; the bot is not in them."""
        return self.state.workspace.open_im(one.id, other.id)

    def dm_of(self, person: User) -> Channel | None:
        """A person's direct messages with the bot, once they were opened."""
        return person.dm

    def join(self, person: User, channel: Channel) -> Json:
        """Add somebody; returns the event, which `tell` delivers."""
        channel.members.append(person.id)
        return self._membership("member_joined_channel", person, channel)

    def leave(self, person: User, channel: Channel) -> Json:
        """Remove somebody; returns the event, which `tell` delivers."""
        channel.members.remove(person.id)
        return self._membership("member_left_channel", person, channel)

    def _membership(self, kind: str, person: User, channel: Channel) -> Json:
        where = {"channel": channel.id, "channel_type": "G" if channel.kind == "private" else "C"}
        return {"type": kind, "user": person.id, **where, "team": person.member.team_id}

    def add_group(self, handle: str, members: Iterable[User] = (), *, name: str = "") -> Group:
        """Make a user group (`@handle`)."""
        return self.state.workspace.add_group(handle, name, [person.id for person in members])

    def add_to_group(self, person: User, group: Group) -> Json:
        """Put somebody into a user group; returns the event, which `tell` delivers."""
        group.members.append(person.id)
        return members_event(group, self.team_id, self._touch(group), [person.id], [])

    def remove_from_group(self, person: User, group: Group) -> Json:
        """Take somebody out of a user group; returns the event, which `tell` delivers."""
        group.members.remove(person.id)
        return members_event(group, self.team_id, self._touch(group), [], [person.id])

    def disable(self, group: Group) -> Json:
        """Switch a user group off; returns the event, which `tell` delivers."""
        self._touch(group)
        group.date_delete = group.date_update
        return updated_event(group, self.team_id)

    def enable(self, group: Group) -> Json:
        """Switch a user group on again; returns the event, which `tell` delivers."""
        self._touch(group)
        group.date_delete = 0
        return updated_event(group, self.team_id)

    def _touch(self, group: Group) -> int:
        """Note that a group changes; the time of the change before."""
        before, group.date_update = group.date_update, int(self.state.clock())
        return before

    def change(self, person: User, **flags: object) -> Json:
        """Change an account (`deleted=True` deactivates it); returns the event, which `tell` delivers."""
        for flag, value in flags.items():
            setattr(person.member, flag, value)
        person.member.updated = int(self.state.clock())
        return {
            "type": "user_change",
            "user": self.state.workspace.describe(person.member),
            "cache_ts": person.member.updated,
        }

    def share(self, channel: Channel, team_id: str = "T0ELSEWHERE") -> Json:
        """Share a channel with another workspace; returns the event, which `tell` delivers."""
        channel.is_ext_shared = True
        channel.guest_teams.append(team_id)
        return {"type": "channel_shared", "connected_team_id": team_id, "channel": channel.id}

    def uninstall(self) -> Json:
        """Remove the app: the bot token stops working; returns the event, which `tell` delivers."""
        self.state.uninstalled = True
        return {"type": "app_uninstalled"}

    def revoke_tokens(self) -> Json:
        """Revoke the bot token; returns the event, which `tell` delivers."""
        self.state.uninstalled = True
        return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot.id]}}
