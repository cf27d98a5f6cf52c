"""What is to be drawn in Slack, and in whose turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from envaccess.domain.request import Request


@dataclass(frozen=True, slots=True)
class RenderBatch:
    """What is to be drawn now: emergencies first, and then one turn a person.

    Attributes:
        postings: requests that need a new message in the approvers channel.
        drawings: requests that need something else; some need both.
        posts: how many wait for such a message in all.
        wait: seconds until more may be due, one at most.
    """

    postings: Sequence[Request]
    drawings: Sequence[Request]
    posts: int
    wait: float
