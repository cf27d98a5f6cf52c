"""Rulings as tests want them."""

from bot.domain.policy.rules import Step
from bot.domain.policy.ruling import Ruling
from bot.domain.policy.who import Who


def usual(channel: str) -> Ruling:
    """What the built-in policy says: one member of the channel decides."""
    return Ruling(channel, (Step(Who((channel,))),))
