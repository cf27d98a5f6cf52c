"""Trigger ids: the right to open a view, once, for three seconds."""

import secrets
from dataclasses import dataclass

from slack_emulator.ids import Clock
from slack_emulator.types import RefusalError

LIFETIME = 3.0
"""Seconds (https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses)."""


@dataclass
class _Trigger:
    user: str
    until: float
    spent: bool = False


class Triggers:
    """Mints and spends trigger ids."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, _Trigger] = {}

    def mint(self, user: str) -> str:
        """A new trigger id for something that this user id just did."""
        trigger_id = f"{len(self._all) + 1}.{int(self._clock())}.{secrets.token_hex(8)}"
        self._all[trigger_id] = _Trigger(user, self._clock() + LIFETIME)
        return trigger_id

    def knows(self, trigger_id: str) -> bool:
        """Whether it was minted here."""
        return trigger_id in self._all

    def spend(self, trigger_id: str) -> str:
        """Use it up and return the user id; raises Slack's refusals when it is unknown, old or used."""
        trigger = self._all.get(trigger_id)
        if trigger is None:
            raise RefusalError("invalid_trigger_id")
        if trigger.spent:
            raise RefusalError("exchanged_trigger_id")
        if self._clock() > trigger.until:
            raise RefusalError("expired_trigger_id")
        trigger.spent = True
        return trigger.user
