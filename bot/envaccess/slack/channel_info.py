"""A channel as Slack describes it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What `conversations.info` said.

    Attributes:
        member: whether the bot is in it.
        shared: shared outside the workspace, or about to be.
        members: how many people are in it, as far as Slack says.
    """

    id: str
    name: str
    private: bool
    archived: bool = False
    shared: bool = False
    member: bool = True
    members: int = 0
