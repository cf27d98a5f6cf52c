"""Messages about logins, sessions, proposals and alerts: drawn from their state, by who leads.

One message a login, in its person's direct messages, from the question to the end of the session; one an
alert, in the audit channel. A process that dies between posting and storing leaves one message too many; the
first press of it has it deleted.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Journal, Lease
from envaccess.domain.proposal import Proposal
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.session import Login
from envaccess.domain.signals.alerts import Alert
from envaccess.projections.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    NotLeadingError,
)
from envaccess.projections.method_rates import PLACES
from envaccess.projections.rate_gate import LOST, MOST_SECONDS, SELDOM_SECONDS, RateGate
from envaccess.projections.refused_calls import GONE, UNREACHABLE

Carded = Login | Proposal | Alert | Rotation
"""What there is one message about: in its person's direct messages; of an alert in the audit channel, of a
rotation where its owners are told."""
_T = TypeVar("_T")
_AT_ONCE = 8
_CALLED_MOST = 10
_METHODS = {Alert: "audit", Rotation: "post"}


class SessionMessages(Protocol):
    """Slack's messages about logins. Raises `MessageError`."""

    async def dm(self, user: str) -> str:
        """The direct-message channel with somebody."""
        ...

    async def post_login(self, place: str, login: Carded) -> str:
        """Post it; returns the message's id."""
        ...

    async def call_owner(self, place: str, rotation: Rotation) -> None:
        """Tell one of its owners in direct messages: they may not be where the message is."""
        ...

    async def update_login(self, login: Carded) -> None:
        """Redraw it."""
        ...

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        ...


class CardOutbox(Protocol):
    """Messages about logins that are still to be drawn. Raises `StoreError`."""

    async def due(self, limit: int) -> tuple[Sequence[Carded], float]:
        """What is to be drawn now, and seconds until the next is, one at most."""
        ...

    async def shown(self, login: Carded, version: int, place: str, message: str, deleted: str = "") -> None:
        """Store what the message shows, and one that is deleted."""
        ...

    async def delay(self, login: str, seconds: float) -> None:
        """Try this one again later."""
        ...


class SessionCards:
    """Draws what changed, while this process has the lease.

    Args:
        cards: what is to be drawn.
        lease: says whether this process leads.
        messages: Slack.
        stream: wakes when something happened.
        rate_gate: when Slack may be called, shared with the relay.
        journal: the log.
    """

    def __init__(
        self,
        cards: CardOutbox,
        lease: Lease,
        messages: SessionMessages,
        stream: Stream,
        rate_gate: RateGate,
        journal: Journal,
    ) -> None:
        self._cards = cards
        self._lease = lease
        self._messages = messages
        self._stream = stream
        self._rate_gate = rate_gate
        self._journal = journal
        self._seen = ""
        self._unstored: dict[str, tuple[int, str, str]] = {}

    async def step(self) -> float:
        """Draw what is due, or wait a second at most for something to happen."""
        self._seen = self._seen or await self._stream.last()
        if not await self._lease.lead():
            return 1.0
        due, wait = await self._cards.due(_AT_ONCE)
        if due:
            await asyncio.gather(*map(self._paced, due))
            return 0.0
        self._seen = await self._stream.wait(self._seen, max(wait, 0.01))
        return 0.0

    async def _paced(self, login: Carded) -> None:
        """Draw one; what fails is tried again later, and holds up no other."""
        name = f"login:{login.id}"
        try:
            await self._draw(login)
        except NotLeadingError:
            return
        except MessageDelayedError as error:
            await self._cards.delay(login.id, error.seconds)
        except MessageError as error:
            if not self._rate_gate.failing(name):
                self._journal.fault("session.message", session=login.id, why=str(error))
            refused = isinstance(error, MessageRefusedError) and error.code not in LOST
            most = SELDOM_SECONDS if refused else MOST_SECONDS
            await self._cards.delay(login.id, self._rate_gate.failed(name, most))
        else:
            self._rate_gate.worked(name)

    async def _draw(self, login: Carded) -> None:
        if login.id in self._unstored:  # posted, and not remembered: then it is read again as it is
            await self._store(login, *self._unstored[login.id])
            return
        for message in login.card.strays:
            await self._remove(login, message)
        if not login.is_drawn or login.card.shown >= login.version:
            await self._store(login, login.version, login.card.place, login.card.message)
            return
        place, message = login.card.place, login.card.message
        try:
            place = place or await self._find_place(login)
            if not message or not await self._update(login):
                method = _METHODS.get(type(login), "direct")
                await self._call_owners(login)
                message = await self._call(method, place, partial(self._messages.post_login, place, login))
        except MessageRefusedError as error:
            if error.code not in UNREACHABLE:
                raise
            self._journal.fault("session.unreachable", session=login.id, why=error.code)
        await self._store(login, login.version, place, message)

    async def _find_place(self, login: Carded) -> str:
        """The direct messages of the person; of a message that a press told of, they are asked for, too."""
        if isinstance(login, Alert | Rotation):
            return login.card.place
        return await self._call("dm", "", partial(self._messages.dm, login.asked.person))

    async def _call_owners(self, login: Carded) -> None:
        """Whoever owns what is to be rotated, and is named, is told before the message is posted."""
        if not isinstance(login, Rotation) or not login.state.for_owners:
            return
        for user in [one for one in login.state.owners.split(",") if one[:1] in {"U", "W"}][:_CALLED_MOST]:
            with contextlib.suppress(MessageRefusedError):
                dm = await self._call("dm", "", partial(self._messages.dm, user))
                await self._call("direct", dm, partial(self._messages.call_owner, dm, login))

    async def _update(self, login: Carded) -> bool:
        """Redraw the message; False where it is gone and must be posted anew."""
        try:
            await self._call("update", login.card.place, partial(self._messages.update_login, login))
        except MessageRefusedError as error:
            if error.code not in GONE:
                raise
            return False
        return True

    async def _remove(self, login: Carded, message: str) -> None:
        card = login.card
        place = card.place or await self._find_place(login)
        await self._call("delete", place, partial(self._messages.delete, place, message))
        await self._cards.shown(login, card.shown, place, card.message, message)

    async def _store(self, login: Carded, version: int, place: str, message: str) -> None:
        """Store what was drawn; what Redis does not take is kept: forgotten, it would be posted twice."""
        self._unstored[login.id] = version, place, message
        await self._cards.shown(login, version, place, message)
        del self._unstored[login.id]

    async def _call(self, method: str, place: str, call: Callable[[], Awaitable[_T]]) -> _T:
        """One call of Slack: under the lease, within its rates, and not while it has asked to wait."""
        limited = place if method in PLACES else ""
        if wait := self._rate_gate.claim(method, limited):
            raise MessageDelayedError(wait)
        if not await self._lease.lead():
            raise NotLeadingError
        try:
            return await call()
        except MessageDelayedError as error:
            self._rate_gate.hold(method, limited, error.seconds)
            raise
