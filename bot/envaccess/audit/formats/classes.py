"""What each tag is in the classes of OCSF 1.8.0 (schema.ocsf.io/1.8.0), and how grave: one table for all.

A tag that is not here is another version's: it goes as the base event, and stops nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from envaccess.domain.audit import Tag


class OcsfClass(IntEnum):
    """Classes by their uid; the thousands are the category's."""

    BASE = 0
    DETECTION_FINDING = 2004
    IAM_ANALYSIS_FINDING = 2008
    AUTHENTICATION = 3002
    ENTITY_MANAGEMENT = 3004
    USER_ACCESS = 3005
    APPLICATION_LIFECYCLE = 6002


class Severity(IntEnum):
    """`severity_id` of OCSF."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


OTHER: Final = 99
"""The activity that a class has no number for; its name is the tag's."""


@dataclass(frozen=True, slots=True)
class EventClass:
    """What a tag is.

    Attributes:
        title: in words.
        activity: `activity_id` of its class.
        failed: whether what was tried did not happen (`status_id` 2).
    """

    title: str
    ocsf: OcsfClass
    activity: int
    severity: Severity = Severity.INFORMATIONAL
    failed: bool = False


_ENTITY, _ACCESS = OcsfClass.ENTITY_MANAGEMENT, OcsfClass.USER_ACCESS
_FINDING, _LOGIN = OcsfClass.DETECTION_FINDING, OcsfClass.AUTHENTICATION
_APP, _UNUSED = OcsfClass.APPLICATION_LIFECYCLE, OcsfClass.IAM_ANALYSIS_FINDING
_CREATE, _READ, _UPDATE, _DELETE, _SUSPEND, _RESUME = 1, 2, 3, 4, 12, 13
_CHANGE = 2
"""`Update` of a finding."""
_ASSIGN, _REVOKE = 1, 2
_LOGON, _LOGOFF, _PREAUTH = 1, 2, 6
_INSTALL, _REMOVE, _START, _STOP, _UPGRADE = 1, 2, 3, 4, 8
_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

CLASSES: Final[Mapping[str, EventClass]] = {
    Tag.REQUEST_PROPOSED: EventClass("An agent wants to ask for access", _ENTITY, _CREATE),
    Tag.REQUEST_CONSENTED: EventClass("A person let an agent ask for access", _ENTITY, _UPDATE),
    Tag.REQUEST_DECLINED: EventClass("An agent may not ask for access", _ENTITY, _UPDATE, _LOW),
    Tag.REQUEST_CREATED: EventClass("Access was asked for", _ENTITY, _CREATE),
    Tag.REQUEST_STEP_APPROVED: EventClass("A step of an approval was passed", _ENTITY, _UPDATE),
    Tag.REQUEST_STEP_SKIPPED: EventClass("A step of an approval was passed over", _ENTITY, _UPDATE, _LOW),
    Tag.REQUEST_STEP_REOPENED: EventClass("An approval no longer counts", _ENTITY, _UPDATE, _LOW),
    Tag.REQUEST_APPROVED: EventClass("Access was approved", _ENTITY, _UPDATE),
    Tag.REQUEST_DENIED: EventClass("Access was denied", _ENTITY, _UPDATE, _LOW),
    Tag.REQUEST_CANCELLED: EventClass("A request was withdrawn", _ENTITY, _UPDATE),
    Tag.REQUEST_TIMED_OUT: EventClass("Nobody decided in time", _ENTITY, _UPDATE, _LOW),
    Tag.REQUEST_REMINDED: EventClass("Approvers were reminded", _ENTITY, OTHER),
    Tag.REQUEST_ESCALATED: EventClass("A request was escalated", _ENTITY, _UPDATE, _LOW),
    Tag.REQUEST_QUESTIONED: EventClass("An approver asked about a request", _ENTITY, OTHER),
    Tag.REQUEST_ANSWERED: EventClass("A requester answered", _ENTITY, OTHER),
    Tag.GRANT_ACTIVATED: EventClass("Access began", _ACCESS, _ASSIGN),
    Tag.GRANT_REVEALED: EventClass("A value was handed over", _ENTITY, _READ, _LOW),
    Tag.GRANT_NEW_HOST: EventClass("A value went to a new host", _FINDING, _CREATE, _MEDIUM),
    Tag.GRANT_TAP_ASKED: EventClass("A press is waited for before a value goes", _ENTITY, OTHER),
    Tag.GRANT_TAPPED: EventClass("That press was answered", _ENTITY, OTHER),
    Tag.GRANT_REVEAL_FAILED: EventClass(
        "A value could not be handed over", _ENTITY, _READ, _LOW, failed=True
    ),
    Tag.GRANT_EXTENDED: EventClass("Access was made longer", _ACCESS, _ASSIGN),
    Tag.GRANT_EXPIRING: EventClass("Access ends soon", _ACCESS, OTHER),
    Tag.GRANT_EXPIRED: EventClass("Access ran out", _ACCESS, _REVOKE),
    Tag.GRANT_LAPSED: EventClass("Access was never used", _UNUSED, _CREATE),
    Tag.GRANT_REVOKED: EventClass("Access was ended", _ACCESS, _REVOKE, _LOW),
    Tag.GRANT_USED_UP: EventClass("Access for one use was used", _ACCESS, _REVOKE),
    Tag.LEASE_INTENDED: EventClass("A login is about to be made for a use", _ENTITY, _CREATE),
    Tag.LEASE_MINTED: EventClass("A login was made for a use", _ENTITY, _CREATE, _LOW),
    Tag.LEASE_EXTENDED: EventClass("A login made for a use lasts longer", _ENTITY, OTHER),
    Tag.LEASE_ENDING: EventClass("A login made for a use is to end before its time", _ENTITY, OTHER, _LOW),
    Tag.LEASE_REVOKED: EventClass("Nothing is left of a login made for a use", _ENTITY, _DELETE),
    Tag.LEASE_STUCK: EventClass("A login made for a use does not end", _FINDING, _CREATE, _HIGH),
    Tag.BROKER_CALLED: EventClass("A call was made with a value", _ENTITY, _READ, _LOW),
    Tag.BROKER_BLOCKED: EventClass("A call was not let through", _ACCESS, _ASSIGN, _MEDIUM, failed=True),
    Tag.EMERGENCY_USED: EventClass("Emergency access was taken", _FINDING, _CREATE, _HIGH),
    Tag.EMERGENCY_REMINDED: EventClass("Emergency access is not reviewed yet", _ENTITY, OTHER, _MEDIUM),
    Tag.EMERGENCY_REVIEWED: EventClass("Emergency access was reviewed", _ENTITY, _UPDATE, _LOW),
    Tag.DUTY_DELEGATED: EventClass("A duty as an approver was handed over", _ACCESS, _ASSIGN, _LOW),
    Tag.DUTY_RETURNED: EventClass("A duty as an approver went back", _ACCESS, _REVOKE),
    Tag.SESSION_OFFERED: EventClass("Somebody asks to sign in", _LOGIN, _PREAUTH),
    Tag.SESSION_OPENED: EventClass("Somebody signed in", _LOGIN, _LOGON),
    Tag.SESSION_ENDED: EventClass("A session ended, or a login was not let in", _LOGIN, _LOGOFF),
    Tag.PRINCIPAL_LOCKED: EventClass("Somebody or something was locked", _ENTITY, _SUSPEND, _HIGH),
    Tag.PRINCIPAL_UNLOCKED: EventClass("A lock was lifted", _ENTITY, _RESUME, _MEDIUM),
    Tag.ACCESS_REFUSED: EventClass("An attempt was refused", _ACCESS, _ASSIGN, _LOW, failed=True),
    Tag.ACCESS_REFUSED_COUNT: EventClass("More attempts were refused", _ACCESS, _ASSIGN, _LOW, failed=True),
    Tag.SECRET_CREATED: EventClass("A variable was created", _ENTITY, _CREATE, _LOW),
    Tag.SECRET_CHANGED: EventClass("A value was changed", _ENTITY, _UPDATE, _LOW),
    Tag.SECRET_DELETED: EventClass("A variable was deleted", _ENTITY, _DELETE, _MEDIUM),
    Tag.SECRET_RESEALED: EventClass("A value is under the first master key", _ENTITY, _UPDATE),
    Tag.SECRET_READ: EventClass("A value was read on the host", _ENTITY, _READ, _HIGH),
    Tag.VALUE_SEEN: EventClass("A value is known to somebody", _ENTITY, _READ, _LOW),
    Tag.VALUE_UNSEEN: EventClass("A value did not leave after all", _ENTITY, _UPDATE),
    Tag.POLICY_LOADED: EventClass("A policy holds", _ENTITY, _UPDATE, _LOW),
    Tag.POLICY_REJECTED: EventClass("A changed policy was not taken", _ENTITY, _UPDATE, _MEDIUM, failed=True),
    Tag.SOURCES_LOADED: EventClass("Values are kept where a file says", _ENTITY, _UPDATE, _LOW),
    Tag.SOURCES_REJECTED: EventClass(
        "A changed file of sources was not taken", _ENTITY, _UPDATE, _MEDIUM, failed=True
    ),
    Tag.RECORD_REFUSED: EventClass("A record cannot be read", _FINDING, _CREATE, _MEDIUM),
    Tag.BACKUP_MADE: EventClass("A backup was made", _ENTITY, _READ, _LOW),
    Tag.BACKUP_RESTORED: EventClass("A backup was restored", _ENTITY, _UPDATE, _HIGH),
    Tag.STORE_UPGRADED: EventClass("The store was upgraded", _APP, _UPGRADE),
    Tag.STORE_ARCHIVED: EventClass("Requests that were over left for the archive", _ENTITY, _UPDATE),
    Tag.SEAL_BROKEN: EventClass("A seal is broken", _FINDING, _CREATE, _HIGH),
    Tag.SEAL_KEY_UNKNOWN: EventClass("Something is sealed with an unknown key", _FINDING, _CREATE, _HIGH),
    Tag.SEAL_KEY_DROPPED: EventClass("The key that seals was dropped", _ENTITY, _DELETE, _HIGH),
    Tag.SEAL_KEY_RESEALED: EventClass("The key that seals is under the first master key", _ENTITY, _UPDATE),
    Tag.AUDIT_CHECKPOINT: EventClass("The events so far are sealed", _ENTITY, _UPDATE),
    Tag.AUDIT_KEY_ROTATED: EventClass("Another key signs what is sealed", _ENTITY, _UPDATE, _MEDIUM),
    Tag.AUDIT_REDACTED: EventClass("What somebody typed was taken away", _ENTITY, _DELETE, _MEDIUM),
    Tag.AUDIT_READ: EventClass("Somebody looked at events in Slack", _ENTITY, _READ),
    Tag.AUDIT_GAP: EventClass("The audit stream has a gap", _FINDING, _CREATE, _HIGH),
    Tag.SINK_LOST: EventClass("A system did not take events for too long", _FINDING, _CREATE, _HIGH),
    Tag.REVIEW_OPENED: EventClass("An access review began", _ENTITY, _CREATE),
    Tag.REVIEW_ITEM_JUDGED: EventClass("Something was reviewed", _ENTITY, _UPDATE),
    Tag.REVIEW_REMINDED: EventClass("Reviewers were reminded", _ENTITY, OTHER),
    Tag.REVIEW_CLOSED: EventClass("An access review was closed", _ENTITY, _UPDATE),
    Tag.SIGNAL_RAISED: EventClass("Something is unusual about somebody", _FINDING, _CREATE, _MEDIUM),
    Tag.SIGNAL_JUDGED: EventClass("An alert was judged", _FINDING, _CHANGE, _LOW),
    Tag.ROTATION_DUE: EventClass("A value that people have seen is to be replaced", _ENTITY, OTHER, _LOW),
    Tag.ROTATION_DONE: EventClass("A value that people had seen was replaced", _ENTITY, _UPDATE, _LOW),
    Tag.ROTATION_FAILED: EventClass("A value was not replaced", _ENTITY, _UPDATE, _MEDIUM, failed=True),
    Tag.APP_INSTALLED: EventClass("The app was installed", _APP, _INSTALL, _LOW),
    Tag.APP_UNINSTALLED: EventClass("The app was removed", _APP, _REMOVE, _MEDIUM),
    Tag.APP_TOKEN_ROTATED: EventClass("The app's token was replaced", _ENTITY, _UPDATE),
    Tag.BOT_STARTED: EventClass("envaccess started", _APP, _START),
    Tag.BOT_STOPPED: EventClass("envaccess stopped", _APP, _STOP),
}

UNKNOWN: Final = EventClass("An event of another version", OcsfClass.BASE, OTHER)


def class_of(tag: str) -> EventClass:
    """What a tag is; `UNKNOWN` for another version's."""
    return CLASSES.get(tag, UNKNOWN)
