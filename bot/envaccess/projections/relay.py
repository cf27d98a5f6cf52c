"""The relay: draws every changed request in Slack from its state, one process at a time.

Messages are rendered from state, never fired by events: whatever was missed, repeated or overtaken, the
next drawing is right. Each surface is drawn on its own, so that a lost channel holds up nobody's card.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import partial
from typing import TypeVar

from envaccess.application.ports.process import Journal
from envaccess.domain.approval_progress import Notification
from envaccess.domain.errors import DirectoryError, StoreError
from envaccess.domain.request import Request
from envaccess.projections.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    NotLeadingError,
)
from envaccess.projections.lost_requests import LostRequests
from envaccess.projections.method_rates import PLACES
from envaccess.projections.ports import Messages, Outbox
from envaccess.projections.rate_gate import LOST, MOST_SECONDS, SELDOM_SECONDS, RateGate
from envaccess.projections.refused_calls import GONE, UNREACHABLE, Cause, cause_of
from envaccess.projections.shown import Shown

_T = TypeVar("_T")

_AT_ONCE = 8
_LONGEST_WAIT = 1.0


class _StandsWrongError(MessageRefusedError):
    """A card shows what is over, and can be neither redrawn nor deleted: the Messages tab is off."""


Outsiders = Callable[[Request], Awaitable[Collection[str]]]


async def nobody_outside(_: Request) -> Collection[str]:
    """For channels in which everybody who decides is a member."""
    return ()


Informed = Callable[[Request], Awaitable[Request]]


async def as_it_is(request: Request) -> Request:
    """For those that show nothing besides what the request says."""
    return request


Located = Callable[[Request], Request]


def anywhere(request: Request) -> Request:
    """For those that make no values."""
    return request


class Relay:
    """Renders every changed request in Slack, while this process has the lease.

    Attributes:
        shown: what it has drawn, on its way into the store.
        lost: what it has drawn of requests that the store lost.

    Args:
        outbox: what is to be drawn.
        messages: Slack.
        journal: the log.
        rate_gate: when Slack may be called, shared with the audit lines.
        approvers_channel: where requests are decided.
        outsiders: who is awaited, but is not in the request's channel.
        informed: a request with what its approvers are shown besides. Raises `StoreError`.
        located: a request with which of its variables are made for each use.
    """

    def __init__(
        self,
        outbox: Outbox,
        messages: Messages,
        journal: Journal,
        rate_gate: RateGate,
        approvers_channel: str,
        outsiders: Outsiders = nobody_outside,
        informed: Informed = as_it_is,
        located: Located = anywhere,
    ) -> None:
        self._outbox = outbox
        self.shown = Shown(outbox, rate_gate.now)
        self.lost = LostRequests(outbox, self.shown, messages, rate_gate, journal)
        self._messages = messages
        self._journal = journal
        self._rate_gate = rate_gate
        self._channel = approvers_channel
        self._outsiders = outsiders
        self._informed = informed
        self._located = located
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._claimed: set[str] = set()
        self._stopping = False

    async def step(self, woken: asyncio.Event) -> float:
        """Start drawing what is due; returns seconds until something may be due again.

        A drawing that ends sets `woken`, because the state may have moved on meanwhile.
        """
        if len(self._busy) >= _AT_ONCE:
            return _LONGEST_WAIT  # the first drawing that ends wakes us
        # One whose drawing ends while we read may be read as it was before: it is read again at once.
        busy = set(self._busy)
        # Those being drawn, and as many as may begin now.
        due = await self._outbox.due(_AT_ONCE, self._rate_gate.available("post", self._channel) + len(busy))
        busy.update(self._busy)
        for request in due.postings:
            if self._is_free(request, busy) and not self._claim_post(request):
                self._begin(request, woken, posts=True)
        for request in due.drawings:
            if self._is_free(request, busy):
                self._begin(request, woken, posts=False)
        return (
            min(due.wait, self._rate_gate.wait("post", self._channel) or due.wait) if due.posts else due.wait
        )

    def _is_free(self, request: Request, busy: set[str]) -> bool:
        return len(self._busy) < _AT_ONCE and request.id not in busy and request.id not in self._busy

    def _claim_post(self, request: Request) -> float:
        """Seconds until this request's message may be posted; 0: now, and that is counted."""
        return self._rate_gate.claim("post", request.channel, urgent=request.reviewable)

    def _begin(self, request: Request, woken: asyncio.Event, *, posts: bool) -> None:
        if posts:
            self._claimed.add(request.id)
        task = asyncio.create_task(self._draw(request, posts=posts))
        self._busy[request.id] = task
        task.add_done_callback(partial(self._done, request.id, woken))

    def _done(self, request: str, woken: asyncio.Event, _: asyncio.Task[None]) -> None:
        del self._busy[request]
        self._claimed.discard(request)
        woken.set()

    def follow(self) -> None:
        """Another process renders: forget what is known of the channel."""
        self._rate_gate.forget(self._channel)
        self._rate_gate.rest()

    def stop(self) -> None:
        """Begin no other call; what a call under way comes to is still stored."""
        self._stopping = True

    async def drain(self) -> None:
        """Wait for the drawings under way."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _draw(self, request: Request, *, posts: bool) -> None:
        """Draw what is left of a request; `posts`: with the message that is claimed for it."""
        request = self._located(self.shown.known(request))
        self.shown.begin(request)
        message = self._draw_message_and_notify if posts else self._redraw_message
        # All three end before another drawing of this request may begin, or two would post the same message.
        delays = await asyncio.gather(
            self._paced(request, f"message:{request.id}", message),
            self._paced(request, f"card:{request.id}", self._draw_card),
            self._paced(request, f"strays:{request.id}", self._remove_orphans),
        )
        soonest = min(filter(None, delays), default=0.0)
        if not soonest:
            return
        try:
            await self._outbox.delay(request.id, soonest, posts=posts)
        except StoreError:
            await asyncio.sleep(soonest)  # it is still due, but there is no point in haste

    async def _paced(self, request: Request, name: str, draw: Callable[[Request], Awaitable[None]]) -> float:
        """Draw one surface; the seconds after which to try again, 0 when it is drawn (or drawn elsewhere)."""
        try:
            await draw(request)
        except NotLeadingError:
            return 0.0
        except MessageDelayedError as error:
            return error.seconds
        except MessageError as error:
            if not self._rate_gate.failing(name):
                self._journal.fault("relay.message", surface=name, why=str(error))
            refused = isinstance(error, MessageRefusedError) and error.code not in LOST
            return self._rate_gate.failed(name, SELDOM_SECONDS if refused else MOST_SECONDS)
        except StoreError:
            pass  # the loops log it
        except Exception as error:  # noqa: BLE001 - one bad drawing must not stop the others
            self._journal.crash("relay.draw", error)
        else:
            self._rate_gate.worked(name)
            return 0.0
        return self._rate_gate.failed(name)

    async def _call(
        self,
        method: str,
        place: str,
        call: Callable[[], Awaitable[_T]],
        *,
        urgent: bool = False,
        claimed: bool = False,
    ) -> _T:
        """One Slack call: under the lease, within Slack's rates, and not while it has asked to wait.

        Slack limits posting by channel, the other methods in all.
        """
        limited = place if method in PLACES else ""
        wait = 0.0 if claimed else self._rate_gate.claim(method, limited, urgent=urgent)
        if wait:
            raise MessageDelayedError(wait)
        if self._stopping or not await self._outbox.lead():
            raise NotLeadingError
        try:
            answer = await call()
        except MessageDelayedError as error:
            self._rate_gate.hold(method, limited, error.seconds)
            raise
        except MessageRefusedError as error:
            self._note_lost(method, place, error.code)
            raise
        if place == self._channel:
            self._rate_gate.reached(place, method)
        return answer

    def _note_lost(self, method: str, place: str, code: str) -> None:
        """Of the approvers channel only: DM failures are not reported as channel failures."""
        if place == self._channel:
            self._rate_gate.refused(place, code, method)

    async def _post_there(self, request: Request, post: Callable[[], Awaitable[_T]]) -> _T:
        """Post to the request's channel; the first time with what was claimed when its turn came."""
        claimed = request.id in self._claimed
        self._claimed.discard(request.id)
        return await self._call("post", request.channel, post, urgent=request.reviewable, claimed=claimed)

    async def _draw_message_and_notify(self, request: Request) -> None:
        """Post the message before the notification, which goes to its thread."""
        if request.unseen:
            raise MessageDelayedError(_LONGEST_WAIT)  # time was up; a worker is about to write that down
        ts = await self._draw_message(request)
        await self._notify(replace(request, surfaces=replace(request.surfaces, message=ts)))

    async def _redraw_message(self, request: Request) -> None:
        """Redraw a message that needs no new post in the channel; posts wait in another queue."""
        if not request.surfaces.message:
            return
        await self._draw_message(request)
        if request.progress.notification is Notification.FILED:
            await self._notify(request)

    async def _notify(self, request: Request) -> None:
        if request.surfaces.nudged >= request.progress.notifications or not request.calls_people:
            return
        if request.progress.notification is not Notification.FILED:
            await self._post_there(request, lambda: self._messages.post_notification(request))
        await self._call_outsiders(request)
        await self.shown.store(request.id, nudged=request.progress.notifications)

    async def _call_outsiders(self, request: Request) -> None:
        """A mention notifies nobody who is not in the channel: they get a direct message."""
        try:
            outsiders = await self._outsiders(request)
        except DirectoryError:
            raise MessageDelayedError(MOST_SECONDS) from None
        for user in outsiders:
            try:
                urgent = request.reviewable
                dm = await self._find_dm(user, urgent=urgent)
                await self._call("direct", dm, partial(self._messages.post_call, dm, request), urgent=urgent)
            except MessageRefusedError as error:
                if error.code not in UNREACHABLE:
                    raise

    async def _draw_message(self, request: Request) -> str:
        """Returns the message's `ts`."""
        shown = request.surfaces
        if shown.message_shown == request.version:
            return shown.message
        request = await self._informed(request)
        ts = shown.message
        if ts:
            ts = await self._update(request.channel, ts, lambda: self._messages.update_request(request))
        if not ts:
            old = partial(self._take_down, request, request.channel, shown.message)
            post = partial(self._messages.post_request, request)
            ts = await self._replace(partial(self._post_there, request, post), old)
        await self.shown.store(request.id, message=ts, message_shown=request.version)
        return ts

    async def _update(self, place: str, ts: str, update: Callable[[], Awaitable[None]]) -> str:
        """Redraw a message; returns its `ts`, or nothing when it is gone and must be posted anew."""
        try:
            await self._call("update", place, update)
        except MessageRefusedError as error:
            if error.code in GONE:
                return ""
            raise
        return ts

    async def _draw_card(self, request: Request) -> None:
        if request.surfaces.card_shown == request.version or not request.needs_card:
            return
        try:
            await self._post_or_update_card(request)
        except _StandsWrongError:
            raise  # the card is wrong for its reader: tried again, seldom
        except MessageRefusedError as error:
            if error.code not in UNREACHABLE:
                raise
            self._journal.fault("relay.unreachable", request=request.id, why=error.code)
            await self.shown.store(request.id, card_shown=request.version)

    async def _find_dm(self, user: str, *, urgent: bool) -> str:
        known = self._messages.known_dm(user)
        return known or await self._call("dm", "", partial(self._messages.dm, user), urgent=urgent)

    async def _post_or_update_card(self, request: Request) -> None:
        shown = request.surfaces
        if shown.card and shown.card_calls >= request.calls and await self._update_card(request):
            await self.shown.store(request.id, card_shown=request.version)
            return
        urgent = request.reviewable
        dm = shown.dm or await self._find_dm(request.principal.person, urgent=urgent)
        addressed = replace(request, surfaces=replace(shown, dm=dm))
        old = partial(self._set_card_right, request)
        post = partial(self._call, "direct", dm, partial(self._messages.post_card, addressed), urgent=urgent)
        ts = await self._replace(post, old)
        await self.shown.store(
            request.id, dm=dm, card=ts, card_shown=request.version, card_calls=request.calls
        )

    async def _update_card(self, request: Request) -> str:
        shown = request.surfaces
        return await self._update(shown.dm, shown.card, lambda: self._messages.update_card(request))

    async def _replace(self, post: Callable[[], Awaitable[str]], old: Callable[[], Awaitable[object]]) -> str:
        """Post a message anew; where Slack refuses that, see to the old one, which tells what is over."""
        try:
            return await post()
        except MessageRefusedError:
            await old()
            raise

    async def _set_card_right(self, request: Request) -> None:
        """Redraw the card that could not be posted anew, or take it down where that is refused as well."""
        shown = request.surfaces
        with contextlib.suppress(MessageRefusedError):
            if not shown.card or await self._update_card(request):
                return
        code = await self._take_down(request, shown.dm, shown.card)
        if cause_of(code) is Cause.MESSAGES_TAB:
            raise _StandsWrongError(code)

    async def _take_down(self, request: Request, place: str, ts: str) -> str:
        """Delete a message of ours, if there is one; returns Slack's code where it refuses, else nothing."""
        if not ts:
            return ""
        try:
            await self._call("delete", place, lambda: self._messages.delete(place, ts))
        except MessageRefusedError as error:
            self._journal.fault("relay.undeletable", request=request.id, why=error.code)
            return error.code
        return ""

    async def _remove_orphans(self, request: Request) -> None:
        for mark in request.surfaces.strays:
            surface, _, ts = mark.partition(":")
            place = request.channel if surface == "message" else request.surfaces.dm
            try:
                await self._call("delete", place, partial(self._messages.delete, place, ts))
            except MessageRefusedError as error:
                if error.code in LOST:
                    raise
                self._journal.fault("relay.undeletable", request=request.id, why=error.code)
            await self._outbox.forget_orphan(request.id, mark)
            await self._outbox.shown(request.id)
