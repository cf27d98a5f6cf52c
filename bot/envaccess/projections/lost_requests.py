"""After a loss of the store: tell it what Slack shows, and say on messages that it lost what they are about.

Which messages these are only the process knows that drew them. No other process draws what is not stored, so
that this needs no lease.
"""

from collections import deque

from envaccess.application.ports.process import Journal
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.request import Request, Surfaces
from envaccess.projections.errors import MessageDelayedError, MessageError
from envaccess.projections.ports import Messages, Outbox
from envaccess.projections.rate_gate import RateGate
from envaccess.projections.shown import Shown


class LostRequests:
    """What one process drew lately, held against what is stored.

    Args:
        outbox: what is stored.
        shown: what was drawn.
        messages: Slack.
        rate_gate: when it may be called.
        journal: the log.
    """

    def __init__(
        self, outbox: Outbox, shown: Shown, messages: Messages, rate_gate: RateGate, journal: Journal
    ) -> None:
        self._outbox, self._shown, self._messages = outbox, shown, messages
        self._rate_gate, self._journal = rate_gate, journal
        self._untold: deque[tuple[Request, bool]] = deque()

    @property
    def waits(self) -> bool:
        """Whether messages are still to be told."""
        return bool(self._untold)

    async def look(self) -> None:
        """Tell the store what is shown, and find what it does not have. Raises `StoreError`."""
        gone: list[Request] = []
        for request in self._shown.lately():
            try:
                held = await self._outbox.get(request.id)
            except RecordRefusedError:
                continue
            if held is None:
                gone.append(request)
            else:
                await self._tell_store(request.surfaces, held)
        for request in gone:
            self._shown.forget(request.id)
            self._journal.fault("request.lost", request=request.id)
            messages = (request.surfaces.message, False), (request.surfaces.card, True)
            self._untold.extend((request, card) for ts, card in messages if ts)

    async def tell(self) -> float:
        """Say on one message that its request is lost; seconds until the next."""
        wait = self._rate_gate.claim("update", "")
        if wait:
            return wait
        request, card = self._untold[0]
        try:
            await self._messages.update_lost(request, card=card)
        except MessageDelayedError as error:
            self._rate_gate.hold("update", "", error.seconds)
            return error.seconds
        except MessageError as error:
            self._journal.fault("relay.lost", request=request.id, why=str(error))
        self._untold.popleft()
        return 0.0

    async def _tell_store(self, was: Surfaces, held: Request) -> None:
        if was.message and was.message != held.surfaces.message:
            await self._outbox.shown(held.id, message=was.message, message_shown=0)
        if was.card and was.card != held.surfaces.card:
            calls = was.card_calls
            await self._outbox.shown(held.id, dm=was.dm, card=was.card, card_shown=0, card_calls=calls)
