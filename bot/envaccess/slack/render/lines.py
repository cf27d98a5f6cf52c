"""Audit lines: one an event, beginning with its tag, readable by people, searchable by id."""

import re
from collections.abc import Callable, Mapping, Sequence

from envaccess.domain.audit import BEHIND, SEAL, TIME, ActorKind, Event, Tag, read_actor
from envaccess.domain.checkpoint import read_note
from envaccess.domain.duration import spell_seconds
from envaccess.domain.end_reasons import EndReason, because
from envaccess.domain.exposure import read_seer
from envaccess.domain.leases import COMMAND_OVER
from envaccess.domain.policy.variable_sets import SET_MAX
from envaccess.domain.principal import PROGRAMS, Principal
from envaccess.domain.tap import TapState
from envaccess.domain.variable import parse_variable
from envaccess.slack.render.blocks import code, escape, mention, when
from envaccess.slack.render.session_ends import declined_told, never_began, session_end_told
from envaccess.slack.render.terminal import tell_terminal, through
from envaccess.slack.render.words import (
    actor_of,
    actor_told,
    asker,
    join,
    labels,
    principal_told,
    seer_told,
)

_NUMBER = re.compile(r"[0-9]{1,13}", re.ASCII)
_PEOPLE = frozenset({"to", "from", "of", "behalf", "locked_by", "about", "who"})
"""Details that name somebody."""
_MANY_PEOPLE = frozenset({"lost", "reviewers"})
"""Details that name several, with commas."""
_SAID_ALREADY = frozenset(
    {BEHIND, SEAL, "surface", "host", "run", "again", "hour"}
    | {"signed_head", "lost_head", "signed_rotation", "root", "pack", "versions", "seer"}
)
"""Who is behind it, and through what, is said with who it is; a seal or a digest tells people nothing."""
_AS_CLIENTS_SAY: Mapping[str, str] = {
    "os_user": "says user",
    "program": "says program",
    "started_by": "started by",
}
"""Details that only a client knows, or a platform."""
_REASON = ("tried", "how", "why", "reason", "locked_by", "locked_at")
_TIMES = ("named", "duration", "seconds", "starts_at", "until", "expires_at", "ends_at")
_CALL = ("service", "method", "path", "status", "blocked", "times")
_RUN = ("repository", "branch", "commit", "job", "started_by", "link", "platform")
_FIRST = (*_REASON, *_TIMES, *_CALL, *_RUN)
_LAST = ("version", "name", "os_user", "program", "address", "session")
"""Details that stand at the begin and at the end of a line, in this order: what happened, and who says so."""
_DETAIL_LIMIT = 700
_DETAILS_LIMIT = 1_400
_NOTE_LIMIT = 1_500
_NAMES_A_LINE = 10
_WHOLE = frozenset({Tag.REQUEST_CREATED, Tag.EMERGENCY_USED})
"""What names every variable; what follows of it names the first few."""
_WHAT: Mapping[str, str] = {
    Tag.REQUEST_PROPOSED: "{actor} wants to ask for {names}",
    Tag.REQUEST_CONSENTED: "{actor} let {requester} ask for {names}",
    Tag.REQUEST_DECLINED: "{actor} did not let {requester} ask for {names}",
    Tag.REQUEST_CREATED: "{actor} asked for {names}",
    Tag.REQUEST_STEP_APPROVED: "{actor} approved a step for {names} of {requester}",
    Tag.REQUEST_STEP_SKIPPED: "a step for {names} of {requester} was passed over",
    Tag.REQUEST_STEP_REOPENED: "an earlier approval for {names} of {requester} does not count any more",
    Tag.REQUEST_REMINDED: "approvers of {names} for {requester} were reminded",
    Tag.REQUEST_ESCALATED: "{names} for {requester} was escalated",
    Tag.REQUEST_QUESTIONED: "{actor} asked {requester} about {names}",
    Tag.REQUEST_ANSWERED: "{actor} answered about {names}",
    Tag.BROKER_CALLED: "{actor} had its broker call with {names}",
    Tag.BROKER_BLOCKED: ":no_entry: a call of {actor} with {names} was blocked",
    Tag.GRANT_EXTENDED: "access of {requester} to {names} was extended",
    Tag.LEASE_INTENDED: "a login for {names} is about to be made for {requester}",
    Tag.LEASE_MINTED: "a login for {names} was made for {requester}",
    Tag.LEASE_EXTENDED: "the login for {names} that {requester} was shown works longer",
    Tag.LEASE_ENDING: "{actor} ended a login for {names}",
    Tag.LEASE_REVOKED: "the login for {names} that was made for {requester} is gone, and was looked for",
    Tag.LEASE_STUCK: ":rotating_light: the login for {names} that was made for {requester} does not end",
    Tag.GRANT_EXPIRING: "{requester} was told that access to {names} ends soon",
    Tag.GRANT_LAPSED: "access of {requester} to {names} lapsed",
    Tag.EMERGENCY_USED: ":rotating_light: {actor} took emergency access to {names}",
    Tag.EMERGENCY_REMINDED: "emergency access of {requester} to {names} is not reviewed yet",
    Tag.EMERGENCY_REVIEWED: "{actor} closed the review of {requester}'s emergency access to {names}",
    Tag.DUTY_DELEGATED: "{actor} handed their duty as an approver over",
    Tag.DUTY_RETURNED: "{actor}: a duty as an approver went back to its owner",
    Tag.REQUEST_APPROVED: "{actor} approved {names} for {requester}",
    Tag.REQUEST_DENIED: "{actor} denied {names} to {requester}",
    Tag.REQUEST_CANCELLED: "{actor} withdrew the request for {names}",
    Tag.REQUEST_TIMED_OUT: "nobody decided on {names} for {requester}",
    Tag.GRANT_ACTIVATED: "{requester} has access to {names}",
    Tag.GRANT_REVEALED: "{actor} revealed {names}",
    Tag.GRANT_NEW_HOST: "{names} of {requester} went to {terminal}, where nothing of theirs went before",
    Tag.GRANT_TAP_ASKED: "{requester} is asked whether {names} may go to {terminal}",
    Tag.GRANT_TAPPED: "{actor} answered whether {names} may go to {terminal}",
    Tag.GRANT_REVEAL_FAILED: "{names} could not be shown to {requester}",
    Tag.GRANT_EXPIRED: "access of {requester} to {names} ran out",
    Tag.GRANT_REVOKED: "{actor} ended the access of {requester} to {names}",
    Tag.GRANT_USED_UP: "{requester} used the one reveal of {names}",
    Tag.SESSION_OFFERED: "{terminal} asks to sign in as {requester}",
    Tag.SESSION_OPENED: "{actor} signed in at {terminal}",
    Tag.SESSION_ENDED: "{terminal} is no longer signed in as {requester}{by}",
    Tag.PRINCIPAL_LOCKED: ":lock: {actor} locked {target}",
    Tag.PRINCIPAL_UNLOCKED: ":unlock: {actor} unlocked {target}",
    Tag.ACCESS_REFUSED: "{actor} was refused",
    Tag.ACCESS_REFUSED_COUNT: "{actor} was refused more often",
    Tag.SECRET_CREATED: "{actor} created {names}",
    Tag.SECRET_CHANGED: "{actor} changed {names}",
    Tag.SECRET_DELETED: "{actor} deleted {names}",
    Tag.SECRET_RESEALED: "{actor} put {names} under the first master key",
    Tag.SECRET_READ: ":rotating_light: {actor} read {names} on the host",
    Tag.VALUE_SEEN: "{names} is known to {seer} now",
    Tag.VALUE_UNSEEN: "{names} did not reach {seer} after all",
    Tag.POLICY_LOADED: "this policy holds now",
    Tag.POLICY_REJECTED: "a changed policy was not taken, the old one stays",
    Tag.SOURCES_LOADED: "values are kept where this file says",
    Tag.SOURCES_REJECTED: "a changed file of sources was not taken, the old one stays",
    Tag.RECORD_REFUSED: ":rotating_light: the record of a request cannot be read by this version",
    Tag.BACKUP_MADE: "{actor} made a backup",
    Tag.BACKUP_RESTORED: ":rotating_light: {actor} restored a backup, and what was live in it has ended",
    Tag.STORE_UPGRADED: "envaccess was updated, and what was asked and granted before has ended",
    Tag.STORE_ARCHIVED: "requests that were over left for the archive",
    Tag.SEAL_BROKEN: ":rotating_light: a seal is broken: somebody may have changed what is in Redis",
    Tag.SEAL_KEY_UNKNOWN: ":rotating_light: something is sealed with a key that is not here",
    Tag.SEAL_KEY_DROPPED: ":rotating_light: {actor} dropped the key that seals, which had leaked",
    Tag.SEAL_KEY_RESEALED: "{actor} put the key that seals under the first master key",
    Tag.AUDIT_CHECKPOINT: ":lock_with_ink_pen: the events so far are sealed",
    Tag.AUDIT_KEY_ROTATED: "{actor} made another key that signs what is sealed",
    Tag.AUDIT_REDACTED: "{actor} took away what somebody typed",
    Tag.AUDIT_READ: "{actor} looked at events",
    Tag.AUDIT_GAP: "the audit stream has a gap",
    Tag.SINK_LOST: "a sink did not take events for too long, and is not waited for any more",
    Tag.REVIEW_OPENED: "{actor} started an access review",
    Tag.REVIEW_ITEM_JUDGED: "{actor} judged an item",
    Tag.REVIEW_REMINDED: "an access review is not done",
    Tag.REVIEW_CLOSED: "{actor} closed an access review",
    Tag.SIGNAL_RAISED: ":eyes: something is unusual about {requester}",
    Tag.SIGNAL_JUDGED: "{actor} judged an alert about {requester}",
    Tag.ROTATION_DUE: ":arrows_counterclockwise: {names} is to be rotated",
    Tag.ROTATION_DONE: ":white_check_mark: {names} was rotated: its source shows another value",
    Tag.ROTATION_FAILED: ":warning: {names} was not rotated",
    Tag.APP_INSTALLED: "{actor} installed envaccess in this workspace",
    Tag.APP_UNINSTALLED: ":warning: envaccess was removed from this workspace",
    Tag.APP_TOKEN_ROTATED: "the bot token of this workspace was replaced",
    Tag.BOT_STARTED: "envaccess started",
    Tag.BOT_STOPPED: "envaccess stopped",
}

_TAPPED: Mapping[str, str] = {
    TapState.RELEASED: "{actor} let {names} go to {terminal}",
    TapState.REFUSED: "{actor} let nothing of {names} go to {terminal}",
    TapState.LAPSED: "{requester} did not answer in time whether {names} may go to {terminal}",
}
"""How the question whether values may go to a terminal was answered."""

_OF_PROGRAMS: Mapping[str, Mapping[str, str]] = {
    ActorKind.AGENT: {
        Tag.SESSION_OFFERED: "{requester} wants to begin on {host}",
        Tag.SESSION_OPENED: "{actor} started {requester} on {host}",
        Tag.SESSION_ENDED: "{requester} on {host} has ended{by}",
        Tag.GRANT_REVEALED: "{names} went to the broker of {actor}",
    },
    ActorKind.MACHINE: {
        Tag.SESSION_OPENED: "a run of {requester} has begun on {host}",
        Tag.SESSION_ENDED: "a run of {requester} on {host} has ended",
        Tag.GRANT_REVEALED: "{names} went to {actor}",
    },
}
"""The same of agents, each of which begins with its person's press, and of the runs of pipelines."""
_GOES_ON = "a run of {requester} goes on on {host}"
"""Said of another token of the same run."""
_NEVER_BEGAN: Mapping[str, str] = {
    ActorKind.PERSON: "{terminal} was not signed in as {requester}{by}",
    ActorKind.AGENT: "{requester} on {host} was not started{by}",
}
"""Said of what was asked for, and answered with no or not at all."""

_NOT_ASKED: Mapping[str, str] = {
    ActorKind.AGENT: "{actor} took back that it wants to ask for {names}",
    ActorKind.TIME: "nobody let {requester} ask for {names} in time",
}
"""How what an agent wanted to ask for became no request, without a word of its person."""

_REASONS: Mapping[str, Mapping[str, Callable[[str], str | None]]] = {
    Tag.GRANT_REVOKED: {"why": lambda word: because(word) or None},
    Tag.REQUEST_CANCELLED: {"why": lambda word: because(word) or None},
    Tag.REQUEST_TIMED_OUT: {"why": lambda word: because(word) or None},
    Tag.DUTY_RETURNED: {"why": lambda word: because(word) or None},
    Tag.SESSION_ENDED: {"how": session_end_told},
    Tag.REQUEST_DECLINED: {"how": declined_told},
}
"""Which detail says why something is over, and its words: empty where the line says so, None for none."""

_UNKNOWN = "an event that this version does not know, by {actor}"
"""Said of another version's event, which `audit export` has whole."""


def render_line(event: Event) -> str:
    """One line of mrkdwn, at most 4,000 characters; `audit export` has the event in full."""
    parts = [f"{code(event.event, 60)} {_what(event)}"]
    if event.request:
        parts.append(f"request {code(event.request, 60)}")
    if details := _details(event):
        parts.append(details)
    return " · ".join([*parts, f"event {code(event.id, 60)}"]) + _note(event)


def tell_event(event: Event) -> tuple[str, str]:
    """What happened, and its details with its ids: mrkdwn of at most 3,000 characters each."""
    asked = f"request {code(event.request, 60)}" if event.request else ""
    parts = filter(None, (_details(event), asked, f"event {code(event.id, 60)}"))
    return f"{code(event.event, 60)} {_what(event, _NAMES_A_LINE)}", " · ".join(parts)


def _note(event: Event) -> str:
    """A signed head below its line, as it is: whoever keeps it can compare with it later."""
    text = event.detail.get("signed_head") or event.detail.get("lost_head") or ""
    note = read_note(text)
    return f"\n```{text}```" if note and "`" not in text and len(text) < _NOTE_LIMIT else ""


def render_digest(events: Sequence[Event]) -> list[str]:
    """One message in place of many events' lines: how many, which, who did what to which variables."""
    told: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        who = _actor(event)
        own = event.requester in {"", event.actor.id, str(event.actor)}
        whose = "" if own else f" for {asker(event)}"
        told.setdefault((event.event, f"{who}{whose}"), []).append(event)
    span = f"from {code(events[0].id, 60)} to {code(events[-1].id, 60)}"
    lines = [line for (tag, who), found in told.items() for line in _folded(tag, who, found)]
    return [f"`audit.digest` {len(events)} events together · {span}", *lines]


def _folded(tag: str, who: str, events: Sequence[Event]) -> list[str]:
    """One line, and another for each ten names more."""
    named = tuple(dict.fromkeys(name for event in events for name in event.variables))
    parts = [_names(named[at : at + _NAMES_A_LINE]) for at in range(0, len(named), _NAMES_A_LINE)]
    told = f"• {len(events)} {code(tag, 60)} {who}"
    return [f"{told}: {parts[0]}", *(f"   {part}" for part in parts[1:])] if parts else [told]


def _what(event: Event, most: int = SET_MAX) -> str:
    return _form(event).format(
        by="" if event.actor == TIME else f", by {_actor(event)}",
        actor=f"{_actor(event)}{through(event.detail.get('surface', ''), event.detail.get('host', ''))}",
        names=_names(event.variables, most if event.event in _WHOLE else _NAMES_A_LINE) or "something",
        requester=asker(event),
        target=_names(event.variables) or asker(event),
        seer=seer_told(read_seer(event.detail.get("seer", ""))),
        host=code(event.detail.get("host") or "a host", 100),
        terminal=tell_terminal(event.detail.get("host", ""), event.detail.get("surface", "")),
    ) + _named_attempt(event)


def _form(event: Event) -> str:
    return _unusual(event) or _of_program(event) or _WHAT.get(event.event, _UNKNOWN)


_OVERDUE = "overdue"
_UNWRITTEN = {
    Tag.LEASE_ENDING: "{actor} ended a login that nothing is written of",
    Tag.LEASE_REVOKED: "a login that nothing was written of is gone, and was looked for",
}
"""What the host ended that no record of ours names, such as after a backup was put back."""


def _unusual(event: Event) -> str:
    """What is said because of who did it, or why; else empty."""
    told, how = "", event.detail.get("how", "")
    match event.event:
        case Tag.ACCESS_REFUSED_COUNT if event.actor.kind is ActorKind.BOT:
            told = "requests that are not Slack's were refused"
        case Tag.REQUEST_TIMED_OUT if event.actor != TIME:
            told = "{actor} let the request of {requester} for {names} lapse"
        case Tag.GRANT_TAPPED:
            told = _TAPPED.get(how, "")
        case Tag.GRANT_REVOKED if event.detail.get("why") == EndReason.ECHO:
            told = "access of {requester} to {names} ended early"
        case Tag.REQUEST_DECLINED if event.actor.kind is not ActorKind.PERSON:
            told = _NOT_ASKED.get(event.actor.kind, "{requester} did not ask for {names}")
        case Tag.LEASE_ENDING if event.detail.get("why") == COMMAND_OVER and event.variables:
            told = "the command of {actor} is over, and ends its login for {names}"
        case Tag.LEASE_ENDING if event.detail.get("why") == _OVERDUE:
            told = ":warning: a login for {names} was past its own end and not looked after: it is ended"
        case Tag.LEASE_ENDING | Tag.LEASE_REVOKED if not event.variables:
            told = _UNWRITTEN[Tag(event.event)]
        case Tag.SESSION_ENDED if never_began(how):
            told = _NEVER_BEGAN.get(_kind(event), _NEVER_BEGAN[ActorKind.PERSON])
    return told


def _of_program(event: Event) -> str:
    """Of a session that is no person's; else empty."""
    told = _OF_PROGRAMS.get(_kind(event), {}).get(event.event, "")
    return _GOES_ON if event.event == Tag.SESSION_OPENED and told and event.detail.get("again") else told


def _kind(event: Event) -> str:
    """What kind of thing asked, or had the session; a person's id stands alone."""
    return read_actor(event.requester).kind if ":" in event.requester else ActorKind.PERSON


def _actor(event: Event) -> str:
    """Who did it; of a machine or an agent with the person behind it."""
    if event.actor.kind not in PROGRAMS:
        return actor_told(event.actor)
    return principal_told(Principal(ActorKind(event.actor.kind), event.actor.id, behalf=event.behind))


def _named_attempt(event: Event) -> str:
    if event.event != Tag.ACCESS_REFUSED or not event.variables:
        return ""
    return f" {_names(event.variables)}"


def _names(variables: tuple[str, ...], shown: int = _NAMES_A_LINE) -> str:
    read = [(parse_variable(text), text) for text in variables]
    return labels([variable.label if variable else text for variable, text in read], shown)


def _details(event: Event) -> str:
    shown: list[str] = []
    room = _DETAILS_LIMIT
    reason = _REASONS.get(event.event, {})
    for key, value in sorted(event.detail.items(), key=_place):
        if key in _SAID_ALREADY or not value or room <= 0:
            continue
        told = reason[key](value) if key in reason else None
        if told == "":
            continue
        piece = f"because {told}" if told else _detail(key, value, min(_DETAIL_LIMIT, room))
        shown.append(piece)
        room -= len(piece)
    return ", ".join(shown)


def _place(detail: tuple[str, str]) -> tuple[int, int, str]:
    key = detail[0]
    if key in _FIRST:
        return (0, _FIRST.index(key), key)
    return (2, _LAST.index(key), key) if key in _LAST else (1, 0, key)


def _detail(key: str, value: str, room: int) -> str:
    number = int(value) if _NUMBER.fullmatch(value) else 0
    if key in {"expires_at", "ends_at"} and number:
        return f"ends: {when(number, seconds=True)}"
    if key in _MANY_PEOPLE:
        return f"{escape(key, 40)} {join([mention(user) for user in value.split(',')])}"
    if key in _PEOPLE and not number:
        return f"{escape(key, 40).replace('_', ' ')} {actor_of(value)}"
    if key in {"starts_at", "until", "locked_at"} and number:
        return f"{escape(key.removesuffix('_at'), 40)}: {when(number)}"
    if key == "seconds" and number:
        return f"for {spell_seconds(number)}"
    return f"{_AS_CLIENTS_SAY.get(key) or escape(key, 40)} {code(value, room)}"
