"""The places where messages lie, and how `conversations.info` describes them."""

from dataclasses import dataclass, field
from typing import Literal

from slack_emulator.types import Json

Kind = Literal["public", "private", "im"]


@dataclass
class Channel:
    """A public or private channel, or the direct messages of two people.

    Members are user ids, in order; `guest_teams` the other workspaces that it is shared with.
    """

    id: str
    name: str
    kind: Kind
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_general: bool = False
    created: int = 0
    creator: str = ""
    guest_teams: list[str] = field(default_factory=list)

    @property
    def is_im(self) -> bool:
        """True for direct messages."""
        return self.kind == "im"

    @property
    def name_in_commands(self) -> str:
        """`channel_name` of a slash command: only a public channel's own name is told."""
        return {"public": self.name, "private": "privategroup", "im": "directmessage"}[self.kind]

    @property
    def read_scope(self) -> str:
        """The scope that `conversations.info` and `conversations.members` ask for here."""
        return {"public": "channels:read", "private": "groups:read", "im": "im:read"}[self.kind]


def channel_shape(channel: Channel, reader: str, team_id: str, *, count: bool = False) -> Json:
    """The `channel` object of `conversations.info`, as seen by the user id `reader`."""
    common = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "is_org_shared": False,
        "context_team_id": team_id,
        "updated": channel.created * 1000,
    }
    counted = {"num_members": len(channel.members)} if count else {}
    if channel.is_im:
        return common | _im(channel, reader) | counted
    return common | _named(channel, reader) | {"shared_team_ids": [team_id, *channel.guest_teams]} | counted


def _im(channel: Channel, reader: str) -> Json:
    other = next((member for member in channel.members if member != reader), reader)
    return {"user": other, "is_open": True, "priority": 0}


def _named(channel: Channel, reader: str) -> Json:
    return {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_mpim": False,
        "is_private": channel.kind == "private",
        "is_general": channel.is_general,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "unlinked": 0,
        "is_frozen": False,
        "parent_conversation": None,
        "creator": channel.creator,
        "is_member": reader in channel.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }
