"""Refusals that are about how a request or a grant stands."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.entry import Entry, Words, by_state
from envaccess.domain.refusal.reason import Reason
from envaccess.domain.request import GrantState, State
from envaccess.domain.signals.alerts import Disposition


def _over(what: str) -> Words:
    return Words(f"Nothing was changed: this request {what}{{if_when: ({{when}})}}.")


def _without_grant(what: str) -> Words:
    return Words(f"This request {what}, so it gives no access. Nothing was changed.")


def _judged(what: str) -> Words:
    return Words(f"{{by}} {what} ({{when}}). Nothing was changed.")


def _ended(what: str) -> Words:
    return Words(
        f"This access {what}{{if_when: ({{when}})}}.",
        "To ask again, type {type:{wanted} 1h} and why you need it.",
    )


STATES: Final[Mapping[Reason, Entry]] = {
    Reason.UNKNOWN_ID: Words(
        "No request has that id, so nothing was done.",
        "{type:status} shows yours, with their ids.",
    ),
    Reason.NOT_PENDING: by_state(
        {
            State.APPROVED: _over("was already approved{if_by: by {by}}"),
            State.DENIED: _over("was already denied{if_by: by {by}}"),
            State.CANCELLED: _over("was withdrawn{if_by: by {by}}"),
            State.TIMED_OUT: _over("has timed out"),
        },
        _over("is no longer pending"),
    ),
    Reason.NO_GRANT: by_state(
        {
            State.PENDING: _without_grant("still waits for a decision"),
            State.DENIED: _without_grant("was denied"),
            State.CANCELLED: _without_grant("was withdrawn"),
            State.TIMED_OUT: _without_grant("timed out"),
        },
        Words(
            "You have no live access{if_names: to {names_few}}.",
            "To ask for it, type {type:{wanted} 1h} and why.{if_approvers: {approvers} can decide.}",
        ),
    ),
    Reason.ENDED: by_state(
        {
            GrantState.REVOKED: _ended("was ended{if_by: by {by}}{if_end_reason:, because {end_reason}}"),
            GrantState.USED_UP: _ended("was for one reveal, which is used"),
            GrantState.LAPSED: _ended("has lapsed, because nobody used it in time"),
        },
        _ended("has expired"),
    ),
    Reason.REMADE: Words(
        "{names} was deleted and made again after this was asked for, so it is another variable now. Nothing "
        "was approved or shown.",
        "This request can only be denied or withdrawn; what is still needed can be asked for again.",
    ),
    Reason.EXTENDS_ENDED: Words(
        "The access that this would extend was ended by {by} ({when}), so nothing was approved.",
        "Please deny the request; if it is needed still, it can be asked for anew.",
    ),
    Reason.POLICY_CHANGED: Words(
        "The policy has changed since this was asked, and would not allow it now. Nothing was approved.",
        "Please deny it; if it is still needed, it can be asked for again.",
    ),
    Reason.MOVED_ON: Words(
        "Others decided on this request in the same moment.",
        "Nothing of yours was counted; please look at the message and press again.",
    ),
    Reason.NOT_BEGUN: Words(
        "Your access to {names} begins {when}.",
        "Nothing was revealed; press again then.",
    ),
    Reason.TAP: Words(
        "This release waits for your press in Slack, until {when}.", "Press {press:Release} there."
    ),
    Reason.TAP_REFUSED: Words("You said no to this release in Slack, so nothing was handed over."),
    Reason.TAP_LAPSED: Words(
        "Nobody pressed in time, or this was answered already. Nothing was handed over.",
        "Run the command again, and press {press:Release} in Slack within two minutes.",
    ),
    Reason.NO_REVIEW: Words("There is no open review of this request. Nothing was changed."),
    Reason.ALERT_UNKNOWN: Words(
        "There is no alert with that id, or its record cannot be relied on. Nothing was changed.",
        "The audit channel has the alerts, and their events.",
    ),
    Reason.ALERT_JUDGED: by_state(
        {
            Disposition.EXPECTED: _judged("has called this alert expected"),
            Disposition.NOT_EXPECTED: _judged("has found that this was not expected"),
            Disposition.LOOK_INTO_IT: Words(
                "{by} looks into this alert since {when}. Nothing was changed.",
                "Whoever has found out what it was presses {press:Say what was found} in its message.",
            ),
        },
        Words(
            "Nobody looks into this alert yet, so nothing was found. Nothing was changed.",
            "Press {press:Look into it} first.",
        ),
    ),
    Reason.NO_QUESTION: Words(
        "No question waits for your answer any more, so nothing was changed.",
        "Your card shows how it stands.",
    ),
}
