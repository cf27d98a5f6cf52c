"""Refusals that are about access reviews: who starts, judges and closes them, and of what."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.entry import Entry, Words
from envaccess.domain.refusal.reason import Reason

ACCESS_REVIEWS: Final[Mapping[Reason, Entry]] = {
    Reason.NOT_REVIEW_SECURITY: Words(
        "Only the security people whom the policy names ({code:security:}) start and close access reviews. "
        "Nothing was changed.",
        "Please ask one of them, or whoever runs envaccess: {host:envaccess review} does it on the host.",
    ),
    Reason.NOT_ACCESS_REVIEWER: Words(
        "You are not among the reviewers of this access review, or not any more. Nothing was changed.",
        "Please ask the security people whom the policy names.",
    ),
    Reason.OWN_ACCESS: Words(
        "Nobody reviews themselves: what is about you, about programs that you are behind, or about what you "
        "agreed to is for somebody else. Nothing was changed.",
    ),
    Reason.HOST_KEEPS: Words(
        "On the host something can be reduced or revoked, but not kept: nobody could tell whether an account "
        "there keeps its own access. Nothing was changed.",
        "Please have a reviewer keep it in Slack: {type:review}.",
    ),
    Reason.NO_ACCESS_REVIEW: Words(
        "No access review is open, so nothing was changed.",
        "Security people start one: {type:review start}.",
    ),
    Reason.ACCESS_REVIEW_OPEN: Words(
        "An access review is open already, started by {by} ({when}), and there is one at a time. Nothing was "
        "started.",
        "{type:review} shows how far it is; {type:review close} closes it.",
    ),
    Reason.ACCESS_REVIEW_OVER: Words(
        "This access review is closed already, by {by}. Nothing was changed.",
        "{type:review} shows how things stand.",
    ),
    Reason.NO_REVIEW_SCOPE: Words(
        "There is nothing of that name to review. Nothing was started.",
        "After {code:start} comes {code:everything}, {code:access}, {code:duties}, {code:channels}, "
        "{code:people}, {code:emergencies}, {code:grants}, or the name of a rule.",
    ),
    Reason.NO_REVIEW_ITEMS: Words(
        "There is nothing to review: nobody has any of that now. Nothing was started.",
    ),
    Reason.TOO_MANY_ITEMS: Words(
        "That would be more than {limit_long} things to look at, which nobody reads. Nothing was started.",
        "Please review a part: {type:review start RULE}, or only {code:grants}, {code:channels} or "
        "{code:people}.",
    ),
    Reason.REVIEW_TIME: Words(
        "An access review lasts from an hour to 90 days. Nothing was started.",
        "Without a time it is 14 days.",
    ),
    Reason.REVIEW_ITEM: Words(
        "This access review has nothing of that number. Nothing was changed.",
        "{type:review} shows what is left.",
    ),
    Reason.NOT_REDUCIBLE: Words(
        "Of this there is nothing to reduce: keep it, or revoke it. Nothing was changed.",
    ),
    Reason.REVIEWER_UNFIT: Words(
        "{by} cannot review: a reviewer is a full member of this workspace. Nothing was started.",
    ),
}
