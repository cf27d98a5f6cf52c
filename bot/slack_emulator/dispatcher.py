"""Hands payloads to the bot, by web socket or by post, once or more often."""

import uuid
from typing import TYPE_CHECKING

from slack_emulator.deliveries import Kind, PayloadDelivery
from slack_emulator.sockets import Sockets
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json

if TYPE_CHECKING:
    from slack_emulator.http_sender import HttpSender

PATIENCE = 3.0
"""Seconds that Slack waits for an acknowledgement."""

RETRIES = 3
"""How often an event that was not acknowledged is sent again."""


class Dispatcher:
    """Delivers, and remembers every delivery so that it can be repeated."""

    def __init__(self, state: EmulatorState, sockets: Sockets, patience: float) -> None:
        self._state = state
        self._sockets = sockets
        self.sender: HttpSender | None = None
        self.patience = patience
        self.deliveries: list[PayloadDelivery] = []
        self._doubled = 0

    def double(self, count: int) -> None:
        """Deliver each of the next `count` payloads twice."""
        self._doubled += count

    async def send(self, kind: Kind, payload: Json) -> PayloadDelivery:
        """Deliver a payload and wait for the acknowledgement; events are tried up to three times more."""
        delivery = PayloadDelivery(kind, payload, str(uuid.uuid4()))
        self.deliveries.append(delivery)
        for attempt in range(1 + (RETRIES if kind == "events_api" else 0)):
            copies = 2 if self._doubled else 1
            self._doubled -= copies - 1
            again = await self._hand_over(delivery, copies, attempt)
            if delivery.acked or not again:
                break
        return delivery

    async def repeat(self, delivery: PayloadDelivery) -> PayloadDelivery:
        """Deliver the same payload in the same envelope once more; the new Delivery has the new answers."""
        again = PayloadDelivery(delivery.kind, delivery.payload, delivery.envelope_id)
        self.deliveries.append(again)
        await self._hand_over(again, 1, 1)
        return again

    async def _hand_over(self, delivery: PayloadDelivery, copies: int, attempt: int) -> bool:
        if self.sender is not None:
            again = await self.sender.deliver(delivery, copies, self.patience, attempt)
        else:
            await self._sockets.deliver(delivery, copies, self.patience, attempt)
            again = self._sockets.count > 0
        self._state.changes.notify()
        return again
