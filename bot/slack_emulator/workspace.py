"""The workspace's state: who is in it, which channels there are, what was said."""

from dataclasses import dataclass, field

from slack_emulator.channels import Channel, Kind
from slack_emulator.groups import Group
from slack_emulator.ids import Clock, IdMaker, Stamps
from slack_emulator.members import Member, user_shape
from slack_emulator.messages import Message, message_shape
from slack_emulator.types import Json, RefusalError


@dataclass
class Workspace:
    """One Slack team with one installed app. Nothing here knows HTTP."""

    clock: Clock
    team_id: str
    domain: str
    app_id: str
    bot: Member
    bot_id: str
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    timelines: dict[str, list[Message]] = field(default_factory=dict)
    ids: IdMaker = field(default_factory=IdMaker)

    def __post_init__(self) -> None:
        self.stamps = Stamps(self.clock)
        self._stored: dict[str, dict[object, Message]] = {}
        self.members[self.bot.id] = self.bot

    def add_member(self, member: Member) -> Member:
        """Add somebody."""
        member.updated = int(self.clock())
        self.members[member.id] = member
        return member

    def add_channel(self, name: str, kind: Kind, members: list[str]) -> Channel:
        """Make a channel; the first member is its creator."""
        channel_id = self.ids.next("D" if kind == "im" else "C", name)
        creator = members[0] if members else self.bot.id
        channel = Channel(channel_id, name, kind, list(members), created=int(self.clock()), creator=creator)
        self.channels[channel_id] = channel
        return channel

    def add_group(self, handle: str, name: str, members: list[str]) -> Group:
        """Make a user group."""
        now = int(self.clock())
        group = Group(self.ids.next("S", handle), handle, name or handle.capitalize(), "USLACKBOT")
        group.members, group.date_create, group.date_update = members, now, now
        self.groups[group.id] = group
        return group

    def group(self, group_id: object) -> Group:
        """The user group with this id; raises `no_such_subteam`."""
        if not isinstance(group_id, str) or group_id not in self.groups:
            raise RefusalError("no_such_subteam")
        return self.groups[group_id]

    def member(self, user_id: object) -> Member:
        """The account with this id; raises `user_not_found`."""
        if not isinstance(user_id, str) or user_id not in self.members:
            raise RefusalError("user_not_found")
        return self.members[user_id]

    def describe(self, member: Member) -> Json:
        """The account as Slack shows it to the app.

        Somebody of another workspace is a stranger only while no channel that the bot is in has them too
        (https://docs.slack.dev/reference/objects/user-object).
        """
        shape = user_shape(member, self.clock())
        if not member.belongs_to(self.team_id) and not self._meets(member):
            shape["is_stranger"] = True
        if member is self.bot:
            shape["profile"] |= {"api_app_id": self.app_id, "bot_id": self.bot_id, "always_active": False}
        return shape

    def _meets(self, member: Member) -> bool:
        return any({member.id, self.bot.id} <= set(channel.members) for channel in self.channels.values())

    def domain_of(self, team_id: str) -> str:
        """The part before `.slack.com`; another workspace's is made up from its id."""
        return self.domain if team_id == self.team_id else team_id.lower()

    def visible_channel(self, channel_id: object) -> Channel:
        """A channel that the bot can see, private ones from inside only; raises `channel_not_found`."""
        channel = self.channels.get(channel_id) if isinstance(channel_id, str) else None
        if channel is None or (channel.kind != "public" and self.bot.id not in channel.members):
            raise RefusalError("channel_not_found")
        return channel

    def writable_channel(self, channel_id: object) -> Channel:
        """A channel where the bot may post; raises `not_in_channel` or `is_archived`."""
        channel = self.visible_channel(channel_id)
        if self.bot.id not in channel.members:
            raise RefusalError("not_in_channel")
        if channel.is_archived:
            raise RefusalError("is_archived")
        return channel

    def im(self, one: str, other: str) -> Channel | None:
        """The direct messages of two user ids, if they were ever opened."""
        return next((c for c in self.channels.values() if c.is_im and set(c.members) == {one, other}), None)

    def open_im(self, one: str, other: str) -> Channel:
        """The same, opened if need be."""
        return self.im(one, other) or self.add_channel("", "im", [one, other])

    def say(self, message: Message) -> Message:
        """Put a message at the end of its channel; an ephemeral one for somebody who is away is lost."""
        reader = self.members.get(message.only_for or "")
        message.gone = bool(reader and reader.away)
        self.timelines.setdefault(message.channel, []).append(message)
        if not message.is_ephemeral:
            self._stored.setdefault(message.channel, {})[message.ts] = message
        return message

    def stored(self, channel_id: str, ts: object) -> Message:
        """A message that methods can reach; raises `message_not_found` (ephemeral ones never are)."""
        message = self._stored.get(channel_id, {}).get(ts)
        if message is None or message.gone:
            raise RefusalError("message_not_found")
        return message

    def seen_by(self, user_id: str, channel: Channel) -> list[Message]:
        """What this person has on the screen, oldest first: the channel for members, and what is for them."""
        inside = user_id in channel.members
        return [
            message
            for message in self.timelines.get(channel.id, [])
            if not message.gone and (message.only_for == user_id or (inside and not message.is_ephemeral))
        ]

    def share(self, channel: Channel, other: "Workspace") -> None:
        """Show a channel in another workspace, too, with everything that is said in it from now on."""
        other.channels[channel.id] = channel
        other.timelines[channel.id] = self.timelines.setdefault(channel.id, [])
        other._stored[channel.id] = self._stored.setdefault(channel.id, {})  # noqa: SLF001 - the same class
        for one, another in ((self, other), (other, self)):
            another.members.setdefault(one.bot.id, one.bot)
        for member_id in channel.members:
            if member_id in self.members:
                other.members.setdefault(member_id, self.members[member_id])

    def reload(self, user_id: str) -> None:
        """The person's client starts anew: without ephemeral messages, and what was typed in others."""
        for timeline in self.timelines.values():
            for message in timeline:
                message.gone = message.gone or message.only_for == user_id
                message.typed.pop(user_id, None)

    def bot_profile(self) -> Json:
        """Who wrote it, in answers to the bot's own messages."""
        icons = {f"image_{size}": f"https://avatars.example.com/app_{size}.png" for size in (36, 48, 72)}
        return {
            "id": self.bot_id,
            "deleted": False,
            "name": self.bot.name,
            "updated": self.bot.updated,
            "app_id": self.app_id,
            "user_id": self.bot.id,
            "icons": icons,
            "team_id": self.team_id,
        }

    def shape(self, message: Message) -> Json:
        """The message as answers and payloads carry it."""
        shape = message_shape(message, team_id=self.team_id, app_id=self.app_id, bot_id=self.bot_id)
        if message.author != self.bot.id:
            del shape["bot_id"], shape["app_id"]
        return shape
