"""A page of events about something, as a private answer to a security person."""

from typing import Final

from envaccess.domain.audit import Event
from envaccess.domain.audit_subject import AuditPage, AuditSubject
from envaccess.slack.names import HISTORY
from envaccess.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    button,
    code,
    context,
    mention,
    section,
    when,
)
from envaccess.slack.render.lines import tell_event

OLDER: Final = "older"
NEWER: Final = "newer"
_ROOM: Final = 7_000
"""Characters of events on a page: what a message may have, without the rest of it."""


def render_audit_page(page: AuditPage) -> Rendered:
    """The newest first; what does not fit is on the next page."""
    events = _fitting(page.look.events)
    told = f"Events about {_subject(page.subject)}"
    head = f"*{told}*, the newest first" if len(events) > 1 else f"*{told}*"
    blocks = [section(head), *(block for event in events for block in _event(event))]
    if not events:
        blocks = [section(_nothing(page))]
    turners = _turners(page, events)
    return Rendered(told, [*blocks, context(_reach(page, events)), *([actions(*turners)] if turners else [])])


def _fitting(events: tuple[Event, ...]) -> list[Event]:
    """Those for which there is room, at least one."""
    kept: list[Event] = []
    room = _ROOM
    for event in events:
        room -= sum(map(len, tell_event(event)))
        if kept and room < 0:
            break
        kept.append(event)
    return kept


def _event(event: Event) -> list[Block]:
    what, details = tell_event(event)
    return [section(f"{when(event.at, seconds=True)} {what}"), context(details)]


def _subject(subject: AuditSubject) -> str:
    return mention(subject.person) if subject.person else code(str(subject), 160)


def _nothing(page: AuditPage) -> str:
    subject = _subject(page.subject)
    if page.subject.event:
        return f"No event {subject} is among those kept here."
    if page.look.ended:
        return f"No {'' if page.newest else 'older '}event about {subject} is among those kept here."
    return f"No event about {subject} was found so far."


def _reach(page: AuditPage, shown: list[Event]) -> str:
    """How far was looked, and how to get everything."""
    if page.subject.event:
        prove = code(f"envaccess audit prove {page.subject.event}")
        return f"Whoever runs envaccess proves it to others: {prove}."
    export = f"Whoever runs envaccess gets all events: {code('envaccess audit export')}."
    if not _older(page, shown):
        return f"Nothing older about this is among the events kept here. {export}"
    looked = f"{page.look.looked:,} events" if page.look.looked > 1 else "1 event"
    if page.newer:
        return f"Looked at {looked}, up to {when(page.look.at)}. {export}"
    return f"Looked at {looked}, back to {when(page.look.at)}; the button goes on from there. {export}"


def _older(page: AuditPage, shown: list[Event]) -> str:
    """From which event the next page goes on; empty where nothing is older."""
    look = page.look
    if shown and (page.newer or len(shown) < len(look.events)):
        return shown[-1].id
    return "" if look.ended else look.reached


def _turners(page: AuditPage, shown: list[Event]) -> list[Block]:
    """Back to what is newer, and on to what is older."""
    if page.subject.event:
        return []
    found: list[Block] = []
    typed, newest, older = str(page.subject), shown[0].id if shown else page.look.reached, _older(page, shown)
    if newest and not page.newest:
        found.append(_turner(NEWER, "Newer", newest, typed))
    if older:
        found.append(_turner(OLDER, "Older" if shown else "Look further back", older, typed))
    return found


def _turner(way: str, label: str, event: str, typed: str) -> Block:
    return button(f"{HISTORY}:{way}", label, f"{event} {typed}")
