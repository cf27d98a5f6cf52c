"""Who is in the workspace, and what changes there."""

from collections.abc import Iterable
from typing import Any

from slack_emulator import payloads
from slack_emulator.channels import Channel, channel_shape
from slack_emulator.deliveries import PayloadDelivery
from slack_emulator.dispatcher import Dispatcher
from slack_emulator.drawing import draw_message, draw_view
from slack_emulator.groups import Group, members_event, updated_event
from slack_emulator.members import Member
from slack_emulator.messages import Message
from slack_emulator.modals import Modal
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

    @property
    def bot_token(self) -> str:
        """The bot's token here: the one given at first, or the newest; empty without an installation."""
        token = self.state.teams.installations.live(self.team_id)
        return self.state.secrets.bot_token or (token.value if token else "")

    async def tell(self, event: Json) -> PayloadDelivery:
        """Deliver an Events API event, its outer envelope added."""
        return await self.dispatcher.send("events_api", payloads.event_callback(self.state, event))

    async def open_home(self, person: User, tab: str = "home") -> PayloadDelivery:
        """Somebody opens the bot's page (`home` or `messages`)."""
        channel = self.state.workspace.open_im(self.bot.id, person.id)
        event: Json = {"type": "app_home_opened", "user": person.id, "channel": channel.id, "tab": tab}
        if tab == "home" and person.home:
            event["view"] = payloads.view_shape(self.state, person.home.view)
        return await self.tell(event)

    def messages(self, channel: Channel) -> list[Message]:
        """What a channel stores: everything but ephemeral and deleted messages."""
        timeline = self.state.workspace.timelines.get(channel.id, [])
        return [message for message in timeline if not message.is_ephemeral and not message.gone]

    def draw(self, what: Message | Modal) -> str:
        """A message or a modal as text."""
        workspace = self.state.workspace
        if isinstance(what, Modal):
            return draw_view(what.view.given, workspace)
        return draw_message(what, workspace)

    def describe(self, channel: Channel) -> Json:
        """The channel as `conversations.info` gives it."""
        return channel_shape(channel, self.bot.id, self.team_id, count=True)

    def person(self, person: User) -> User:
        """The same person at the client of this workspace, of which they must be."""
        return User(self.state, self.dispatcher, self.state.workspace.members[person.id])

    def share_with(
        self, channel: Channel, other: "WorkspaceAdministration", members: Iterable[User] = ()
    ) -> Json:
        """Share a channel with another workspace here (Slack Connect), its people, and its bot if installed.

        Returns the event, which `tell` delivers. Both sides keep one id and one history.
        """
        event = self.share(channel, other.team_id)
        for person in members:
            channel.members.append(person.id)
            self.state.workspace.members.setdefault(person.id, person.member)
        self.state.workspace.share(channel, other.state.workspace)
        return event

    def install(self) -> str:
        """Install the app here, without OAuth; returns the token."""
        self.state.uninstalled = False
        organisation = self.state.teams.organisation_of(self.team_id)
        enterprise_id = organisation.id if organisation else ""
        return self.state.teams.installations.mint(self.team_id, enterprise_id, self.state.scopes).value

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
        self.state.teams.installations.end(self.team_id)
        return {"type": "app_uninstalled"}

    def revoke_tokens(self) -> Json:
        """Revoke the bot token; returns the event, which `tell` delivers."""
        self.state.uninstalled = True
        self.state.teams.installations.end(self.team_id)
        return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot.id]}}
