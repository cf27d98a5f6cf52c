"""An event in the Open Cybersecurity Schema Framework (schema.ocsf.io/1.8.0), as its class requires."""

from collections.abc import Callable, Mapping
from typing import Final

from envaccess import __version__
from envaccess.audit.formats.classes import OTHER, EventClass, OcsfClass, class_of
from envaccess.audit.formats.truncated import TRUNCATED
from envaccess.domain.audit import ActorKind, Event, read_actor, rfc3339
from envaccess.domain.signals.alerts import Disposition

SCHEMA_VERSION: Final = "1.8.0"
_PRODUCT: Final = {"name": "envaccess", "vendor_name": "envaccess", "version": __version__}
_SUCCESS, _FAILURE = 1, 2
_IN_PROGRESS, _RESOLVED = 2, 4
"""`status_id` of a finding; 1 is a new one."""
_USER, _ADMIN, _SYSTEM, _OTHER_USER = 1, 2, 3, 99
_TYPES: Final[Mapping[str, int]] = {
    ActorKind.PERSON: _USER,
    ActorKind.CLI: _ADMIN,
    ActorKind.BOT: _SYSTEM,
    ActorKind.TIME: _SYSTEM,
    ActorKind.POLICY: _SYSTEM,
}
"""`type_id` of a user, of those who are no program of somebody's."""

_ACTOR_BY_PROFILE: Final = frozenset(
    {
        OcsfClass.BASE,
        OcsfClass.DETECTION_FINDING,
        OcsfClass.IAM_ANALYSIS_FINDING,
        OcsfClass.APPLICATION_LIFECYCLE,
    }
)
"""Classes that have an actor by the profile `host` only, which their metadata then name."""

_Fields = dict[str, object]


def ocsf_event(event: Event) -> _Fields:
    """An event as an object of its class; times are milliseconds."""
    known = class_of(event.event)
    found: _Fields = {
        "metadata": _metadata(event, known),
        "time": event.at,
        "category_uid": known.ocsf // 1_000,
        "class_uid": int(known.ocsf),
        "activity_id": known.activity,
        "type_uid": known.ocsf * 100 + known.activity,
        "severity_id": int(known.severity),
        "status_id": _FAILURE if known.failed else _SUCCESS,
        "message": known.title,
        "actor": {"user": _user(str(event.actor)), "app_name": "envaccess"},
        **_PARTS.get(known.ocsf, _nothing_more)(event, known),
    }
    if known.activity == OTHER:
        found["activity_name"] = event.event
    if why := event.detail.get("why"):
        found["status_detail"] = why
    if (count := event.detail.get("count", "")).isascii() and count.isdigit():
        found["count"] = int(count[:9])
    found["unmapped"] = _unmapped(event)
    return found


def _metadata(event: Event, known: EventClass) -> _Fields:
    found: _Fields = {
        "version": SCHEMA_VERSION,
        "product": _PRODUCT,
        "uid": event.id,
        "event_code": event.event,
        "log_name": "audit",
        "original_time": rfc3339(event.at),
    }
    if event.number is not None:
        found["sequence"] = event.number
    if event.request:
        found["correlation_uid"] = event.request
    if known.ocsf in _ACTOR_BY_PROFILE:
        found["profiles"] = ["host"]
    if TRUNCATED in event.detail:
        found["is_truncated"] = True
        found["untruncated_size"] = int(event.detail[TRUNCATED])
    return found


def _user(text: str) -> _Fields:
    """Whoever a text names: `person:U1`, a bare user id, `machine:NAME`, `bot`."""
    who = read_actor(text)
    if ":" not in text and text not in set(ActorKind):
        return {"uid": text or "unknown", "type_id": _USER if text else 0}
    kind = str(who.kind)
    return {"uid": text, "name": who.id or kind, "type": kind, "type_id": _TYPES.get(kind, _OTHER_USER)}


def _unmapped(event: Event) -> _Fields:
    """What the schema has no place for, as the stream has it."""
    found: _Fields = {
        "event": event.event,
        "actor": str(event.actor),
        "request": event.request,
        "grant": event.grant,
        "variables": list(event.variables),
        "requester": event.requester,
        "detail": dict(event.detail),
        "other": dict(event.other),
    }
    return {name: value for name, value in found.items() if value}


def _entity(event: Event, _known: EventClass) -> _Fields:
    """What was made, read or changed: the request, the variables, or what the tag is about."""
    subject = event.event.partition(".")[0]
    named = event.detail.get("target") or event.detail.get("name") or subject
    entity: _Fields = {"name": ",".join(event.variables) or named, "type": subject}
    if event.request:
        entity["uid"] = event.request
    return {"entity": entity}


def _access(event: Event, _known: EventClass) -> _Fields:
    """Whose access it is, and to what."""
    whose = event.detail.get("to") or event.detail.get("from") or event.requester or str(event.actor)
    return {"user": _user(whose), "privileges": list(event.variables) or [event.event.partition(".")[0]]}


def _login(event: Event, _known: EventClass) -> _Fields:
    found: _Fields = {
        "user": _user(event.requester or str(event.actor)),
        "service": {"name": "envaccess"},
    }
    if session := event.detail.get("session"):
        found["session"] = {"uid": session}
    return found


def _finding(event: Event, known: EventClass) -> _Fields:
    """A finding, or what became of it: of an alert both have its id."""
    uid = event.detail.get("alert") or event.id
    found: _Fields = {"finding_info": {"uid": uid, "title": known.title, "types": [event.event]}}
    if disposition := event.detail.get("disposition"):
        found["status_id"] = _IN_PROGRESS if disposition == Disposition.LOOK_INTO_IT else _RESOLVED
    return found


def _unused(event: Event, known: EventClass) -> _Fields:
    analysed = {
        "granted_privileges": list(event.variables),
        "unused_privileges_count": len(event.variables),
    }
    return {
        **_finding(event, known),
        "user": _user(event.requester or str(event.actor)),
        "permission_analysis_results": [analysed],
    }


def _app(_event: Event, _known: EventClass) -> _Fields:
    return {"app": _PRODUCT}


def _nothing_more(_event: Event, _known: EventClass) -> _Fields:
    return {}


_PARTS: Final[Mapping[OcsfClass, Callable[[Event, EventClass], _Fields]]] = {
    OcsfClass.ENTITY_MANAGEMENT: _entity,
    OcsfClass.USER_ACCESS: _access,
    OcsfClass.AUTHENTICATION: _login,
    OcsfClass.DETECTION_FINDING: _finding,
    OcsfClass.IAM_ANALYSIS_FINDING: _unused,
    OcsfClass.APPLICATION_LIFECYCLE: _app,
}
