"""Refusals that are about who asks: accounts, locks, and what somebody may decide."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.entry import Entry, Place, Words, by_request
from envaccess.domain.refusal.reason import Reason


def _account(what: str, check: str) -> Words:
    """About the account refused: the person's own, or somebody else's (a leaver's request)."""
    return Words(
        f"Nothing was done. {{if_by:The account of {{by}}}}{{no_by:Your account}} {what}.",
        "Only full members of this workspace can ask, decide or see values.",
        elsewhere={Place.CHECK: check},
    )


PEOPLE: Final[Mapping[Reason, Entry]] = {
    Reason.NOT_FOUND: _account(
        "is not known to Slack. An admin of this workspace can look into it",
        "Slack knows nobody of this id",
    ),
    Reason.OTHER_WORKSPACE: _account("belongs to another workspace", "they belong to another workspace"),
    Reason.DEACTIVATED: _account("is deactivated", "they are deactivated"),
    Reason.BOT: _account("is a bot's", "it is a bot"),
    Reason.GUEST: _account(
        "is a guest's, or was invited and has not joined yet", "they are a guest, or have not joined yet"
    ),
    Reason.LOCKED: Words(
        "Nothing was done. {lock}. Until somebody unlocks, nothing can be asked for, approved or shown; "
        "withdrawing and ending one's own works.",
        "Please ask who locked it, or the security people whom the policy names.",
        elsewhere={Place.HOST: "{locked} is locked by {locker} ({hint}); unlock it first."},
    ),
    Reason.NOT_LOCKED: Words(
        "{target} is not locked, or not any more, so nothing was changed.",
        "The Home tab lists what is.",
        elsewhere={Place.HOST: "{locked} is not locked; nothing was changed."},
    ),
    Reason.NO_SECURITY: Words(
        "Nobody may do that in Slack here: the policy names no security people. Nothing was changed.",
        "Whoever runs envaccess can add them ({code:security:} in the policy file), or use the host: "
        "{host:envaccess lock}, {host:envaccess audit}.",
    ),
    Reason.NOT_SECURITY: Words(
        "Only the security people whom the policy names may do that: lock, unlock, and look at the audit. "
        "Nothing was changed.",
        "Please ask one of them, or whoever runs envaccess.",
    ),
    Reason.PERSONS_ONLY: Words(
        "Only people decide: a machine or an agent can ask, and no more. Nothing was changed.",
        "Please have somebody decide in Slack.",
    ),
    Reason.SELF_APPROVAL: Words(
        "You cannot decide on your own request; others have to. Nothing was changed.",
        "{if_request:To withdraw it, type {type:cancel {request}}.}",
    ),
    Reason.NOT_APPROVER: by_request(
        some=Words(
            "The policy does not let you decide this, or not any more. Nothing was changed.",
            "The request's message says who can. If you should be one, please tell whoever runs envaccess.",
        ),
        # Somebody who decides nothing has no duty to hand over.
        none=Words(
            "The policy lets you decide nothing, so there is nothing to hand over. Nothing was changed.",
            "If you should be an approver, please tell whoever runs envaccess.",
        ),
    ),
    Reason.NOT_YOURS: Words(
        "That is somebody else's request, so nothing was done. Only they can reveal or withdraw it; ending "
        "access is for them and for approvers.",
        "To ask for yourself, type {type:NAME 1h} and why.",
    ),
    Reason.NOT_YOUR_STEP: Words(
        "This request waits for other people at this step; yours is another one. Nothing was changed.",
        "You are called when it is your turn.",
    ),
    Reason.ALREADY_COUNTED: Words(
        "Your approval of this request counts already, and nobody counts twice. Nothing was changed.",
    ),
    Reason.OWN_REVIEW: Words(
        "Nobody reviews their own emergency access: somebody else must. Nothing was changed."
    ),
    Reason.NOT_REVIEWER: Words(
        "The policy does not let you close this review. Nothing was changed.",
        "The message names who can.",
    ),
    Reason.OWN_ALERT: Words(
        "This alert is about you, or about a program of yours, so somebody else must judge it. Nothing was "
        "changed."
    ),
    Reason.NOT_ALERT_JUDGE: Words(
        "Alerts are judged by those whom the policy names under security or, where it names nobody, by the "
        "members of the audit channel. Nothing was changed.",
        "If you should be one of them, please tell whoever runs envaccess.",
    ),
    Reason.NOT_DELEGATE: Words(
        "{by} cannot decide in your place: it must be another full member of this workspace. Nothing was "
        "changed.",
    ),
    Reason.NO_APPROVERS: Words(
        "Nobody could decide on this, so nothing was filed: apart from you, there are too few full members "
        "of this workspace among those whom the policy names.",
        "Ask whoever looks after the approvers to add a colleague.",
    ),
    Reason.NO_REVIEWERS: Words(
        "Nobody but you could review this emergency, so nothing was granted.",
        "Ask in the usual way, or tell whoever looks after the policy.",
    ),
}
