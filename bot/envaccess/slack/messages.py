"""Slack's messages; fits `projections.ports.Messages` and `delivery.ValueMessages`.

Every message has blocks and escaped text, turns off link previews and Slack's own parsing (its default
differs between posting and updating: docs/explanation/slack.md), and carries no metadata, which any app could
read. No method repeats a call: the relay decides what is tried again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from envaccess import log
from envaccess.domain.audit import Event
from envaccess.domain.exposure import LeaverList
from envaccess.domain.outcome import Claim
from envaccess.domain.proposal import Proposal
from envaccess.domain.request import Request
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.session import Login
from envaccess.domain.signals.alerts import Alert
from envaccess.domain.signals.digest import Digest
from envaccess.domain.variable import Variable
from envaccess.projections.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from envaccess.projections.refused_calls import Cause, cause_of
from envaccess.slack.alarms import Alarms
from envaccess.slack.budget import deadline
from envaccess.slack.calls import Done, call, taken
from envaccess.slack.client import QUICK_SECONDS, SlackClient
from envaccess.slack.render.agents import brief_agent, render_agent
from envaccess.slack.render.alerts import brief_alert, render_alert
from envaccess.slack.render.blocks import MESSAGE_LIMIT, SECTION_LIMIT, Rendered, section, with_buttons
from envaccess.slack.render.card import brief_card, render_card
from envaccess.slack.render.chain import render_call, render_notification
from envaccess.slack.render.digest import render_week
from envaccess.slack.render.lines import render_digest, render_line
from envaccess.slack.render.lost import brief_lost, render_lost
from envaccess.slack.render.proposal import brief_proposal, render_proposal
from envaccess.slack.render.request import brief_request, render_request
from envaccess.slack.render.rotations import brief_rotation, call_owner, render_rotation
from envaccess.slack.render.seen import render_leaver
from envaccess.slack.render.sessions import brief_login, render_login
from envaccess.slack.render.values import render_values
from envaccess.slack.render.words import chunks

_DMS_KEPT = 10_000
_RETRY_SECONDS = 1.0
_SEPARATOR = " · "
NOT_TAKEN: Final = "message_not_taken"
_MEND: Final = (
    "It is shown in a few words instead, and decided in the Home tab; report the code to the project"
)
_GONE = frozenset({"message_not_found", "channel_not_found"})


@dataclass(frozen=True, slots=True)
class _Brief:
    """The short text of a message whose blocks Slack refuses.

    Attributes:
        about: the id of the request or channel that it is about, for the operator.
    """

    words: Rendered
    about: str


class SlackMessages:
    """Posts and redraws by the background client, whose calls end within 4 s.

    Unless it says otherwise, a method raises `MessageRefusedError` (Slack said no; an update of a message
    that is gone has the code `message_not_found` or `cant_update_message`), `MessageDelayedError` (it did
    not go out: 429, or no connection was made) or `MessageUncertainError` (it may have gone out).
    """

    def __init__(self, client: SlackClient, *, audit_channel: str, alarms: Alarms | None = None) -> None:
        self._client = client.background
        self._alarms = alarms or Alarms()
        self._audit = audit_channel
        self._dms: dict[str, str] = {}
        self._opening: dict[str, asyncio.Task[str]] = {}

    async def post_request(self, request: Request) -> str:
        """Post to the request's approvers channel; returns `ts`."""
        brief = _Brief(brief_request(request), request.id)
        return await self._post(request.channel, render_request(request), brief=brief)

    async def update_request(self, request: Request) -> None:
        """Redraw that message."""
        shown = request.surfaces
        brief = _Brief(brief_request(request), request.id)
        await self._update(request.channel, shown.message, render_request(request), brief)

    async def post_notification(self, request: Request) -> None:
        """Notify those who are awaited, in the thread under the request's message."""
        await self._post(request.channel, render_notification(request), request.surfaces.message)

    async def post_call(self, dm: str, request: Request) -> None:
        """Notify somebody who is not in the channel that they are awaited."""
        await self._post(dm, render_call(request))

    def known_dm(self, user: str) -> str:
        """Return the id of the direct messages with somebody, if Slack need not be asked; else nothing."""
        return self._dms.get(user, "")

    async def dm(self, user: str) -> str:
        """Return the id of the direct messages with somebody, `D...`; it never changes, so it is kept."""
        return self._dms.get(user) or await self._open(user)

    async def dm_in_time(self, user: str) -> str:
        """The same before the ack; a slow opening goes on, so that the next press finds it done.

        Raises only that it was refused, or is delayed: no value is at stake yet.
        """
        kept = self._dms.get(user)
        if kept:
            return kept
        try:
            async with asyncio.timeout_at(deadline(QUICK_SECONDS)):
                return await self._open(user)
        except (TimeoutError, MessageUncertainError):
            raise MessageDelayedError(_RETRY_SECONDS) from None
        except MessageRefusedError as error:
            log.fault("direct_messages_refused", error, user=user)
            raise

    async def _open(self, user: str) -> str:
        """Open direct messages; concurrent callers share one call, whoever of them is cancelled."""
        opening = self._opening.get(user)
        if opening is None:
            opening = self._opening[user] = asyncio.create_task(self._ask_dm(user))
            opening.add_done_callback(lambda done: self._opened(user, done))
        return await asyncio.shield(opening)

    async def _ask_dm(self, user: str) -> str:
        done = taken(await call(self._client, "conversations.open", json={"users": user}))
        return str(done.data["channel"]["id"])

    def _opened(self, user: str, opening: asyncio.Task[str]) -> None:
        del self._opening[user]
        if opening.cancelled() or opening.exception():
            return
        if len(self._dms) >= _DMS_KEPT:
            self._dms.clear()
        self._dms[user] = opening.result()

    async def post_card(self, request: Request) -> str:
        """Post the requester's card to `request.surfaces.dm`; returns `ts`."""
        brief = _Brief(brief_card(request), request.id)
        return await self._post(request.surfaces.dm, render_card(request), brief=brief)

    async def update_card(self, request: Request) -> None:
        """Redraw the card."""
        shown = request.surfaces
        await self._update(
            shown.dm, shown.card, render_card(request), _Brief(brief_card(request), request.id)
        )

    async def update_lost(self, request: Request, *, card: bool) -> None:
        """Say on the request's message, or on its card, that the store has lost it."""
        shown = request.surfaces
        place, ts = (shown.dm, shown.card) if card else (request.channel, shown.message)
        await self._update(place, ts, render_lost(request), _Brief(brief_lost(request), request.id))

    async def post_login(self, place: str, login: Login | Proposal | Alert | Rotation) -> str:
        """Post the message about a login, a proposal or an alert; returns `ts`."""
        rendered, brief = _about_login(login)
        return await self._post(place, rendered, brief=brief)

    async def call_owner(self, place: str, rotation: Rotation) -> None:
        """Tell one of its owners in direct messages."""
        await self._post(place, call_owner(rotation))

    async def update_login(self, login: Login | Proposal | Alert | Rotation) -> None:
        """Redraw it."""
        await self._update(login.card.place, login.card.message, *_about_login(login))

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        try:
            taken(await call(self._client, "chat.delete", json={"channel": channel, "ts": ts}))
        except MessageRefusedError as error:
            if error.code not in _GONE:
                raise

    async def post_lines(self, events: Sequence[Event], thread: str) -> tuple[str, int]:
        """Post audit lines, in the thread whose first message is `thread` (empty: none).

        Returns `ts`, and how many of the events the message holds.
        """
        lines = fitting([render_line(event) for event in events])
        return await self._post_line(lines, thread), len(lines)

    async def post_digest(self, events: Sequence[Event]) -> int:
        """Post what stands for many lines; returns for how many of the events."""
        lines = render_digest(events)
        while sum(map(len, lines)) > MESSAGE_LIMIT and len(events) > 1:
            events = events[: len(events) // 2]
            lines = render_digest(events)
        await self._post_line(lines)
        return len(events)

    async def post_week(self, digest: Digest, now: int, patch: str, *, again: bool) -> str:
        """Post a week's digest; where Slack does not take its chart, bars of text stand in its place."""
        drawn = (render_week(digest, now, patch, again=again, chart=chart) for chart in (True, False))
        try:
            return await self._post(self._audit, next(drawn))
        except MessageRefusedError as error:
            if cause_of(error.code) is not Cause.CONTENT:
                raise
        plain = next(drawn)
        return await self._post(self._audit, plain, brief=_Brief(Rendered(plain.text, []), self._audit))

    async def post_leaver(self, place: str, person: str, seen: LeaverList) -> None:
        """Post what a leaver has seen and is still current, in a channel or to somebody."""
        channel = place if place[:1] in {"C", "G"} else await self.dm(place)
        await self._post(channel, render_leaver(person, seen))

    async def show_values(self, claim: Claim, values: Mapping[Variable, str]) -> None:
        """Show values to the requester in their direct messages, ephemerally: one call, made at once.

        `MessageUncertainError` means that they may have been seen; the other two, that they were not.
        """
        body = _body(claim.place, render_values(claim, values)) | {"user": claim.requester}
        try:
            taken(await call(self._client, "chat.postEphemeral", json=body))
        except MessageRefusedError as error:
            log.fault("value_not_taken", error, request=claim.id, channel=claim.place)
            if cause_of(error.code) is Cause.PLACE:
                self._dms.pop(claim.requester, None)  # whoever it was for, it is kept no longer
            raise

    async def _post_line(self, lines: Sequence[str], thread: str = "") -> str:
        drawn = _as_lines(lines)
        return await self._post(self._audit, drawn, thread, _Brief(Rendered(drawn.text, []), self._audit))

    async def _post(
        self, channel: str, rendered: Rendered, thread: str = "", brief: _Brief | None = None
    ) -> str:
        more: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
        if thread:
            more["thread_ts"] = thread
        return str((await self._say("chat.postMessage", channel, more, rendered, brief)).data["ts"])

    async def _update(self, channel: str, ts: str, rendered: Rendered, brief: _Brief) -> None:
        await self._say("chat.update", channel, {"ts": ts}, rendered, brief)

    async def _say(
        self, method: str, channel: str, more: dict[str, Any], rendered: Rendered, brief: _Brief | None
    ) -> Done:
        """Call once; where Slack refuses what was written, again with few words that are ours alone.

        First with the buttons that belong there, then without any blocks.
        """
        forms = [rendered, *([with_buttons(brief.words, rendered), brief.words] if brief else [])]
        for form in forms[:-1]:
            try:
                return taken(await call(self._client, method, json=_body(channel, form) | more))
            except MessageRefusedError as error:
                if cause_of(error.code) is not Cause.CONTENT:
                    raise
                log.fault(NOT_TAKEN, error, method=method, channel=channel)
                if brief:
                    problem = f"Slack does not take what a message or card says ({method}: {error.code})"
                    self._alarms.tell(NOT_TAKEN, brief.about, problem=problem, mend=_MEND)
        return taken(await call(self._client, method, json=_body(channel, forms[-1]) | more))


def _about_login(login: Login | Proposal | Alert | Rotation) -> tuple[Rendered, _Brief]:
    """What a message says, and the same in few words."""
    if isinstance(login, Rotation):
        return render_rotation(login), _Brief(brief_rotation(login), login.id)
    if isinstance(login, Alert):
        return render_alert(login), _Brief(brief_alert(login), login.id)
    if isinstance(login, Proposal):
        return render_proposal(login), _Brief(brief_proposal(login), login.id)
    drawn, brief = (render_agent, brief_agent) if login.agent else (render_login, brief_login)
    return drawn(login), _Brief(brief(login), login.id)


def _body(channel: str, rendered: Rendered) -> dict[str, Any]:
    body = {"channel": channel, "text": rendered.text, "parse": "none"}
    return body | {"blocks": rendered.blocks} if rendered.blocks else body


def fitting(lines: Sequence[str]) -> Sequence[str]:
    """The first lines that one message holds, whole; at least one."""
    ends = accumulate(len(line) + 1 for line in lines)
    return lines[: max(1, sum(end <= MESSAGE_LIMIT for end in ends))]


def _as_lines(lines: Sequence[str]) -> Rendered:
    """Draw lines in as few sections as hold them; one that is too long breaks only between its parts."""
    pieces = [piece for line in lines for piece in _broken(line)]
    text = chunks(lines)[0]
    shown = next((told for told in range(1, len(lines)) if "\n".join(lines[:told]) == text), len(lines))
    more = len(lines) - shown
    return Rendered(f"{text}\n… {more} more" if more else text, [section(part) for part in chunks(pieces)])


def _broken(line: str) -> list[str]:
    parts: list[str] = []
    for part in line.split(_SEPARATOR):
        if parts and len(parts[-1]) + len(_SEPARATOR) + len(part) <= SECTION_LIMIT:
            parts[-1] += _SEPARATOR + part
        else:
            parts.append(part)
    return parts
