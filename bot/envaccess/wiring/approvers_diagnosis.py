"""Who of the approvers channel could really approve, which no count of its members tells."""

import time

from envaccess.domain.person import refuse_person
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.directory import SlackDirectory
from envaccess.wiring.policy_tools import Forgetful

ENOUGH = 2
"""Approvers after which nobody else is asked about."""
_SECONDS = 10.0
"""A command may wait longer than a press."""


async def count_approvers(slack: SlackClient, identity: Identity, channel: str) -> int:
    """How many full members, bots and guests apart, are in a channel; no more than `ENOUGH` are counted.

    Raises:
        DirectoryError: Slack did not say.
    """
    directory = SlackDirectory(
        slack, identity, Forgetful(), time.monotonic, admits=lambda _channel, _info: True, seconds=_SECONDS
    )
    try:
        found = 0
        for user in sorted(await directory.members(channel)):
            found += refuse_person(await directory.person(user), directory.workspace) is None
            if found >= ENOUGH:
                break
        return found
    finally:
        await directory.close()
